"""Differences and ratios of proportions, and the comparisons of groups that detectors make of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.comparison import Comparison
from auditkit.core.detector import labels
from auditkit.core.errors import CannotDecide, InputError, nearest
from auditkit.core.estimate import Floats, estimates
from auditkit.core.finding import Count, Margin, Scale
from auditkit.stats.clusters import Members, Sample, clusters_in, correlations, union_rates
from auditkit.stats.culprits import culprits
from auditkit.stats.proportions import Curve, Rates, guarded, rates

OTHERS = "all others"
APART = 0.05
MANY = 100  # every pair is looked at
MOST_LEVELS = 5_000  # of each and all others a square is made


def newcombe(a: Curve, b: Curve, correlation: ArrayLike = 0.0) -> Curve:
    """The difference a - b by the square-and-add rule (MOVER; Newcombe 1998a, method 10; correlated: Newcombe 1998b).

    d - √((a - l_a)² - 2ρ(a - l_a)(u_b - b) + (u_b - b)²) to d + √((u_a - a)² - 2ρ(u_a - a)(b - l_b) + (b - l_b)²).

    >>> from auditkit.stats.proportions import wilson
    >>> curve = newcombe(wilson(rates(56, 70)), wilson(rates(48, 80)))
    >>> [round(float(side[2, 0]), 4) for side in (curve.lower, curve.upper)]  # published: .0524, .3339
    [0.0524, 0.3339]
    """
    curve = square_and_add(a, b, correlation)
    return Curve(curve.value, np.clip(curve.lower, -1, 1), np.clip(curve.upper, -1, 1))


def square_and_add(a: Curve, b: Curve, correlation: ArrayLike = 0.0) -> Curve:
    """The difference of any two estimates from their own limits (MOVER; Zou & Donner 2008), as `newcombe` says."""
    rho = np.asarray(correlation, float)
    down = _hypotenuse(a.value - a.lower, b.upper - b.value, rho)
    up = _hypotenuse(a.upper - a.value, b.value - b.lower, rho)
    if rho.any():  # arms that grow together take from one another: a wider level never has a tighter bound
        down, up = np.maximum.accumulate(down), np.maximum.accumulate(up)
    return Curve(a.value - b.value, a.value - b.value - down, a.value - b.value + up)


def _hypotenuse(x: Floats, y: Floats, rho: Floats) -> Floats:
    return np.sqrt(np.clip(x**2 + y**2 - 2 * rho * x * y, 0, None))


def mover_ratio(a: Curve, b: Curve, correlation: ArrayLike = 0.0) -> Curve:
    """The ratio a / b by MOVER-R (Donner & Zou 2012), with Wilson limits; infinite where b's lower limit is 0.

    The lower limit is written with the root in the denominator, so that it stays exact when u_b nears 2b.
    """
    rho = np.asarray(correlation, float)
    product = a.value * b.value
    with np.errstate(divide="ignore", invalid="ignore"):
        low = product - rho * (a.value - a.lower) * (b.upper - b.value)
        under = a.lower * (2 * a.value - a.lower)
        root = np.sqrt(np.clip(low**2 - under * b.upper * (2 * b.value - b.upper), 0, None))
        lower = np.where(under == 0, 0.0, under / (low + root))
        high = product - rho * (a.upper - a.value) * (b.value - b.lower)
        beneath = b.lower * (2 * b.value - b.lower)
        root = np.sqrt(np.clip(high**2 - a.upper * (2 * a.value - a.upper) * beneath, 0, None))
        upper = np.where(beneath > 0, (high + root) / beneath, np.inf)
        value = np.where(b.value > 0, a.value / b.value, np.nan)
    if rho.any():  # where the root was clipped the curve would fold: a wider level never has a tighter bound
        lower, upper = np.minimum.accumulate(lower), np.maximum.accumulate(upper)
    unknown = np.isnan(a.value) | np.isnan(b.value)
    return Curve(value, np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper))


def compare(s: Sample, versus: str | None = None) -> tuple[Comparison, ...]:
    """Compare groups: each against the pooled others, the highest rate, or a named group.

    Two groups make one comparison, second minus first in sorted order, unless `versus` names one of them. Difference by
    Newcombe, ratio by MOVER-R, both on what weights and clusters leave of the rows and with the correlation of groups
    that share clusters; above 95 %, where Holm's order looks, on exact limits (`guarded`). A group without rows has an
    undefined rate. Raises `InputError` for an unknown group, `CannotDecide` for more than `MOST_LEVELS`.
    """
    chosen, opposed, names = _pairs(s, versus)
    if not len(chosen):
        return ()
    ra, rb = union_rates(s, chosen), union_rates(s, opposed)
    ca, cb, rho = guarded(ra), guarded(rb), correlations(s, chosen, opposed)
    n, n_eff = ra.n + rb.n, np.minimum(ra.n_eff, rb.n_eff)
    units = (
        None
        if s.cells is None
        else [min(clusters_in(s, a), clusters_in(s, b)) for a, b in zip(chosen, opposed, strict=True)]
    )
    suffix = "" if s.plain else ", clusters" if s.cells is not None else ", weights"
    difference = estimates(
        *newcombe(ca, cb, rho),
        n=n,
        n_eff=n_eff,
        method="Newcombe" + suffix,
        clusters=units,
        reasons=_reasons(names, ra, rb),
    )
    ratio = estimates(
        *mover_ratio(ca, cb, rho),
        n=n,
        n_eff=n_eff,
        method="MOVER-R" + suffix,
        clusters=units,
        reasons=_reasons(names, ra, rb, ratio=True),
    )
    apart = _apart(s) if names[0][1] == OTHERS else ""
    return tuple(
        Comparison(level, other, (_count(s, a, level, p), _count(s, b, other, q)), d, r, _among(s, b, apart))
        for (level, other), a, b, p, q, d, r in zip(
            names, chosen, opposed, ra.value, rb.value, difference, ratio, strict=True
        )
    )


def _pairs(s: Sample, versus: str | None) -> tuple[Members, Members, Sequence[tuple[str, str]]]:
    """Who is compared with whom, as memberships (m, k) and names."""
    k = len(s.levels)
    if k > MOST_LEVELS:
        raise CannotDecide(f"{k:,} levels are too many to compare each with the others: at most {MOST_LEVELS:,} are")
    each = np.eye(k, dtype=bool)
    present = np.arange(k)
    if versus is None and len(present) == 2:
        versus, present = s.levels[present[0]], present[1:]
    if versus is None:
        others = ~each
        present = present if len(present) > 1 else present[:0]
        return each[present], others[present], [(s.levels[i], OTHERS) for i in present]
    if versus == "highest" and versus not in s.levels:
        value = union_rates(s, each).value
        versus = s.levels[int(np.nanargmax(value))] if np.isfinite(value).any() else ""
    elif versus not in s.levels:
        raise InputError(
            f'There is no group "{versus}" to compare with. The groups are: {", ".join(s.levels)}.'
            + nearest(versus, s.levels)
        )
    rest = [i for i in present if s.levels[i] != versus]
    against = each[[s.levels.index(versus)] * len(rest)] if rest else each[:0]
    return each[rest], against, [(s.levels[i], versus) for i in rest]


def _apart(s: Sample) -> str:
    """Which groups stand apart from most of the others, so that one of them is not held against all."""
    if s.cells is not None or not 2 < len(s.levels) <= MANY:
        return ""
    r = union_rates(s, np.eye(len(s.levels), dtype=bool))
    known = r.value[np.isfinite(r.value)]
    if len(known) < 3 or np.ptp(known) <= APART:
        return ""
    named = culprits(r, APART).named
    who = [level for level, is_apart in zip(s.levels, named, strict=True) if is_apart]
    if not 0 < len(who) < len(s.levels) / 2:
        return ""
    stands = f"{labels(who)} {'stands' if len(who) == 1 else 'stand'} apart"
    return f"; {stands} from most groups, by more than {100 * APART:.0f} points at 95 %"


def _among(s: Sample, pooled: Members, apart: str) -> str:
    """The lowest and the highest rate among pooled groups, when there are several, and who stands apart."""
    at = np.flatnonzero(pooled & (s.w > 0))
    if len(at) < 2:
        return ""
    value = s.w_hits[at] / s.w[at]
    low, high = int(value.argmin()), int(value.argmax())
    names = [s.levels[at[i]] for i in (low, high)]
    return f" (from {100 * value[low]:.1f} % for {names[0]} to {100 * value[high]:.1f} % for {names[1]}{apart})"


def _count(s: Sample, members: Members, label: str, rate: float) -> Count:
    value = float(rate) if np.isfinite(rate) else None
    return Count(label, int(s.hits[members].sum()), int(s.rows[members].sum()), value)


def _reasons(names: Sequence[tuple[str, str]], a: Rates, b: Rates, ratio: bool = False) -> list[str | None]:
    def why(level: str, versus: str, p: float, q: float) -> str | None:
        empty = [label for label, rate in ((level, p), (versus, q)) if np.isnan(rate)]
        if empty:
            return f"no rows to take the rate of in {' and '.join(empty)}"
        return f"the rate of {versus} is 0, so the ratio is undefined" if ratio and q == 0 else None

    return [why(*name, p, q) for name, p, q in zip(names, a.value, b.value, strict=True)]


def outcomes_to_change(
    counts: Sequence[tuple[Count, Count]], scales: Sequence[Scale], margins: Sequence[Margin], level: Sequence[float]
) -> list[int | None]:
    """How many outcomes of the first group must have been different for its interval to touch the margin.

    The fragility index (Walsh et al. 2014) against a margin: the smallest change of the first group's hits, towards the
    second group's rate, at which the interval at `level` is no longer wholly outside. `None` where no change suffices.
    """
    x, n = (np.array([getattr(pair[0], part) for pair in counts], float) for part in ("hits", "n"))
    y, m = (np.array([getattr(pair[1], part) for pair in counts], float) for part in ("hits", "n"))
    effects = zip(x / n, y / m, scales, margins, strict=True)
    downwards = np.array([_above(*effect) for effect in effects])
    room = np.where(downwards, x, n - x)
    low, high = np.zeros(len(x)), room + 1
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        moved = np.where(downwards, x - middle, x + middle)
        still = _outside(moved, n, y, m, scales, margins, level, downwards)
        low, high = np.where(still, middle, low), np.where(still, high, middle)
    return [None if k > limit else int(k) for k, limit in zip(high, room, strict=True)]


def _above(p: float, q: float, scale: Scale, margin: Margin) -> bool:
    effect = p - q if scale == "difference" else (p / q if q else np.inf)
    return margin.high is not None and effect > margin.high


def _outside(
    x: Floats,
    n: Floats,
    y: Floats,
    m: Floats,
    scales: Sequence[Scale],
    margins: Sequence[Margin],
    level: Sequence[float],
    downwards: Members,
) -> Members:
    a, b = guarded(rates(x, n)), guarded(rates(y, m))
    curves = {"difference": newcombe(a, b), "ratio": mover_ratio(a, b)}
    tables = {scale: estimates(*curve, n=n, n_eff=n, method="") for scale, curve in curves.items()}
    out = []
    for i, (scale, margin) in enumerate(zip(scales, margins, strict=True)):
        low, high, _ = tables[scale][i].interval(level[i])
        edge = (low, margin.high) if downwards[i] else (margin.low, high)
        out.append(edge[0] is not None and edge[1] is not None and edge[0] > edge[1])
    return np.array(out)
