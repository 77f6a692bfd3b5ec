"""Many comparisons at once: Holm for findings, Benjamini-Hochberg to screen, max-t for contrasts that share rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from auditkit.core.estimate import LEVELS, QUANTILES, Floats

_CHUNK = 2_000_000
_SEED = 1979


def holm(p: ArrayLike, alpha: float = 0.05) -> tuple[NDArray[np.bool_], Floats]:
    """Holm's (1979) step-down test of m hypotheses: which are rejected, and the confidence level of each.

    The hypothesis with `rank` smaller p values is tested at alpha/(m - rank), so its interval is read at the level
    1 - alpha/(m - rank). After the first that is kept all others are kept too, whatever their intervals say. A p that
    is NaN ranks last and is kept.

    >>> rejected, level = holm([.001, .04, .03], .05)
    >>> rejected.tolist(), level.round(4).tolist()
    ([True, False, False], [0.9833, 0.95, 0.975])
    """
    values = np.atleast_1d(np.asarray(p, float))
    order = np.argsort(values, kind="stable")
    share = alpha / np.arange(len(values), 0, -1)
    rejected, level = np.zeros(len(values), bool), np.zeros(len(values))
    rejected[order] = np.logical_and.accumulate(values[order] <= share)
    level[order] = 1 - share
    return rejected, level


def holm_adjusted(p: ArrayLike) -> Floats:
    """The smallest alpha at which Holm's test rejects each hypothesis; NaN stays NaN but counts among the m.

    >>> holm_adjusted([.001, .04, .03]).round(3).tolist()
    [0.003, 0.06, 0.06]
    """
    values = np.atleast_1d(np.asarray(p, float))
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(np.nan_to_num(values[order], nan=1.0) * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(steps, 1.0)
    return np.where(np.isnan(values), np.nan, adjusted)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """The smallest q at which Benjamini & Hochberg's (1995) step-up test lists each hypothesis, for screening only.

    Of the hypotheses listed at q, a share of at most q is expected to be false, where p values are independent or
    positively dependent; one entry may be as wrong as its place allows, so a list screens and never carries a verdict.
    NaN stays NaN but counts among the m.

    >>> benjamini_hochberg([.001, .04, .03]).round(3).tolist()
    [0.003, 0.04, 0.04]
    """
    values = np.atleast_1d(np.asarray(p, float))
    order = np.argsort(values, kind="stable")[::-1]
    steps = np.nan_to_num(values[order], nan=1.0) * len(values) / np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum.accumulate(steps)
    return np.where(np.isnan(values), np.nan, adjusted)


def correlation(influence: ArrayLike, counts: ArrayLike | None = None) -> Floats:
    """How k estimates move together, from their influence functions (rows or cells, k), each `counts` times there.

    An estimate that does not vary is taken as independent of the others.

    >>> correlation([[1, -1], [-1, 1]]).round(6).tolist()  # a share and its complement
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    psi = np.asarray(influence, float)
    times = np.ones(len(psi)) if counts is None else np.asarray(counts, float)
    psi = psi - times @ psi / max(float(times.sum()), 1e-300)
    covariance = psi.T @ (psi * times[:, None])
    sd = np.sqrt(np.diag(covariance))
    scale = np.outer(sd, sd)
    out: Floats = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    np.fill_diagonal(out, 1.0)
    return out


def slice_correlation(members: ArrayLike, hits: ArrayLike, n: ArrayLike) -> Floats:
    """How the rates of k slices that share rows move together, each minus that of its own rest: (k, k), for `max_t`.

    `members` (k, cells) says which cells of a cube a slice holds; `hits` and `n` (cells,) are the cells' counts. The
    influence of a row is (y - p_S) / share_S inside the slice and -(y - p_rest) / share_rest outside. A slice minus the
    whole has the same correlations, being that difference times the share of the rest. A slice without rows or without
    a rest is taken as independent of the others.

    >>> slice_correlation([[1, 0], [0, 1]], [30, 50], [100, 100]).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    x, rows, inside = np.asarray(hits, float), np.asarray(n, float), np.asarray(members, bool)
    y = np.array([1.0, 0.0])[:, None, None]

    def side(held: NDArray[np.bool_]) -> Floats:
        total = np.maximum(held @ rows, 1e-300)
        residual: Floats = (y - (held @ x / total)[:, None]) * (held / total[:, None])
        return residual

    with_rest = (inside @ rows > 0) & (~inside @ rows > 0)
    influence = (side(inside) - side(~inside)) * with_rest[:, None]
    return correlation(np.moveaxis(influence, 1, 2).reshape(-1, len(inside)), np.concatenate([x, rows - x]))


def max_t(correlations: ArrayLike, draws: int = 100_000) -> Floats:
    """The critical value, at each of `LEVELS`, of max |Z| for k standard normals with these `correlations` (k, k).

    Intervals at estimate ± c·se then hold all k together (Hothorn, Bretz & Westfall 2008). Monte Carlo of fixed seed;
    never below the single normal quantile nor above Šidák's (1967) bound, which holds for any correlation. A level that
    would need more than `draws`, 20/(1 - level), is NaN.

    >>> max_t([[1, -1], [-1, 1]])[2].round(2)  # two groups against one another are one comparison
    np.float64(1.96)
    """
    r = np.asarray(correlations, float)
    k = len(r)
    if not k:
        return np.full(len(LEVELS), np.nan)
    eigenvalues, vectors = np.linalg.eigh(r)
    kept = eigenvalues > 1e-10
    factor = (vectors[:, kept] * np.sqrt(eigenvalues[kept])).T
    rng = np.random.default_rng(_SEED)
    largest = np.empty(draws)
    step = max(_CHUNK // k, 1)
    for start in range(0, draws, step):
        z = rng.standard_normal((min(step, draws - start), len(factor)))
        largest[start : start + step] = np.abs(z @ factor).max(axis=1)
    level = np.array(LEVELS)
    sidak = -ndtri((1 - level ** (1 / k)) / 2)
    simulated = np.clip(np.quantile(largest, level), QUANTILES, np.maximum(sidak, QUANTILES))
    return np.where(draws * (1 - level) >= 20 - 1e-6, simulated, np.nan)
