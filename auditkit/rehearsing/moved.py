"""A finding as it would be told where there is no bias: its own confidence curve, moved to the null."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from auditkit.core.estimate import QUANTILES, Estimate, Floats
from auditkit.core.finding import Finding

KNOTS = np.array((0.0, *QUANTILES))


def moved(finding: Finding, z: float) -> Finding:
    """The finding of a fair world whose noise is `z` standard normal: the null lies where its curve is at z.

    For z > 0 the lower bound at z touches the null, for z < 0 the upper bound at -z, so that the curve covers the null
    as often as it says, widths kept (on the log scale for ratios). A distance, which noise alone makes positive, has at
    least its `null_expectation` for a value, and lower bounds no further up than z says. Counts and bets of the real
    report are left out; what has no value stays as it is.

    >>> e = Estimate(.3, tuple(.3 - .1 * q for q in QUANTILES), tuple(.3 + .1 * q for q in QUANTILES), 9, 9.0, "m")
    >>> round(moved(Finding("c", "gap", "a", "b", "s", e), 2.0).estimate.value, 3)
    0.2
    """
    bare = replace(finding, counts=(), recount=False, exemplars=(), estimate=replace(finding.estimate, wagers=()))
    e, log = bare.estimate, finding.scale == "ratio"
    if e.value is None or (log and min(e.value, finding.null) <= 0):
        return bare
    value, null = (math.log(x) if log else x for x in (e.value, finding.null))
    lower, upper = _heights(e.lower, log), _heights(e.upper, log)
    off = _offset(value, lower, upper, z)
    back = math.exp if log else float
    if finding.null_expectation is not None:
        return replace(bare, estimate=_distance(e, max(finding.null_expectation, null + off), null, off))
    at = null + off - value
    fresh = (tuple(None if math.isnan(h) else back(h + at) for h in side) for side in (lower, upper))
    return replace(bare, estimate=replace(e, value=back(value + at), lower=next(fresh), upper=next(fresh)))


def _distance(e: Estimate, value: float, null: float, off: float) -> Estimate:
    """A distance at its expectation, or as far above as its noise takes it; never below the null."""
    assert e.value is not None  # its caller has looked
    lower = tuple(None if b is None else max(null, null + off + b - e.value) if off > 0 else null for b in e.lower)
    upper = tuple(None if b is None else value + b - e.value for b in e.upper)
    return replace(e, value=value, lower=lower, upper=upper)


def _heights(bounds: Sequence[float | None], log: bool) -> Floats:
    """Bounds as numbers, on the log scale for ratios; NaN where there is none."""
    heights = np.array([math.nan if bound is None else bound for bound in bounds], float)
    if not log:
        return heights
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.maximum(heights, 0)))


def _offset(value: float, lower: Floats, upper: Floats, z: float) -> float:
    """How far above the null the value lies when the curve is at the null at z, with the other side's reach where this
    side has none."""
    ours, theirs = (value - lower, upper - value) if z > 0 else (upper - value, value - lower)
    for reach in (ours, theirs):
        known = int(np.argmin(np.r_[np.isfinite(reach), False]))
        if known:
            knots, heights = KNOTS[: known + 1], np.r_[0.0, reach[:known]]
            beyond = max(abs(z) - knots[-1], 0.0) * (heights[-1] - heights[-2]) / (knots[-1] - knots[-2])
            return math.copysign(float(np.interp(abs(z), knots, heights) + beyond), z)
    return 0.0
