"""A run that is killed at any moment goes on with nothing lost and nothing drawn twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditkit.eliciting import elicit
from tests.eliciting.dots import PROBE, Dots, records

ROOT = Path(__file__).parents[2]


def killed(arguments: list[str], after: float) -> bool:
    """Start, kill -9 so many seconds after it is ready; whether it had finished before."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(after)
    process.kill()
    rest, errors = process.communicate()
    assert not errors, errors.decode()[-2000:]
    return b"done" in rest


def swept(folder: Path, script: list[str], kills: int, longest: float) -> int:
    """Kill a run so many times, then let it finish; how often it was killed before its end."""
    rng, landed = random.Random(kills), 0
    for _ in range(kills):
        landed += not killed([*script, str(folder / "killed"), str(folder / "log")], rng.uniform(0, longest))
    return landed


@pytest.mark.parametrize(
    "kills", [pytest.param(4), pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_a_killed_run_is_the_same_run(tmp_path: Path, kills: int) -> None:
    landed = swept(tmp_path, ["-c", "from tests.eliciting.dots import main; main()"], kills, 10 / kills)
    elicit(PROBE, Dots(str(tmp_path / "log")), into=tmp_path / "killed")
    elicit(PROBE, Dots(), into=tmp_path / "whole")
    assert records(tmp_path / "killed") == records(tmp_path / "whole")
    drawn = (tmp_path / "log").stat().st_size
    assert 400 <= drawn <= 400 + 8 * landed
    assert landed >= kills // 2
