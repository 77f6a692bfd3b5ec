"""What it costs that rows of one cluster are alike: the intraclass correlation and the design effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.roles import MISSING
from auditkit.stats.proportions import quantiles

WORDS = 100
SKEWED = 0.3
ALONE = "no cluster has two rows"


class _Sums(NamedTuple):
    """Clusters, rows, Σ n², Σ |sum|²/n, |grand sum|² and Σ y², each a number or one for each cluster left out."""

    units: Floats
    rows: Floats
    squares: Floats
    between: Floats
    grand: Floats
    total: Floats


def design_effect(outcome: ArrayLike, cluster: ArrayLike) -> Estimate:
    """Estimate deff = 1 + (m_w - 1) ICC of the mean of an outcome, m_w = Σm²/Σm the mean size of a row's cluster.

    `outcome` (n,), or (n, k) indicators of k classes, whose squares are then summed; `cluster` (n,) of numbers from 0
    or names. ICC is the analysis of variance's, (MSB - MSW)/(MSB + (m_0 - 1) MSW) with m_0 = (n - Σm²/n)/(C - 1)
    (Donner 1986); below 0, and deff below 1, where rows of a cluster differ more than rows of several. The limits are
    those of Fisher's (1925) z = log((1 + (m_0 - 1) ICC)/(1 - ICC)), normal for no outcome in particular, its error by
    leaving each cluster out, t on C - 1 degrees of freedom; sizes of clusters are taken as given. No limits
    with fewer than three clusters, nor where the rows of all clusters agree, or would but for one of them.

    No upper limit where it could hide in few clusters that are unlike the rest: never one of numbers, whose few may be
    of any size, and of a share p none where |1 - 2p|/√(C p(1 - p)), the skewness of a mean of C, is above .3.

    >>> e = design_effect([1, 2, 1, 5, 6, 6, 3, 3, 4, 8, 9, 8], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
    >>> low, high, _ = e.interval(.95)
    >>> round(e.value, 2), round(low, 2), high, round(e.n_eff, 1)
    (2.93, 2.36, None, 4.1)
    """
    y = np.asarray(outcome, float)
    y = y[:, None] if y.ndim == 1 else y
    code = np.unique(np.asarray(cluster), return_inverse=True)[1].reshape(-1)
    sizes, n, reason = np.bincount(code).astype(float), len(y), ""
    if len(sizes) < 2:
        reason = "fewer than two clusters"
    elif len(sizes) == n:
        reason = ALONE
    elif not np.ptp(y, axis=0).any():
        reason = "the outcome does not vary"
    if reason:
        return Estimate.undefined(reason, n=n)
    whole, without = _sums(y - y.mean(axis=0), code, sizes)
    m0, mean_size = _m0(whole), float(sizes @ sizes) / n
    lower, upper = _fisher(_icc(whole), _icc(without), m0, len(sizes))
    if _lopsided(y, len(sizes)):
        upper = np.full(len(LEVELS), np.nan)
    value = 1 + (mean_size - 1) * float(_icc(whole))
    curve = (1 + (mean_size - 1) * end[:, None] for end in (lower, upper))
    method, worth, clusters = "ANOVA ICC, clusters left out", n / max(value, 1), len(sizes)
    return estimates(value, *curve, n=n, n_eff=worth, method=method, clusters=clusters)[0]


def design_effect_of_levels(levels: Sequence[str], cluster: ArrayLike) -> Estimate:
    """`design_effect` of an outcome spelled as levels (n,): of numbers where all are, else of an indicator of each.

    Undefined where there are more than 100 words.

    >>> unit = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    >>> one, other = (design_effect_of_levels(list(spelled), unit).value for spelled in ("110100001", "bbabaaaab"))
    >>> round(one, 3), one == other
    (0.429, True)
    """
    distinct, place = np.unique(np.asarray(levels, str), return_inverse=True)
    try:
        shown = np.array([[float(level)] for level in distinct])
    except ValueError:
        shown = np.array([[np.nan]])
    if not np.isfinite(shown).all():
        if len(distinct) > WORDS:
            return Estimate.undefined(f"the outcome has more than {WORDS} levels in words", n=len(place))
        shown = np.eye(len(distinct))
    return design_effect(shown[place.reshape(-1)], cluster)


def alike(n: int, together: int, icc: float, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Draw units of `together` rows, and their binary outcome, "0" or "1" with an intraclass correlation of `icc`.

    A row has its unit's own outcome with chance √icc, else one of its own. Neighbouring rows are of different units.
    Rows that fill no unit are each one of their own, and have no outcome.

    >>> unit, outcome = alike(6, 2, 1.0, np.random.default_rng(1))
    >>> unit, outcome[:3] == outcome[3:]
    (['0', '1', '2', '0', '1', '2'], True)
    """
    units = n // together
    at = np.arange(units * together) % max(units, 1)
    own, fresh = rng.integers(2, size=units), rng.integers(2, size=len(at))
    drawn = np.where(rng.random(len(at)) < np.sqrt(icc), own[at], fresh)
    rest = n - len(at)
    return [*map(str, at.tolist()), *(f"rest {i}" for i in range(rest))], [*map(str, drawn.tolist()), *[MISSING] * rest]


def _sums(y: Floats, code: NDArray[np.int64], sizes: Floats) -> tuple[_Sums, _Sums]:
    """The sums of all clusters, and those of all but one, for each."""
    each = np.stack([np.bincount(code, column, minlength=len(sizes)) for column in y.T], axis=1)
    own = _Sums(
        np.ones(len(sizes)),
        sizes,
        sizes**2,
        (each**2).sum(axis=1) / sizes,
        np.zeros(len(sizes)),
        np.bincount(code, (y**2).sum(axis=1), minlength=len(sizes)).astype(float),
    )
    whole = _Sums(*(np.asarray(part.sum()) for part in own))
    grand = each.sum(axis=0)
    without = _Sums(*(np.asarray(all_ - part) for all_, part in zip(whole, own, strict=True)))
    left = ((grand - each) ** 2).sum(axis=1)
    return whole._replace(grand=np.asarray((grand**2).sum())), without._replace(grand=left)


def _m0(s: _Sums) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        m0: Floats = (s.rows - s.squares / s.rows) / (s.units - 1)
    return m0


def _icc(s: _Sums) -> Floats:
    """The analysis of variance's; NaN where it is not defined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.clip(s.total - s.between, 0, None) / (s.rows - s.units)
        between = np.clip(s.between - s.grand / s.rows, 0, None) / (s.units - 1)
        icc: Floats = (between - inside) / (between + (_m0(s) - 1) * inside)
    return icc


def _lopsided(y: Floats, units: int) -> bool:
    """Whether what few clusters are like may decide how much clusters differ."""
    if not np.isin(y, (0.0, 1.0)).all():
        return True
    p = y.mean(axis=0)
    p = p[(p > 0) & (p < 1)]
    return bool((np.abs(1 - 2 * p) / np.sqrt(units * p * (1 - p))).max() > SKEWED)


def _fisher(icc: Floats, without: Floats, m0: Floats, units: int) -> tuple[Floats, Floats]:
    """Limits (levels,) of the ICC; NaN where z, or that of all but one cluster, is not finite."""
    rounding = 1e-9
    known = bool(np.isfinite(without).all()) and units > 2
    ends = np.r_[icc, without]
    if not known or ends.max() >= 1 - rounding or (1 + (m0 - 1) * ends).min() <= rounding:
        return (np.full(len(LEVELS), np.nan),) * 2
    z, left = (np.log((1 + (m0 - 1) * r) / (1 - r)) for r in (icc, without))
    error = np.sqrt((units - 1) / units * ((left - left.mean()) ** 2).sum())
    half = quantiles(np.array([units - 1.0]))[:, 0] * error
    lower, upper = ((np.exp(end) - 1) / (np.exp(end) + m0 - 1) for end in (z - half, z + half))
    return lower, np.asarray(np.where(np.isfinite(upper), upper, 1.0))
