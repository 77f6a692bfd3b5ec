"""A comparison that was killed, or that a budget ended, goes on from its answers to what it would have been."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.lifecycle.prompting import prompt
from tests.lifecycle.leaning import files, given, model, plan, speak

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("times", [(0.3,), pytest.param((0.1, 0.25, 0.4), marks=pytest.mark.slow)])
def test_a_killed_comparison_is_the_same_comparison(tmp_path: Path, times: tuple[float, ...]) -> None:
    """Killed with -9 so often, then let finish; nothing is drawn twice but the batches that were under way."""
    whole, killed, log = tmp_path / "whole", tmp_path / "killed", tmp_path / "log"
    script = [sys.executable, "-c", "from tests.lifecycle.leaning import main; main()", str(killed), str(log)]
    landed = 0
    for after in times:
        process = subprocess.Popen(script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after)
        process.kill()
        rest, errors = process.communicate()
        assert not errors, errors.decode()[-2000:]
        landed += b"done" not in rest
    asked = given("equal", "system-fair", "careful")
    told = prompt(plan(8), asked, whole, target=model())
    again = prompt(plan(8), asked, killed, target=model(_counted(log)))
    assert landed == len(times)
    assert again.to_json() == told.to_json()
    assert files(killed) == files(whole)
    assert told.asked <= log.stat().st_size <= told.asked + 7 * landed


def _counted(log: Path) -> Any:
    def answer(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        with log.open("ab") as file:
            file.write(b"." * len(prompts))
        return speak(prompts, seeds)

    return answer


def test_a_budget_ends_it_between_two_rounds(tmp_path: Path) -> None:
    told = prompt(plan(), given("equal", "usual"), tmp_path / "out", target=model(), budget=16 * 3 * 4 + 40)
    assert told.asked == 16 * 3 * 4
    assert {one.closed for one in told.treatments} == {"budget"}
    assert told.exit_code == 3
    with pytest.raises(InputError, match=r"47 answers is less than one round: 16 prompts under 3 wordings are 48"):
        prompt(plan(), given("equal", "usual"), tmp_path / "none", target=model(), budget=47)


def test_a_larger_budget_goes_on_from_the_answers_and_tells_what_it_had_told_at_once(tmp_path: Path) -> None:
    """The first ends after round 17, where the other does not look: between round 16 and 18."""
    out, whole, some, asked = tmp_path / "out", tmp_path / "whole", 16 * 2 * 17, list[int]()
    first = prompt(plan(), given("system-fair"), out, target=model(), budget=some)
    assert first.asked == some

    def counted(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        asked.append(len(prompts))
        return speak(prompts, seeds)

    more = prompt(plan(), given("system-fair"), out, target=model(counted))
    assert more.asked - first.asked == sum(asked) == 16 * 2 * 3
    at_once = prompt(plan(), given("system-fair"), whole, target=model())
    assert more.to_json() == at_once.to_json()
    assert files(out) == files(whole)
    assert main(["verify", str(out)]) == 0
    with pytest.raises(InputError, match=rf"What differs: budget \(none there, {some} now\)"):
        prompt(plan(), given("system-fair"), out, target=model(), budget=some)


def test_a_run_of_more_rounds_is_not_reported_as_less(tmp_path: Path) -> None:
    prompt(plan(6), given("fair"), tmp_path / "out", target=model())
    (tmp_path / "out" / "step.json").unlink()
    with pytest.raises(InputError, match="holds 96 answers, and 64 were asked"):
        prompt(plan(6), given("fair"), tmp_path / "out", target=model(), budget=16 * 2 * 4)
