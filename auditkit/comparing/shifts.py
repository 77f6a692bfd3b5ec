"""How far an effect moved from one report to another, from their own intervals and how much they vary together."""

from __future__ import annotations

import math

from auditkit.comparing.growth import ruler
from auditkit.comparing.kept_units import Together
from auditkit.core.estimate import LEVELS, Estimate
from auditkit.core.finding import Finding
from auditkit.stats.changed_units import net_change

INDEPENDENT = "independent reports"
Bounds = tuple[float | None, ...]


def shift(new: Finding, old: Finding) -> Estimate:
    """The change b - a of the effect, of its logarithm for ratios, by MOVER (Zou & Donner 2008; Newcombe 1998a).

    d - √((b - l_b)² + (u_a - a)²) to d + √((u_b - b)² + (a - l_a)²). Undefined where the two are told on two scales, or
    where one has no place on theirs.
    """
    return _mover(new, old, -1.0, 0.0, INDEPENDENT)


def total(new: Finding, old: Finding, correlation: float, taken: str) -> Estimate:
    """The sum b + a of the effects, likewise, of two that vary together (Newcombe 1998b)."""
    return _mover(new, old, 1.0, correlation, taken)


def changed(new: Finding, old: Finding, known: Together, taken: str) -> Estimate:
    """The change b - a of the effect by the units that changed: the arms of `net_change`, and in squares the share of
    each report's own arms that is not of the units of both. Undefined as `shift` is."""
    alone = shift(new, old)
    if alone.value is None:
        return alone
    along, (was, now) = ruler(old), known.alone
    arms = net_change(known.moves, known.counts, known.variance, known.heaviest)
    a, b = along(old.estimate.value), along(new.estimate.value)
    lower: list[float | None] = []
    upper: list[float | None] = []
    for level, below, above in zip(LEVELS, *arms, strict=True):
        low_a, high_a, low_b, high_b = (along(end) for f in (old, new) for end in f.interval(level)[:2])
        down = math.hypot(below, _arm(b, low_b, now), _arm(a, high_a, was))
        up = math.hypot(above, _arm(b, high_b, now), _arm(a, low_a, was))
        lower.append(alone.value - down if math.isfinite(down) else None)
        upper.append(alone.value + up if math.isfinite(up) else None)
    bounds = _unfolded(lower, upper)
    return Estimate(alone.value, *bounds, alone.n, alone.n_eff, f"gamma limits of what changed, {taken}")


def _arm(value: float | None, end: float | None, share: float) -> float:
    """The part of an arm that has this share of its square; of what is not bounded, none that is finite."""
    if share <= 0:
        return 0.0
    return math.inf if value is None or end is None else abs(end - value) * math.sqrt(share)


def _mover(new: Finding, old: Finding, sign: float, correlation: float, taken: str) -> Estimate:
    along, n = ruler(old), new.estimate.n
    a, b = along(old.estimate.value), along(new.estimate.value)
    if new.scale != old.scale:
        return Estimate.undefined(f"told as another scale: {old.scale}", n)
    if a is None or b is None:
        why = new.estimate.reason or old.estimate.reason or "one of the two estimates has no place on this scale"
        return Estimate.undefined(why, n)
    value = b + sign * a
    lower: list[float | None] = []
    upper: list[float | None] = []
    for level in LEVELS:
        low_a, high_a, low_b, high_b = (along(end) for f in (old, new) for end in f.interval(level)[:2])
        down_a, up_a = (high_a, low_a) if sign < 0 else (low_a, high_a)
        lower.append(_end(value, -1.0, b, low_b, a, down_a, sign * correlation))
        upper.append(_end(value, 1.0, b, high_b, a, up_a, sign * correlation))
    worth = min(new.estimate.n_eff, old.estimate.n_eff)
    return Estimate(value, *_unfolded(lower, upper), n, worth, f"MOVER, {taken}")


def _end(
    value: float, side: float, b: float, of_b: float | None, a: float, of_a: float | None, correlation: float
) -> float | None:
    if of_b is None or of_a is None:
        return None
    x, y = abs(of_b - b), abs(of_a - a)
    return value + side * math.sqrt(max(x**2 + y**2 + 2 * correlation * x * y, 0.0))


def _unfolded(lower: list[float | None], upper: list[float | None]) -> tuple[Bounds, Bounds]:
    """The bounds with none tighter than that of a level below it, which skewed limits that vary together could make."""
    for ends, furthest in ((lower, min), (upper, max)):
        for i in range(1, len(ends)):
            if ends[i] is not None and ends[i - 1] is not None:
                ends[i] = furthest(ends[i], ends[i - 1])  # type: ignore[type-var]  # neither is none
    return tuple(lower), tuple(upper)
