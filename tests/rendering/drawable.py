"""Everything that can be drawn: figures of canned reports, shares beside their reference, effects along a dose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import canned

from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.finding import Finding, Margin, Reference
from auditkit.core.report import Recipe, Report
from auditkit.rendering import Distribution, Figure, Sweep, distributions, figures, sweeps

Drawn = Figure | Distribution | Sweep


def open_ended() -> canned.Judged:
    """Bounds and margins that are not there, on either side."""
    ends = (None,) * len(QUANTILES)
    wide = tuple(0.1 + 0.03 * z for z in QUANTILES)
    found = [
        Finding("x.y", "gap", "above", "rest", "s.", Estimate(0.1, wide, ends, 9, 9.0, "m"), margin=Margin(-0.2, None)),
        Finding("x.y", "gap", "below", "rest", "s.", Estimate(0.1, ends, wide, 8, 8.0, "m"), margin=Margin(None, 0.2)),
        Finding("x.y", "gap", "neither", "rest", "s.", Estimate(0.1, ends, ends, 7, 7.0, "m")),
    ]
    return Report(tuple(found), (), canned.recipe("open", 24, ("g",))), canned.judgement([], [f.key for f in found])


EVERY = {**canned.EVERY, "long": lambda: canned.long(2, 40), "open_ended": open_ended}


def normal(value: float, se: float = 0.02, free: bool = False) -> Estimate:
    low = tuple(None if free else value - z * se for z in QUANTILES)
    return Estimate(value, low, tuple(value + z * se for z in QUANTILES), 400, 400.0, "t")


def gap(concept: str, share: float, value: float, margin: Margin | None = None) -> Finding:
    shares = Reference({"woman": share, "man": 1 - share}, "the labour force", "a census of 2024")
    more: dict[str, Any] = {"attribute": "gender", "stratum": concept, "reference": shares, "margin": margin}
    code, estimand = "reporting.generator_frequency", "share minus reference"
    return Finding(code, estimand, "woman", "reference", f"{concept}.", normal(value), **more)


def arm(level: str, value: float, versus: str = "ancestral", **more: Any) -> Finding:
    told = {"margin": Margin.within(0.05), "attribute": "gender", "stratum": "woman", "estimate": normal(value)} | more
    return Finding("selection.decoder", "share difference", level, versus, f"{level}.", **told)


def judged(*found: Finding) -> canned.Judged:
    recipe = Recipe("pictures", 1200, {"group": ("gender",), "arm": ("guidance",)}, (), {}, {})
    verdicts = [canned.verdict(f) for f in found if f.margin is not None]
    return Report(found, (), recipe), canned.judgement(verdicts, [f.key for f in found if f.margin is None])


SHARES = {
    "not judged": [gap("nurse", 0.6, 0.2), gap("judge", 0.5, -0.04), gap("pilot", 0.3, 0.0)],
    "judged": [gap(job, q, d, Margin.within(0.05)) for job, q, d in (("nurse", 0.6, 0.2), ("pilot", 0.3, 0.0))],
    "leaving": [replace(gap("nurse", 0.02, 0.03), estimate=normal(0.03, 0.4)), gap("judge", 0.01, 0.0)],
}


DOSES = {
    "linear": [arm("1", 0.0), arm("2", 0.1), arm("7.5", 0.2)],
    "logarithmic": [arm("0.001", 0.0), arm("0.01", 0.1), arm("1", 0.2)],
    "even": [arm("0", 0.0), arm("0.1", 0.1), arm("100", 0.2)],
    "from an origin": [arm("4", 0.1, "1"), arm("2", 0.05, "1"), arm("7", 0.2, "1")],
    "ratios, one unbounded": [
        arm(level, value, scale="ratio", null=1.0, margin=Margin.ratio(0.8), estimate=normal(value, 0.1, level == "2"))
        for level, value in (("1", 1.0), ("2", 1.6), ("3", 2.2))
    ],
    "extreme": [arm("-1e308", 0.1), arm("0", 0.2), arm("1.7e308", 0.3)],
}


def drawn() -> Iterator[Drawn]:
    for make in EVERY.values():
        yield from figures(*make())
    for found in SHARES.values():
        yield from distributions(*judged(*found))
    for found in DOSES.values():
        yield from sweeps(*judged(*found))
    hostile = [replace(gap(text, 0.5, 0.1), level="woman", attribute=text) for text in canned.HOSTILE]
    for text in canned.HOSTILE:
        yield from sweeps(*judged(*(arm(dose, 0.1, text, stratum=text, attribute=text) for dose in "123")))
    yield from distributions(*judged(*(replace(one, attribute="a") for one in hostile)))
