"""Choices between two: the preference that is left when the two are equally good."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Ints, Rows
from auditkit.stats.proportions import quantiles

_STEPS, _TOLERANCE, _RUNAWAY = 200, 1e-10, 15.0


class Preference(NamedTuple):
    """`log_odds` of choosing the first of two that are equally good, and the same as `share` - 1/2.

    `gamma` is the smallest factor by which an unmeasured difference would have to change the odds of every choice to
    make them all (Rosenbaum 2002's Γ, read off the 95 % bound): 1 where the interval holds no preference.
    """

    log_odds: Estimate
    share: Estimate
    gamma: float | None


def preference(first: ArrayLike, second: ArrayLike, covariates: ArrayLike, clusters: Ints | None = None) -> Preference:
    """Fit logit P(first chosen) = α + β'x by maximum likelihood, and return α (conditional logit, McFadden 1974).

    `first` and `second` (k,) count how often either of two was chosen, `covariates` (k, p) are their differences. The
    standard error is the inverse information, or the sandwich with G/(G - 1) over `clusters` (k,) and Student's t on
    G - 1. Where the covariates separate the choices, or all choices are alike, no maximum exists: the fit is then
    penalised by Jeffreys' prior (Firth 1993), and every cluster is worth one choice.

    >>> p = preference([30, 20], [20, 30], [[1.0], [-1.0]])
    >>> round(p.share.value, 6), p.gamma  # as often as not
    (0.0, 1.0)
    """
    k, m = np.asarray(first, float), np.asarray(second, float)
    n, x = k + m, np.asarray(covariates, float).reshape(len(k), -1)
    used = n > 0
    k, n, x = k[used], n[used], x[used]
    total = int(n.sum())
    if not total:
        return Preference(*(Estimate.undefined("no choices"),) * 2, None)
    x = x[:, np.ptp(x, axis=0) > 0]
    design = np.column_stack([np.ones(len(k)), x / x.std(axis=0)])  # the intercept does not mind another unit
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return Preference(*(Estimate.undefined("the covariates are collinear", n=total),) * 2, None)
    groups = None if clusters is None else np.unique(np.asarray(clusters)[used], return_inverse=True)[1]
    beta, exists = _fit(design, k, n)
    half = _half_widths(design, k, n, beta, groups, exists)
    return _told(float(beta[0]), half, total, groups, "conditional logit" + ("" if exists else ", Firth"))


def _told(alpha: float, half: Floats, total: int, groups: Ints | None, method: str) -> Preference:
    count = None if groups is None else len(np.unique(groups))
    method += "" if groups is None else ", clusters"
    low, high = ((alpha + side * half)[:, None] for side in (-1, 1))
    log_odds, share = (
        estimates(at(alpha), at(low), at(high), n=total, n_eff=total, method=method, clusters=count)[0]
        for at in (np.asarray, lambda t: expit(t) - 0.5)
    )
    low95, high95, _ = log_odds.interval(0.95)
    gamma = None if low95 is None or high95 is None else float(np.exp(max(low95, -high95, 0.0)))
    return Preference(log_odds, share, gamma)


def _half_widths(design: Floats, k: Floats, n: Floats, beta: Floats, groups: Ints | None, exists: bool) -> Floats:
    p = expit(design @ beta)
    inverse = np.linalg.inv(design.T @ (design * (n * p * (1 - p))[:, None]))
    z, count = np.array(QUANTILES), 0 if groups is None else len(np.unique(groups))
    if groups is None:
        return np.asarray(z * np.sqrt(inverse[0, 0]))
    t = quantiles(np.array([count - 1.0]))[:, 0]
    if not exists:
        return np.asarray(t * np.sqrt(inverse[0, 0] * max(n.sum() / count, 1)))
    influence = np.bincount(groups, (design @ inverse[0]) * (k - n * p))
    return np.asarray(t * np.sqrt(influence @ influence * count / max(count - 1, 1)))


def _fit(design: Floats, k: Floats, n: Floats) -> tuple[Floats, bool]:
    """The maximum, and whether it exists without Jeffreys' prior: a linear predictor that runs away says no."""
    beta = _newton(design, k, n, penalised=False)
    if np.isfinite(beta).all() and np.abs(design @ beta).max() < _RUNAWAY:
        return beta, True
    return _newton(design, k, n, penalised=True), False


def _newton(design: Floats, k: Floats, n: Floats, penalised: bool) -> Floats:
    """Newton's method on the likelihood, with steps halved until it rises; stopped where it runs away."""
    beta = np.zeros(design.shape[1])
    height = _height(design, k, n, beta, penalised)
    for _ in range(_STEPS):
        p = expit(design @ beta)
        information = design.T @ (design * (n * p * (1 - p))[:, None])
        pull, slope = k - n * p, information
        if penalised:  # Jeffreys' prior adds half a hit and half a miss per unit of leverage
            leverage = n * p * (1 - p) * np.einsum("ij,ij->i", design @ np.linalg.inv(information), design)
            pull = pull + leverage * (0.5 - p)
            slope = design.T @ (design * ((n + leverage) * p * (1 - p))[:, None])
        step = np.linalg.solve(slope, design.T @ pull)
        step *= min(1.0, 5.0 / max(np.abs(step).max(), 1e-300))
        for _ in range(30):
            new = _height(design, k, n, beta + step, penalised)
            if new >= height - 1e-9 * abs(height):
                break
            step = step / 2
        beta, height = beta + step, new
        if np.abs(step).max() < _TOLERANCE or np.abs(design @ beta).max() > 2 * _RUNAWAY:
            break
    return beta


def _height(design: Floats, k: Floats, n: Floats, beta: Floats, penalised: bool) -> float:
    linear = design @ beta
    height = float(k @ linear - n @ np.logaddexp(0, linear))
    if penalised:
        p = expit(linear)
        height += float(np.linalg.slogdet(design.T @ (design * (n * p * (1 - p))[:, None]))[1]) / 2
    return height


class Choices(NamedTuple):
    """k items: how often `first` and `second` were chosen, their `differences` (k, p), `clusters`, and items `lost`."""

    first: Floats
    second: Floats
    differences: Floats
    clusters: Ints | None
    lost: int


def choices(rows: Rows, first: str, chosen: str, placed: bool) -> Choices:
    """Read choices between two origins off rows of item, origin, outcome and quality: `first` against the other.

    A match is an item (of a unit, where units share rows); one without both origins, or of which nothing or more than
    one in two was chosen, is lost. The difference is in mean quality and, where `placed`, in slot, as ±1. Clusters are
    units, or items that were judged more than once.
    """
    item = rows.codes("item")
    unit = rows.codes(UNIT) if UNIT in rows else np.zeros(len(rows), np.int64)
    keys, match = np.unique(item * (unit.max(initial=0) + 1) + unit, return_inverse=True)
    mine, hit = rows.column("origin") == first, rows.column("outcome") == chosen
    ranks = rows.codes("slot") if placed else np.zeros(len(rows), np.int64)
    sides = []
    for side in (mine, ~mine):
        n, hits, quality, slot = (
            np.bincount(match[side], w[side], minlength=len(keys)).astype(float)
            for w in (np.ones(len(rows)), hit.astype(float), rows.number("quality"), ranks.astype(float))
        )
        shown = np.maximum(n, 1)
        sides.append((n, hits, quality / shown, slot / shown))
    (n, k, q, s), (m, j, r, t) = sides
    full = (n > 0) & (n == m) & (k + j == n)
    differences = np.column_stack([q - r, t - s] if placed else [q - r])[full]
    clusters = keys[full] % (unit.max(initial=0) + 1) if UNIT in rows else np.flatnonzero(full)
    repeated = UNIT in rows or bool((n[full] > 1).any())
    lost = len(np.unique(item)) - len(np.unique(keys[full] // (unit.max(initial=0) + 1)))
    return Choices(k[full], j[full], differences, clusters if repeated else None, lost)
