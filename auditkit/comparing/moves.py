"""How far each finding has moved since another report, with both uncertainties; paired where the units are the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from auditkit.comparing.paired import LeftOut, by_jackknife, left_out, too_lumpy
from auditkit.core.estimate import LEVELS, Estimate, Interval
from auditkit.core.finding import Finding, Key, Scale
from auditkit.core.report import Report
from auditkit.rules.no_worse import SURE, change, same_evidence

LEVEL = 0.90
LUMPY = "none or only a handful of its units make the difference"
INDEPENDENT = "independent reports"
Way = Literal["worse", "better", "same", "untold"]


@dataclass(frozen=True, slots=True)
class Move:
    """How much further from no bias a finding is than it was, and the 90 % interval of that; log ratios for ratios.

    `way` is "worse" or "better" where the interval excludes no change, "untold" where the change is undefined, and else
    "same": no change beyond the noise of both reports. `shift` is the change of the effect itself, with its sign and
    its whole curve; of the logarithm for ratios. `paired` says that both come from the same units and from what leaving
    these out does to both reports; else the reports are taken as independent, which is conservative, `because` of what
    is told there.
    """

    key: Key
    scale: Scale
    was: float | None
    now: float | None
    change: float | None
    interval: Interval
    way: Way
    shift: Estimate
    paired: bool = False
    because: str = ""


def moves(new: Report, old: Report) -> tuple[Move, ...]:
    """The move of every finding that both reports tell; what has surely grown first.

    >>> from auditkit.auditing import audit
    >>> report = audit(group=["a"] * 50 + ["b"] * 50, outcome=[1, 0] * 50)
    >>> {(move.way, move.paired) for move in moves(report, report)}
    {('same', True)}
    """
    was, same = {finding.key: finding for finding in old.findings}, same_evidence(new, old)
    without = left_out(new, old)
    told = [_move(one, was[one.key], without[one.key], same) for one in new.findings if one.key in was]
    return tuple(sorted(told, key=lambda move: ("worse", "untold", "same", "better").index(move.way)))


def _move(new: Finding, old: Finding, without: LeftOut | str, same: bool) -> Move:
    if new.scale != old.scale:
        without = f"one report tells it as a {old.scale}, the other as a {new.scale}"
    elif same and new.estimate.value is not None:
        return _unmoved(new)
    if not isinstance(without, str) and (ruled := _on_one_ruler(new, old, without)) is not None:
        shift, grown, span = ruled
        return Move(new.key, old.scale, old.estimate.value, new.estimate.value, grown, span, _way(span), shift, True)
    alone, because = change(new, old), without if isinstance(without, str) else LUMPY
    span = alone.interval(LEVEL)
    way = "untold" if alone.value is None else _way(span)
    values = old.estimate.value, new.estimate.value
    return Move(new.key, old.scale, *values, alone.value, span, way, _apart(new, old), False, because)


def _unmoved(finding: Finding) -> Move:
    """The same evidence twice: nothing changed, and that is sure."""
    value, e, none = finding.estimate.value, finding.estimate, (0.0,) * len(LEVELS)
    shift = Estimate(0.0, none, none, e.n, e.n_eff, "the same evidence")
    return Move(finding.key, finding.scale, value, value, 0.0, Interval(0.0, 0.0, LEVEL), "same", shift, True)


def _way(span: Interval) -> Way:
    if span.low is not None and span.low > 0:
        return "worse"
    return "better" if span.high is not None and span.high < 0 else "same"


def _ruler(old: Finding) -> Callable[[float | None], float | None]:
    """A value as its distance from what the old finding takes for no bias, with its sign; logarithms of ratios."""

    def along(value: float | None) -> float | None:
        if value is None or (old.scale == "ratio" and min(value, old.null) <= 0):
            return None
        return math.log(value / old.null) if old.scale == "ratio" else value - old.null

    return along


def _on_one_ruler(new: Finding, old: Finding, without: LeftOut) -> tuple[Estimate, float, Interval] | None:
    """The change of the effect, of its distance from no bias, and the interval of that; `None` where it has none."""
    along = _ruler(old)
    a, b = along(old.estimate.value), along(new.estimate.value)
    if a is None or b is None:
        return None
    was, now = (np.array([along(value) for value in column], float) for column in (without.was, without.now))
    if too_lumpy(b - a, now - was):
        return None
    size = new.estimate.n, min(new.estimate.n_eff, old.estimate.n_eff), without.fewest
    shift, total = by_jackknife(b - a, now - was, *size), by_jackknife(b + a, now + was, *size)
    span = _distance_grown(shift.interval(LEVEL), total.interval(LEVEL), new, old)
    return shift, _distance(b, old) - _distance(a, old), span


def _distance(place: float, judge: Finding) -> float:
    """How far a place on the ruler is from no bias; of a one-sided finding on its own side alone."""
    margin = judge.margin
    if margin is not None and margin.low is None:
        return max(place, 0.0)
    return max(-place, 0.0) if margin is not None and margin.high is None else abs(place)


def _distance_grown(shift: Interval, total: Interval, new: Finding, old: Finding) -> Interval:
    """The interval of how much the distance grew: the least and the most of it over those of b - a and of b + a.

    It is monotone in either while the other stands, and so has its extremes in the corners. Where the old finding may
    have no bias at all (at 99.9 %) its distance is biased upwards, and the whole new bound counts, as in `change`.
    """
    grown = [
        _distance((s + d) / 2, old) - _distance((s - d) / 2, old)
        for d, s in product(shift[:2], total[:2])
        if d is not None and s is not None
    ]
    low, high, along = min(grown), max(grown), _ruler(old)
    least, most = (along(bound) for bound in old.interval(SURE)[:2])
    if least is None or most is None or least <= 0 <= most or _distance(least, old) * _distance(most, old) == 0:
        ends = (along(bound) for bound in new.interval(LEVEL)[:2])
        high = max([high, *(_distance(end, old) for end in ends if end is not None)])
    return Interval(low, high, LEVEL)


def _apart(new: Finding, old: Finding) -> Estimate:
    """The change of the effect between independent reports: d ∓ √((b - l_b)² + (u_a - a)²) (MOVER)."""
    along, n = _ruler(old), new.estimate.n
    a, b = along(old.estimate.value), along(new.estimate.value)
    if new.scale != old.scale or a is None or b is None:
        why = new.estimate.reason or old.estimate.reason or "one of the two estimates has no place on this scale"
        return Estimate.undefined(f"told as another scale: {old.scale}" if new.scale != old.scale else why, n)
    lower, upper = [], []
    for level in LEVELS:
        low_a, high_a, low_b, high_b = (along(end) for f in (old, new) for end in f.interval(level)[:2])
        lower.append(None if low_b is None or high_a is None else b - a - math.hypot(b - low_b, high_a - a))
        upper.append(None if high_b is None or low_a is None else b - a + math.hypot(high_b - b, a - low_a))
    worth = min(new.estimate.n_eff, old.estimate.n_eff)
    return Estimate(b - a, tuple(lower), tuple(upper), n, worth, f"MOVER, {INDEPENDENT}")
