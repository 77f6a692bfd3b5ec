"""Whether a rate drifts with exposure: a slope within users, with users as clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import Ints
from auditkit.stats.proportions import quantiles

_FLAT = 1e-12


def slope_within(hits: ArrayLike, at: ArrayLike, n: ArrayLike, user: ArrayLike, per: float = 1.0) -> Estimate:
    """Estimate how much a rate changes over `per` positions within a user, by least squares with an intercept each.

    Cells `hits` (c,) of 0 or 1, positions `at` (c,), rows `n` (c,) and codes `user` (c,). With positions less the
    user's mean, b = Σ n (t - t̄_u) x / S, S = Σ n (t - t̄_u)²; users who differ in skill leave it alone. Its variance is
    the delete-one-user jackknife, (U-1)/U Σ (ψ_u / (1 - S_u/S))² with ψ_u the user's residual moment over S, t on U - 1
    degrees of freedom: CR3, not too short where users are few or unlike (MacKinnon, Nielsen & Webb, Journal of Applied
    Econometrics 38 (2023) 671). With one user his rows are left out instead, HC3 (MacKinnon & White 1985), t on n - 2.

    >>> slope_within([1, 1, 0, 0, 1, 0, 1, 0], [1, 2, 3, 4, 1, 2, 3, 4], np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1]).value
    -0.3
    """
    x, t, rows = (np.asarray(a, float) for a in (hits, at, n))
    u = np.unique(np.asarray(user), return_inverse=True)[1]
    away, total = _centred(t, rows, u), int(rows.sum())
    spread = float(rows @ away**2)
    if not spread > _FLAT:
        return Estimate.undefined("no user has two positions", n=total)
    value = float(rows @ (away * x)) / spread
    residual = _centred(x, rows, u) - value * away
    users = int((np.bincount(u, rows * away**2) > _FLAT).sum())
    moved = _by_user(residual, away, rows, u, spread) if users > 1 else _by_row(residual, away, rows, spread)
    se = np.sqrt(moved) if moved > _FLAT**2 else np.nan
    half = quantiles(np.array([float(users - 1 if users > 1 else total - 2)]))[:, 0] * se
    bounds = (per * (value + side * half)[:, None] for side in (-1, 1))
    method = "slope within users, " + ("clusters" if users > 1 else "HC3")
    worth = users if users > 1 else total
    return estimates(per * value, *bounds, n=total, n_eff=worth, method=method, clusters=users if users > 1 else None)[
        0
    ]


def _centred(values: Floats, rows: Floats, user: Ints) -> Floats:
    """Values less their user's mean."""
    size = np.bincount(user, rows)
    centre = np.divide(np.bincount(user, rows * values), size, out=np.zeros(len(size)), where=size > 0)
    away: Floats = values - centre[user]
    return away


def _by_user(residual: Floats, away: Floats, rows: Floats, user: Ints, spread: float) -> float:
    moment, share = (np.bincount(user, rows * away * side) / spread for side in (residual, away))
    units = int((share > 0).sum())
    left = np.where(share < 1, moment / np.where(share < 1, 1 - share, 1), 0)
    return float(left @ left) * (units - 1) / units


def _by_row(residual: Floats, away: Floats, rows: Floats, spread: float) -> float:
    leverage = np.clip(1 / rows.sum() + away**2 / spread, 0, 1 - 1e-9)
    return float(rows @ (away * residual / (1 - leverage)) ** 2) / spread**2
