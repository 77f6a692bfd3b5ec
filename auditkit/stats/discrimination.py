"""How well a score tells hits from misses: the area under the ROC curve, and the slope of a logit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

_Z = np.array(QUANTILES)
_STEPS, _TOLERANCE = 100, 1e-10


class Slope(NamedTuple):
    """A logit slope; `influence` (clusters,) are its parts by cluster code, `None` for rows; `reason` if undefined."""

    value: float | None
    se: float | None
    n: int
    influence: Floats | None = None
    reason: str | None = None


def auc(values: ArrayLike, positives: ArrayLike, negatives: ArrayLike) -> Estimate:
    """Estimate P(score of a positive > score of a negative) + P(equal)/2 from counts on k score values.

    `values`, `positives`, `negatives` (k,) in any order, repeated values allowed. Variance by DeLong, DeLong &
    Clarke-Pearson (1988), exact on the counts; the interval on the logit scale (Pepe 2003). Where no pair is out of
    order that variance is 0, and the interval is Hanley & McNeil's (1982) variance inverted as a score (Newcombe 2006).

    >>> e = auc([1, 2, 3, 4], [5, 10, 20, 40], [40, 20, 10, 5])
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.853, 0.783, 0.904]
    """
    _, pos, neg = _by_value(values, positives, negatives)
    p, q = float(pos.sum()), float(neg.sum())
    if not (p and q):
        return Estimate.undefined("no positives" if q else "no negatives" if p else "no rows", n=int(p + q))
    above = (np.cumsum(neg) - neg / 2) / q
    below = (p - np.cumsum(pos) + pos / 2) / p
    value = float(pos @ above / p)
    variance = _spread(above, pos, value) + _spread(below, neg, value)
    centred, method = 0 < value < 1 and variance > 0, "DeLong, logit"
    if centred:
        half = _Z * np.sqrt(variance) / (value * (1 - value))
        lower, upper = expit(logit(value) - half), expit(logit(value) + half)
    else:
        lower, upper, method = _score_bounds(value, p, q, -1), _score_bounds(value, p, q, 1), "Hanley-McNeil score"
    return estimates(value, lower[:, None], upper[:, None], n=p + q, n_eff=p + q, method=method)[0]


def auc_difference(first: Estimate, second: Estimate) -> Estimate:
    """Estimate AUC of `first` minus AUC of `second`, from independent rows, by adding their arms in quadrature (MOVER).

    >>> e = auc([1, 2, 3, 4], [5, 10, 20, 40], [40, 20, 10, 5])
    >>> round(auc_difference(e, e).interval(.95).high, 3)
    0.087
    """
    n = first.n + second.n
    for e in (first, second):
        if e.value is None:
            return Estimate.undefined(e.reason or "one area is undefined", n=n)
    a, low_a, high_a = (np.array(part, float) for part in (first.value, first.lower, first.upper))
    b, low_b, high_b = (np.array(part, float) for part in (second.value, second.lower, second.upper))
    lower, upper = a - b - np.hypot(a - low_a, high_b - b), a - b + np.hypot(high_a - a, b - low_b)
    bounds = (np.clip(side, -1, 1)[:, None] for side in (lower, upper))
    return estimates(a - b, *bounds, n=n, n_eff=min(first.n_eff, second.n_eff), method="DeLong, MOVER")[0]


def logit_slope(
    values: ArrayLike, positives: ArrayLike, negatives: ArrayLike, clusters: NDArray[np.int64] | None = None
) -> Slope:
    """Fit logit P(positive) = a + b·value by maximum likelihood on counts (k,), and return b.

    Standardise the values first: the slope is per unit of what is passed. `clusters` (k,), where given, are codes
    from 0 of the cluster of each count; the standard error is then the sandwich with G/(G - 1) (Liang & Zeger 1986).
    Undefined where all values are equal, all outcomes are equal, or a threshold separates them.

    >>> slope = logit_slope([-1, 0, 1], [10, 20, 30], [30, 20, 10])
    >>> round(slope.value, 3), round(slope.se, 3)
    (1.099, 0.258)
    """
    x, pos, neg = (np.asarray(a, float) for a in (values, positives, negatives))
    n = int((pos + neg).sum())
    reason = _why_no_slope(x, pos, neg)
    if reason:
        return Slope(None, None, n, reason=reason)
    design = np.stack([np.ones(len(x)), x - np.average(x, weights=pos + neg)], axis=1)
    beta = _fit(design, pos, pos + neg)
    fitted = expit(design @ beta)
    inverse = np.linalg.inv(design.T @ (design * ((pos + neg) * fitted * (1 - fitted))[:, None]))
    if clusters is None:
        return Slope(float(beta[1]), float(np.sqrt(inverse[1, 1])), n)
    influence = np.bincount(clusters, (design @ inverse[1]) * (pos - (pos + neg) * fitted)).astype(float)
    present = len(np.unique(np.asarray(clusters)[pos + neg > 0]))
    se = float(np.sqrt(influence @ influence * present / (present - 1))) if present > 1 else None
    return Slope(float(beta[1]), se, n, influence)


def logit_slope_difference(first: Slope, second: Slope) -> Estimate:
    """Estimate the slope of `first` minus that of `second`, both fitted on their own rows.

    Rows: normal, variances added. Clusters (numbered alike in both): the parts of each cluster are subtracted before
    they are squared, so a rater who judges both groups counts once; Student's t on the clusters that took part, less 1.

    >>> slope, flat = logit_slope([-1, 0, 1], [10, 20, 30], [30, 20, 10]), logit_slope([-1, 0, 1], [20] * 3, [20] * 3)
    >>> [round(v, 3) for v in logit_slope_difference(slope, flat).interval(.95)[:2]]
    [0.429, 1.768]
    """
    n = first.n + second.n
    if first.value is None or second.value is None:
        return Estimate.undefined(first.reason or second.reason or "one slope is undefined", n=n)
    value, method, clusters = first.value - second.value, "logit slopes", None
    if first.influence is None or second.influence is None:
        if first.se is None or second.se is None:
            return Estimate.undefined("one slope has no standard error", n=n)
        half = _Z * np.hypot(first.se, second.se)
    else:
        half, clusters = _shared_clusters(first.influence, second.influence)
        method += ", clusters"
    bounds = (side[:, None] for side in (value - half, value + half))
    return estimates(value, *bounds, n=n, n_eff=min(first.n, second.n), method=method, clusters=clusters)[0]


def _shared_clusters(first: Floats, second: Floats) -> tuple[Floats, int]:
    """The half widths, and how many clusters took part in either slope."""
    size = max(len(first), len(second))
    one, two = (np.pad(part, (0, size - len(part))) for part in (first, second))
    count = int(((one != 0) | (two != 0)).sum())
    if count < 2:
        return np.full(len(_Z), np.nan), count
    se = np.sqrt(((one - two) ** 2).sum() * count / (count - 1))
    return quantiles(np.array([count - 1.0]))[:, 0] * se, count


def _by_value(values: ArrayLike, positives: ArrayLike, negatives: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Distinct values, rising, with their counts."""
    distinct, place = np.unique(np.asarray(values, float), return_inverse=True)
    counts = (np.asarray(c, float) for c in (positives, negatives))
    pos, neg = (np.bincount(place, c, minlength=len(distinct)).astype(float) for c in counts)
    return distinct, pos, neg


def _spread(placement: Floats, counts: Floats, value: float) -> float:
    """The variance of a mean of placements; of one placement alone nothing is known, so the widest for its mean."""
    n = counts.sum()
    return float(counts @ (placement - value) ** 2 / (n * (n - 1))) if n > 1 else value * (1 - value)


def _score_bounds(value: float, p: float, q: float, side: int) -> Floats:
    """Halve the way from the value to 0 or 1 to where |θ - value| = z √V(θ)."""
    pairs = (p + q) / 2 - 1
    inside, outside = np.full(len(_Z), value), np.full(len(_Z), 1.0 if side > 0 else 0.0)
    for _ in range(50):
        theta = (inside + outside) / 2
        shape = 1 + pairs * (1 - theta) / (2 - theta) + pairs * theta / (1 + theta)
        rejected = (theta - value) ** 2 > _Z**2 * theta * (1 - theta) * shape / (p * q)
        inside, outside = np.where(rejected, inside, theta), np.where(rejected, theta, outside)
    return inside


def _why_no_slope(x: Floats, pos: Floats, neg: Floats) -> str | None:
    """With one covariate separation is exactly this: the ranges of hits and misses meet in at most a point."""
    hits, misses = x[pos > 0], x[neg > 0]
    if not (len(hits) and len(misses)):
        return "all outcomes are equal" if len(hits) or len(misses) else "no rows"
    if np.ptp(np.concatenate([hits, misses])) == 0:
        return "all values are equal"
    apart = hits.min() >= misses.max() or misses.min() >= hits.max()
    return "a threshold separates the outcomes" if apart else None


def _fit(design: Floats, pos: Floats, n: Floats) -> Floats:
    """Newton's method, halving any step that lowers the likelihood."""
    beta = np.array([logit(pos.sum() / n.sum()), 0.0])
    height = _likelihood(design @ beta, pos, n)
    for _ in range(_STEPS):
        fitted = expit(design @ beta)
        information = design.T @ (design * (n * fitted * (1 - fitted))[:, None])
        step = np.linalg.solve(information, design.T @ (pos - n * fitted))
        while (new := _likelihood(design @ (beta + step), pos, n)) < height - 1e-9 * abs(height):
            step = step / 2
        beta, height = beta + step, new
        if np.abs(step).max() < _TOLERANCE:
            break
    return beta


def _likelihood(linear: Floats, pos: Floats, n: Floats) -> float:
    return float(pos @ linear - n @ np.logaddexp(0, linear))
