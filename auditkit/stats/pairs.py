"""Two readings of the same items: differences of paired proportions, by rows or by clusters of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.cluster_worth import freedom, worth_at_most
from auditkit.stats.clusters import left_out_mean
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import Curve, Rates, quantiles, rates, wilson

_TAIL = np.array([(1 - level) / 2 for level in LEVELS])
_Y, _M, _H = (axis.ravel().astype(float) for axis in np.indices((2, 2, 2)))

Ratio = tuple[Floats, Floats]
"""Which of the eight cells [y, m, h] count in a rate's numerator, and which in its denominator."""

PRECISION: tuple[Ratio, Ratio] = ((_M * _Y, _M), (_H * _Y, _H))
RECALL: tuple[Ratio, Ratio] = ((_M * _Y, _Y), (_H * _Y, _Y))


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
    its variance that of leaving each cluster out, its quantile Student's t on Kish's number of clusters less 1: the
    usual ones where clusters are of one size, and wide enough where they are not. Where no two clusters differ there is
    no variance to read: the bound is then the rule of three, 1 - (α/2)^(1/G) of the way to ±1.

    >>> clustered_mean([.1, .2, .3, .2], [10, 10, 10, 10]).value.__round__(3)
    0.2
    """
    d, s = np.asarray(differences, float), np.asarray(sizes, float)
    d, s = d[s > 0], s[s > 0]
    clusters = len(s)
    if not clusters:
        return Estimate.undefined("no clusters with items")
    mean = float(s @ d / s.sum())
    psi = left_out_mean(s * (d - mean), s)
    se = float(np.sqrt(psi @ psi))
    half = quantiles(np.array([freedom(s)]))[:, 0] * se
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
    return _difference(table, clusters, PRECISION, "nothing is called positive")


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
    return _difference(table, clusters, RECALL, "no positive items")


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
    return _difference(table, clusters, ((right_m, 1 - _Y), (right_h, 1 - _Y)), "no negative items")


class Readings(NamedTuple):
    """Items by the eight cells [y, m, h]: `rows`, sums of `weights` and of their `squares`, each (8,).

    `clusters` (C, 8) are the weights per cluster, `None` where every item is its own.
    """

    rows: Floats
    weights: Floats
    squares: Floats
    clusters: Floats | None = None

    @classmethod
    def of(cls, table: ArrayLike, clusters: ArrayLike | None = None) -> Readings:
        """Read unweighted items from a table (2, 2, 2), and from the same table per cluster."""
        whole = np.asarray(table if clusters is None else clusters, float).reshape(-1, 8)
        rows: Floats = whole.sum(axis=0)
        return cls(rows, rows, rows, None if clusters is None else whole)

    @property
    def weighted(self) -> bool:
        """Whether items stand for more than themselves."""
        return self.weights is not self.rows


class Two(NamedTuple):
    """The rates of two readers of the same items, and how they move together."""

    first: Rates
    second: Rates
    correlation: float


def two_rates(r: Readings, pair: tuple[Ratio, Ratio]) -> Two:
    """The rates of both readers, each worth p(1-p)/var items, with the correlation of their influence functions.

    ψ = (numerator - p denominator) / Σ w denominator in every item; var = Σ w² ψ² over items;
    clusters are left out one by one. The correlation is read with 1/4 item added to every cell; by clusters it is
    shrunk by 1 - 2/C, as method 10 shrinks φ.
    """
    if r.clusters is not None:
        return _by_clusters(r, r.clusters, pair)
    quarter = r.rows.sum() * 4
    weights, squares = (part + part.sum() / quarter for part in (r.weights, r.squares))
    psi = [num - (weights @ num) / (weights @ den) * den for num, den in pair]
    cross, one, two = (float(squares @ (p * q)) for p, q in ((psi[0], psi[1]), (psi[0], psi[0]), (psi[1], psi[1])))
    return Two(_by_items(r, pair[0]), _by_items(r, pair[1]), cross / np.sqrt(one * two))


def _difference(table: ArrayLike, clusters: ArrayLike | None, pair: tuple[Ratio, Ratio], empty: str) -> Estimate:
    return reader_difference(Readings.of(table, clusters), pair, empty)


def reader_difference(r: Readings, pair: tuple[Ratio, Ratio], empty: str) -> Estimate:
    """Estimate the first reader's rate less the second's, by square-and-add on `two_rates`."""
    if min(r.weights @ den for _, den in pair) <= 0:
        return Estimate.undefined(empty, n=int(r.rows.sum()))
    two = two_rates(r, pair)
    return paired(r, two, newcombe(wilson(two.first), wilson(two.second), two.correlation), "Newcombe")


def paired(r: Readings, two: Two, curve: Curve, method: str) -> Estimate:
    """An estimate of a contrast of two readers."""
    units = None if r.clusters is None else int((r.clusters.sum(axis=1) > 0).sum())
    n_eff = min(two.first.n_eff[0], two.second.n_eff[0])
    how = f"{method}, paired" + (", weights" if r.weighted else "") + ("" if units is None else ", clusters")
    return estimates(*curve, n=r.rows.sum(), n_eff=n_eff, method=how, clusters=units)[0]


def _by_items(r: Readings, ratio: Ratio) -> Rates:
    num, den = ratio
    total, n = r.weights @ den, r.rows @ den
    value = r.weights @ num / total
    variance = r.squares @ (num - value * den) ** 2 / total**2
    n_eff = min(value * (1 - value) / variance, n) if variance > 0 else total**2 / (r.squares @ den)
    return Rates(*(np.array([float(part)]) for part in (value, n, n_eff, np.inf)))


def _by_clusters(r: Readings, clusters: Floats, pair: tuple[Ratio, Ratio]) -> Two:
    sums = [_cluster_residuals(clusters, ratio) for ratio in pair]
    spread = np.sqrt(np.prod([s @ s for s in sums]))
    units = int(sum((clusters @ (pair[0][1] + pair[1][1])) > 0))
    rho = float(sums[0] @ sums[1] / spread) * max(1 - 2 / units, 0) if spread > 0 else 0.0
    first, second = (_clustered_rate(r, clusters, ratio, s) for ratio, s in zip(pair, sums, strict=True))
    return Two(first, second, rho)


def _cluster_residuals(clusters: Floats, ratio: Ratio) -> Floats:
    num, den = clusters @ ratio[0], clusters @ ratio[1]
    return left_out_mean(num - num.sum() / den.sum() * den, den)


def _clustered_rate(r: Readings, clusters: Floats, ratio: Ratio, psi: Floats) -> Rates:
    num, den = clusters @ ratio[0], clusters @ ratio[1]
    value, n, df = num.sum() / den.sum(), float(r.rows @ ratio[1]), freedom(den[den > 0])
    variance, seen = psi @ psi, den > 0
    n_eff = min(value * (1 - value) / variance, worth_at_most(den[seen], num[seen], n)) if variance > 0 else df + 1
    return Rates(*(np.array([part]) for part in (value, n, n_eff, df)))
