"""Whether shares are steeper than those of a reference: a binomial slope on the reference's log odds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, xlog1py, xlogy

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

_STEEPEST = 60.0
"""Slopes beyond are told as not to be bounded: no share of a reference is so far from another."""
_FINE = 121


def logit_slope(hits: ArrayLike, n: ArrayLike, shares: ArrayLike) -> Estimate:
    """Estimate b of logit p_c = a + b logit q_c over C concepts, by the profile likelihood of binomial counts.

    `hits` (C,) of `n` (C,) rows, and the reference's `shares` q (C,). 1 is the reference's own steepness; more
    exaggerates its differences between concepts, less flattens them. The interval holds every b whose likelihood, at
    the a that suits it best, is within z² / 2 of the highest: no error of log p̂ is ever taken, so counts of 0 or n are
    no harm. A side on which every slope fits has no bound. Concepts whose q is 0 or 1 have no log odds and take no
    part; where those of the rest are all equal there is no slope.

    >>> e = logit_slope([60, 80, 95], [100, 100, 100], [.5, .7, .9])
    >>> [round(v, 2) for v in (e.value, *e.interval(.95)[:2])]
    [1.16, 0.76, 1.61]
    """
    x, rows, q = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (hits, n, shares)))
    kept = (rows > 0) & (q > 0) & (q < 1)
    x, rows, g = x[kept], rows[kept], logit(q[kept])
    why = _undefined(x, rows, g)
    if why:
        return Estimate.undefined(why, n=int(rows.sum()))
    g = g - g.mean()
    best = _steepest_fit(x, rows, g)
    reach = 4 * quantiles(np.array([np.inf]))[-1, 0] / np.sqrt(_information(best, x, rows, g))
    sides = [best + side * np.linspace(0, 1, _FINE) ** 2 * min(reach, _STEEPEST) for side in (-1, 1)]
    at = _likelihood(np.array([best]), x, rows, g)
    bounds = [_crossing(b, at - _likelihood(b, x, rows, g)) for b in sides]
    method = "profile likelihood"
    return estimates(best, *bounds, n=rows.sum(), n_eff=rows.sum(), method=method)[0]


def _undefined(x: Floats, rows: Floats, g: Floats) -> str:
    if len(g) < 2 or np.ptp(g) < 1e-9:
        return "the reference has the same share in every concept"
    if not 0 < x.sum() < rows.sum():
        return "the level is generated always or never"
    ends = _score(np.array([-_STEEPEST, _STEEPEST]), x, rows, g)
    return "" if ends[0] > 0 > ends[1] else "the concepts part so cleanly that any steeper slope fits better"


def _steepest_fit(x: Floats, rows: Floats, g: Floats) -> float:
    """The slope at which the profile's derivative, which falls throughout, is 0: a grid that narrows."""
    low, high = -_STEEPEST, _STEEPEST
    while high - low > 1e-10:
        grid = np.linspace(low, high, 33)
        last = int(np.flatnonzero(_score(grid, x, rows, g) > 0).max(initial=0))
        low, high = grid[last], grid[min(last + 1, 32)]
    return float(low + high) / 2


def _intercepts(b: Floats, x: Floats, rows: Floats, g: Floats) -> Floats:
    """The intercept (B,) at which as many hits are expected as there are, for every slope (B,); by bisection."""
    middle = np.full(len(b), logit(x.sum() / rows.sum()))
    reach = np.abs(b) * np.abs(g).max() + 1e-9
    low, high = middle - reach, middle + reach
    slopes, hits = b[:, None] * g, x.sum()
    for _ in range(48):
        middle = (low + high) / 2
        short = expit(middle[:, None] + slopes) @ rows < hits
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    middles: Floats = (low + high) / 2
    return middles


def _fitted(b: Floats, x: Floats, rows: Floats, g: Floats) -> Floats:
    fitted: Floats = expit(_intercepts(b, x, rows, g)[:, None] + b[:, None] * g)
    return fitted


def _score(b: Floats, x: Floats, rows: Floats, g: Floats) -> Floats:
    score: Floats = (x - rows * _fitted(b, x, rows, g)) @ g
    return score


def _likelihood(b: Floats, x: Floats, rows: Floats, g: Floats) -> Floats:
    p = _fitted(b, x, rows, g)
    log: Floats = (xlogy(x, p) + xlog1py(rows - x, -p)).sum(axis=1)
    return log


def _information(b: float, x: Floats, rows: Floats, g: Floats) -> float:
    """Of the slope, the intercept profiled out; never so small that the search has no end."""
    w = rows * (p := _fitted(np.array([b]), x, rows, g)[0]) * (1 - p)
    return max(float(w @ (g - (w @ g) / max(w.sum(), 1e-12)) ** 2), 1e-6)


def _crossing(b: Floats, loss: Floats) -> Floats:
    """Where the signed root of the deviance, which is nearly straight, reaches each quantile; NaN beyond the grid."""
    root = np.sqrt(np.maximum(2 * np.maximum.accumulate(loss), 0))
    z = quantiles(np.array([np.inf]))[:, 0]
    found: Floats = np.interp(z, root, b, right=np.nan)
    return found
