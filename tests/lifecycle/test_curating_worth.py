"""What rows are worth: who shares a unit or a weight counts for less, and who counts twins as people is named."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.auditing import audit
from auditkit.core.finding import Reference
from auditkit.detectors.disparity import SelectionRate
from auditkit.detectors.selection import Composition
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.losing import doubled, units_of, worth
from tests.lifecycle.folk import SAID

TWINS = {
    "group": ["f"] * 200 + ["m"] * 200 + ["m"] * 200 + ["f"] * 200,
    "hired": [*(answers := ["yes", "no", "no", "yes", "no"] * 80), *answers],
    "context": ["here", "there"] * 400,
    "source": [str(k) for k in range(400)] * 2,
}


@pytest.mark.parametrize("twins", [400, 40])
def test_who_counts_twins_as_people_is_named_although_each_group_is_as_large_as_the_source(twins: int) -> None:
    """400 rows and their twins, audited without units: no group's n_eff is above 400, and the pairs are forgotten."""
    told = {name: values[: 400 + twins] for name, values in TWINS.items()}
    roles = {"group": told["group"], "outcome": told["hired"]}
    for detector in (SelectionRate("yes"), SelectionRate("yes", within=True)):
        more = {"context": told["context"]} if detector.within else {}
        blind = audit(None, detector, **roles, **more)
        seeing = audit(None, detector, **roles, **more, unit=told["source"])
        assert max(f.estimate.n_eff for f in blind.findings) <= 400
        [said] = doubled(blind, 400.0, 400 + twins, 400)
        assert said.startswith("disparity.selection_rate counted rows that share a unit")
        assert doubled(seeing, 400.0, 400 + twins, 400) == []
        assert doubled(blind, 400.0 + twins, 400 + twins, 400 + twins) == []


def test_an_audit_by_units_that_are_no_units_is_named() -> None:
    """400 units of two rows each, where the rows come from 200 of the source."""
    roles = {"group": ["f", "m"] * 400, "outcome": TWINS["hired"]}
    pairs = audit(
        None, Composition(Reference({"f": 0.5, "m": 0.5}, **SAID)), **roles, unit=[str(k // 2) for k in range(800)]
    )
    assert doubled(pairs, 400.0, 800, 400) == []
    assert len(doubled(pairs, 200.0, 800, 200)) == 1


def test_units_are_those_of_the_role_or_the_rows_of_the_source() -> None:
    data = Dataset.of_source({"who": ["a", "a", "b"]}).with_copies([0], [{}])
    assert (units_of(data, {}), units_of(data, {"unit": "who"})) == (3, 2)


def test_what_rows_are_worth() -> None:
    assert worth(None, [1, 1, 2, 2]) == pytest.approx(2)
    assert worth(np.array([1.0, 1, 1, 3]), [1, 2, 3, 4]) == pytest.approx(3)
