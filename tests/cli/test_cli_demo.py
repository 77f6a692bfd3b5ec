"""The demo: every story's verdict is the promised one, told in a sentence, in a report of its own."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from auditkit import demo as stage
from auditkit.cli import main
from auditkit.core.judgement import Outcome
from auditkit.demo import Scene, demo, perform, staged
from auditkit.lab.stories import STORIES
from auditkit.lab.tables import TABLES, berkeley


@pytest.fixture(scope="module")
def performed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Scene, ...], float]:
    out = tmp_path_factory.mktemp("demo")
    start = time.process_time()
    scenes = demo(out, quick=True)
    return out, scenes, time.process_time() - start


@pytest.mark.parametrize("place", range(len(staged())), ids=[f"{s.name}-{d:.0f}" for s, d in staged()])
def test_every_verdict_is_the_promised_one(place: int, performed: tuple[Path, tuple[Scene, ...], float]) -> None:
    scene = performed[1][place]
    assert scene.outcome == scene.promised, scene


def test_every_story_has_a_report_and_a_line_in_the_index(performed: tuple[Path, tuple[Scene, ...], float]) -> None:
    out, scenes, _ = performed
    assert len(scenes) == 2 * len(STORIES) + len(TABLES)
    index = (out / "index.html").read_text()
    for scene in scenes:
        assert json.loads((out / f"{scene.name}.json").read_text())["findings"]
        assert (out / f"{scene.name}.html").is_file()
        assert f'href="{scene.name}.html"' in index
    assert len(list(out.iterdir())) == 2 * len(scenes) + 1


def test_each_is_told_in_one_sentence(performed: tuple[Path, tuple[Scene, ...], float]) -> None:
    for scene in performed[1]:
        told = str(scene).splitlines()
        assert len(told) == 4
        assert all(line.endswith(".") for line in told[1:3])
        assert told[3].endswith("as promised")


def test_berkeley_says_by_itself_that_the_gap_changes_sign(performed: tuple[Path, tuple[Scene, ...], float]) -> None:
    out, scenes, _ = performed
    scene = next(scene for scene in scenes if scene.name == berkeley.STORY.name)
    assert "changes sign once department is held fixed" in scene.found
    assert "changes sign once department is held fixed" in (out / "berkeley.html").read_text()


def test_local_law_144_is_told_by_its_ratio(performed: tuple[Path, tuple[Scene, ...], float]) -> None:
    scene = next(scene for scene in performed[1] if scene.name == "local_law_144")
    assert "a ratio of 0.82" in scene.found


def test_it_takes_less_than_20_seconds(performed: tuple[Path, tuple[Scene, ...], float]) -> None:
    assert performed[2] < 20


def test_a_story_is_the_same_every_time_and_alone() -> None:
    assert perform(STORIES[1], 1.0)[0].to_json() == perform(STORIES[1], 1.0)[0].to_json()
    assert perform(STORIES[1], 1.0)[0].to_json() != perform(STORIES[1], 0.0)[0].to_json()


def test_a_broken_promise_is_said_and_exits_4(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "STORIES", ())
    monkeypatch.setattr(stage, "TABLES", (replace(berkeley.STORY, promises={"0": "PASS"}),))
    assert main(["demo", "--quick", "--out", str(tmp_path)]) == 4
    out, err = capsys.readouterr()
    assert err == ""
    assert f"{Outcome.FAIL}, but PASS was promised" in out
    assert "0 of 1 verdicts as promised" in out


def test_without_the_extra_the_generative_stories_are_named_as_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "STORIES", STORIES[:1])
    monkeypatch.setattr(stage, "TABLES", ())
    monkeypatch.setattr(stage, "NEEDED", ("nowhere_to_be_found",))
    assert main(["demo", "--out", str(tmp_path)]) == 0
    said = "Not run, for want of nowhere_to_be_found: Asked for a doctor, a judge, a cleaner"
    assert said in capsys.readouterr().err
    assert said in (tmp_path / "index.html").read_text()
