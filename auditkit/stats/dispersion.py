"""How unlike one another the members of a group are, and of which group more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

_TAIL = (1 - np.array(LEVELS)) / 2


class Dispersion(NamedTuple):
    """Rao's Q of one group in each of P prompts, with its variance, its rows, and the largest dissimilarity there is.

    `q`, `variance` and `n` are shaped (P,); Q is NaN below two rows, its variance below three.
    """

    q: Floats
    variance: Floats
    n: Floats
    widest: float


def of_unit_vectors(n: ArrayLike, s: ArrayLike, m: ArrayLike) -> Dispersion:
    """Rao's (1982) Q of n unit vectors under 1 - cosine, from their moments alone: s = Σ x and M = Σ x xᵀ.

    `n` (P,), `s` (P, d) and `m` (P, d, d), or without P for one prompt; all three add up over shards. The unbiased
    Q = 1 - (‖s‖² - n)/(n(n - 1)). Leaving out row i changes Q through s·x_i only, so the delete-one jackknife needs
    Σ (s·x_i)² = sᵀMs and no row. Raises `InputError` where the vectors do not have length 1.

    >>> x = np.array([[1, 0], [0, 1], [.6, .8]])
    >>> of_unit_vectors(3, x.sum(axis=0), x.T @ x).q.round(3).tolist()  # mean of 1, .4 and .2
    [0.533]
    """
    vectors, products = np.asarray(s, float), np.asarray(m, float)
    d = vectors.shape[-1]
    vectors, products = vectors.reshape(-1, d), products.reshape(-1, d, d)
    rows = np.broadcast_to(np.asarray(n, float), len(vectors))
    if not np.allclose(np.trace(products, axis1=1, axis2=2), rows, rtol=1e-4):
        raise InputError("The vectors do not have length 1. Divide each by its length.")
    together = np.einsum("pi,pij,pj->p", vectors, products, vectors)
    return _of_cosines(rows, (vectors**2).sum(axis=1), together, (products**2).sum(axis=(1, 2)), 2.0)


def of_counts(counts: ArrayLike) -> Dispersion:
    """The probability of differentiation 1 - Σ p², that two rows differ, from counts (K,) or (P, K) of categories.

    Unbiased: 1 - Σ x(x - 1)/(n(n - 1)) (Simpson 1949). A category is a unit vector along its own axis.

    >>> of_counts([6, 3, 1]).q.round(3).tolist()
    [0.6]
    """
    x = np.atleast_2d(np.asarray(counts, float))
    return _of_cosines(x.sum(axis=1), (x**2).sum(axis=1), (x**3).sum(axis=1), (x**2).sum(axis=1), 1.0)


def of_distances(matrix: ArrayLike) -> Dispersion:
    """Rao's Q of a symmetric matrix (n, n) of dissimilarities with a zero diagonal: their mean over pairs.

    >>> of_distances([[0, 1, .4], [1, 0, .2], [.4, .2, 0]]).q.round(3).tolist()
    [0.533]
    """
    d = np.asarray(matrix, float)
    row = d.sum(axis=1)
    spread = ((row - row.mean()) ** 2).sum() if len(d) else 0.0
    moments = (np.array([float(v)]) for v in (len(d), row.sum(), spread, (d**2).sum()))
    return _dispersion(*moments, widest=float(d.max(initial=0.0)))


def of_scores(values: ArrayLike) -> Dispersion:
    """Gini's mean difference of scores (n,), the mean of |x - y| over pairs: Rao's Q of a line, in the scores' units.

    Its interval stands skewed scores that an interval of the standard deviation does not (see `sd_ratio`).

    >>> of_scores([1, 2, 4]).q.round(3).tolist()
    [2.0]
    """
    x = np.sort(np.asarray(values, float))
    n, below = len(x), np.cumsum(x)
    row = (2 * np.arange(1, n + 1) - n) * x - 2 * below + x.sum()
    squares = 2 * n * ((x - x.mean()) ** 2).sum() if n else 0.0
    spread = ((row - row.mean()) ** 2).sum() if n else 0.0
    moments = (np.array([float(v)]) for v in (n, row.sum(), spread, squares))
    return _dispersion(*moments, widest=float(np.ptp(x)) if n else 0.0)


def _of_cosines(n: Floats, length: Floats, together: Floats, products: Floats, widest: float) -> Dispersion:
    """From ‖s‖², Σ (s·x)² and Σ (x·y)² over all ordered pairs, the row's own included."""
    safe = np.maximum(n, 1)
    squares = n**2 - 2 * length + products
    return _dispersion(n, n**2 - length, np.maximum(together - length**2 / safe, 0), squares, widest=widest)


def _dispersion(n: Floats, total: Floats, spread: Floats, squares: Floats, *, widest: float) -> Dispersion:
    """From sums over ordered pairs of d and d², and the spread of the row sums around their mean.

    The jackknife variance 4 Σ (r - r̄)²/(n(n - 1)(n - 2)²), never below 2 var(d)/(n(n - 1)), what pairs alone leave
    where every row is as far from the others as any: the first term is 0 there, and Q not known exactly.
    """
    pairs = np.where(n > 1, n * (n - 1), np.nan)
    q = np.maximum(total / pairs, 0)
    q = np.where(q < 1e-12 * widest, 0.0, q)
    alone = 2 * np.maximum(squares / pairs - q**2, 0) / pairs
    jackknife = 4 * spread / (pairs * np.where(n > 2, n - 2, np.nan) ** 2)
    return Dispersion(q, np.maximum(jackknife, alone), n, widest)


def dispersion(group: Dispersion) -> tuple[Estimate, ...]:
    """Estimate Rao's Q in each prompt, on the log scale with Student's t on n - 1 degrees of freedom.

    Q of 0 has no log: it stands without bounds.

    >>> e, = dispersion(of_counts([60, 30, 10]))
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.545, 0.477, 0.624]
    """
    some = group.q > 0
    se = np.sqrt(np.where(some, group.variance, np.nan)) / np.where(some, group.q, 1)
    factor = np.exp(quantiles(group.n - 1) * se)
    method, reasons = "Rao's Q, jackknife", "fewer than two rows"
    bounds = group.q / factor, group.q * factor
    return estimates(group.q, *bounds, n=group.n, n_eff=group.n, method=method, reasons=reasons)


def dispersion_ratio(first: Dispersion, second: Dispersion, sampled: bool = False) -> Estimate:
    """Estimate Q of the first group over Q of the second, each averaged over the same P prompts.

    The interval is on the log scale. Prompts as they are (`sampled` false): the variances Σ var/P² of both groups, with
    Student's t on Satterthwaite's degrees of freedom. Prompts that stand for others like them: the variance of the
    residuals Q1/Q̄1 - Q2/Q̄2 over prompts, t on P - 1; ten or more are wanted. It is the ratio of averages, not the
    average of log ratios: the log of a Q of few rows is biased by -var/2Q², more so in the smaller group, and many
    prompts make that bias sure of itself. Prompts where a group has fewer than two rows are dropped and counted.

    Where all of the first group are alike in every prompt the ratio is 0, and its upper bound what n rows may have
    missed: Q <= widest (1 - p²) with p = α^(1/(n - 1)), over the second group's lower bound.

    >>> e = dispersion_ratio(of_counts([80, 15, 5]), of_counts([50, 30, 20]))
    >>> [round(v, 2) for v in (e.value, *e.interval(.95)[:2])]
    [0.54, 0.39, 0.76]
    """
    kept = np.isfinite(first.q) & np.isfinite(second.q)
    a, b = (Dispersion(g.q[kept], g.variance[kept], g.n[kept], g.widest) for g in (first, second))
    n = int(first.n.sum() + second.n.sum())
    if not kept.any():
        return Estimate.undefined("no prompt has two rows of both groups", n=n)
    if not b.q.any():
        return Estimate.undefined("all rows of the second group are alike", n=n)
    method = "ratio of Rao's Q, jackknife" if not sampled else "ratio of Rao's Q, t over prompts"
    lost = int((~kept).sum())
    method += f", {lost} prompts dropped" if lost else ""
    if not a.q.any():
        value, lower, upper = 0.0, np.zeros(len(LEVELS)), _alike(a) / _lower(b, sampled)
    else:
        value = a.q.mean() / b.q.mean()
        spread = np.exp(_margin(a, b, sampled))
        lower, upper = value / spread, value * spread
    smaller, units = min(a.n.sum(), b.n.sum()), len(a.q) if sampled else None
    return estimates(value, lower, upper, n=n, n_eff=smaller, method=method, clusters=units)[0]


def _margin(a: Dispersion, b: Dispersion | None, sampled: bool) -> Floats:
    """The half width (levels,) of the log of an average Q, or of the log of the ratio of two."""
    groups = [a] if b is None else [a, b]
    p = len(a.q)
    if sampled:
        signs = (1, -1)
        residuals = sum(sign * g.q / g.q.mean() for sign, g in zip(signs, groups, strict=False))
        se, df = np.std(residuals, ddof=1) / np.sqrt(p) if p > 1 else np.nan, p - 1.0
    else:
        parts = np.concatenate([g.variance / (p * g.q.mean()) ** 2 for g in groups])
        rows = np.concatenate([g.n for g in groups])
        weight = (parts**2 / (rows - 1)).sum()
        se, df = np.sqrt(parts.sum()), parts.sum() ** 2 / weight if weight > 0 else np.nan
    half: Floats = quantiles(np.array([df]))[:, 0] * (se if se > 0 else np.nan)
    return half


def _lower(group: Dispersion, sampled: bool) -> Floats:
    lower: Floats = group.q.mean() / np.exp(_margin(group, None, sampled))
    return lower


def _alike(group: Dispersion) -> Floats:
    """The most that Q, averaged over prompts, may be (levels,) where no two rows were seen to differ."""
    most: Floats = (1 - _TAIL[:, None] ** (2 / (group.n - 1))).mean(axis=1)
    return group.widest * most


def sd_ratio(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Estimate the standard deviation of scores x (n,) over that of y (m,).

    Delete-one jackknife of log SD (Miller 1968), each group with its own shape, Student's t on Satterthwaite's degrees
    of freedom. It is short for skewed scores: near .90 at nominal .95 with 60 exponential scores against 300. Intervals
    that pool the kurtosis (Layard 1973; Bonett 2006) are right where both groups have one shape, and cover .77 to .99
    where they do not; `of_scores` is what to compare then.

    >>> e = sd_ratio([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 6, 8, 10, 12, 14, 16])
    >>> [round(v, 2) for v in (e.value, *e.interval(.95)[:2])]
    [0.5, 0.27, 0.92]
    """
    groups = [np.asarray(v, float) for v in (x, y)]
    n = sum(len(v) for v in groups)
    if min(len(v) for v in groups) < 2 or not np.ptp(groups[1]):
        few = min(len(v) for v in groups) < 2
        return Estimate.undefined("a group has fewer than two scores" if few else "the second group is constant", n=n)
    value = np.std(groups[0], ddof=1) / np.std(groups[1], ddof=1)
    parts = np.array([_log_sd_variance(v) for v in groups])
    rows = np.array([len(v) for v in groups])
    df = parts.sum() ** 2 / (parts**2 / (rows - 1)).sum() if parts.all() else np.nan
    half = quantiles(np.array([df]))[:, 0] * np.sqrt(parts.sum())
    bounds = value / np.exp(half), value * np.exp(half)
    return estimates(value, *bounds, n=n, n_eff=rows.min(), method="SD ratio, jackknife")[0]


def _log_sd_variance(x: Floats) -> float:
    """The jackknife variance of log SD; NaN where one score is all that varies, or fewer than three are left."""
    n, square = len(x), (x - x.mean()) ** 2
    left = square.sum() - n / (n - 1) * square
    if n < 3 or left.min() <= 1e-12 * square.sum():
        return np.nan
    without = np.log(left) / 2
    return float((n - 1) / n * ((without - without.mean()) ** 2).sum())
