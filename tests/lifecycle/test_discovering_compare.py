"""Candidates are asked alike, each once; one that cannot be asked costs itself alone, and a kill costs nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.manifest import digest
from auditkit.core.step import Step
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.discovering import Comparison, Wanted, compare, search
from auditkit.lifecycle.lineage import trace
from auditkit.runs import Run
from auditkit.sealing import untouched
from auditkit.targets import Seq2Seq
from auditkit.verifying import verify
from tests.lifecycle.candidates import plan_text


def models(folder: Path) -> Path:
    """A folder with the transformer in both variants, one whose weights are another model's, and one of a function."""
    for name in ("transformer", "attention"):
        shutil.copytree(WEIGHTS / name, folder / name)
    config = (folder / "attention" / "config.json").read_text(encoding="utf-8")
    (folder / "attention" / "config.json").write_text(config.replace("Attentive", "Mine"), encoding="utf-8")
    shutil.copytree(WEIGHTS / "transformer", folder / "broken")
    (folder / "broken" / "model.dose90.safetensors").unlink()
    shutil.copyfile(WEIGHTS / "masked_lm" / "model.safetensors", folder / "broken" / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path, Path]:
    """The translators under one plan, once for all tests of this file."""
    pytest.importorskip("transformers")
    place = tmp_path_factory.mktemp("discover")
    plan = place / "plan.toml"
    plan.write_text(plan_text(2, 1))
    return compare(search(models(place / "models")), plan, place / "out"), plan, place / "out"


def test_all_are_asked_the_same_with_the_same_seeds(compared: tuple[Comparison, Path, Path]) -> None:
    comparison, _, out = compared
    tables = [Run(out / one.folder / "run").to_frame() for one in comparison.audited]
    assert [len(table) for table in tables] == [len(tables[0])] * 2
    for column in ("prompt", "seed", "text"):
        assert tables[0][column].tolist() == tables[1][column].tolist()
    assert tables[0]["seed"].nunique() == len(tables[0])
    assert (tables[0]["answer"] != tables[1]["answer"]).any()


def test_a_candidates_step_names_the_run_so_that_verify_finds_another_in_its_place(
    compared: tuple[Comparison, Path, Path], tmp_path: Path
) -> None:
    comparison, _, out = compared
    for one in comparison.audited:
        took = Step.from_json((out / one.folder / "step.json").read_text()).took
        assert [(thing.name, thing.hash) for thing in took if thing.kind == "run"] == [
            ("run", Run(out / one.folder / "run").digest)
        ]
    assert verify(out / "step.json").ok
    assert not [flaw for flaw in trace(out).flaws if flaw.kind != "lost"]
    copy = shutil.copytree(out, tmp_path / "out")
    first, second = (copy / one.folder / "run" for one in comparison.audited)
    shutil.rmtree(first)
    assert "took run: " in missed(copy)
    shutil.copytree(second, first)
    assert "took run: has changed since" in missed(copy)


def missed(out: Path) -> str:
    return "\n".join(f"{fact.what}: {fact.found}" for fact in verify(out / "step.json").facts if fact.sound is False)


def test_the_comparison_says_who_passes_and_what_it_rests_on(compared: tuple[Comparison, Path, Path]) -> None:
    comparison, plan, out = compared
    told = json.loads((out / "comparison.json").read_text())
    assert [(one["rank"], one["called"], one["outcome"]) for one in told["candidates"]][1][1:] == (
        "transformer, dose90",
        "FAIL",
    )
    assert told["exit_code"] == comparison.exit_code
    (claim,) = comparison.claims
    assert (claim.paired, claim.stands, claim.less) == (True, True, "transformer")
    assert claim.shift.value is not None
    assert 0.04 < claim.shift.value < 0.14  # P(he) .6 against .5, enumerated in the models' cards
    assert {one.called for one in comparison.aside} == {"attention", "attention, dose90"}
    step = Step.from_json((out / "step.json").read_text())
    assert [thing.kind for thing in step.took] == ["plan", "model", "model", "model"]
    assert step.took[0].hash == digest(plan.read_bytes())
    assert all(thing.hash == digest((out / thing.name).read_bytes()) for thing in step.gave)
    assert "speed" not in (out / "comparison.json").read_text()
    speeds = json.loads((out / "speed.json").read_text())["candidates"]
    assert all(one["low"] <= one["median"] <= one["high"] for one in speeds.values())
    for name in ("comparison.md", "comparison.html"):
        assert "a second" in (out / name).read_text()
    for file in ("comparison.json", "speed.json", "comparison.html", "comparison.md", "step.json"):
        untouched(out / file)
        with (out / file).open("ab") as held:
            held.write(b" ")
        with pytest.raises(InputError, match="is not as"):
            untouched(out / file)
        with (out / file).open("rb+") as held:
            held.truncate((out / file).stat().st_size - 1)


def test_what_is_done_is_not_asked_again(
    compared: tuple[Comparison, Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison, plan, out = compared
    really, asked = Seq2Seq.generate, []

    def noted(target: Seq2Seq, prompts: Any, seeds: Any) -> Any:
        asked.append(target.title)
        return really(target, prompts, seeds)

    monkeypatch.setattr(Seq2Seq, "generate", noted)
    found = search(plan.parent / "models")
    manifest = (out / "auditkit.manifest.json").read_bytes()
    again = compare(found, plan, out)
    assert set(asked) == {"broken"}  # what could not be asked is tried again, and nothing else
    assert (out / "auditkit.manifest.json").read_bytes() == manifest
    assert [one.speed for one in again.audited] == [one.speed for one in comparison.audited]
    (out / "comparison.json").write_text("{}")
    assert main(["discover", str(plan.parent / "models"), "--plan", str(plan), "--out", str(out)]) == again.exit_code
    told = capsys.readouterr()
    assert "transformer is less biased than transformer, dose90" in " ".join(told.out.split())
    assert "Written to" in told.err
    assert json.loads((out / "comparison.json").read_text())["schema"] == 1  # written again, from what was recorded
    untouched(out / "comparison.json")
    main(["discover", str(plan.parent / "models"), "--plan", str(plan), "--out", str(out), "--format", "junit"])
    names = {case.get("name") for case in ElementTree.fromstring(capsys.readouterr().out).iter("testcase")}
    assert {"audited: transformer", "audited: transformer, dose90", "asked: broken"} <= names
    with pytest.raises(InputError, match="holds another step"):
        compare([one for one in found.candidates if one.called == "transformer"], plan, out)


def test_one_that_cannot_be_opened_costs_itself_alone(compared: tuple[Comparison, Path, Path]) -> None:
    comparison, plan, out = compared
    assert [one.called for one in comparison.failed] == ["broken"]
    assert str(plan.parent) not in comparison.failed[0].because
    assert [one.candidate.called for one in comparison.audited] == ["transformer", "transformer, dose90"]
    assert "broken could not be asked" in (out / "comparison.md").read_text()
    assert not (out / "broken" / "step.json").exists()


def test_what_does_not_fit_a_plan_is_told(compared: tuple[Comparison, Path, Path], tmp_path: Path) -> None:
    _, plan, _ = compared
    with pytest.raises(InputError, match=r"whose target is seq2seq\. There were 3 for fill-mask"):
        compare(search("lab", Wanted("fill-mask")), plan, tmp_path / "out")
    gru = [one for one in search(plan.parent / "models").candidates if one.name == "attention"]  # of no lab: a folder
    with pytest.raises(InputError, match=r"No candidate of given fits.*weights\.Own"):
        compare(gru, plan, tmp_path / "out")
    (tmp_path / "table.toml").write_text('[data]\npath = "x.csv"\n[roles]\ngroup = "a"\n')
    with pytest.raises(InputError, match="audits a table"):
        compare(search("lab"), tmp_path / "table.toml", tmp_path / "out")
    missing = replace(search("lab", Wanted("translation")).candidates[4], place=str(tmp_path / "gone"))
    with pytest.raises(InputError, match=r"None of the candidates could be asked\. transformer: "):
        compare([missing], plan, tmp_path / "out")


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_gives_the_same_bytes(
    compared: tuple[Comparison, Path, Path], tmp_path: Path
) -> None:
    _, plan, out = compared
    shutil.copyfile(plan, tmp_path / "plan.toml")
    here, source = tmp_path / "out", models(tmp_path / "models")
    asked = ["discover", str(source), "--plan", str(tmp_path / "plan.toml"), "--out", str(here)]
    command = [sys.executable, "-m", "auditkit", *asked]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    until = time.monotonic() + 120  # one is done by then, and the next is under way
    while not (here / "transformer.dose90" / "run" / "run.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    first = (here / "transformer" / "auditkit.manifest.json").read_bytes()
    assert not (here / "transformer.dose90" / "step.json").exists()
    assert not (here / "step.json").exists()
    assert main(asked) == json.loads((out / "comparison.json").read_text())["exit_code"]
    assert (here / "transformer" / "auditkit.manifest.json").read_bytes() == first
    own = [f"{name}/{file}" for name in ("transformer", "transformer.dose90") for file in ("report.json", "step.json")]
    for file in ("comparison.json", "step.json", *own):  # and the models lie elsewhere, which changes nothing
        assert (here / file).read_bytes() == (out / file).read_bytes()
