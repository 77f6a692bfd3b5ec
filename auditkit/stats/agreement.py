"""How far raters agree, beyond chance and in percent, and how far one distribution of ratings agrees with itself.

Every coefficient beyond chance is 1 - observed / expected disagreement. Its interval is Wilson's for the observed
disagreement, on the items that the variance of the ratio is worth and Student's t on items - 1; items are independent
units, raters are fixed. A normal interval around the coefficient itself, at 20 items and a true .95, covers 40 %.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.proportions import Rates, wilson

Weights = Literal["none", "linear", "quadratic"]
Metric = Literal["nominal", "ordinal", "interval"]


def cohen_kappa(table: ArrayLike, weights: Weights = "none") -> Estimate:
    """Estimate Cohen's kappa of two raters from their confusion table (q, q), weighted for ordered categories.

    1 - Σ w_ij p_ij / Σ w_ij p_i. p_.j, with disagreement w = 1 off the diagonal (Cohen 1960), |i - j| or (i - j)²
    (Cohen 1968). Undefined where both raters use one and the same category only.

    >>> e = cohen_kappa([[88, 14, 18], [10, 40, 10], [2, 6, 12]])  # published: .492
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.492, 0.378, 0.593]
    """
    counts = np.asarray(table, float)
    apart = _apart(len(counts), weights)
    n = max(float(counts.sum()), 1.0)
    rows, columns = counts.sum(axis=1) / n, counts.sum(axis=0) / n
    against = ((apart @ columns)[:, None] + rows @ apart) / 2
    margins = np.outer(rows, columns)
    items = _Items(apart.ravel(), against.ravel(), np.ones(apart.size), counts.ravel())
    chance = _Items(apart.ravel(), against.ravel(), np.ones(apart.size), margins.ravel())
    return _chance_corrected(items, chance, "Cohen's kappa" if weights == "none" else f"Cohen's kappa, {weights}")


def fleiss_kappa(ratings: ArrayLike) -> Estimate:
    """Estimate Fleiss's (1971) kappa of several raters from counts (items, categories): how many chose what.

    1 - (1 - P̄)/(1 - Σ p_j²), P̄ the mean over items of the share of pairs of raters that agree. Items may have different
    numbers of raters, each item having one voice; items with fewer than two take no part.

    >>> round(fleiss_kappa([[7, 1], [3, 5]]).value, 3)
    0.162
    """
    counts = _paired(ratings)
    margins = (counts / counts.sum(axis=1, keepdims=True)).sum(axis=0) / max(len(counts), 1)
    apart = _apart(counts.shape[1], "none")
    return _many_raters(counts, apart, np.ones(len(counts)), margins, 1.0, "Fleiss's kappa")


def krippendorff_alpha(ratings: ArrayLike, metric: Metric = "nominal", values: ArrayLike | None = None) -> Estimate:
    """Estimate Krippendorff's alpha from counts (items, categories), with any number of raters and missing ratings.

    1 - observed / expected disagreement over pairs of ratings of one item and of any two ratings; δ² is 1 off the
    diagonal, the squared difference of mid-ranks (ordinal) or of `values` (interval; 0, 1, 2, ... unless given). Items
    count by their ratings, those with fewer than two not at all (Krippendorff 2011). The interval takes the mid-ranks
    as given.

    >>> round(krippendorff_alpha([[3, 0], [2, 1], [0, 3], [0, 2]]).value, 3)
    0.667
    """
    counts = _paired(ratings)
    sizes = counts.sum(axis=1)
    total = sizes.sum()
    margins = counts.sum(axis=0) / max(total, 1.0)
    apart = _apart(counts.shape[1], "none")
    if metric != "nominal":
        given = np.arange(counts.shape[1]) if values is None else np.asarray(values, float)
        place = np.cumsum(margins) - margins / 2 if metric == "ordinal" else given
        apart = _scaled((place[:, None] - place) ** 2 * np.outer(margins > 0, margins > 0))
    return _many_raters(counts, apart, sizes, margins, total / max(total - 1, 1.0), f"Krippendorff's alpha, {metric}")


def percent_agreement(ratings: ArrayLike) -> Estimate:
    """Estimate the share of pairs of raters that agree, from counts (items, categories), each item having one voice.

    Wilson's interval on the items that the variance between items is worth, t on items - 1. It says nothing of chance:
    two raters who both call 95 % "no" agree in 90 % of items without looking.

    >>> round(percent_agreement([[3, 0], [2, 1], [0, 3], [0, 2]]).value, 3)
    0.833
    """
    counts = _paired(ratings)
    n = len(counts)
    if not n:
        return Estimate.undefined("no item has two ratings")
    agreed = 1 - _within(counts, _apart(counts.shape[1], "none"))
    share, spread = float(agreed.mean()), float(agreed.var())
    worth = share * (1 - share) / spread if spread > 1e-12 else 1.0
    curve = wilson(Rates(*(np.array([part]) for part in (share, n, n * worth, n - 1.0))))
    return estimates(*curve, n=n, n_eff=n, method="Wilson over items")[0]


def van_der_eijk(counts: ArrayLike) -> Estimate:
    """Describe the agreement A of one distribution over ordered categories (van der Eijk 2001), without an interval.

    From -1 (half at either end) over 0 (uniform) to 1 (one category). The distribution is cut into layers, each a share
    of the cases spread evenly over S of K categories; A is the mean of U (1 - (S - 1)/(K - 1)) over layers by share,
    U = ((K - 2) TU - (K - 1) TDU)/((K - 2)(TU + TDU)), from the triples of categories filled 110 or 011 (TU) and 101
    (TDU). Undefined for fewer than three categories.

    >>> round(van_der_eijk([30, 40, 210, 130, 530, 50, 10]).value, 4)  # published with R's agrmt
    0.6113
    """
    left = np.asarray(counts, float).copy()
    n = float(left.sum())
    if len(left) < 3 or n <= 0:
        reason = "no ratings" if n <= 0 else "agreement A needs three ordered categories"
        return Estimate.undefined(reason, n=int(n))
    value = 0.0
    while (left > 0).any():
        filled = left > 0
        height = left[filled].min()
        value += height * filled.sum() / n * _layer(filled.astype(float))
        left = np.where(left > height, left - height, 0.0)
    nothing = np.full((len(LEVELS), 1), np.nan)
    return estimates(value, nothing, nothing, n=n, n_eff=n, method="van der Eijk's A, descriptive")[0]


def _layer(filled: Floats) -> float:
    k, s = len(filled), filled.sum()
    if s in (1, k):
        return float(s == 1)
    before = np.cumsum(filled) - filled
    after = s - before - filled
    empty = 1 - filled
    split = float(empty @ (before * after))
    joined = float(empty @ (before * (before - 1) + after * (after - 1))) / 2
    unimodality = ((k - 2) * joined - (k - 1) * split) / ((k - 2) * (joined + split))
    return float(unimodality * (1 - (s - 1) / (k - 1)))


class _Items(NamedTuple):
    """Items: disagreement of `own` ratings, expected `against` the margins, voice (mean 1), how many `times` each."""

    own: Floats
    against: Floats
    voice: Floats
    times: Floats


def _chance_corrected(items: _Items, chance: _Items, method: str) -> Estimate:
    """Estimate 1 - observed / expected disagreement, both in [0, 1], with items as the independent units.

    Wilson's interval for the observed disagreement o, divided by the expected e: on the o (1 - o)/v items that its
    variance v is worth, t on items - 1. v is the larger of the variance of o and that of e times the ratio o/e, from
    influence functions, with one item of two ratings by chance added to those seen: raters who never disagreed still
    get a width, and a rare category no false precision.
    """
    n = float(items.times.sum())
    if n <= 0:
        return Estimate.undefined("no item has two ratings")
    expected = float(chance.times @ chance.own)
    if expected <= 1e-12:
        return Estimate.undefined("all ratings are one and the same category", n=int(n))
    observed = float((items.times * items.voice) @ items.own / n)
    centre = (n * observed + expected) / (n + 1)
    variance = 0.0
    for ratio in (0.0, 2 * centre / expected):
        squares = [
            part.times @ (part.voice * (part.own - centre - ratio * (part.against - expected))) ** 2
            for part in (items, chance)
        ]
        variance = max(variance, float(sum(squares)) / (n * (n + 1)))
    worth = centre * (1 - centre) / variance if variance > 1e-12 else n
    curve = wilson(Rates(*(np.array([part]) for part in (observed, n, worth, n - 1))))
    value, low, high = (1 - side / expected for side in (curve.value, curve.upper, curve.lower))
    kish = n**2 / float(items.times @ items.voice**2)
    return estimates(value, low, high, n=n, n_eff=kish, method=method)[0]


def _many_raters(
    counts: Floats, apart: Floats, voice: Floats, margins: Floats, correction: float, method: str
) -> Estimate:
    towards = correction * (apart @ margins)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ones = np.ones(len(counts))
    items = _Items(_within(counts, apart), shares @ towards, voice / (voice.mean() if len(voice) else 1), ones)
    pairs = (towards[:, None] + towards) / 2
    chance = _Items(correction * apart.ravel(), pairs.ravel(), np.ones(apart.size), np.outer(margins, margins).ravel())
    return _chance_corrected(items, chance, method)


def _paired(ratings: ArrayLike) -> Floats:
    """The items with at least two ratings."""
    counts = np.asarray(ratings, float)
    return counts[counts.sum(axis=1) >= 2] if counts.size else np.zeros((0, 1))


def _within(counts: Floats, apart: Floats) -> Floats:
    """The mean disagreement over pairs of ratings of each item."""
    m = counts.sum(axis=1)
    disagreement: Floats = ((counts @ apart) * counts).sum(axis=1) / (m * (m - 1))
    return disagreement


def _apart(categories: int, weights: Weights) -> Floats:
    distance = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories))).astype(float)
    powers = {"none": 0, "linear": 1, "quadratic": 2}
    return _scaled(np.where(distance > 0, distance ** powers[weights], 0.0))


def _scaled(distance: Floats) -> Floats:
    """The largest becomes 1, so that a mean of them lies in [0, 1]."""
    largest = float(distance.max(initial=0.0))
    return distance / largest if largest > 0 else distance
