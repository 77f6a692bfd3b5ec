"""Findings, reports and baselines built by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from auditkit.core.baseline import Baseline
from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.finding import Count, Finding, Margin
from auditkit.core.judgement import Acceptance, Outcome
from auditkit.core.report import Recipe, Report
from auditkit.rules import Policy

TODAY, LATER, PAST = date(2026, 12, 1), date(2027, 6, 1), date(2026, 11, 30)
RECIPE = Recipe(
    "hiring",
    1_000,
    {"group": ("sex",), "outcome": ("hired",), "unit": ("person",), "weight": ("w",)},
    ({"code": "disparity.selection_rate", "favourable": "yes"},),
    {"group (sex)": 10},
    {"auditkit": "0.1.0", "python": "3.11.7"},
    ("Groups are crossed: their intersections are compared.", "Weights: 1,000 rows are worth 800 (Kish)."),
    ({"title": "occupations", "fingerprint": "aa", "prompts": "bb", "seed": "1"},),
)


def estimate(value: float, se: float, n: int = 1_000, n_eff: float = 500.0, **more: Any) -> Estimate:
    low, high = (tuple(value + side * z * se for z in QUANTILES) for side in (-1, 1))
    return Estimate(value, low, high, n, n_eff, "normal", **more)


def finding(value: float = 0.0, se: float = 0.01, **more: Any) -> Finding:
    parts: dict[str, Any] = {
        "code": "disparity.selection_rate",
        "estimand": "selection rate difference",
        "level": "a",
        "versus": "b",
        "sentence": "s",
        "margin": Margin.within(0.05),
        "attribute": "sex",
        "counts": (Count("a", 200, 500, 0.4), Count("b", 200, 500, 0.4)),
    }
    return Finding(**{"estimate": estimate(value, se), **parts, **more})


def report(*findings: Finding, **more: Any) -> Report:
    parts: dict[str, Any] = {"not_assessed": (), "recipe": RECIPE, **more}
    return Report(tuple(findings), **parts)


def baseline(*findings: Finding, accepted: tuple[Acceptance, ...] = (), **more: Any) -> Baseline:
    return Baseline(report(*findings, **more), Policy().to_dict(), accepted)


def accepting(of: Finding, rule: str = "within", expires: date = LATER, **more: Any) -> Acceptance:
    one = Acceptance(rule, of.key, "a quota of 1998", "Ada", expires, Outcome.FAIL)
    return replace(one, **more)
