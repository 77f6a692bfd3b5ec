"""Which of many groups stand apart: each against the median of the others, so that one cannot taint the rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.heavy_rows import beyond_heavy
from auditkit.stats.multiplicity import holm_adjusted
from auditkit.stats.proportions import Curve, Rates

_TAIL = (1 - np.array(LEVELS)[:, None]) / 2
_STEPS = 14
_CHUNK = 100_000
_TINY = 1e-9


class Culprits(NamedTuple):
    """k groups: which stand apart, the Holm-adjusted p of each (1 where undefined), and the estimates behind them."""

    named: NDArray[np.bool_]
    p: Floats
    differences: tuple[Estimate, ...]


def culprits(r: Rates, margin: float, alpha: float = 0.05) -> Culprits:
    """Name the groups whose rates are more than `margin` above, or below, those of most of the other groups.

    With probability at least 1 - alpha every group named is truly so, whatever the rates are: Holm (1979) over the p
    values of `differences_from_median` against ±margin. Three groups at .50 beside one at .20 all differ from their
    pooled others; only the one differs from the median of its others. Where no majority lies within the margin of one
    another there is nothing to stand apart from: all groups may then be named, as two that differ are.

    >>> from auditkit.stats.proportions import rates
    >>> culprits(rates([250, 250, 250, 100], [500] * 4), margin=.05).named.tolist()
    [False, False, False, True]
    """
    differences = differences_from_median(r)
    p = np.array([1.0 if e.value is None else min(e.p_above(margin), e.p_below(-margin)) for e in differences])
    defined = np.array([e.value is not None for e in differences], bool)
    p[defined] = holm_adjusted(p[defined])
    return Culprits(p <= alpha, p, differences)


def differences_from_median(r: Rates) -> tuple[Estimate, ...]:
    """Estimate each of k independent rates minus the median of the k - 1 others, in (-1, 1).

    Some h = ⌈(k-1)/2⌉ of the others, J, lie at or above their median; which ones is unknown. Each side's error is
    halved between two lower bounds, and the larger stands. Pairs: the h-th smallest of the Newcombe bounds of p - p_j,
    each with 1/h of the error (partial conjunction; Benjamini & Heller 2008), which finds the median of others that
    truly differ. Means: the smallest over all J of p - p̄_J - √((p - l)² + Σ_J (u_j - p_j)²/h²), by MOVER on Wilson's
    limits (Zou, Huang & Zhang 2009), which is the narrower where few others differ. The upper bound mirrors them.

    With an even number of others the lower bound regards their upper median and the upper bound the lower one. Two
    groups give Newcombe's interval. Groups without rows take no part; groups must not share clusters.

    >>> from auditkit.stats.proportions import rates
    >>> e = differences_from_median(rates([250, 250, 250, 100], [500] * 4))
    >>> [round(v, 3) for v in (e[3].value, *e[3].interval(.95)[:2])]
    [-0.3, -0.351, -0.244]
    """
    known = np.isfinite(r.value) & (r.n_eff > 0)
    if known.sum() < 2:
        return tuple(Estimate.undefined("fewer than two groups have a rate", n=int(n)) for n in r.n)
    value, n, n_eff, df = (part[known] for part in r[:4])
    told = iter(_told(Rates(value, n, n_eff, df, heavy=None if r.heavy is None else r.heavy[:, known])))
    return tuple(next(told) if there else Estimate.undefined("no rows to take the rate of") for there in known)


def _told(r: Rates) -> tuple[Estimate, ...]:
    k = len(r.value)
    h = k // 2
    pair, mean = (_TAIL / (2 * h), _TAIL / 2) if h > 1 else (_TAIL, _TAIL)
    alone, pooled = _wilson(r, pair), _wilson(r, mean)
    bounds, others = np.empty((2, len(LEVELS), k)), ~np.eye(k, dtype=bool)
    for some in np.array_split(np.arange(k), -(-(k**2) // _CHUNK)):
        bounds[0][:, some] = np.maximum(_pairs(alone, some, h), _means(pooled, some, h))
        bounds[1][:, some] = -np.maximum(_pairs(_mirror(alone), some, h), _means(_mirror(pooled), some, h))
    value = np.array([p - np.median(r.value[rest]) for p, rest in zip(r.value, others, strict=True)])
    n_eff = np.minimum(r.n_eff, [np.median(r.n_eff[rest]) for rest in others])
    bounds = np.where(abs(bounds) < 1 + 1e-9, bounds.clip(-1, 1), bounds)  # a sum of squares may pass 1 by a digit
    return estimates(value, *bounds, n=r.n.sum(), n_eff=n_eff, method="MOVER, median of the others")


def _mirror(c: Curve) -> Curve:
    return Curve(-c.value, -c.upper, -c.lower)


def _pairs(c: Curve, g: NDArray[np.int64], h: int) -> Floats:
    """For each group in `g` the h-th smallest lower bound of p_g - p_j, (levels, g)."""
    own, theirs = (c.value - c.lower)[:, g, None], (c.upper - c.value)[:, None]
    bounds = c.value[g, None] - c.value - np.hypot(own, theirs)
    bounds = np.nan_to_num(bounds, nan=-np.inf, neginf=-np.inf)
    bounds[:, np.arange(len(g)), g] = np.inf
    lowest: Floats = np.partition(bounds, h - 1, axis=2)[..., h - 1]
    return lowest


def _means(c: Curve, g: NDArray[np.int64], h: int) -> Floats:
    """p_g minus the largest over J of mean(p_J) + √(own² + Σ_J theirs²/h²), from above, without listing the J.

    As √s <= t/2 + s/2t, for every t it is at most max over J of Σ_J (p_j/h + theirs²/2th²) + t/2 + own²/2t: a sort.
    That is convex in t: bisection on its slope, whose sign is that of t² - own² - Σ_J theirs²/h².
    """
    x, a = c.value / h, (c.value - c.lower)[:, g] ** 2
    b = np.broadcast_to((((c.upper - c.value) / h) ** 2)[:, None], (*a.shape, len(x)))
    low, high = np.full(a.shape, _TINY), np.sqrt(a + b.sum(axis=2)) + _TINY
    for _ in range(_STEPS):
        t = (low + high) / 2
        scores = x + b / (2 * t[..., None])
        scores[:, np.arange(len(g)), g] = -np.inf
        chosen = np.argpartition(scores, -h, axis=2)[..., -h:]
        spread = a + np.take_along_axis(b, chosen, axis=2).sum(axis=2)
        low, high = np.where(spread > t**2, t, low), np.where(spread > t**2, high, t)
    bounds: Floats = c.value[g] - x[chosen].sum(axis=2) - (t + spread / t) / 2
    return np.nan_to_num(bounds, nan=-np.inf)


def _wilson(r: Rates, tail: Floats) -> Curve:
    """Wilson's limits with so much error on either side, (levels, 1); of weights no nearer than `beyond_heavy`."""
    t = stdtrit(np.where(r.df >= 1, r.df, np.nan), 1 - tail)
    shrink = 1 + t**2 / r.n_eff
    centre = (r.value + t**2 / (2 * r.n_eff)) / shrink
    half = t / shrink * np.sqrt(r.value * (1 - r.value) / r.n_eff + (t / (2 * r.n_eff)) ** 2)
    below, above = (0.0, 0.0) if r.heavy is None else beyond_heavy(r.value, r.heavy, tail)
    lower, upper = (np.clip(side, 0, 1) for side in (r.value - below, r.value + above))
    return Curve(r.value, np.minimum(centre - half, lower), np.maximum(centre + half, upper))
