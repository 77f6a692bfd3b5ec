"""How often decisions are right, and how much of that is lost from one predictor to another on the same items."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Tally
from auditkit.stats.cluster_worth import freedom
from auditkit.stats.clusters import left_out_mean, presence, sample, union_rates
from auditkit.stats.linear_contrasts import linear_contrast
from auditkit.stats.matched import mean_over_clusters
from auditkit.stats.pairs import paired_difference
from auditkit.stats.proportions import Curve, Rates, quantiles, rates, wilson

_TAIL = np.array([(1 - level) / 2 for level in LEVELS])


def accuracy(right: ArrayLike, cluster: ArrayLike | None = None) -> Estimate:
    """Estimate the share of n items that are right, `right` (n,) of 0 and 1: Wilson's interval, by clusters if given.

    >>> accuracy([1] * 15 + [0] * 133).interval(.95).high.__round__(4)  # Newcombe 1998's example of Wilson's interval
    0.1605
    """
    hit = np.asarray(right, bool)
    if not hit.size:
        return Estimate.undefined("no rows")
    r, units = share(hit, cluster), None if cluster is None else len(np.unique(np.asarray(cluster, str)))
    how = "Wilson" if units is None else "Wilson, clusters"
    return estimates(*wilson(r), n=hit.size, n_eff=r.n_eff, method=how, clusters=units)[0]


def share(hit: ArrayLike, cluster: ArrayLike | None = None) -> Rates:
    """The share of n items that are hit, `hit` (n,) of 0 and 1, with what they are worth, by clusters if given.

    >>> [float(part[0]) for part in share([1, 0, 0, 1], ["a", "a", "b", "c"])[:2]]
    [0.5, 4.0]
    """
    told = np.asarray(hit, bool)
    if cluster is None:
        return rates(told.sum(), told.size)
    s = presence(_tally({"hit": told}, cluster), "hit", ["1"])
    return union_rates(s, np.ones((1, 1), bool))


def accuracy_lost(before: ArrayLike, after: ArrayLike, cluster: ArrayLike | None = None) -> Estimate:
    """Estimate P(right before) - P(right after) of the same n items, `before` and `after` (n,) of 0 and 1.

    Items by the paired interval (Newcombe 1998b, method 10); items that share clusters by the mean over clusters.

    >>> accuracy_lost([1] * 65 + [0] * 96, [1] * 59 + [0] * 6 + [1] * 16 + [0] * 80).value.__round__(4)
    -0.0621
    """
    a, b = np.asarray(before, bool), np.asarray(after, bool)
    if cluster is not None:
        return mean_over_clusters(a.astype(float) - b, np.unique(np.asarray(cluster), return_inverse=True)[1])
    return paired_difference(*(float(cell.sum()) for cell in (a & b, a & ~b, ~a & b, ~a & ~b)))


def balanced_accuracy(truth: ArrayLike, right: ArrayLike, cluster: ArrayLike | None = None) -> Estimate:
    """Estimate the mean of the shares that are right where the truth is 1 and where it is 0.

    MOVER on Wilson's limits (Zou & Donner 2008), with the correlation of the two where they share clusters.

    >>> balanced_accuracy([1] * 4 + [0] * 4, [1, 1, 1, 0, 1, 1, 0, 0]).value
    0.625
    """
    columns = {"truth": np.asarray(truth, bool), "right": np.asarray(right, bool)}
    return linear_contrast(sample(_tally(columns, cluster), "truth", "right", ["1"], ["0", "1"]), [0.5, 0.5])


def balanced_accuracy_lost(
    truth: ArrayLike, before: ArrayLike, after: ArrayLike, cluster: ArrayLike | None = None
) -> Estimate:
    """Estimate the loss of balanced accuracy on the same n items: half the sum of what is lost on either truth.

    Items by MOVER on the two paired intervals, whose items are not shared; items that share clusters by what leaving
    each cluster out moves, ψ = (ψ_1 + ψ_0)/2, with Student's t on Kish's number of clusters less 1, and by the rule of
    three where no cluster moves anything.

    >>> balanced_accuracy_lost([1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 1, 1]).value
    0.0
    """
    y, a, b = (np.asarray(column, bool) for column in (truth, before, after))
    if y.all() or not y.any():
        return Estimate.undefined("only one outcome is there", n=len(y))
    if cluster is not None:
        return _balanced_by_clusters(y, a.astype(float) - b, np.unique(np.asarray(cluster), return_inverse=True)[1])
    parts = [accuracy_lost(a[y == one], b[y == one]) for one in (True, False)]
    value, lower, upper = Curve.of(parts)
    down, up = (np.hypot(*arm.T)[:, None] / 2 for arm in (value - lower, upper - value))
    middle = value.mean()
    n_eff = min(part.n_eff for part in parts)
    return estimates(middle, middle - down, middle + up, n=len(y), n_eff=n_eff, method="MOVER, paired")[0]


def _balanced_by_clusters(y: ArrayLike, lost: Floats, cluster: ArrayLike) -> Estimate:
    place, psi, means = np.asarray(cluster), [], []
    sizes = np.bincount(place).astype(float)
    for one in (True, False):
        rows = np.asarray(y) == one
        own, moved = (np.bincount(place[rows], w, len(sizes)).astype(float) for w in (np.ones(rows.sum()), lost[rows]))
        means.append(moved.sum() / own.sum())
        psi.append(left_out_mean(moved - means[-1] * own, own))
    middle, moved = float(np.mean(means)), (psi[0] + psi[1]) / 2
    half = quantiles(np.array([freedom(sizes)]))[:, 0] * np.sqrt(moved @ moved)
    if len(sizes) > 1 and not half.any():
        half = 1 - _TAIL ** (1 / len(sizes))
    bounds = (np.clip(middle + side * half, -1, 1)[:, None] for side in (-1, 1))
    kish, units = sizes.sum() ** 2 / (sizes @ sizes), len(sizes)
    return estimates(middle, *bounds, n=len(lost), n_eff=kish, method="mean, clusters", clusters=units)[0]


def _tally(columns: dict[str, Floats], cluster: ArrayLike | None) -> Tally:
    spelled = {name: np.where(column, "1", "0").tolist() for name, column in columns.items()}
    return Tally.of(spelled if cluster is None else {**spelled, UNIT: [str(one) for one in np.asarray(cluster)]})
