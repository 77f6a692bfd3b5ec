"""Does a generator reach everywhere the real points are? Coverage and density by nearest neighbours, group by group."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates
from auditkit.stats.contrasts import square_and_add
from auditkit.stats.proportions import Curve, Rates, wilson

Ints = NDArray[np.int64]

COVERAGE_PART, DENSITY_PART = 4, 2
"""Subsamples hold one in so many points of either sample."""

_SUBSAMPLES, _PERMUTATIONS = 200, 999
_LISTED, _TREE = 12, 15
_BLOCK = 2_000_000


class Coverage(NamedTuple):
    """How well generated points cover the real points of one group.

    `share` estimates the coverage, `expected` is what a fresh real sample of the same size would reach, `shortfall`
    estimates expected - share, `density` is 1 for a fresh real sample. `p` is the share of relabellings of all points
    that cover no more than was observed: small if the generator is worse than a fresh real sample.
    """

    share: Estimate
    expected: float | None
    shortfall: Estimate
    density: Estimate
    p: float | None


class _Reach(NamedTuple):
    """Who is near whom: each real point's nearest real points (N, L), and the generated points within the last of them.

    Real points nearer to `real[l]` than the generated point `generated[l]` are as many as `place[l]` says, the flat
    index of (real[l], that number) in an array (N, L + 1).
    """

    neighbours: Ints
    real: Ints
    generated: Ints
    place: Ints
    size: tuple[int, int]


def expected_coverage(real: float, generated: float, k: int = 5) -> float:
    """The coverage of `real` points by `generated` points of the same distribution (Naeem et al. 2020).

    1 - ∏_{i=1..k} (N - i)/(N + M - i): a point is missed exactly if the first k of all its neighbours are real. No
    distribution comes into it, but the sizes do: compare only what is expected at the same N and M.

    >>> [round(expected_coverage(n, m), 3) for n, m in ((200, 200), (60, 200), (200, 60))]
    [0.97, 0.999, 0.735]
    """
    i = np.arange(1, k + 1)
    return float(1 - np.prod(np.maximum(real - i, 0) / (real + generated - i)))


def coverage(real: ArrayLike, generated: ArrayLike, k: int = 5, faithful: float | None = None) -> Coverage:
    """Estimate the share of real points (N, d) that have a generated point (M, d) within their k-th real neighbour.

    Density counts those points instead, over k·M. Both are Naeem et al.'s (2020), Euclidean, a point on the rim being
    inside. Give the points of one group. Where generations carry no group, give them all, and as `faithful` how many
    of them a faithful generator would have made of this group; `p` is then undefined.

    The interval is Wilson's on N/deff points. deff is the variance of the coverage of 200 subsamples without
    replacement, a quarter of the points each, times 1/(4 - 1), over that of independent points (Wu 1990; Politis &
    Romano 1994); at least 1 and at least what relabelling all points gives. Neighbours share their neighbours, so deff
    is commonly 1.5 to 5. Since coverage is not linear in the points, subsampling overstates it: quarters a little,
    halves more, and the delete-one jackknife commonly fourfold. Density is taken on the log scale and from halves,
    since in many dimensions a small sample varies less than its share. Both are about this N, M and k: coverage at
    another size is another number.

    `p` is exact by exchangeability under "the generated points are a fresh real sample". Draws are keyed by the points
    themselves, so the order of rows does not matter. Undefined with at most k real points or no generated points, no
    bounds with fewer than 4(k + 1) real or 8 generated points. Raises `InputError` for shapes that do not match and
    for points that are not finite.

    >>> rng = np.random.default_rng(1)
    >>> told = coverage(rng.normal(size=(100, 2)), rng.normal(size=(100, 2)) * [1, .1])
    >>> round(told.share.value, 2), round(told.expected, 2), told.p < .01
    (0.49, 0.97, True)
    """
    x, y = _points(real, generated)
    n, m = len(x), len(y)
    if n <= k or not m:
        why = "no generated points" if n > k else f"{n} real points have no neighbour number {k}"
        nothing = Estimate.undefined(why, n=n)
        return Coverage(nothing, None, nothing, nothing, None)
    rng = np.random.default_rng(_seed(x, y))
    reach = _reached(x, y, min(_LISTED * k, n - 1))
    m_faithful = float(m if faithful is None else faithful)
    covered, dense = _read(reach, np.ones(n, bool), np.ones(m, bool), k)
    relabelled = _relabellings(np.vstack([x, y]), n, k, rng)
    share = _share(covered, n, _design_effect(_subsamples(reach, COVERAGE_PART, k, rng)[:, 0], relabelled[1:], n))
    density = _density(dense * m / m_faithful, _subsamples(reach, DENSITY_PART, k, rng)[:, 1], n)
    expected = expected_coverage(n, m_faithful, k)
    p = float((relabelled <= relabelled[0] + 1e-12).mean()) if faithful is None else None
    return Coverage(share, expected, _below(expected, share), density, p)


def shortfall_difference(first: Coverage, second: Coverage) -> Estimate:
    """Estimate the shortfall of `first` minus that of `second`, two groups' own points (MOVER, Zou & Donner 2008).

    The expected coverage at each group's size is already taken off, so the groups need not be of one size.

    >>> rng = np.random.default_rng(1)
    >>> told = [coverage(rng.normal(size=(100, 2)), rng.normal(size=(100, 2)) * [1, s]) for s in (.1, 1)]
    >>> low, high, _ = shortfall_difference(*told).interval(.95)
    >>> 0 < low < .3 < high
    True
    """
    a, b = first.shortfall, second.shortfall
    if a.value is None or b.value is None:
        return Estimate.undefined(a.reason or b.reason or "a group has no coverage", n=a.n + b.n)
    curve = square_and_add(Curve.of([a]), Curve.of([b]))
    return estimates(*curve, n=a.n + b.n, n_eff=min(a.n_eff, b.n_eff), method="k-NN coverage, MOVER")[0]


def _points(real: ArrayLike, generated: ArrayLike) -> tuple[Floats, Floats]:
    """Both samples in an order that depends on nothing but their points."""
    x, y = (np.asarray(part, float) + 0.0 for part in (real, generated))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(f"Points are rows of equal length; these are shaped {x.shape} and {y.shape}.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("Some points are missing or infinite: leave them out before coverage is taken.")
    return _by_digest(x), _by_digest(y)


def _by_digest(points: Floats) -> Floats:
    digests = [blake2b(row.tobytes(), digest_size=16).digest() for row in points]
    return points[sorted(range(len(points)), key=digests.__getitem__)]


def _seed(x: Floats, y: Floats) -> int:
    return int.from_bytes(blake2b(x.tobytes() + b"|" + y.tobytes(), digest_size=16).digest())


def _reached(x: Floats, y: Floats, listed: int) -> _Reach:
    """Distances that differ by less than a millionth of the usual radius count as equal: copies are found as copies."""
    from sklearn.metrics.pairwise import euclidean_distances

    centre = x.mean(axis=0)
    x, y = x - centre, y - centre
    distance, neighbours = _nearest(x, listed)
    same = 1e-6 * float(np.median(distance[:, -1]))
    parts, step = [], max(_BLOCK // len(y), 1)
    for start in range(0, len(x), step):
        to_generated = euclidean_distances(x[start : start + step], y)
        own = distance[start : start + step]
        i, j = np.nonzero(to_generated <= own[:, -1:] + same)
        nearer = (own[i] < to_generated[i, j][:, None] - same).sum(axis=1)
        parts.append(np.stack([i + start, j, (i + start) * (listed + 1) + nearer]))
    real, generated, place = np.concatenate(parts, axis=1)
    return _Reach(neighbours, real, generated, place, (len(x), len(y)))


def _nearest(points: Floats, size: int) -> tuple[Floats, Ints]:
    """Each point's nearest others, and how far. Trees while they pay: they start no threads, as brute force does."""
    from sklearn.neighbors import NearestNeighbors

    kind = "kd_tree" if points.shape[1] <= _TREE else "brute"
    distance, neighbours = NearestNeighbors(n_neighbors=size, algorithm=kind).fit(points).kneighbors()
    return distance, neighbours


def _read(reach: _Reach, real: NDArray[np.bool_], generated: NDArray[np.bool_], k: int) -> tuple[float, float]:
    """Coverage and density among the points that are kept."""
    nearer = np.zeros((len(real), reach.neighbours.shape[1] + 1), np.int16)
    np.cumsum(real[reach.neighbours], axis=1, out=nearer[:, 1:], dtype=np.int16)
    inside = real[reach.real] & generated[reach.generated] & (nearer.ravel()[reach.place] < k)
    hits = np.bincount(reach.real[inside], minlength=len(real))[real]
    return float((hits > 0).mean()), float(hits.sum() / (k * generated.sum()))


def _subsamples(reach: _Reach, part: int, k: int, rng: np.random.Generator) -> Floats:
    """Coverage and density (subsamples, 2); none where a part would be too small to have k neighbours."""
    sizes = [size // part for size in reach.size]
    if sizes[0] <= k or sizes[1] < 2:
        return np.empty((0, 2))
    out = np.empty((_SUBSAMPLES, 2))
    for b in range(_SUBSAMPLES):
        real, generated = (rng.permutation(size) < few for size, few in zip(reach.size, sizes, strict=True))
        out[b] = _read(reach, real, generated, k)
    return out


def _relabellings(points: Floats, n: int, k: int, rng: np.random.Generator) -> Floats:
    """The coverage as it is, then under random relabellings: a point is covered if one of its k nearest is generated.

    Ties are broken by an order that knows no labels, else copies of real points would not be exchangeable.
    """
    order = rng.permutation(len(points))
    shuffled, generated = points[order], order >= n
    _, nearest = _nearest(shuffled, min(k, len(points) - 1))
    out = [float(np.asarray(generated[nearest].any(axis=1))[~generated].mean())]
    step = max(_BLOCK // nearest.size, 1)
    for start in range(0, _PERMUTATIONS, step):
        labels = rng.permuted(np.tile(generated, (min(step, _PERMUTATIONS - start), 1)), axis=1)
        covered = labels[:, nearest.T].any(axis=1)
        out += ((covered & ~labels).sum(axis=1) / n).tolist()
    return np.array(out)


def _design_effect(draws: Floats, relabelled: Floats, n: int) -> float:
    """Variance over that of n independent points; NaN without subsamples."""
    if not len(draws):
        return np.nan
    effects = [1.0]
    for values, scale in ((draws, 1 / (COVERAGE_PART - 1)), (relabelled, 1.0)):
        centre = values.mean()
        if 0 < centre < 1:
            effects.append(float(values.var(ddof=1) * scale * n / (centre * (1 - centre))))
    return max(effects)


def _share(value: float, n: int, effect: float) -> Estimate:
    worth = n / effect
    curve = wilson(Rates(*(np.array([part], float) for part in (value, n, worth, np.inf))))
    return estimates(*curve, n=n, n_eff=n if np.isnan(effect) else worth, method="k-NN coverage, subsampled Wilson")[0]


def _below(expected: float, share: Estimate) -> Estimate:
    curve = Curve.of([share])
    turned = (expected - side for side in (curve.value, curve.upper, curve.lower))
    return estimates(*turned, n=share.n, n_eff=share.n_eff, method=share.method)[0]


def _density(value: float, draws: Floats, n: int) -> Estimate:
    """On the log scale, since a density is a ratio."""
    log_se = np.nan
    if len(draws) and value > 0 and draws.mean() > 0:
        log_se = float(draws.std(ddof=1) / draws.mean() / np.sqrt(DENSITY_PART - 1))
    bounds = (value * np.exp(side * np.array(QUANTILES) * log_se)[:, None] for side in (-1, 1))
    return estimates(value, *bounds, n=n, n_eff=n, method="k-NN density, subsampled log")[0]
