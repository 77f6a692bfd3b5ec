"""How much further from no bias is an effect, given how far it moved and where: what can be said of a distance."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

from auditkit.core.estimate import LEVELS, Estimate, Interval
from auditkit.core.finding import Finding
from auditkit.rules.no_worse import SURE


def ruler(old: Finding) -> Callable[[float | None], float | None]:
    """A value as its distance from what the old finding takes for no bias, with its sign; logarithms of ratios."""

    def along(value: float | None) -> float | None:
        if value is None or (old.scale == "ratio" and min(value, old.null) <= 0):
            return None
        return math.log(value / old.null) if old.scale == "ratio" else value - old.null

    return along


def distance(place: float, judge: Finding) -> float:
    """How far a place on the ruler is from no bias; of a one-sided finding on its own side alone."""
    margin = judge.margin
    if margin is not None and margin.low is None:
        return max(place, 0.0)
    return max(-place, 0.0) if margin is not None and margin.high is None else abs(place)


def growth(a: float, b: float, shift: Estimate, total: Estimate, old: Finding) -> Estimate:
    """How much further from no bias b is than a, at every level, from the curves of b - a and of b + a."""
    spans = [grown_within(shift.interval(level), total.interval(level), old) for level in LEVELS]
    lower, upper = (tuple(getattr(span, end) for span in spans) for end in ("low", "high"))
    grown = distance(b, old) - distance(a, old)
    return Estimate(grown, lower, upper, shift.n, shift.n_eff, shift.method, shift.clusters)


def grown_within(shift: Interval, total: Interval, old: Finding) -> Interval:
    """The interval of how much the distance grew: the least and the most of it over those of b - a and of b + a.

    It is monotone in either while the other stands, and so has its extremes in the corners. No distance grows by more
    than the effect moves; where the old finding may have no bias at all (at 99.9 %) its own is biased upwards, and as
    much as the effect may have moved either way counts.
    """
    (d_low, d_high, level), (s_low, s_high, _) = shift, total
    if d_low is None or d_high is None or s_low is None or s_high is None:
        return Interval(None, None, level)
    grown = [
        distance((s + d) / 2, old) - distance((s - d) / 2, old) for d, s in product((d_low, d_high), (s_low, s_high))
    ]
    high = max([*grown, abs(d_low), abs(d_high)]) if _perhaps_none(old) else max(grown)
    return Interval(min(grown), high, level)


def _perhaps_none(old: Finding) -> bool:
    """Whether a finding may have no bias, at 99.9 %."""
    along = ruler(old)
    least, most = (along(bound) for bound in old.interval(SURE)[:2])
    return least is None or most is None or least <= 0 <= most or distance(least, old) * distance(most, old) == 0
