"""How much more or less often every class occurs than it should, all classes holding together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.contrasts import mover_ratio
from auditkit.stats.distances import residuals, share, units_of
from auditkit.stats.proportions import Curve, Rates, quantiles, wilson

_LEVEL = np.array(LEVELS)


def class_ratios(counts: ArrayLike, reference: ArrayLike) -> tuple[Estimate, ...]:
    """Estimate p_k / q_k of every class against known shares, all K holding together (Goodman 1965).

    `counts` (K,) or (C, K); `reference` (K,), scaled to sum to 1. Wilson's limits at the level 1 - (1 - level)/K, over
    the share. Clusters: on the rows they are worth, with t on C - 1 degrees of freedom. A class without a share in the
    reference has no ratio.

    >>> [round(e.value, 2) for e in class_ratios([60, 25, 15], [.5, .3, .2])]
    [1.2, 0.83, 0.75]
    """
    q = np.asarray(reference, float)
    q = np.where(q > 0, q, np.nan) / q.sum() if q.sum() > 0 else np.full(q.shape, np.nan)
    r = _rates(np.asarray(counts, float))
    curve = Curve(*(side / q for side in _goodman(r)))
    reasons = np.where(r.n > 0, "the reference has no share for this class", "no rows").tolist()
    return estimates(*curve, n=r.n, n_eff=r.n_eff, method="Goodman over a known share", reasons=reasons)


def class_ratios_between(counts: ArrayLike, others: ArrayLike) -> tuple[Estimate, ...]:
    """Estimate p_k / q_k of every class of two counted distributions, all K holding together.

    As `class_ratios`, with MOVER-R (Donner & Zou 2012) on Goodman's limits of both.

    >>> [round(e.value, 2) for e in class_ratios_between([60, 25, 15], [50, 30, 20])]
    [1.2, 0.83, 0.75]
    """
    a, b = _rates(np.asarray(counts, float)), _rates(np.asarray(others, float))
    curve = mover_ratio(_goodman(a), _goodman(b))
    reasons = np.where((a.n > 0) & (b.n > 0), "this class does not occur in the second sample", "no rows").tolist()
    n, n_eff, method = a.n + b.n, np.minimum(a.n_eff, b.n_eff), "MOVER-R on Goodman"
    return estimates(*curve, n=n, n_eff=n_eff, method=method, reasons=reasons)


def _rates(x: Floats) -> Rates:
    """The share of every class, and what the rows are worth for it."""
    p = share(np.atleast_2d(x).sum(axis=0))
    n = np.full(p.shape, x.sum())
    if x.ndim == 1:
        return Rates(p, n, n, np.full(p.shape, np.inf))
    variance, units = (residuals(x) ** 2).sum(axis=0), float(units_of(x))
    worth = np.divide(p * (1 - p), variance, out=np.full(p.shape, units), where=variance > 0)
    return Rates(p, n, np.minimum(worth, n), np.full(p.shape, units - 1))


def _goodman(r: Rates) -> Curve:
    """Wilson's limits at the level of K at once: a wider quantile is the same as fewer rows."""
    tail = (1 - _LEVEL[:, None]) / 2 / len(r.value)
    finite = np.isfinite(r.df)
    wanted = np.where(
        finite, special.stdtrit(np.where(finite & (r.df >= 1), r.df, 1.0), 1 - tail), -special.ndtri(tail)
    )
    return wilson(r._replace(n_eff=r.n_eff * (quantiles(r.df) / wanted) ** 2))
