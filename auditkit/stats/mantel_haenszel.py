"""One risk ratio of two groups over many strata (Mantel & Haenszel 1959)."""

from __future__ import annotations

import numpy as np

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.clusters import Members, Sample, clusters_in, union_rates
from auditkit.stats.contrasts import mover_ratio
from auditkit.stats.proportions import Curve, wilson
from auditkit.stats.standardisation import Strata, clustered_side, standardised_limits


def mantel_haenszel_ratio(s: Strata, level: str, versus: str) -> Estimate:
    """Estimate the risk ratio of two groups, strata weighing w = n1 n2 / (n1 + n2).

    Σ w p1 / Σ w p2: Mantel & Haenszel's ratio is the ratio of two rates standardised to the same weights, so its
    interval is MOVER-R (Donner & Zou 2012) on the limits of both (`standardised_limits`), or with the influence of
    clusters and t where units share rows (`standardised`). With one stratum it is MOVER-R itself. Strata without one of
    the groups say nothing, and `method` counts them.

    >>> from auditkit.core.evidence import Tally
    >>> from auditkit.stats.standardisation import stratified
    >>> t = Tally.of({"g": ["a", "a", "b", "b"], "k": ["1"] * 4, "y": ["0", "1"] * 2}, n=[50, 50, 75, 25])
    >>> e = mantel_haenszel_ratio(stratified(t, "g", "k", "y", ["1"], ["a", "b"], ["1"]), "a", "b")
    >>> [round(v, 2) for v in (e.value, *e.interval(.95)[:2])]
    [2.0, 1.36, 2.96]
    """
    sides = s.sides(level, versus)
    n, m = (side @ s.sample.w for side in sides)
    use = (n > 0) & (m > 0)
    total, lost = int((np.logical_or(*sides) @ s.sample.rows).sum()), int(((n > 0) ^ (m > 0)).sum())
    if not use.any():
        return Estimate.undefined("no stratum has both groups", n=total)
    weight = n[use] * m[use] / (n[use] + m[use])
    share = weight / weight.sum()
    kept = (sides[0][use], sides[1][use])
    a, b, rho, n_eff = (
        _by_rows(s.sample, kept, share) if s.sample.cells is None else _by_clusters(s.sample, kept, share)
    )
    units = None if s.sample.cells is None else min(clusters_in(s.sample, side.sum(axis=0) > 0) for side in kept)
    suffix = ", clusters" if units is not None else ", weights" if s.sample.weighted else ""
    method = f"Mantel-Haenszel over {int(use.sum())} strata, MOVER-R{suffix}" + (f", {lost} dropped" if lost else "")
    reason = f"the rate of {versus} is 0, so the ratio is undefined"
    curve = mover_ratio(a, b, rho)
    return estimates(*curve, n=total, n_eff=n_eff, method=method, clusters=units, reasons=reason)[0]


Sides = tuple[Members, Members]
"""The groups that make each side, stratum by stratum, two of (K, groups)."""


def _by_rows(s: Sample, sides: Sides, share: Floats) -> tuple[Curve, Curve, float, float]:
    """Both standardised rates, how they move together, and what the rows of the smaller side are worth."""
    worth = [union_rates(s, side) for side in sides]
    a, b = (standardised_limits(r, share) for r in worth)
    return a, b, 0.0, min(float(r.n_eff.sum()) for r in worth)


def _by_clusters(s: Sample, sides: Sides, share: Floats) -> tuple[Curve, Curve, float, float]:
    assert s.cells is not None
    (a, psi_a, var_a), (b, psi_b, var_b) = (clustered_side(s, s.cells, side, share) for side in sides)
    spread = np.sqrt(var_a * var_b)
    rho = float(np.clip(psi_a @ psi_b / spread, -1, 1)) if spread > 0 else 0.0
    return wilson(a), wilson(b), rho, min(float(a.n_eff[0]), float(b.n_eff[0]))
