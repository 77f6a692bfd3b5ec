"""Two readings of the same items: differences of paired proportions, by rows or by clusters of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import Rates, quantiles, rates, wilson

_TAIL = np.array([(1 - level) / 2 for level in LEVELS])
_Y, _M, _H = (axis.ravel().astype(float) for axis in np.indices((2, 2, 2)))


def paired_difference(both: float, first_only: float, second_only: float, neither: float) -> Estimate:
    """Estimate P(first) - P(second) from the paired 2x2 table of n items.

    Square-and-add on Wilson limits with the correlation of the two readings, φ = (both·neither - first·second) /
    √(product of the margins), its numerator pulled towards 0 by n/2 where it is positive (Newcombe 1998b, method 10).

    >>> low, high, _ = paired_difference(59, 6, 16, 80).interval(.95)
    >>> round(low, 4), round(high, 4)  # published in Fagerland, Lydersen & Laake 2017, chapter 8
    (-0.1186, -0.0046)
    """
    n = both + first_only + second_only + neither
    if n <= 0:
        return Estimate.undefined("no pairs")
    one, two = both + first_only, both + second_only
    margins = one * (n - one) * two * (n - two)
    joint = both * neither - first_only * second_only
    phi = (max(joint - n / 2, 0) if joint > 0 else joint) / np.sqrt(margins) if margins > 0 else 0.0
    curve = newcombe(wilson(rates(one, n)), wilson(rates(two, n)), phi)
    return estimates(*curve, n=n, n_eff=n, method="Newcombe, paired")[0]


def mcnemar_midp(first_only: int, second_only: int) -> float:
    """Two-sided mid-p of McNemar's exact test from the discordant pairs (Fagerland, Lydersen & Laake 2013).

    2 P(X < s) + P(X = s) for X ~ Bin(discordant, 1/2) and s the smaller count; 1 - P(X = s)/2 where both are equal;
    1 without discordant pairs.

    >>> round(mcnemar_midp(1, 7), 4)  # published, same paper
    0.0391
    """
    discordant, smaller = first_only + second_only, min(first_only, second_only)
    if not discordant:
        return 1.0
    up_to = float(bdtr(smaller, discordant, 0.5))
    below = float(bdtr(smaller - 1, discordant, 0.5)) if smaller else 0.0
    return 1 - (up_to - below) / 2 if first_only == second_only else up_to + below


def clustered_mean(differences: ArrayLike, sizes: ArrayLike) -> Estimate:
    """Estimate the mean of differences within [-1, 1] that share clusters.

    `differences` (G,) are the clusters' means and `sizes` (G,) their items. The mean is the ratio of sums Σ s d / Σ s,
    its variance G/(G-1) Σ (s (d - mean) / Σ s)², its quantile Student's t on G - 1 degrees of freedom. Where no two
    clusters differ there is no variance to read: the bound is then the rule of three, 1 - (α/2)^(1/G) of the way to ±1.

    >>> clustered_mean([.1, .2, .3, .2], [10, 10, 10, 10]).value.__round__(3)
    0.2
    """
    d, s = np.asarray(differences, float), np.asarray(sizes, float)
    d, s = d[s > 0], s[s > 0]
    clusters = len(s)
    if not clusters:
        return Estimate.undefined("no clusters with items")
    mean = float(s @ d / s.sum())
    residual = s * (d - mean) / s.sum()
    se = float(np.sqrt(residual @ residual * clusters / max(clusters - 1, 1)))
    half = quantiles(np.array([clusters - 1.0]))[:, 0] * se
    lower, upper = mean - half, mean + half
    if clusters > 1 and se < 1e-12:
        unseen = 1 - _TAIL ** (1 / clusters)
        lower, upper = mean - unseen * (1 + mean), mean + unseen * (1 - mean)
    kish = s.sum() ** 2 / (s @ s)
    bounds = (np.clip(side, -1, 1)[:, None] for side in (lower, upper))
    return estimates(mean, *bounds, n=s.sum(), n_eff=kish, method="mean, clusters", clusters=clusters)[0]


def precision_difference(table: ArrayLike, clusters: ArrayLike | None = None) -> Estimate:
    """Estimate P(y=1 | m=1) - P(y=1 | h=1) for two readers m and h of the same items with truth y.

    `table` (2, 2, 2) counts items by [y, m, h]; `clusters` (C, 2, 2, 2), where given, are the same counts per cluster.
    The denominators differ but share items: square-and-add on the Wilson limits of both precisions, with the
    correlation of their influence functions ψ_i = m_i (y_i - π_m)/m̄ and h_i (y_i - π_h)/h̄ (Leisenring, Alonzo & Pepe
    2000; Newcombe 1998b). The correlation is read from the table with 1/4 added to every cell, so readers who never
    disagreed still get a width.

    >>> e = precision_difference([[[600, 20], [60, 20]], [[10, 50], [20, 220]]])
    >>> round(e.value, 3)
    -0.121
    """
    return _difference(table, clusters, (_M * _Y, _M), (_H * _Y, _H), "nothing is called positive")


def recall_difference(table: ArrayLike, clusters: ArrayLike | None = None) -> Estimate:
    """Estimate P(m=1 | y=1) - P(h=1 | y=1), paired among the positive items of `table` [y, m, h].

    Rows by `paired_difference`; clusters as in `precision_difference`.

    >>> e = recall_difference([[[600, 20], [60, 20]], [[10, 50], [20, 220]]])
    >>> round(e.value, 3)
    -0.1
    """
    if clusters is None:
        (neither, second), (first, both) = np.asarray(table, float)[1]
        return paired_difference(both, first, second, neither)
    return _difference(table, clusters, (_M * _Y, _Y), (_H * _Y, _Y), "no positive items")


def specificity_difference(table: ArrayLike, clusters: ArrayLike | None = None) -> Estimate:
    """Estimate P(m=0 | y=0) - P(h=0 | y=0), paired among the negative items of `table` [y, m, h].

    Rows by `paired_difference`; clusters as in `precision_difference`.

    >>> e = specificity_difference([[[600, 20], [60, 20]], [[10, 50], [20, 220]]])
    >>> round(e.value, 3)
    -0.057
    """
    if clusters is None:
        (both, first), (second, neither) = np.asarray(table, float)[0]
        return paired_difference(both, first, second, neither)
    right_m, right_h = (1 - _M) * (1 - _Y), (1 - _H) * (1 - _Y)
    return _difference(table, clusters, (right_m, 1 - _Y), (right_h, 1 - _Y), "no negative items")


Ratio = tuple[Floats, Floats]
"""Which of the eight cells [y, m, h] count in a rate's numerator, and which in its denominator."""


def _difference(table: ArrayLike, clusters: ArrayLike | None, a: Ratio, b: Ratio, empty: str) -> Estimate:
    counts = np.asarray(table if clusters is None else clusters, float).reshape(-1, 8)
    total = counts.sum(axis=0)
    if min(total @ a[1], total @ b[1]) <= 0:
        return Estimate.undefined(empty, n=int(total.sum()))
    read = _by_rows if clusters is None else _by_clusters
    (one, two), rho = read(counts, a, b)
    curve = newcombe(wilson(one), wilson(two), rho)
    units = None if clusters is None else int((counts.sum(axis=1) > 0).sum())
    n_eff = min(one.n_eff[0], two.n_eff[0])
    method = "Newcombe, paired" + ("" if clusters is None else ", clusters")
    return estimates(*curve, n=total.sum(), n_eff=n_eff, method=method, clusters=units)[0]


def _by_rows(counts: Floats, a: Ratio, b: Ratio) -> tuple[list[Rates], float]:
    smoothed = counts[0] + 0.25
    psi = [num - (smoothed @ num) / (smoothed @ den) * den for num, den in (a, b)]
    cross, one, two = (float(smoothed @ (p * q)) for p, q in ((psi[0], psi[1]), (psi[0], psi[0]), (psi[1], psi[1])))
    return [rates(counts[0] @ num, counts[0] @ den) for num, den in (a, b)], cross / np.sqrt(one * two)


def _by_clusters(counts: Floats, a: Ratio, b: Ratio) -> tuple[list[Rates], float]:
    """Rates worth p(1-p)/var items each, and their correlation, shrunk by 1 - 2/C as method 10 shrinks φ."""
    sums = [_cluster_residuals(counts, ratio) for ratio in (a, b)]
    spread = np.sqrt(np.prod([r @ r for r in sums]))
    units = int(sum((counts @ (a[1] + b[1])) > 0))
    rho = float(sums[0] @ sums[1] / spread) * max(1 - 2 / units, 0) if spread > 0 else 0.0
    return [_clustered_rate(counts, ratio, r) for ratio, r in zip((a, b), sums, strict=True)], rho


def _cluster_residuals(counts: Floats, ratio: Ratio) -> Floats:
    num, den = counts @ ratio[0], counts @ ratio[1]
    residuals: Floats = (num - num.sum() / den.sum() * den) / den.sum()
    return residuals


def _clustered_rate(counts: Floats, ratio: Ratio, residuals: Floats) -> Rates:
    num, den = counts @ ratio[0], counts @ ratio[1]
    value, n, units = num.sum() / den.sum(), den.sum(), float((den > 0).sum())
    variance = residuals @ residuals * units / max(units - 1, 1)
    n_eff = min(value * (1 - value) / variance, n) if variance > 0 else units
    return Rates(*(np.array([part]) for part in (value, n, n_eff, units - 1)))
