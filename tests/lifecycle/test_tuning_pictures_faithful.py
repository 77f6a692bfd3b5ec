"""Whether pictures still show what was asked for: two runs of painters whose slips are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from auditkit.core.annotator import Annotator
from auditkit.core.errors import ColumnError, InputError
from auditkit.core.judgement import Outcome
from auditkit.core.probe import Picture, Prompt
from auditkit.core.target import Refusal
from auditkit.eliciting import elicit
from auditkit.lifecycle.tuning.picture_faithful import faithful
from auditkit.probes import Occupations
from auditkit.runs import Run
from auditkit.targets import Function

JOBS = ("judge", "nurse", "pilot", "chef")
PROBE = Occupations(JOBS, templates=10, repeats=5)


@dataclass(frozen=True)
class Colour(Annotator):
    """Reads the occupation from the first byte of a picture; a picture of another colour cannot be read."""

    attribute: str = "occupation shown"
    levels: tuple[str, ...] = JOBS

    basis: ClassVar[str] = "read exactly"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[str | None]]:
        codes = [None if one is None else int(one[0, 0, 0]) for one in pictures]
        return {self.attribute: [None if code is None or code >= len(JOBS) else self.levels[code] for code in codes]}


def run(folder: Path, slips: float, seed: int = 0, probe: Occupations = PROBE, reader: Annotator | None = None) -> Run:
    """A painter who draws the next occupation with probability `slips`, nothing readable for half as many, by the seed;
    who slips once slips at every higher rate too."""

    def draw(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        answers: list[Any] = []
        for asked, each in zip(prompts, seeds, strict=True):
            u, right = np.random.default_rng(each).random(), JOBS.index(asked.factors["occupation"])
            code = 200 if u < slips / 3 else (right + 1) % len(JOBS) if u < slips else right
            answers.append(Refusal("not today") if u > 0.99 else np.full((2, 2, 3), code, np.uint8))
        return answers

    target = Function(draw, verb="sample", title="a painter", fingerprint=str(slips))
    return elicit(probe, target, reader or Colour(), into=folder, seed=seed)


def test_the_loss_is_that_of_the_pairs(tmp_path: Path) -> None:
    before, after = run(tmp_path / "before", 0.05), run(tmp_path / "after", 0.25)
    cost = faithful(before, after, "occupation", "occupation shown")
    tables = [each.to_frame() for each in (before, after)]
    right = [(table["occupation"] == table["occupation shown"]).mean() for table in tables]
    assert (cost.before.value, cost.after.value) == pytest.approx(right)
    assert cost.lost.value == pytest.approx(right[0] - right[1])
    assert cost.lost.n == 40  # prompts, not pictures
    low, high, _ = cost.interval
    assert low is not None
    assert high is not None
    assert low < 0.2 < high
    assert cost.outcome is Outcome.FAIL
    assert cost.paired
    same = faithful(before, Run(tmp_path / "before"), "occupation", "occupation shown")
    none = 1 - 0.025 ** (1 / 40)  # of a loss that 40 prompts have not shown
    assert same.lost.value == 0
    assert same.interval[:2] == pytest.approx((-none, none))
    assert same.outcome is Outcome.INCONCLUSIVE
    wide = faithful(before, before, "occupation", "occupation shown", margin=0.1)
    assert wide.outcome is Outcome.PASS


def test_what_is_refused_does_not_show_it(tmp_path: Path) -> None:
    told = run(tmp_path / "run", 0.0)
    table = told.to_frame()
    refused = (table["answered"] == "no").sum()
    assert refused > 0
    cost = faithful(told, told, "occupation", "occupation shown")
    assert cost.before.value == pytest.approx(1 - refused / len(table))


def test_where_the_target_raised_only_after_what_was_asked_is_not_shown(tmp_path: Path) -> None:
    before = run(tmp_path / "before", 0.0)

    def draw(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        if any(asked.factors["occupation"] == "judge" for asked in prompts):
            raise ValueError("not this one")
        return [np.full((2, 2, 3), JOBS.index(asked.factors["occupation"]), np.uint8) for asked in prompts]

    target = Function(draw, verb="sample", title="a painter", fingerprint="raises")
    after = elicit(PROBE, target, Colour(), into=tmp_path / "after", batch=1)
    cost = faithful(before, after, "occupation", "occupation shown")
    assert cost.lost.n == 40
    assert cost.after.value == pytest.approx(0.75)
    turned = faithful(after, before, "occupation", "occupation shown")
    assert turned.lost.n == 30  # of what it did not do before nothing can be lost


def test_answers_are_paired_by_prompt_and_seed_not_by_place(tmp_path: Path) -> None:
    short = Occupations(JOBS[::-1], templates=10, repeats=3)
    before, after = run(tmp_path / "before", 0.3), run(tmp_path / "after", 0.3, probe=short)
    cost = faithful(before, after, "occupation", "occupation shown")
    assert cost.lost.value == 0  # the same painter on the same seeds, though fewer and in another order
    assert cost.lost.n == 40


def test_runs_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    before = run(tmp_path / "before", 0.1)
    with pytest.raises(InputError, match="no prompt and seed in common"):
        faithful(before, run(tmp_path / "other", 0.1, seed=1), "occupation", "occupation shown")
    with pytest.raises(ColumnError, match='"occupation show"'):
        faithful(before, before, "occupation", "occupation show")
    titled = Colour("title", tuple(job.title() for job in JOBS))
    spelled = run(tmp_path / "spelled", 0.1, reader=titled)
    with pytest.raises(InputError, match='"title" reads Chef, Judge, Nurse, Pilot, and "occupation" asks for chef'):
        faithful(spelled, spelled, "occupation", "title")
