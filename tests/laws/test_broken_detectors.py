"""Every law of `auditkit.testing` can be broken: a detector that breaks it is found out, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar

import numpy as np
import pytest

from auditkit import testing
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding
from auditkit.core.report import Report
from auditkit.detectors.selection.refusal import Refusal


def first_moved(told: Told, by: float) -> Told:
    """The same findings, the first of which has a value that is off."""
    at = next(i for i, one in enumerate(told) if isinstance(one, Finding))
    moved = told[at]
    assert isinstance(moved, Finding)
    assert moved.estimate.value is not None
    off = replace(moved, estimate=replace(moved.estimate, value=moved.estimate.value + by))
    return (*told[:at], off, *told[at + 1 :])


@dataclass(frozen=True)
class Forgetful(Refusal):
    """What it tells hangs on how often it was asked."""

    asked: ClassVar[Iterator[int]] = count()

    def examine(self, evidence: Evidence) -> Told:
        return first_moved(super().examine(evidence), next(self.asked) / 1_000)


@dataclass(frozen=True)
class Counting(Refusal):
    """Its estimate grows with the rows, and it does not say so."""

    def examine(self, evidence: Evidence) -> Told:
        assert isinstance(evidence, Tally)
        return first_moved(super().examine(evidence), evidence.total / 10_000)


@dataclass(frozen=True)
class Prejudiced(Refusal):
    """It has something against a name."""

    def examine(self, evidence: Evidence) -> Told:
        told = super().examine(evidence)
        return first_moved(told, 0.1) if any("renamed" in one for one in evidence.levels_of("group")) else told


@dataclass(frozen=True)
class Brusque(Refusal):
    """Where it cannot compare it raises what is no sentence."""

    def examine(self, evidence: Evidence) -> Told:
        try:
            return super().examine(evidence)
        except CannotDecide as error:
            raise IndexError from error


@dataclass(frozen=True)
class Vague(Refusal):
    """A field that is left empty comes back full."""

    tilt: float | None = 1.0

    @classmethod
    def specimen(cls) -> Vague:
        return cls(**vars(Refusal.specimen()), tilt=None)


@dataclass(frozen=True)
class Boastful(Refusal):
    """What is true of its worlds hangs on their size."""

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        made = super().plant(dose, n, rng, nuisance)
        return replace(made, truth={key: value + 1 / n for key, value in made.truth.items()})


BROKEN = [
    (Forgetful, testing.shards_in_any_order_tell_what_the_whole_tells),
    (Counting, testing.twice_the_data_leave_a_plug_in_estimate_where_it_was),
    (Prejudiced, testing.other_names_for_the_groups_change_names_only),
    (Forgetful, testing.no_order_of_the_rows_changes_what_is_told),
    (Vague, testing.it_is_rebuilt_from_its_configuration),
    (Vague, testing.its_manual_is_complete),
    (Vague, testing.its_name_is_where_it_stands),
    (Brusque, testing.one_group_or_no_rows_is_never_a_traceback),
    (Boastful, testing.the_truth_of_a_planted_world_does_not_hang_on_its_size),
]


@pytest.mark.parametrize(("kind", "law"), BROKEN, ids=[law.__name__ for _, law in BROKEN])
def test_a_detector_that_breaks_a_law_is_found_out(kind: type[Detector], law: testing.Law) -> None:
    law(Refusal.specimen())
    with pytest.raises(AssertionError):
        law(kind.specimen())


def test_the_law_that_is_broken_is_named() -> None:
    with pytest.raises(AssertionError, match="breaks a law: shards in any order tell what the whole tells"):
        testing.check_detector(Forgetful)


def test_a_round_trip_that_loses_something_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    testing.a_report_tells_the_same_after_a_round_trip(Refusal.specimen())
    read = Report.from_json
    monkeypatch.setattr(Report, "from_json", lambda text: replace(read(text), findings=read(text).findings[1:]))
    with pytest.raises(AssertionError):
        testing.a_report_tells_the_same_after_a_round_trip(Refusal.specimen())
