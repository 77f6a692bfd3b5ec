"""The gap between the highest and the lowest of many rates, with an interval that pays for the search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtrit

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.finding import Count
from auditkit.stats.clusters import Cells, Sample, union_rates
from auditkit.stats.jackknife import left_out

_GRID = np.linspace(-9.0, 9.0, 721)
_DENSITY = np.exp(-(_GRID**2) / 2) / np.sqrt(2 * np.pi) * (_GRID[1] - _GRID[0])


def range_of_rates(
    value: ArrayLike, n_eff: ArrayLike, n: ArrayLike, df: ArrayLike = np.inf, correlation: ArrayLike | None = None
) -> tuple[Estimate, float | None]:
    """Estimate max - min of G proportions, and what it would be expected to be if all were equal.

    Every pair gets a Newcombe interval (1998a) at z = c/√2, with c the quantile of the range of G standard normals, so
    that all pairs hold together (Tukey 1953; Kramer 1956). The true gap is at least the largest lower and at most the
    largest upper bound of any pair. `value`, `n_eff` and `n` are shaped (G,); groups without a value take no part.

    Rates of clusters bring `df` (G,), for which Student's t of the same tail takes the place of z, and their
    `correlation` (G, G), by which Newcombe's (1998b) intervals for pairs are narrower or wider. The quantile is still
    that of independent groups, which correlation only makes larger than need be (Hayter 1989). A group of one cluster
    may have any rate.

    The estimate itself is biased upwards, as any largest difference is: the second result, E[max - min] of G normals
    with the pooled rate's variances, says by how much where nothing differs; correlated normals are taken as
    independent ones whose pairs differ as much. It is `None` with fewer than two groups.

    >>> e, expected = range_of_rates([.50, .52, .47, .51], [400] * 4, [400] * 4)
    >>> round(e.value, 2), round(e.interval(.95).low, 2), round(e.interval(.95).high, 2), round(expected, 2)
    (0.05, 0.0, 0.14, 0.05)
    """
    p, worth, rows = (np.atleast_1d(np.asarray(a, float)) for a in (value, n_eff, n))
    known = np.isfinite(p) & (worth > 0)
    free = np.broadcast_to(np.asarray(df, float), p.shape)[known]
    rho = None if correlation is None else np.asarray(correlation, float)[np.ix_(known, known)]
    p, worth = p[known], worth[known]
    if len(p) < 2:
        return Estimate.undefined("fewer than two groups have a rate", n=int(rows.sum())), None
    bounds = [_simultaneous(p, *_limits(p, worth, c / np.sqrt(2), free), rho) for c in range_quantiles(len(p))]
    lower, upper = np.transpose(bounds)
    total, method = rows[known].sum(), "Newcombe, all pairs at once"
    smaller = min(worth[np.argmax(p)], worth[np.argmin(p)])
    estimate = estimates(np.ptp(p), lower, upper, n=total, n_eff=smaller, method=method)[0]
    return estimate, expected_range(float(worth @ p / worth.sum()), worth, rho)


def range_in(s: Sample) -> tuple[Estimate, float | None]:
    """The widest gap between any two groups of a sample, whatever its weights and shared clusters; `range_of_rates`.

    Rates are worth what `union_rates` says, on its degrees of freedom; those that share clusters move together as their
    `left_out` influence does.
    """
    r = union_rates(s, np.eye(len(s.levels), dtype=bool))
    if s.cells is None:
        return range_of_rates(r.value, r.n_eff, r.n)
    units, covariance = _between_rates(s, s.cells)
    variance = np.diag(covariance)
    scale = np.sqrt(np.outer(variance, variance))
    rho = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    estimate, expected = range_of_rates(r.value, r.n_eff, r.n, r.df, np.clip(rho, -1, 1))
    if estimate.value is None:
        return estimate, expected
    smaller = int(min(units[np.nanargmax(r.value)], units[np.nanargmin(r.value)]))
    return replace(estimate, method=estimate.method + ", clusters", clusters=smaller), expected


def extremes(s: Sample) -> tuple[Count, Count]:
    """The groups with the highest and the lowest rate; groups without rows take no part."""
    value = np.divide(s.w_hits, s.w, out=np.full(len(s.levels), np.nan), where=s.w > 0)

    def count(i: int) -> Count:
        rate = float(value[i]) if s.w[i] > 0 else None
        return Count(s.levels[i], int(s.hits[i]), int(s.rows[i]), rate)

    unknown = np.isnan(value)
    return count(int(np.where(unknown, -1.0, value).argmax())), count(int(np.where(unknown, 2.0, value).argmin()))


def _between_rates(s: Sample, c: Cells) -> tuple[Floats, Floats]:
    """The clusters of each group (G,), and the covariance of the groups' rates (G, G)."""
    from scipy.sparse import csr_array

    k = len(s.levels)
    cluster, group, _, psi, units = left_out(s, c, np.eye(k, dtype=bool))
    influence = csr_array((psi, (cluster, group)), shape=(int(c.cluster.max(initial=0)) + 1, k))
    return units.astype(float), (influence.T @ influence).toarray()


def _simultaneous(p: Floats, low: Floats, high: Floats, rho: Floats | None) -> tuple[float, float]:
    """The largest lower, at least 0, and the largest upper bound over all ordered pairs."""
    down, up = p - low, high - p
    if rho is None:
        return max(_widest(p, down, up, -1.0), 0.0), min(_widest(p, up, down, 1.0), 1.0)
    gap = p[:, None] - p
    shorter, longer = (
        np.sqrt(np.clip(x[:, None] ** 2 + y**2 - 2 * rho * x[:, None] * y, 0, None))
        for x, y in ((down, up), (up, down))
    )
    np.fill_diagonal(longer, 0.0)
    return max(float((gap - shorter).max()), 0.0), min(float((gap + longer).max()), 1.0)


def _widest(p: Floats, x: Floats, y: Floats, sign: float) -> float:
    """The largest p_i - p_j ± √(x_i² + y_j²) over i ≠ j, looking only at groups that can be the i or the j of it.

    The root lies between (x + y)/√2 and x + y; with all others at their best, most groups cannot reach a pair that
    comes out high by itself.
    """
    reach = 1.0 if sign > 0 else -np.sqrt(0.5)
    first, second = p + reach * x, reach * y - p
    tried = [(int(p.argmax()), len(p) - 1 - int(p[::-1].argmin())), (int(first.argmax()), int(second.argmax()))]
    least = max(p[i] - p[j] + sign * np.hypot(x[i], y[j]) for i, j in tried if i != j) - 1e-12
    left, right = np.flatnonzero(first + second.max() >= least), np.flatnonzero(second + first.max() >= least)
    bound = p[left][:, None] - p[right] + sign * np.hypot(x[left][:, None], y[right])
    return float(np.where(left[:, None] == right, -np.inf, bound).max())


def _limits(p: Floats, n: Floats, z: float, df: Floats) -> tuple[Floats, Floats]:
    """Wilson's limits at one normal quantile that belongs to no stored level, or at the t of the same tail.

    Without a degree of freedom, from 0 to 1.
    """
    some = df >= 1
    t = np.where(np.isinf(df), z, -stdtrit(np.where(some, np.minimum(df, 1e6), 1.0), ndtr(-z)))
    centre = p + t**2 / (2 * n)
    half = t * np.sqrt(p * (1 - p) / n + t**2 / (4 * n**2))
    shrink = 1 + t**2 / n
    low, high = np.minimum((centre - half) / shrink, p), np.maximum((centre + half) / shrink, p)
    return np.where(some, np.maximum(low, 0.0), 0.0), np.where(some, np.minimum(high, 1.0), 1.0)


@cache
def range_quantiles(groups: int) -> tuple[float, ...]:
    """The quantile, at each of `LEVELS`, of max - min of so many independent standard normals, by bisection.

    >>> [round(c, 2) for c in range_quantiles(3)[1:3]]  # printed in every table of the studentised range, df infinite
    [2.9, 3.31]
    """
    low, high = np.zeros(len(LEVELS)), np.full(len(LEVELS), 20.0)
    for _ in range(45):
        middle = (low + high) / 2
        short = _range_cdf(middle, groups) < np.array(LEVELS)
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return tuple(high.tolist())


def _range_cdf(c: Floats, groups: int) -> Floats:
    """P(max - min <= c) = G ∫ φ(z) (Φ(z + c) - Φ(z))^(G-1) dz, over the value z of the smallest."""
    between = ndtr(_GRID[:, None] + c) - ndtr(_GRID)[:, None]
    probability: Floats = groups * _DENSITY @ between ** (groups - 1)
    return probability


def expected_range(rate: float, worth: Floats, correlation: Floats | None = None) -> float:
    """E[max - min] of normals with one mean and variances rate (1 - rate) / worth (G,).

    ∫ 1 - Π F_i(t) - Π (1 - F_i(t)) dt: at t the range is open unless all lie below, or all above. With a `correlation`
    (G, G) the variances are scaled until pairs differ, on average, as they do; exact where all correlate alike.

    >>> round(expected_range(.5, np.full(2, 100.)), 4)  # 2σ/√π, σ = .05
    0.0564
    """
    sd = np.sqrt(rate * (1 - rate) / worth)
    if not sd.any():
        return 0.0
    if correlation is not None:
        alone = float(sd @ sd)
        together = float(sd @ correlation @ sd) - alone
        sd = sd * np.sqrt(max(1 - together / (alone * (len(sd) - 1)), 0.0))
        if not sd.any():
            return 0.0  # groups that vary as one have no range
    t = _GRID * sd.max()
    below = ndtr(t[:, None] / sd)
    opened = 1 - below.prod(axis=1) - (1 - below).prod(axis=1)
    return min(float(opened.sum() * (t[1] - t[0])), 1.0)


def combined(gaps: Sequence[Estimate], how: Callable[[Sequence[float]], float]) -> Estimate:
    """Combine gaps bound by bound, each at its Bonferroni share of the error, so that the result holds for all.

    `how` is a function that never falls when a gap grows: the largest, the mean. Undefined where any of them is.
    """
    if any(gap.value is None for gap in gaps):
        return Estimate.undefined(next(gap.reason for gap in gaps if gap.value is None) or "a rate is undefined")

    def together(bounds: list[float | None]) -> float | None:
        known = [bound for bound in bounds if bound is not None]
        return how(known) if len(known) == len(gaps) else None

    ends = [[gap.interval(1 - (1 - level) / len(gaps)) for gap in gaps] for level in LEVELS]
    lower, upper = (tuple(together([end[side] for end in row]) for row in ends) for side in (0, 1))
    n, n_eff = min(gap.n for gap in gaps), min(gap.n_eff for gap in gaps)
    units = [gap.clusters for gap in gaps if gap.clusters is not None]
    value, method = together([gap.value for gap in gaps]), "studentised range, Bonferroni"
    return Estimate(value, lower, upper, n, n_eff, method, clusters=min(units, default=None))
