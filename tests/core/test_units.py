"""Kept units that somebody else wrote: each has one row, and they go from a shared report with what is said of them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from auditkit.auditing import audit
from auditkit.core.detector import Detector
from auditkit.core.errors import InputError
from auditkit.core.report import Report, suppressed
from auditkit.detectors.disparity import SelectionRate
from auditkit.stats import contrasts


def told(n: int = 200) -> Report:
    names = [f"person {k}" for k in range(n)]
    return audit(group=["a", "b"] * (n // 2), outcome=[0, 1, 1, 0] * (n // 4), unit=names, keep_units=True)


def with_repeats(report: Report, repeats: int) -> dict[str, Any]:
    """The first digests are one and the same."""
    assert report.units is not None
    digests = report.units.digests.copy()
    digests[:repeats] = digests[repeats]
    data = report.to_dict()
    data["units"]["digests"] = base64.b64encode(digests.astype(">u8").tobytes()).decode()
    return data


@pytest.mark.parametrize("repeats", [3, 199])
def test_units_that_repeat_are_refused(repeats: int) -> None:
    with pytest.raises(InputError, match="units that are kept repeat"):
        Report.from_dict(with_repeats(told(), repeats))


@pytest.mark.parametrize("repeats", [0, 2])
def test_two_names_may_share_a_digest_by_chance(repeats: int) -> None:
    units = Report.from_dict(with_repeats(told(), repeats)).units
    assert units is not None
    assert len(np.unique(units.digests)) == 200 - repeats


def test_what_is_said_of_kept_units_says_on_whose_word_and_goes_with_them() -> None:
    report = told()
    said = [note for note in report.recipe.notes if "units of one row each are kept" in note]
    assert len(said) == 1
    assert "on the reports' own word for which cell each unit is in" in said[0]
    shared = suppressed(report, 5)
    assert shared.units is None
    assert shared.recipe.notes == tuple(note for note in report.recipe.notes if note not in said)


def test_more_levels_than_can_be_compared_are_not_assessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contrasts, "MOST_LEVELS", 3)
    asked = {"group": list("abc") * 20, "outcome": [0, 1] * 30}
    assert len(audit(None, SelectionRate(), **asked).findings) == 6
    report = audit(None, SelectionRate(), **{**asked, "group": list("abcd") * 15})
    assert not report.findings
    assert "4 levels are too many to compare each with the others: at most 3 are" in report.not_assessed[0].because


def test_what_takes_more_memory_than_there_is_is_not_assessed(monkeypatch: pytest.MonkeyPatch) -> None:
    def examine(self: Detector, shown: object) -> None:
        raise MemoryError("36.5 GiB")

    monkeypatch.setattr(SelectionRate, "examine", examine)
    report = audit(None, SelectionRate(), group=["a", "b"] * 20, outcome=[0, 1] * 20)
    assert [item.because for item in report.not_assessed] == ["2 cells take more memory than there is"]
