"""Intervals for proportions: Wilson for rows, weights and clusters; Clopper-Pearson where a guarantee is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Floats, estimates
from auditkit.stats.heavy_rows import beyond_heavy, hardly_seen

_UPPER_TAIL = np.array([(1 + level) / 2 for level in LEVELS])[:, None]
_Z = np.array(QUANTILES)[:, None]


class Rates(NamedTuple):
    """k proportions: `value`, rows `n`, what the rows are worth `n_eff`, and degrees of freedom `df` (inf for rows).

    `drawn` (3, k), where it is given, are the proportions that rows were drawn at, what those are worth, and by what
    weights multiply their odds. `heavy` (4, k) is what `beyond_heavy` reads, of weights that are far from equal.
    """

    value: Floats
    n: Floats
    n_eff: Floats
    df: Floats
    drawn: Floats | None = None
    heavy: Floats | None = None


class Curve(NamedTuple):
    """k values with lower and upper bounds (levels, k)."""

    value: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, told: Sequence[Estimate]) -> Curve:
        """The curve of estimates; NaN where they are null."""
        value, lower, upper = ([getattr(e, side) for e in told] for side in ("value", "lower", "upper"))
        return cls(np.array(value, float), np.array(lower, float).T, np.array(upper, float).T)


def rates(hits: ArrayLike, n: ArrayLike) -> Rates:
    """Proportions of independent rows; NaN where there are none."""
    x, total = np.broadcast_arrays(np.atleast_1d(np.asarray(hits, float)), np.asarray(n, float))
    value = np.divide(x, total, out=np.full(x.shape, np.nan), where=total > 0)
    return Rates(value, total, total, np.full(x.shape, np.inf))


def quantiles(df: Floats) -> Floats:
    """Two-sided quantiles (levels, k): Student's t, the normal where df is infinite, NaN where df < 1."""
    finite = np.isfinite(df)
    if not finite.any():
        return np.broadcast_to(_Z, (len(LEVELS), len(df)))
    t = special.stdtrit(np.where(finite & (df >= 1), df, 1.0), _UPPER_TAIL)
    return np.where(finite, np.where(df >= 1, t, np.nan), _Z)


def wilson(r: Rates) -> Curve:
    """Wilson's score interval, on n_eff rows and t instead of z for clusters.

    (p + t²/2n ± t √(p(1-p)/n + t²/4n²)) / (1 + t²/n), with n = n_eff = n/deff and t on (clusters - 1) degrees of
    freedom for clustered rows (Korn & Graubard 1998's idea on Wilson 1927). Bounds are shaped (levels, k). Of a rate
    that was `drawn` at other odds they are the limits of those, weighted back: p / (1 - p) times `odds`. Of weights far
    from equal, where few of the heaviest were `hardly_seen`, no bound lies within `beyond_heavy`: of 20 rows of weight
    8, .2 of them hits, among 980 of weight 1, .015 of them, the upper limit at 99.9 % misses .009 without it, nothing
    with it.

    >>> curve = wilson(rates([15], [148]))
    >>> [round(float(side[2, 0]), 4) for side in (curve.lower, curve.upper)]
    [0.0624, 0.1605]
    """
    p, worth, odds = _read(r)
    t = quantiles(r.df)
    n = np.where(worth > 0, worth, np.nan)
    shrink = 1 + t**2 / n
    centre = (p + t**2 / (2 * n)) / shrink
    half = t / shrink * np.sqrt(np.clip(p * (1 - p), 0, None) / n + t**2 / (4 * n**2))
    lower = np.where(p == 0, np.where(np.isnan(half), np.nan, 0.0), np.clip(centre - half, 0, 1))
    upper = np.where(p == 1, np.where(np.isnan(half), np.nan, 1.0), np.clip(centre + half, 0, 1))
    curve = Curve(r.value, _weighted_back(lower, odds), _weighted_back(upper, odds))
    return _no_nearer(curve, None if r.heavy is None else hardly_seen(r.heavy))


def _no_nearer(c: Curve, heavy: Floats | None) -> Curve:
    """Limits that do not lie within what one more heavy row may move the rate by."""
    if heavy is None:
        return c
    below, above = beyond_heavy(c.value, heavy)
    lower, upper = np.maximum(c.value - below, 0), np.minimum(c.value + above, 1)
    return Curve(c.value, np.minimum(c.lower, lower), np.maximum(c.upper, upper))


def _read(r: Rates) -> Floats:
    """The proportions that limits are taken of, what they are worth, and their odds: (3, k), or (3, levels, k)."""
    return np.stack(np.broadcast_arrays(r.value, r.n_eff, 1.0)) if r.drawn is None else r.drawn


def _weighted_back(side: Floats, odds: Floats) -> Floats:
    hits = side * odds
    return np.asarray(np.where(odds == 1, side, hits / (1 - side + hits)), float)


def clopper_pearson(hits: ArrayLike, n: ArrayLike) -> Curve:
    """The exact interval (Clopper & Pearson 1934): covers at least the stated level for every p and n.

    >>> round(float(clopper_pearson(0, 59).upper[1, 0]), 3)  # the rule of three: 0 of 59 rules out 5 %
    0.05
    """
    x, total = np.broadcast_arrays(np.atleast_1d(np.asarray(hits, float)), np.asarray(n, float))
    tail = 1 - _UPPER_TAIL
    with np.errstate(invalid="ignore"):
        lower = np.where(x > 0, special.betaincinv(np.maximum(x, 1e-300), total - x + 1, tail), 0.0)
        upper = np.where(x < total, special.betaincinv(x + 1, np.maximum(total - x, 1e-300), 1 - tail), 1.0)
    empty = total <= 0
    value = np.divide(x, total, out=np.full(x.shape, np.nan), where=~empty)
    return Curve(value, np.where(empty, np.nan, lower), np.where(empty, np.nan, upper))


def guarded(r: Rates, beyond: float = 0.95) -> Curve:
    """Wilson's interval up to 95 %, above it Clopper and Pearson's: there a guarantee is claimed, by Holm among many.

    Far out in a tail Wilson's limits miss too often on one side: with 30 rows against 1,000, rates of .08 and .03 and
    Newcombe's rule, 5 times too often at 99.9 %; these limits do so half as often as allowed, and are no wider. Of
    weights and clusters the exact interval is on n_eff (z/t)² rows (Korn & Graubard 1998). No bound lies within that of
    a lower level, nor within `beyond_heavy` of weights far from equal. Who claims a guarantee at 95 % too asks for
    exact limits `beyond` a lower level.

    >>> curve = guarded(rates([15], [148]))
    >>> [round(float(side[2, 0]), 4) for side in (curve.lower, curve.upper)]  # as wilson
    [0.0624, 0.1605]
    >>> bool(curve.upper[6, 0] == clopper_pearson(15, 148).upper[6, 0])
    True
    """
    own, (p, rows, odds) = wilson(r), _read(r)
    worth = rows * (_Z / quantiles(r.df)) ** 2
    exact = [_weighted_back(side, odds) for side in clopper_pearson(p * worth, worth)[1:]]
    claimed = np.array(LEVELS)[:, None] > beyond
    sides = (np.where(claimed, far, near) for far, near in zip(exact, own[1:], strict=True))
    _, lower, upper = _no_nearer(Curve(r.value, *sides), r.heavy)
    return Curve(r.value, np.minimum.accumulate(lower), np.maximum.accumulate(upper))


def proportion(hits: ArrayLike, n: ArrayLike) -> tuple[Estimate, ...]:
    """Wilson estimates of independent proportions.

    >>> proportion(15, 148)[0].interval(.95).high.__round__(4)
    0.1605
    """
    r = rates(hits, n)
    curve = wilson(r)
    return estimates(*curve, n=r.n, n_eff=r.n_eff, method="Wilson", reasons="no rows")
