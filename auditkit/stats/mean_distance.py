"""How far many counted distributions lie from their own references on average: a mean of noisy distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.distances import expected_total_variation, total_variation
from auditkit.stats.pairs import clustered_mean
from auditkit.stats.proportions import Curve

_WIDE = 9.0
"""Standard deviations of a half's count beyond which nothing is summed."""


def mean_total_variation(counts: ArrayLike, references: ArrayLike) -> tuple[Estimate, float | None]:
    """Estimate the mean over O objects of TV_o = ½ Σ |p_o - q_o|, objects as clusters, and what noise makes of it.

    `counts` (O, K) and `references` (O, K), each row scaled to sum to 1; objects without rows take no part. The value
    is the mean of the plug-in distances. It is too large by about .40 √((K - 1)/n) where p = q and by nothing where p
    is far from q, and no estimate of a distance is unbiased in both (Cai & Low 2011), so averaging over many objects
    makes the plug-in sure of a wrong value. The interval brackets instead: the upper bound is that of the mean plug-in
    distance, whose expectation is never below TV (Jensen 1906); the lower bound that of the mean `split_distance`,
    whose expectation is never above. Both by Student's t on O - 1 degrees of freedom. It therefore holds at any number
    of rows per object, and is the wider the fewer they are. One object alone has the interval of `total_variation`.

    The second result is the expectation of the value where p = q in every object.

    >>> x, q = [[30, 10, 10], [9, 30, 11], [12, 8, 30]], [[.6, .2, .2], [.2, .6, .2], [.2, .2, .6]]
    >>> e, expected = mean_total_variation(x, q)
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2], expected)]
    [0.02, 0.0, 0.07, 0.072]
    """
    x, q = np.atleast_2d(np.asarray(counts, float)), np.atleast_2d(np.asarray(references, float))
    kept = (x.sum(axis=1) > 0) & (q.sum(axis=1) > 0)
    x, q = x[kept], q[kept] / q[kept].sum(axis=1, keepdims=True)
    if len(x) < 2:
        return (
            total_variation(x[0], q[0]) if len(x) else (Estimate.undefined("no object has rows and a reference"), None)
        )
    n = x.sum(axis=1)
    plug_in = np.abs(x / n[:, None] - q).sum(axis=1) / 2
    ones = np.ones(len(x))
    above, below = (Curve.of([clustered_mean(side, ones)]) for side in (plug_in, split_distance(x, q)))
    method = "plug-in and split-sample distance, t over objects"
    bounds = np.clip(below.lower, 0, 1), np.clip(above.upper, 0, 1)
    told = estimates(plug_in.mean(), *bounds, n=n.sum(), n_eff=n.sum(), method=method, clusters=len(x))[0]
    return told, float(np.mean([expected_total_variation(share, size) for share, size in zip(q, n, strict=True)]))


def split_distance(counts: Floats, shares: Floats) -> Floats:
    """½ Σ E[sign(p̂_A - q) (p̂_B - q)] of each object (O,), the rows split at random into halves A and B.

    The half A says on which side of q a class lies, the other half how far. They are independent, so the expectation is
    at most TV, at any number of rows, and 0 where p = q. The average over all splits is exact: A's count of a class of
    x among n rows is hypergeometric. Fewer than two rows say nothing: 0.

    >>> split_distance(np.array([[10., 0.], [5., 5.]]), np.array([[.5, .5], [.5, .5]])).round(3).tolist()
    [0.5, -0.143]
    """
    n = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape)
    m = n // 2
    split = m > 0
    apart = np.where(split, np.abs(counts / np.maximum(n, 1) - shares), 0.0)
    spread = np.sqrt(counts * (n - counts) * (n - m) / np.maximum(m * n**2 * (n - 1), 1))
    unsure = split & (apart <= _WIDE * spread)
    apart[unsure] = _over_splits(*(part[unsure] for part in (counts, n, m, shares)))
    halved: Floats = apart.sum(axis=1) / 2
    return halved


def _over_splits(x: Floats, n: Floats, m: Floats, q: Floats) -> Floats:
    """Σ_a P(a) sign(a/m - q) ((x - a)/(n - m) - q) over the counts a of half A."""
    cells, place = np.unique(np.stack([x, n, m, q]), axis=1, return_inverse=True)
    x, n, m, q = cells[:, :, None]
    least, most = np.maximum(0, m - (n - x)), np.minimum(x, m)
    sd = np.sqrt(m * x * (n - x) * (n - m) / np.maximum(n**2 * (n - 1), 1))
    first = np.maximum(least, np.floor(m * x / n - _WIDE * sd - 1))
    a: Floats = first + np.arange(int(2 * _WIDE * sd.max(initial=0) + 4))
    inside = a <= most
    a = np.minimum(a, most)
    log = _choose(x, a) + _choose(n - x, m - a) - _choose(n, m)
    weight = np.where(inside, np.exp(log), 0.0)
    signed = weight * np.sign(a - m * q) * ((x - a) / (n - m) - q)
    out: Floats = signed.sum(axis=1) / weight.sum(axis=1)
    return out[place.ravel()]


def _choose(n: Floats, k: Floats) -> Floats:
    out: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return out


def mean_share_differences(counts: ArrayLike, references: ArrayLike) -> tuple[Estimate, ...]:
    """Estimate the mean over O objects of p_o - q_o for each of K values, objects as clusters (`clustered_mean`).

    >>> e = mean_share_differences([[30, 20], [10, 40], [20, 30]], [[.5, .5], [.4, .6], [.6, .4]])
    >>> [round(each.value, 3) for each in e]
    [-0.1, 0.1]
    """
    x, q = np.atleast_2d(np.asarray(counts, float)), np.atleast_2d(np.asarray(references, float))
    kept = (x.sum(axis=1) > 0) & (q.sum(axis=1) > 0)
    x, q = x[kept], q[kept]
    apart = x / x.sum(axis=1, keepdims=True) - q / q.sum(axis=1, keepdims=True)
    return tuple(clustered_mean(column, np.ones(len(x))) for column in apart.T)


def inverted(counts: ArrayLike, references: ArrayLike) -> int:
    """How many of O objects have a value that is counted more often than every one with the reference's largest share.

    `counts` (O, K), `references` (O, K). Few rows are inverted by chance, so this describes the counts and estimates
    nothing.

    >>> inverted([[30, 20], [10, 40], [20, 30]], [[.5, .5], [.4, .6], [.6, .4]])
    1
    """
    x, q = np.atleast_2d(np.asarray(counts, float)), np.atleast_2d(np.asarray(references, float))
    typical = np.where(q == q.max(axis=1, keepdims=True), x, 0).max(axis=1)
    return int((x.max(axis=1) > typical).sum())
