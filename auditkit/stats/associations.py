"""Associations in K 2x2 tables: odds ratios, whether they differ, whether they change sign, and what they share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, chdtrc

from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates

_Z = np.array(QUANTILES)[:, None]


class GailSimon(NamedTuple):
    """A test of qualitative interaction: the statistic and its p."""

    q: float
    p: float


class Homogeneity(NamedTuple):
    """A test that all odds ratios are equal: chi-square, degrees of freedom and p."""

    chi2: float
    df: int
    p: float


class LogOddsRatios(NamedTuple):
    """Log odds ratios (K,) and their standard errors; NaN where a margin is empty."""

    value: Floats
    se: Floats


def woolf(tables: ArrayLike) -> LogOddsRatios:
    """Log odds ratios of `tables` (K, 2, 2) with standard errors √Σ 1/n (Woolf 1955).

    Where a cell is 0 all four get 1/2 (Haldane 1956; Anscombe 1956). Where a margin is 0 no association shows.
    """
    t = np.asarray(tables, float).reshape(-1, 2, 2)
    blank = (t.sum(axis=1) == 0).any(axis=1) | (t.sum(axis=2) == 0).any(axis=1)
    t = t + 0.5 * (t == 0).any(axis=(1, 2))[:, None, None]
    value = np.log(t[:, 0, 0] * t[:, 1, 1] / (t[:, 0, 1] * t[:, 1, 0]))
    se = np.sqrt((1 / t).sum(axis=(1, 2)))
    return LogOddsRatios(np.where(blank, np.nan, value), np.where(blank, np.nan, se))


def log_odds_ratios(tables: ArrayLike) -> tuple[Estimate, ...]:
    """Estimate the log odds ratio log(ad/bc) of each of `tables` (K, 2, 2), [[a, b], [c, d]], by Woolf's interval.

    >>> e, = log_odds_ratios([[[647, 622], [2, 27]]])
    >>> round(e.value, 3), e.n
    (2.642, 1298)
    """
    value, se = woolf(tables)
    n = np.asarray(tables, float).reshape(-1, 4).sum(axis=1)
    return estimates(value, value - _Z * se, value + _Z * se, n=n, n_eff=n, method="Woolf", reasons="a margin is empty")


def gail_simon(log_or: ArrayLike, se: ArrayLike) -> GailSimon:
    """Test whether an effect changes sign between K strata (Gail & Simon 1985).

    Q = min(Σ (d/s)² over d > 0, Σ (d/s)² over d < 0); p = Σ_{h=1}^{K-1} Bin(h; K-1, 1/2) P(χ²_h > Q). Undefined strata
    (NaN) take no part; with fewer than two, p is 1. A small p says that some effects are positive and others negative.

    >>> d, s = [.163, -.114, -.047, -.151], [.0788, .0689, .0614, .0547]
    >>> round(gail_simon(d, s).q, 2)
    4.28
    """
    d, s = (np.atleast_1d(np.asarray(a, float)) for a in (log_or, se))
    known = np.isfinite(d) & np.isfinite(s)
    squares = (d[known] / s[known]) ** 2
    q = float(min(squares[d[known] > 0].sum(), squares[d[known] < 0].sum()))
    trials = int(known.sum()) - 1
    if q == 0 or trials < 1:
        return GailSimon(q, 1.0)
    h = np.arange(1, trials + 1)
    weights = bdtr(h, trials, 0.5) - bdtr(h - 1, trials, 0.5)
    return GailSimon(q, float(weights @ chdtrc(h, q)))


def breslow_day(tables: ArrayLike, tarone: bool = True) -> Homogeneity:
    """Test that K 2x2 tables share one odds ratio (Breslow & Day 1980), with Tarone's (1985) adjustment.

    χ² = Σ (a - E)² / V, with E and V the mean and variance of the first cell at the Mantel-Haenszel odds ratio and the
    observed margins; minus (Σ (a - E))² / Σ V. Tables with an empty margin take no part.

    >>> smoking = [[[647, 622], [2, 27]], [[41, 28], [19, 32]]]  # Doll & Hill 1950
    >>> round(breslow_day(smoking).chi2, 3)  # published in Fagerland, Lydersen & Laake 2017
    5.175
    """
    t = _informative(tables)
    odds = _mantel_haenszel_odds(t)
    if len(t) < 2 or not 0 < odds < np.inf:
        return Homogeneity(np.nan, max(len(t) - 1, 0), np.nan)
    expected = _expected_first_cell(t, odds)
    row, column, n = t[:, 0].sum(axis=1), t[:, :, 0].sum(axis=1), t.sum(axis=(1, 2))
    cells = (expected, row - expected, column - expected, n - row - column + expected)
    variance = 1 / np.sum([1 / cell for cell in cells], axis=0)
    gap = t[:, 0, 0] - expected
    chi2 = float((gap**2 / variance).sum() - (gap.sum() ** 2 / variance.sum() if tarone else 0.0))
    return Homogeneity(chi2, len(t) - 1, float(chdtrc(len(t) - 1, max(chi2, 0.0))))


def mantel_haenszel_odds_ratio(tables: ArrayLike) -> Estimate:
    """Estimate the odds ratio that `tables` (K, 2, 2) share: Σ ad/n over Σ bc/n.

    The interval is on the log scale with the variance of Robins, Breslow & Greenland (1986).

    >>> smoking = [[[647, 622], [2, 27]], [[41, 28], [19, 32]]]
    >>> round(mantel_haenszel_odds_ratio(smoking).value, 4)  # published in Fagerland, Lydersen & Laake 2017
    4.5239
    """
    t = _informative(tables)
    n = t.sum(axis=(1, 2))
    rows = int(np.asarray(tables, float).sum())
    a, b, c, d = t[:, 0, 0], t[:, 0, 1], t[:, 1, 0], t[:, 1, 1]
    r, s = a * d / n, b * c / n
    if not (r.sum() > 0 and s.sum() > 0):
        return Estimate.undefined("one diagonal of every table is empty", n=rows)
    p, q = (a + d) / n, (b + c) / n
    variance = p @ r / (2 * r.sum() ** 2) + (p @ s + q @ r) / (2 * r.sum() * s.sum()) + q @ s / (2 * s.sum() ** 2)
    return _ratio(r.sum() / s.sum(), float(variance), rows, "Mantel-Haenszel odds ratio")


def mantel_haenszel_risk_difference(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Estimate:
    """Estimate the common p1 - p2 of K strata: Σ (x1 n2 - x2 n1)/N over Σ n1 n2/N.

    Variance by Sato (1989), consistent for few large and for many small strata: (δ Σ P + Σ Q) / (Σ n1 n2/N)², with
    P = (n1² x2 - n2² x1 + n1 n2 (n2 - n1)/2)/N² and Q = (x1 (n2 - x2) + x2 (n1 - x1))/2N.

    >>> e = mantel_haenszel_risk_difference([647, 41], [1269, 69], [2, 19], [29, 51])
    >>> round(e.value, 3)
    0.329
    """
    x, n, y, m = _comparable(x1, n1, x2, n2)
    total = n + m
    if not len(x):
        return Estimate.undefined("no stratum has both groups")
    weight = (n * m / total).sum()
    value = ((x * m - y * n) / total).sum() / weight
    p = ((n**2 * y - m**2 * x + n * m * (m - n) / 2) / total**2).sum()
    q = ((x * (m - y) + y * (n - x)) / (2 * total)).sum()
    se = np.sqrt(max(value * p + q, 0.0)) / weight
    if se == 0:
        return Estimate.undefined("every row of every stratum has the same outcome", n=int(total.sum()))
    bounds = (np.clip(value + side * _Z * se, -1, 1) for side in (-1, 1))
    method = "Mantel-Haenszel risk difference"
    return estimates(value, *bounds, n=total.sum(), n_eff=total.sum(), method=method)[0]


def mantel_haenszel_risk_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Estimate:
    """Estimate the common p1 / p2 of K strata: Σ x1 n2/N over Σ x2 n1/N.

    The interval is on the log scale with the variance of Greenland & Robins (1985).

    >>> e = mantel_haenszel_risk_ratio([647, 41], [1269, 69], [2, 19], [29, 51])  # the same: 1.5831 to 3.8698
    >>> round(e.interval(.95).low, 4), round(e.interval(.95).high, 4)
    (1.5831, 3.8698)
    """
    x, n, y, m = _comparable(x1, n1, x2, n2)
    total = n + m
    r, s = (x * m / total).sum(), (y * n / total).sum()
    if not (r > 0 and s > 0):
        return Estimate.undefined("one group has no hits in any stratum", n=int(total.sum()))
    variance = ((n * m * (x + y) - x * y * total) / total**2).sum() / (r * s)
    return _ratio(r / s, float(variance), int(total.sum()), "Mantel-Haenszel risk ratio")


def _ratio(value: float, variance: float, n: int, method: str) -> Estimate:
    if variance <= 0:
        return Estimate.undefined("every row of every stratum has the same outcome", n=n)
    spread = np.exp(_Z * np.sqrt(variance))
    return estimates(value, value / spread, value * spread, n=n, n_eff=n, method=method)[0]


def _comparable(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    """Only strata where both groups have rows."""
    arrays = [np.atleast_1d(np.asarray(a, float)) for a in (x1, n1, x2, n2)]
    both = (arrays[1] > 0) & (arrays[3] > 0)
    x, n, y, m = (a[both] for a in arrays)
    return x, n, y, m


def _informative(tables: ArrayLike) -> Floats:
    """Only tables whose margins are all positive: the others say nothing of an odds ratio."""
    t = np.asarray(tables, float).reshape(-1, 2, 2)
    full: Floats = t[(t.sum(axis=1) > 0).all(axis=1) & (t.sum(axis=2) > 0).all(axis=1)]
    return full


def _mantel_haenszel_odds(t: Floats) -> float:
    n = t.sum(axis=(1, 2))
    up, down = (t[:, 0, 0] * t[:, 1, 1] / n).sum(), (t[:, 0, 1] * t[:, 1, 0] / n).sum()
    return float(up / down) if down > 0 else np.inf


def _expected_first_cell(t: Floats, odds: float) -> Floats:
    """The first cell that has these margins and this odds ratio: the root of a quadratic, in its stable form."""
    row, column, n = t[:, 0].sum(axis=1), t[:, :, 0].sum(axis=1), t.sum(axis=(1, 2))
    linear = (odds - 1) * (row + column) + n
    root = np.sqrt(linear**2 - 4 * (odds - 1) * odds * row * column)
    expected: Floats = 2 * odds * row * column / (linear + root)
    return expected
