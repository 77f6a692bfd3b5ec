"""Weighted sums of rates: a difference of differences, and an error at another mix of strata."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.clusters import Members, Sample, clusters_in, correlations, union_rates
from auditkit.stats.proportions import quantiles, wilson


def linear_contrast(s: Sample, weights: ArrayLike, variance: float = 0.0) -> Estimate:
    """Estimate Σ w p of k groups' rates, `weights` (k,) known; `variance` is what else the sum varies by.

    MOVER (Zou & Donner 2008) on Wilson's limits: the lower arm is √(Σ Σ w_i w_j ρ_ij d_i d_j + t² variance), d_i being
    the rate's lower arm where w_i > 0 and its upper arm where w_i < 0, ρ the correlation of rates that share clusters;
    the upper arm the other way round. With weights 1 and -1 it is Newcombe's difference (1998a). Undefined where a
    group that weighs has no rows.

    >>> from auditkit.stats.clusters import sample
    >>> from auditkit.core.evidence import Tally
    >>> t = Tally.of({"g": ["a", "a", "b", "b"], "y": ["1", "0"] * 2}, n=[56, 14, 48, 32])
    >>> [round(end, 4) for end in linear_contrast(sample(t, "g", "y", ["1"]), [1, -1]).interval(.95)[:2]]  # Newcombe's
    [0.0524, 0.3339]
    """
    w = np.asarray(weights, float)
    at = np.flatnonzero(w)
    members, w = np.eye(len(w), dtype=bool)[at], w[at]
    n = int(s.rows[at].sum())
    empty = [s.levels[i] for i in at if not s.rows[i]]
    if empty or not len(at):
        return Estimate.undefined(f"no rows in {' and '.join(empty) or 'any group'}", n=n)
    r = union_rates(s, members)
    curve = wilson(r)
    signed = np.outer(w, w) * _correlated(s, members)
    arms = np.where(w > 0, r.value - curve.lower, curve.upper - r.value)
    other = np.where(w > 0, curve.upper - r.value, r.value - curve.lower)
    further = (quantiles(r.df.min(keepdims=True))[:, 0] ** 2) * variance
    down, up = (np.sqrt(np.clip(np.einsum("li,ij,lj->l", d, signed, d) + further, 0, None)) for d in (arms, other))
    value, units = float(w @ r.value), None if s.cells is None else min(clusters_in(s, m) for m in members)
    method = "MOVER" + ("" if s.plain else ", clusters" if s.cells is not None else ", weights")
    bounds = value - down, value + up
    return estimates(value, *bounds, n=n, n_eff=r.n_eff.min(), method=method, clusters=units)[0]


def reweighted_difference(s: Sample, shares: ArrayLike, reference_n: int | None = None) -> Estimate:
    """Estimate Σ q p - Σ π p over k strata: the rate at the mix `shares` (k,) minus the rate at the data's own mix π.

    `linear_contrast` with weights q - π, plus what the mixes vary by: Σ π (p - p̄)²/n of the data's, since π is only
    seen in the same rows, summed within clusters where units share them, and Σ q (p - p_q)²/n of a reference that is
    itself a sample of n.

    >>> from auditkit.stats.clusters import sample
    >>> from auditkit.core.evidence import Tally
    >>> t = Tally.of({"g": ["a", "a", "b", "b"], "y": ["1", "0"] * 2}, n=[40, 60, 20, 180])
    >>> e = reweighted_difference(sample(t, "g", "y", ["1"]), [.5, .5])
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.05, 0.027, 0.074]
    """
    q = np.asarray(shares, float)
    p = np.divide(s.w_hits, s.w, out=np.zeros(len(q)), where=s.w > 0)
    if not s.w.sum() > 0:
        return Estimate.undefined("no rows")
    if (s.w[q > 0] <= 0).any():
        empty = [level for level, rows, share in zip(s.levels, s.w, q, strict=True) if share and not rows]
        return Estimate.undefined(f"no rows in {' and '.join(empty)}", n=int(s.rows.sum()))
    own = _mix_variance(s, p - s.w_hits.sum() / s.w.sum())
    theirs = float(q @ (p - q @ p) ** 2) / reference_n if reference_n else 0.0
    return linear_contrast(s, q - s.w / s.w.sum(), own + theirs)


def _mix_variance(s: Sample, apart: Floats) -> float:
    """The variance of Σ π (p - p̄) that comes of π alone."""
    if s.cells is None:
        return float(s.squares.sum(axis=0) @ apart**2 / s.w.sum() ** 2)
    c = s.cells
    summed = np.bincount(c.cluster, c.w * apart[c.group]) / s.w.sum()
    units = clusters_in(s, np.ones(len(s.levels), bool))
    return float(summed @ summed) * units / max(units - 1, 1)


def _correlated(s: Sample, members: Members) -> Floats:
    k = len(members)
    rho = np.eye(k)
    if s.cells is not None:
        i, j = np.triu_indices(k, 1)
        rho[i, j] = rho[j, i] = correlations(s, members[i], members[j])
    return rho
