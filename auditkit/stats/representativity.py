"""How far response, or any rate, varies between strata: the R-indicator, its parts, and the bias it allows."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, chndtr, chndtrinc

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.contrasts import mover_ratio, newcombe
from auditkit.stats.proportions import Curve, rates, wilson

_TAIL = np.array([(1 - level) / 2 for level in LEVELS])
_MIDPOINTS = (np.arange(4000) + 0.5) / 4000
_LEAST_DF = 0.5


def noncentrality(chi2: float, df: float) -> tuple[Floats, Floats]:
    """Bounds at every level (levels,) for the noncentrality of which `chi2` on `df` degrees of freedom was one draw.

    The lower bound λ solves P(χ²(df, λ) ≤ chi2) = (1 + level)/2, the upper (1 - level)/2; both are 0 where even λ = 0
    is too large. A chi-square below its central median is taken at the median for the upper bound: a draw smaller than
    chance makes would else bound λ by 0 exactly, and be surer than any finite sample can be.

    >>> lower, upper = noncentrality(20., 5.)
    >>> round(float(lower[2]), 2), round(float(upper[2]), 2)
    (3.35, 36.56)
    """
    seen = max(chi2, float(chdtri(df, 0.5)))
    return _inverted(chi2, df, 1 - _TAIL), _inverted(seen, df, _TAIL)


def _inverted(chi2: float, df: float, p: Floats) -> Floats:
    reached = float(chndtr(chi2, df, 0.0)) > p
    out = np.zeros(len(p))
    out[reached] = chndtrinc(chi2, df, p[reached])
    return out


def heterogeneity(hits: ArrayLike, n: ArrayLike) -> tuple[Estimate, float | None]:
    """Estimate the standard deviation of the rates of K strata, and what it would be expected to be if all were equal.

    τ = √Σ w (ρ - ρ̄)², with w = n/N taken as known. `hits` and `n` are shaped (K,); strata without rows take no part.
    The point is √max(Σ w (r - r̄)² - (K-1) v/N, 0) with v = Σ n r (1-r) / (N - K): the plug-in τ is too large.
    The interval reads Σ w (r - r̄)² as (a/N) χ² with noncentrality λ = N τ²/a on (K-1) v/a degrees of freedom, and
    inverts it. It matches mean and variance, with a the average of ρ(1 - ρ) weighted by w (r - r̄)², at Agresti &
    Coull's (1998) rates (x + 2)/(n + 4). With a = v it is the ordinary chi-square of homogeneity, which holds only
    where the strata's variances are alike: at rates .02 and .50 in strata of 500 and 50 that covers 58 %, this 94 %.

    >>> e, expected = heterogeneity([90, 100, 140], [200, 200, 200])
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2], expected)]
    [0.104, 0.068, 0.144, 0.009]
    """
    x, size = (np.atleast_1d(np.asarray(a, float)) for a in np.broadcast_arrays(hits, n))
    x, size = x[size > 0], size[size > 0]
    k, total = len(size), float(size.sum())
    if k < 2:
        return Estimate.undefined("fewer than two strata have rows", n=int(total)), None
    if total <= k:
        return Estimate.undefined("every stratum has one row, so noise cannot be told from variation", n=k), None
    noise, scale, squares = _moments(x, size)
    lower, upper = noncentrality(total * squares / scale, max((k - 1) * noise / scale, _LEAST_DF))
    value = np.sqrt(max(squares - (k - 1) * noise / total, 0.0))
    low, high = (np.minimum(np.sqrt(side * scale / total), 0.5)[:, None] for side in (lower, upper))
    told = estimates(value, low, np.maximum(high, value), n=total, n_eff=total, method="noncentral chi-square")[0]
    return told, float(np.sqrt(noise / total) * _expected_root(k - 1))


def _moments(x: Floats, n: Floats) -> tuple[float, float, float]:
    """The variance within strata v, the scale a, and the plug-in Σ w (r - r̄)².

    v is never less than where all N rows agree: none seen is not none.
    """
    total, r = n.sum(), x / n
    squares = n / total * (r - x.sum() / total) ** 2
    least = 2 * (total + 2) / (total + 4) ** 2
    noise = max(float((n * r * (1 - r)).sum() / (total - len(n))), least)
    smooth = (x + 2) / (n + 4)
    weight = squares + noise / total
    return noise, float(weight @ (smooth * (1 - smooth)) / weight.sum()), float(squares.sum())


@cache
def _expected_root(df: int) -> float:
    """E √max(χ²(df) - df, 0)."""
    return float(np.sqrt(np.clip(chdtri(df, _MIDPOINTS) - df, 0, None)).mean())


def r_indicator(responded: ArrayLike, n: ArrayLike) -> tuple[Estimate, float | None]:
    """Estimate the R-indicator 1 - 2 S(ρ) of K strata of a frame (Schouten, Cobben & Bethlehem 2009), 1 if all alike.

    S(ρ) is the standard deviation of the response propensities over the frame, as `heterogeneity` estimates it, with
    its expectation where nothing differs second. `responded` and `n` are shaped (K,). The plug-in 1 - 2 S is too small,
    the more so the more strata there are: .82 for 20 strata of 30 that respond alike.

    >>> e, expected = r_indicator([102, 198], [300, 300])
    >>> [round(v, 2) for v in (e.value, *e.interval(.95)[:2], expected)]
    [0.68, 0.6, 0.76, 0.99]
    """
    spread, expected = heterogeneity(responded, n)
    if spread.value is None or expected is None:
        return spread, None
    curve = Curve.of([spread])
    sides = (1 - 2 * side for side in (curve.value, curve.upper, curve.lower))
    told = estimates(*sides, n=spread.n, n_eff=spread.n_eff, method=spread.method)[0]
    return told, 1 - 2 * expected


def partial_r_indicators(responded: ArrayLike, n: ArrayLike) -> tuple[Estimate, ...]:
    """Estimate the unconditional partial R-indicator of each category of a variable (Schouten, Shlomo & Skinner 2011).

    √w (ρ - ρ̄), negative where a category responds less than the rest; the squares sum to the variable's own, whose
    root is `heterogeneity`. Since ρ - ρ̄ = (1 - w)(ρ - ρ_rest), and w is known, the interval is Newcombe's (1998a) for
    the category against the rest, times √w (1 - w). A category without rows, or without others, is undefined.

    >>> [round(e.value, 3) for e in partial_r_indicators([102, 198], [300, 300])]
    [-0.113, 0.113]
    """
    x, size = (np.atleast_1d(np.asarray(a, float)) for a in np.broadcast_arrays(responded, n))
    total = max(float(size.sum()), 1.0)
    w = size / total
    against = newcombe(wilson(rates(x, size)), wilson(rates(x.sum() - x, size.sum() - size)))
    part = np.sqrt(w) * (1 - w)
    smaller = np.minimum(size, size.sum() - size)
    why = "no rows in the category, or none in the others"
    return estimates(*(side * part for side in against), n=size.sum(), n_eff=smaller, method="Newcombe", reasons=why)


def max_bias(responded: ArrayLike, n: ArrayLike, sd: float) -> Estimate:
    """Estimate the largest bias of the respondents' mean that this non-response allows, (1 - R) S(y) / (2 ρ̄).

    For any y with standard deviation `sd` over the frame whose relation to response runs through these strata only
    (Schouten, Cobben & Bethlehem 2009). A share has `sd` at most 1/2; `sd` 1 gives the bound in standard deviations.
    MOVER-R (Donner & Zou 2012) of S(ρ) by `heterogeneity` over ρ̄ by Wilson. Raises `ValueError` for a negative `sd`.

    >>> round(max_bias([102, 198], [300, 300], .5).value, 3)
    0.159
    """
    if not sd >= 0:
        raise ValueError(f"A standard deviation is not negative; this one is {sd}.")
    spread, _ = heterogeneity(responded, n)
    reached = float(np.sum(responded))
    if spread.value is None or not reached:
        return spread if spread.value is None else Estimate.undefined("nobody responded", n=spread.n)
    ratio = mover_ratio(Curve.of([spread]), wilson(rates(reached, spread.n)))
    scaled = (np.where(np.isfinite(side), sd * np.nan_to_num(side, posinf=0.0), np.nan) for side in ratio)
    method = "MOVER-R, noncentral chi-square"
    return estimates(*scaled, n=spread.n, n_eff=spread.n_eff, method=method)[0]
