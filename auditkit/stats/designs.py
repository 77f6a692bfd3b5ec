"""What sharing costs: the correlation within clusters, clusters of two kinds at once, and very few clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtri

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.proportions import Rates, quantiles, wilson

_TAIL = np.array([(1 - level) / 2 for level in LEVELS])
FEWEST_CLUSTERS = 4
"""Below so many clusters nothing is bounded."""
FEW_CLUSTERS = 12
"""Up to so many clusters every flip of signs is counted; beyond, Student's t takes over."""


def intraclass_correlation(n: ArrayLike, mean: ArrayLike, m2: ArrayLike) -> Estimate:
    """Estimate the correlation of two rows of one cluster, by analysis of variance (Searle 1971).

    ρ = (F - 1) / (F - 1 + n0), F the ratio of the mean squares between and within C clusters, and
    n0 = (N - Σn²/N)/(C - 1). `n`, `mean` and `m2` (C,): rows, mean, and sum of squared deviations of each; of a share,
    `m2` is n p (1 - p). The interval replaces F by F over its own quantiles: exact for normal rows in clusters of one
    size, near it for others. It may be negative. A cluster of clusters that are each constant has ρ = 1, unbounded.

    >>> e = intraclass_correlation([4, 4, 4], [1., 2., 4.], [2., 3., 4.])
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.676, 0.137, 0.989]
    """
    size, centre, spread = _present(n, mean, m2)
    c, total = len(size), float(size.sum())
    if c < 2:
        return Estimate.undefined("fewer than two clusters have rows", n=int(total))
    if total <= c:
        return Estimate.undefined("every cluster has one row, so none can be alike", n=int(total))
    between = float(size @ (centre - size @ centre / total) ** 2) / (c - 1)
    within = float(spread.sum()) / (total - c)
    if between <= 0 and within <= 0:
        return Estimate.undefined("all rows are the same", n=int(total))
    n0 = (total - float(size @ size) / total) / (c - 1)
    value = (between - within) / (between + (n0 - 1) * within)
    quantile = (fdtri(c - 1, total - c, tail) for tail in (1 - _TAIL, _TAIL))
    low, high = (_correlation(between, within * f, n0) for f in quantile)
    if within <= 0:
        low = high = np.full(len(LEVELS), np.nan)
    bounds = (side[:, None] for side in (low, high))
    return estimates(value, *bounds, n=total, n_eff=c, method="F, analysis of variance", clusters=c)[0]


def _present(n: ArrayLike, mean: ArrayLike, m2: ArrayLike) -> tuple[Floats, Floats, Floats]:
    size, centre, spread = (np.atleast_1d(np.asarray(a, float)) for a in (n, mean, m2))
    return size[size > 0], centre[size > 0], spread[size > 0]


def _correlation(between: float, within: Floats, n0: float) -> Floats:
    """(F - 1)/(F - 1 + n0) where F = between/within."""
    return (between - within) / (between + (n0 - 1) * within)


def two_way_rate(hits: ArrayLike, n: ArrayLike, first: ArrayLike, second: ArrayLike) -> Estimate:
    """Estimate a rate whose rows share clusters of two kinds, raters and items, that cross (Cameron et al. 2011).

    var = V_first + V_second - V_both, each from the residuals x - p n summed within its clusters, times C/(C - 1); at
    least the larger of the one-way variances, since the difference may fall below, or below 0. `hits` and `n` (cells,)
    per cell; `first` and `second` number its clusters. Wilson on p(1 - p)/var rows, Student's t on one less than the
    fewer clusters. Fewer than four clusters of either kind bound nothing.

    >>> e = two_way_rate([1, 0, 1, 1, 0, 0, 1, 1] * 2, [1] * 16, [0, 1, 2, 3] * 4, [i // 4 for i in range(16)])
    >>> e.value, e.clusters
    (0.625, 4)
    """
    x, m = np.asarray(hits, float), np.asarray(n, float)
    x, m, labels = x[m > 0], m[m > 0], [np.asarray(side)[m > 0] for side in (first, second)]
    if not len(m):
        return Estimate.undefined("no rows")
    p, total = float(x.sum() / m.sum()), float(m.sum())
    codes = [np.unique(side, return_inverse=True)[1] for side in labels]
    both = codes[0] * (codes[1].max() + 1) + codes[1]
    counts = [int(code.max()) + 1 for code in codes]
    one, two, shared = (_variance(x - p * m, code) / total**2 for code in (*codes, both))
    variance, units = max(one + two - shared, one, two), min(counts)
    worth = min(p * (1 - p) / variance, total) if variance > 0 else float(units)
    rate = Rates(*(np.array([part]) for part in (p, total, worth, units - 1.0)))
    method = "Wilson, two-way clusters"
    told = estimates(*wilson(rate), n=total, n_eff=worth, method=method, clusters=units)[0]
    return told if units >= FEWEST_CLUSTERS else _unbounded(told)


def _variance(residual: Floats, code: Floats) -> float:
    _, dense = np.unique(code, return_inverse=True)
    summed = np.bincount(dense, residual)
    return float(summed @ summed) * len(summed) / max(len(summed) - 1, 1)


def _unbounded(told: Estimate) -> Estimate:
    nothing = (None,) * len(LEVELS)
    why = f"{told.clusters} clusters cannot show how much clusters vary: at least {FEWEST_CLUSTERS} are needed"
    return replace(told, lower=nothing, upper=nothing, reason=why)


def mean_of_few(contrasts: ArrayLike) -> Estimate:
    """Estimate the mean of one contrast per cluster, from a handful of clusters.

    `contrasts` (C,), such as the difference of two groups within each cluster. Up to 12 clusters the interval holds
    every θ that the test which flips the signs of contrast - θ in all 2^C ways does not reject (Fisher 1935): its ends
    are order statistics of the means of all subsets (Hartigan 1969), so it covers exactly what it says wherever the
    contrasts are symmetric about θ, however unequal their variances. Levels that 2^C flips cannot reach have no bound:
    95 % needs six clusters. Beyond 12 it is Student's t; below four nothing is bounded, and the reason says so.

    >>> e = mean_of_few([.1, .2, .3, .15, .25, .2])
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.2, 0.1, 0.3]
    """
    d = np.atleast_1d(np.asarray(contrasts, float))
    d = d[np.isfinite(d)]
    c = len(d)
    if not c:
        return Estimate.undefined("no clusters")
    if c > FEW_CLUSTERS:
        half = quantiles(np.array([c - 1.0])) * d.std(ddof=1) / np.sqrt(c)
        return estimates(
            d.mean(), d.mean() - half, d.mean() + half, n=c, n_eff=c, method="t over clusters", clusters=c
        )[0]
    flips = (np.arange(1, 2**c)[:, None] >> np.arange(c)) & 1
    means = np.sort(flips @ d / flips.sum(axis=1))
    spare = np.floor(_TAIL * 2**c + 1e-9).astype(int)
    reached, last = spare > 0, len(means) - 1
    lower = np.where(reached, means[np.clip(spare - 1, 0, last)], np.nan)
    upper = np.where(reached, means[np.clip(last + 1 - spare, 0, last)], np.nan)
    bounds = (side[:, None] for side in (lower, upper))
    told = estimates(d.mean(), *bounds, n=c, n_eff=c, method="exact sign flips of clusters", clusters=c)[0]
    return told if c >= FEWEST_CLUSTERS else _unbounded(told)
