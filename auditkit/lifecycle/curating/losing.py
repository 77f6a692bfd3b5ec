"""What curation costs: rows that are gone, and rows that are worth less than they were, as shares of the source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auditkit.core.estimate import LEVELS, Estimate, Floats
from auditkit.core.finding import Finding
from auditkit.core.report import Report
from auditkit.lifecycle.curating.dataset import Dataset, Ints
from auditkit.lifecycle.curating.recipe import Costs
from auditkit.lifecycle.turning import Cost
from auditkit.stats.weighting import kish

REFERENCE = "reference"
ROWS, WORTH = "share of the source rows that is kept", "effective rows, as a share of the source's"


def worth(weights: Floats | None, units: Ints | list[str]) -> float:
    """Rows as independent, equally weighted ones: Kish's n_eff of the units' summed weights (Kish 1965).

    >>> worth(None, ["a", "a", "b", "b"]), worth(np.array([1.0, 3.0]), ["a", "b"])
    (2.0, 1.6)
    """
    code = np.unique(np.asarray(units), return_inverse=True)[1]
    return kish(np.bincount(code, np.ones(len(code)) if weights is None else weights)).n_eff


def worth_of(data: Dataset, roles: Mapping[str, Any]) -> float:
    """What a data set is worth by its weights and its units: rows that come from one row of the source share theirs."""
    return worth(data.weights, _units(data, roles))


def units_of(data: Dataset, roles: Mapping[str, Any]) -> int:
    """How many units its rows have, or rows of the source that they come from."""
    return len(np.unique(np.asarray(_units(data, roles))))


def _units(data: Dataset, roles: Mapping[str, Any]) -> Ints | list[str]:
    unit = roles.get("unit")
    return data.of if unit is None else data.levels(str(unit), "unit")


def costs_of(n: int, kept: int, lost: float, allowed: Costs) -> tuple[Cost, ...]:
    """Both costs, counted and not estimated: their intervals have no width."""
    rows = Cost(ROWS, _known(1.0, n), _known(kept / n, n), _known((n - kept) / n, n), allowed.rows, True)
    return rows, Cost(WORTH, _known(1.0, n), _known(1.0 - lost, n), _known(lost, n), allowed.n_eff, True)


def _known(value: float, n: int) -> Estimate:
    ends = (value,) * len(LEVELS)
    return Estimate(value, ends, ends, n, float(n), "counted")


def doubled(report: Report, now: float, rows: int, units: int) -> list[str]:
    """Say which findings take copies, or weighted rows, for rows of their own: their intervals do not hold.

    `now` is what the rows are worth and `units` how many they come from. A comparison that knows of units says how many
    it has (`Estimate.clusters`): its n_eff is that of its thinner group, and may look honest where it is not.
    """
    if min(now, units) > 0.99 * rows:
        return []
    loud = sorted({f.code for f in report.findings if _is_blind(f, now, units if units < rows else None)})
    if not loud:
        return []
    return [
        f"{' and '.join(loud)} counted rows that share a unit, or have weights, as if each were one of its own: the "
        f"data are worth {now:,.0f} rows, and its intervals after do not hold. Ask it for units, or choose another."
    ]


def _is_blind(finding: Finding, now: float, units: int | None) -> bool:
    """Whether an interval was made of more rows than there are; `units` where rows share some."""
    told = finding.estimate
    if told.value is None or told.interval(0.95)[:2] == (None, None):
        return False
    if told.n_eff > 1.02 * now:
        return True
    if units is None:
        return False
    return finding.versus != REFERENCE if told.clusters is None else told.clusters > units
