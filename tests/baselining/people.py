"""People whom two releases decide on, and reports that keep who is where."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from auditkit.auditing import audit
from auditkit.comparing.kept_units import correlations
from auditkit.comparing.shifts import changed, shift
from auditkit.core.baseline import Baseline
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.core.report import Recipe, Report
from auditkit.core.roles import Roles
from auditkit.core.units import Units
from auditkit.detectors.disparity.selection_rate import SelectionRate
from auditkit.gathering import evidence
from auditkit.gating import gate
from auditkit.rules import NoWorse, Policy

RATES = "disparity.selection_rate"
ROLES = {"group": ("group",), "prediction": ("prediction",), "unit": ("unit",)}
RECIPE = Recipe("arrays", 0, ROLES, ({"code": RATES},), {}, {})
TIGHT = Policy((NoWorse(0.05, estimand="accuracy difference"),))


def told(group: Any, prediction: Any, unit: Any, keep: bool = True, **more: Any) -> Report:
    roles = {"group": list(group), "prediction": np.asarray(prediction).tolist(), "unit": list(unit), **more}
    detectors = None if "outcome" in roles else RATES
    return audit(None, detectors, keep_units=keep, **roles)


@cache
def people(n: int = 1_200, flips: float = 0.04, seed: int = 3) -> tuple[Any, ...]:
    """Names, groups, outcomes, and what two releases predict, which differ in a few."""
    rng = np.random.default_rng(seed)
    group = np.where(rng.random(n) < 0.35, "b", "a")
    outcome = (rng.random(n) < np.where(group == "b", 0.5, 0.4)).astype(int)
    first = (0.8 * outcome + rng.normal(size=n) > 0.4).astype(int)
    second = np.where(rng.random(n) < flips, 1 - first, first)
    return [f"person {k}" for k in range(n)], group, outcome, first, second


@cache
def releases(keep: bool = True) -> tuple[Report, Report]:
    names, group, outcome, first, second = people()
    both = (told(group, one, names, keep, outcome=outcome.tolist()) for one in (first, second))
    return next(both), next(both)


def flipped(x: int, y: int, n: int = 200) -> tuple[Report, Report]:
    """Two groups of n; in the first x change from 0 to 1 and y from 1 to 0, in the second nobody does."""
    names, group = [f"person {k}" for k in range(2 * n)], ["a"] * n + ["b"] * n
    was = np.tile(np.arange(n) % 2, 2)
    now = was.copy()
    now[: 2 * x : 2], now[1 : 2 * y : 2] = 1, 0
    return told(group, was, names), told(group, now, names)


def of_difference(new: Report, old: Report, level: str = "") -> Any:
    """The change of the difference, of this level against the others, by the units that both reports keep."""
    told = {key: one for key, one in correlations(new, old).items() if level in ("", key.level)}
    ((key, known),) = ((key, one) for key, one in told.items() if key.estimand.endswith("difference"))
    pair = [next(f for f in one.findings if f.key == key) for one in (new, old)]
    return shift(*pair) if isinstance(known, str) else changed(*pair, known, "paired")


def of_the_change(new: Report, old: Report | Baseline) -> tuple[set[Outcome], list[str]]:
    judged = gate(new, TIGHT, baseline=old)
    said = [notice.sentence for notice in judged.notices if notice.about == "units"]
    return {verdict.outcome for verdict in judged.verdicts if verdict.rule == "no_worse"}, said


def counted(group: list[str], prediction: list[int], names: list[str]) -> Report:
    """What `told` tells, without a table."""
    columns = {"group:group": group, "prediction": [str(one) for one in prediction], "unit": names}
    cells, units = Units.of(Tally.of(columns, names={"group:group": "group"}))
    (shown,) = evidence(SelectionRate(), None, cells, Roles(RECIPE.roles), False)
    found = tuple(item for item in SelectionRate().examine(shown) if isinstance(item, Finding))
    return Report(found, (), replace(RECIPE, rows=cells.total), cells, units)
