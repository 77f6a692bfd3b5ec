"""How far a counted distribution lies from another: total variation, and two entropies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

_DRAWS = 20_000
_CELLS = 2_000_000
_SEED = 1979
_LEVEL = np.array(LEVELS)
_REACHED = _DRAWS * (1 - _LEVEL) >= 20 - 1e-6
_LAST = int(_REACHED.sum()) - 1


def total_variation(counts: ArrayLike, reference: ArrayLike) -> tuple[Estimate, float | None]:
    """Estimate TV = ½ Σ |p - q| of a counted distribution from a known one, and what to expect of it if p = q.

    `counts` are (K,), or (C, K) where rows come in C clusters; `reference` (K,) holds shares and is scaled to sum to 1.
    The interval is TV ± c. By the triangle inequality |TV(p̂, q) - TV(p, q)| <= TV(p̂, p), and c is the quantile of
    TV(p*, p̃) over 20,000 redrawn samples: it holds at p = q too, where percentile intervals of a distance never do.

    p̃ adds half a row to each class, four rows in all where that is more: without it many rare classes are redrawn too
    evenly, and a fair sample of 200 rows over 200 classes is called biased nearly always. c is never below
    1 - (1 - level)^(1/n), what n rows, or n clusters that all agree, may have missed (the rule of three). Clusters are
    redrawn by normal multipliers of their residuals (the wild bootstrap), times t/z on C - 1 degrees of freedom; c is
    never below that of as many independent rows. A level that needs more draws, 20/(1 - level), goes on from the last
    that does not as the tail of the class, or half, that varies most: no norm of normals has a heavier (Borell 1975).

    The second result is the expectation of the plug-in TV under p = q, since noise alone makes a distance positive.

    >>> e, expected = total_variation([52, 31, 47, 38, 32], [.2] * 5)
    >>> round(e.value, 3), [round(bound, 2) for bound in e.interval(.95)[:2]], round(expected, 3)
    (0.095, [0.0, 0.19], 0.056)
    """
    x, q = np.asarray(counts, float), np.asarray(reference, float)
    if q.sum() <= 0:
        return Estimate.undefined("the reference has no shares", n=int(x.sum())), None
    q = q / q.sum()
    told = _distance([x], q)
    if told.value is None:
        return told, None
    return told, expected_total_variation(q, x.sum()) if x.ndim == 1 else _expected([_variances(x)])


def total_variation_between(counts: ArrayLike, others: ArrayLike) -> tuple[Estimate, float | None]:
    """Estimate the total variation between two counted distributions, and what to expect of it if they are one.

    Both are (K,) rows or (C, K) clusters of the same K classes. As `total_variation`, with c the quantile of
    ½ Σ |(p* - p̃) - (q* - q̃)|: the two errors are drawn together, which is shorter than the sum of two radii.

    >>> e, expected = total_variation_between([30, 50, 20], [45, 45, 10])
    >>> round(e.value, 2), [round(bound, 2) for bound in e.interval(.95)[:2]], round(expected, 2)
    (0.15, [0.0, 0.3], 0.08)
    """
    x, y = np.asarray(counts, float), np.asarray(others, float)
    told = _distance([x, y], None)
    if told.value is None:
        return told, None
    pooled = share(np.atleast_2d(x).sum(axis=0) + np.atleast_2d(y).sum(axis=0))
    variances = [pooled * (1 - pooled) / side.sum() if side.ndim == 1 else _variances(side) for side in (x, y)]
    return told, _expected(variances)


def expected_total_variation(reference: ArrayLike, n: float) -> float:
    """E[TV(p̂, q)] of n independent rows of q itself: ½ Σ E|x - nq|/n, with the binomial's E|x - nq| (De Moivre 1730).

    E|x - nq| = 2 ν (1 - q) P(x = ν), ν = ⌊nq⌋ + 1. For equal shares it is about .40 √((K - 1)/n).

    >>> round(expected_total_variation([.2] * 5, 200), 3)
    0.056
    """
    q = np.asarray(reference, float) / np.sum(reference)
    v = np.minimum(np.floor(n * q) + 1, n)
    choose = special.gammaln(n + 1) - special.gammaln(v + 1) - special.gammaln(n - v + 1)
    pmf = np.exp(choose + special.xlogy(v, q) + special.xlog1py(n - v, -q))
    return float((v * (1 - q) * pmf).sum() / n)


def jensen_shannon(counts: ArrayLike, reference: ArrayLike) -> Estimate:
    """Tell the Jensen-Shannon divergence in nats, 0 to log 2, of counted from reference shares (Lin 1991).

    ½ Σ p log(p/m) + ½ Σ q log(q/m), m = (p + q)/2. A plug-in description without an interval.

    >>> round(jensen_shannon([50, 50], [.9, .1]).value, 3)
    0.102
    """
    p, q = _shares(counts, reference)
    value = (special.rel_entr(p, (p + q) / 2) + special.rel_entr(q, (p + q) / 2)).sum() / 2
    return _described(value, counts, "Jensen-Shannon, plug-in", "no rows or no reference shares")


def kullback_leibler(counts: ArrayLike, reference: ArrayLike) -> Estimate:
    """Tell the Kullback-Leibler divergence in nats, Σ p log(p/q), of counted from reference shares.

    A plug-in description without an interval; about (K - 1)/2n of it is noise. Undefined where a class occurs that the
    reference does not have: it is infinite there.

    >>> round(kullback_leibler([50, 50], [.9, .1]).value, 3), kullback_leibler([9, 1], [1, 0]).reason
    (0.511, 'a class occurs that the reference does not have')
    """
    p, q = _shares(counts, reference)
    value = special.rel_entr(p, q).sum()
    reason = "a class occurs that the reference does not have" if value == np.inf else "no rows or no reference shares"
    return _described(value, counts, "Kullback-Leibler, plug-in", reason)


def _described(value: float, counts: ArrayLike, method: str, reason: str) -> Estimate:
    nothing, n = np.full((len(LEVELS), 1), np.nan), np.sum(counts)
    return estimates(value, nothing, nothing, n=n, n_eff=n, method=method, reasons=reason)[0]


def _shares(counts: ArrayLike, reference: ArrayLike) -> tuple[Floats, Floats]:
    totals = np.atleast_2d(np.asarray(counts, float)).sum(axis=0)
    return share(totals), share(np.asarray(reference, float))


def share(totals: Floats) -> Floats:
    """Shares that sum to 1; NaN of nothing."""
    total = totals.sum()
    return totals / total if total > 0 else np.full(totals.shape, np.nan)


def _distance(samples: Sequence[Floats], reference: Floats | None) -> Estimate:
    n = sum(round(x.sum()) for x in samples)
    if min(x.sum() for x in samples) <= 0:
        return Estimate.undefined("no rows", n=n)
    if samples[0].shape[-1] < 2:
        return Estimate.undefined("fewer than two classes", n=n)
    shares = [share(np.atleast_2d(x).sum(axis=0)) for x in samples]
    value = np.abs(shares[0] - (shares[1] if reference is None else reference)).sum() / 2
    radius = _radius(_ordered(samples))
    units = [units_of(x) for x in samples if x.ndim == 2]
    return estimates(
        value,
        np.clip(value - radius, 0, 1),
        np.clip(value + radius, 0, 1),
        n=n,
        n_eff=min(_worth(x) for x in samples),
        method="triangle bootstrap" + (", clusters" if units else ""),
        clusters=min(units) if units else None,
    )[0]


def _ordered(samples: Sequence[Floats]) -> list[Floats]:
    """Classes by what they count, the largest first, so that no bound depends on the order they came in.

    But for clustered classes that tie in all of it, where it does by the error of 20,000 draws.
    """
    tables = [np.atleast_2d(x) for x in samples]
    order = np.lexsort([(t**power).sum(axis=0) for t in tables for power in (3, 2, 1)])[::-1]
    return [x[..., order] for x in samples]


def _radius(samples: Sequence[Floats]) -> Floats:
    """The radius c (levels,) of one sample, or of two drawn together."""
    rows = [x if x.ndim == 1 else x.sum(axis=0) for x in samples]
    radius = _redrawn(rows)
    clusters = [units_of(x) for x in samples if x.ndim == 2]
    if clusters:
        df = np.array([min(clusters) - 1.0, np.inf])
        heavier = np.divide(*quantiles(df).T)
        radius = np.maximum(radius, _redrawn(samples)) * np.maximum(heavier, 1)
    unanimous = [x.ndim == 2 and not residuals(x).any() for x in samples]
    units = min(units_of(x) if same else x.sum() for x, same in zip(samples, unanimous, strict=True))
    return np.maximum(radius, 1 - (1 - _LEVEL) ** (1 / units))


def _redrawn(samples: Sequence[Floats]) -> Floats:
    """Quantiles (levels,) of ½ Σ |error|, the error of the difference where there are two samples."""
    rng, distance = np.random.default_rng(_SEED), np.empty(_DRAWS)
    step = max(_CELLS // samples[0].shape[-1], 1)
    for start in range(0, _DRAWS, step):
        size = min(step, _DRAWS - start)
        first, *second = (_errors(x, size, rng) for x in samples)
        distance[start : start + size] = np.abs(first - (second[0] if second else 0)).sum(axis=1) / 2
    c: Floats = np.quantile(distance, _LEVEL, method="higher")
    further = np.sqrt(sum(_tail(x) ** 2 for x in samples))
    return np.where(_REACHED, c, c[_LAST] + further)


def _errors(x: Floats, size: int, rng: np.random.Generator) -> Floats:
    """Redrawn minus true shares (size, K)."""
    if x.ndim == 2:
        r = residuals(x)
        variances, axes = np.linalg.eigh(r.T @ r)
        root = axes * np.sqrt(np.maximum(variances, 0)) @ axes.T  # the one that does not know the order of clusters
        errors: Floats = rng.standard_normal((size, len(root))) @ root
        return errors
    p, n = _smoothed(x), max(round(x.sum()), 1)
    redrawn: Floats = rng.multinomial(n, p, size) / n
    return redrawn - p


def _tail(x: Floats) -> Floats:
    """How much further than at the last level reached (levels,) the share of any set of classes may stray."""
    if x.ndim == 2:
        r = residuals(x)
        widest = np.sqrt(r.shape[1] * np.linalg.norm(r, 2) ** 2 / 4)
        further: Floats = widest * (special.ndtri(_LEVEL) - special.ndtri(_LEVEL[_LAST]))
        return further
    largest = max(_smoothed(x).max(), 0.5)
    reach: Floats = special.bdtrik(_LEVEL, x.sum(), 1 - largest)
    return np.asarray((reach - reach[_LAST]) / x.sum())


def _smoothed(x: Floats) -> Floats:
    return share(x + max(0.5, 4 / len(x)))


def residuals(x: Floats) -> Floats:
    """What each of C clusters adds to the error of the shares, (x - n p)/N, times √(C/(C - 1))."""
    units = units_of(x)
    added: Floats = (x - x.sum(axis=1, keepdims=True) * share(x.sum(axis=0))) / x.sum()
    added *= np.sqrt(units / max(units - 1, 1))
    return added


def units_of(x: Floats) -> int:
    """How many clusters (C, K) have rows."""
    return int((x.sum(axis=1) > 0).sum())


def _variances(x: Floats) -> Floats:
    variances: Floats = (residuals(x) ** 2).sum(axis=0)
    return variances


def _expected(variances: Sequence[Floats]) -> float:
    """½ Σ E|error| of normal errors."""
    return float(np.sqrt(np.sum(variances, axis=0) / (2 * np.pi)).sum())


def _worth(x: Floats) -> float:
    """Rows after clusters: n over the mean design effect of the shares."""
    n = float(x.sum())
    if x.ndim == 1:
        return n
    p, variance = share(x.sum(axis=0)), _variances(x).sum()
    return min(float((p * (1 - p)).sum() / variance), n) if variance > 0 else float(units_of(x))
