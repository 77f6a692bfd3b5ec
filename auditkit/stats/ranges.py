"""The gap between the highest and the lowest of many rates, with an interval that pays for the search."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates

_GRID = np.linspace(-9.0, 9.0, 721)
_DENSITY = np.exp(-(_GRID**2) / 2) / np.sqrt(2 * np.pi) * (_GRID[1] - _GRID[0])


def range_of_rates(value: ArrayLike, n_eff: ArrayLike, n: ArrayLike) -> tuple[Estimate, float | None]:
    """Estimate max - min of G independent proportions, and what it would be expected to be if all were equal.

    Every pair gets a Newcombe interval (1998a) at z = c/√2, with c the quantile of the range of G standard normals, so
    that all pairs hold together (Tukey 1953; Kramer 1956). The true gap is at least the largest lower and at most the
    largest upper bound of any pair. `value`, `n_eff` and `n` are shaped (G,); groups without a value take no part.

    The estimate itself is biased upwards, as any largest difference is: the second result, E[max - min] of G normals
    with the pooled rate's variances, says by how much where nothing differs. It is `None` with fewer than two groups.

    >>> e, expected = range_of_rates([.50, .52, .47, .51], [400] * 4, [400] * 4)
    >>> round(e.value, 2), round(e.interval(.95).low, 2), round(e.interval(.95).high, 2), round(expected, 2)
    (0.05, 0.0, 0.14, 0.05)
    """
    p, worth, rows = (np.atleast_1d(np.asarray(a, float)) for a in (value, n_eff, n))
    known = np.isfinite(p) & (worth > 0)
    p, worth = p[known], worth[known]
    if len(p) < 2:
        return Estimate.undefined("fewer than two groups have a rate", n=int(rows.sum())), None
    lower, upper = np.transpose([_simultaneous(p, worth, c) for c in range_quantiles(len(p))])
    total, method = rows[known].sum(), "Newcombe, all pairs at once"
    smaller = min(worth[np.argmax(p)], worth[np.argmin(p)])
    estimate = estimates(np.ptp(p), lower, upper, n=total, n_eff=smaller, method=method)[0]
    return estimate, expected_range(float(worth @ p / worth.sum()), worth)


def _simultaneous(p: Floats, worth: Floats, c: float) -> tuple[float, float]:
    """The largest lower, at least 0, and the largest upper bound over all ordered pairs."""
    low, high = _wilson_at(p, worth, c / np.sqrt(2))
    gap = p[:, None] - p
    down = np.hypot((p - low)[:, None], high - p)
    up = np.hypot((high - p)[:, None], p - low)
    np.fill_diagonal(up, 0.0)
    return max(float((gap - down).max()), 0.0), min(float((gap + up).max()), 1.0)


def _wilson_at(p: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """Wilson's limits at one normal quantile that belongs to no stored level."""
    centre = p + z**2 / (2 * n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    shrink = 1 + z**2 / n
    return np.minimum((centre - half) / shrink, p), np.maximum((centre + half) / shrink, p)


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


def expected_range(rate: float, worth: Floats) -> float:
    """E[max - min] of independent normals with one mean and variances rate (1 - rate) / worth (G,).

    ∫ 1 - Π F_i(t) - Π (1 - F_i(t)) dt: at t the range is open unless all lie below, or all above.

    >>> round(expected_range(.5, np.full(2, 100.)), 4)  # 2σ/√π, σ = .05
    0.0564
    """
    sd = np.sqrt(rate * (1 - rate) / worth)
    if not sd.any():
        return 0.0
    t = _GRID * sd.max()
    below = ndtr(t[:, None] / sd)
    opened = 1 - below.prod(axis=1) - (1 - below).prod(axis=1)
    return min(float(opened.sum() * (t[1] - t[0])), 1.0)
