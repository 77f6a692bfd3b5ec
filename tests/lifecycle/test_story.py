"""The story of the lifecycle's own README: its commands, as they stand there, take both models from FAIL to PASS."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditkit import catalog
from auditkit.core.report import Report
from auditkit.lab.translating import enumerated
from auditkit.lab.worlds.translations.language import OCCUPATIONS

pytest.importorskip("peft")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("story")]

STORY = Path(__file__).parents[2] / "auditkit" / "lifecycle" / "README.md"
SECONDS = 180


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, tuple[int, str]]]:
    """Both halves side by side, one process of one thread each, as on two cores; what each command said."""
    place = tmp_path_factory.mktemp("story")
    words, pictures = (block.splitlines() for block in re.findall(r"```bash\n(.*?)```", STORY.read_text(), re.S))
    assert len(words) + len(pictures) == 11
    *pictures, lineage = pictures
    halves = [_walking(place, half, name) for half, name in ((words, "words"), (pictures, "pictures"))]
    for half in halves:
        assert half.wait(timeout=500) == 0, "a command of the story could not be run"
    assert _walking(place, [lineage], "lineage").wait(timeout=60) == 0
    told = {}
    for name in ("words", "pictures", "lineage"):
        for line in (place / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            command, code, said = json.loads(line)
            told[command] = (code, said)
    return place, told


RUN = """
import contextlib, io, json, shlex, sys, time
from auditkit.cli import main

log = open(sys.argv[1], "w", encoding="utf-8")
for command in json.loads(sys.argv[2]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main(shlex.split(command)[1:])
    log.write(json.dumps([command, code, said.getvalue()]) + "\\n")
open(sys.argv[1] + ".seconds", "w").write(str(time.process_time()))
"""


def _walking(place: Path, commands: list[str], name: str) -> subprocess.Popen[bytes]:
    own = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    script = [sys.executable, "-c", RUN, str(place / f"{name}.jsonl"), json.dumps(commands)]
    return subprocess.Popen(script, cwd=place, env=own)


def test_every_command_says_what_the_story_says(walked: tuple[Path, Mapping[str, tuple[int, str]]]) -> None:
    _, told = walked
    undecided = {command: code for command, (code, _) in told.items() if code}
    assert set(undecided.values()) <= {3}
    assert all(" tune painters/" in command for command in undecided)  # whose PASS another processor's floats may cost
    for command, (_, said) in told.items():
        if " discover " in command:
            assert re.search(r"◆ Fail +\S*(transformer|text_to_image)\S*dose90|◆ Fail .*dose90", said)
        if " curate " in command or " tune " in command:
            assert "FAIL -> ● PASS" in said or (command in undecided and "INCONCLUSIVE" in said)


def test_the_loop_takes_less_than_three_minutes(walked: tuple[Path, Mapping[str, tuple[int, str]]]) -> None:
    """A half a core: processor time, for other tests run beside it."""
    spent = {
        name: float((walked[0] / f"{name}.jsonl.seconds").read_text()) for name in ("words", "pictures", "lineage")
    }
    assert max(spent["words"], spent["pictures"]) + spent["lineage"] < SECONDS


@pytest.mark.parametrize(("half", "margin"), [("tuned", 0.05), ("repainted", 0.1)])
def test_the_audit_goes_from_fail_to_pass_within_the_guard(
    walked: tuple[Path, Mapping[str, tuple[int, str]]], half: str, margin: float
) -> None:
    turn = json.loads((walked[0] / half / "turn.json").read_text(encoding="utf-8"))
    after = {"PASS"} if half == "tuned" else {"PASS", "INCONCLUSIVE"}  # of the second with the n that it needs
    assert turn["before"]["outcome"] == "FAIL"
    assert turn["after"]["outcome"] in after
    judged = [cost for cost in turn["costs"] if cost["margin"] is not None]
    assert [cost["outcome"] for cost in judged] == ["PASS"] * (1 if half == "tuned" else 2)
    assert len(turn["costs"]) == 2  # of the translator exactness is told: with one right answer it moves with the bias
    low, high, _ = _headline(walked[0] / half / "after").interval(0.9)
    if turn["after"]["outcome"] == "PASS":
        assert -margin < low < high < margin
    else:
        told = json.loads((walked[0] / half / "after" / "judgement.json").read_text(encoding="utf-8"))
        assert min(verdict["needed"] for verdict in told["verdicts"] if verdict["needed"]) > 480


def test_the_intervals_cover_the_translators_enumerated_truth(
    walked: tuple[Path, Mapping[str, tuple[int, str]]],
) -> None:
    target: Any = catalog.target("seq2seq", {"model": str(walked[0] / "tuned" / "model")})
    truth = enumerated(target, ("sampled",))
    low, high, _ = _headline(walked[0] / "tuned" / "after").interval(0.95)
    assert low < truth.he() - 0.5 < high
    assert truth.right["sampled"] > 0.99
    assert max(abs(truth.share(job) - 0.5) for job in OCCUPATIONS) < 0.05


def test_what_was_chosen_for_its_answers_is_asked_anew(walked: tuple[Path, Mapping[str, tuple[int, str]]]) -> None:
    for found, half in (("found/transformer.dose90", "tuned"), ("painters/text_to_image.dose90", "repainted")):
        drawn, again = (
            Report.from_json((walked[0] / place / "report.json").read_text(encoding="utf-8"))
            for place in (found, f"{half}/before")
        )
        assert drawn.recipe.sources[0]["fingerprint"] == again.recipe.sources[0]["fingerprint"]
        assert drawn.recipe.sources[0]["seed"] != again.recipe.sources[0]["seed"]
        assert _headline(walked[0] / found).estimate.value != _headline(walked[0] / half / "before").estimate.value


def test_the_chain_runs_from_the_raw_data_to_the_verdict(
    walked: tuple[Path, Mapping[str, tuple[int, str]]],
) -> None:
    told = (walked[0] / "lineage.json").read_text(encoding="utf-8")
    for name in ("pairs.csv", "portraits.csv", "tuned", "repainted", "curated", "redrawn"):
        assert name in told


def _headline(folder: Path) -> Any:
    report = Report.from_json((folder / "report.json").read_text(encoding="utf-8"))
    (headline,) = [finding for finding in report.findings if finding.estimand == "directed amplification"]
    return headline
