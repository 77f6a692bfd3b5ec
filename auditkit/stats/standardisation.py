"""Direct standardisation: the gap between two groups if both had the same mix of strata."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import Tally
from auditkit.stats.clusters import Cells, Members, Sample, clusters_in, sample, union_rates
from auditkit.stats.contrasts import OTHERS, newcombe
from auditkit.stats.jackknife import freedom, left_out
from auditkit.stats.proportions import Rates, wilson


@dataclass(frozen=True)
class Strata:
    """The rates of G groups in each of K strata: one sample in which group g of stratum k is number g·K + k."""

    sample: Sample
    groups: tuple[str, ...]
    strata: tuple[str, ...]

    def sides(self, level: str, versus: str) -> tuple[Members, Members]:
        """What makes either side of a comparison, stratum by stratum, two of (K, G·K)."""
        first = np.array([name == level for name in self.groups], bool)
        second = ~first if versus == OTHERS else np.array([name == versus for name in self.groups], bool)
        return self._cells(first), self._cells(second)

    def _cells(self, groups: Members) -> Members:
        own = np.eye(len(self.strata), dtype=bool)
        return (own[:, None, :] & groups[None, :, None]).reshape(len(own), len(own) * len(groups))


def stratified(
    tally: Tally,
    group: str,
    stratum: str,
    event: str,
    hits: Collection[str],
    groups: Sequence[str],
    strata: Sequence[str],
) -> Strata:
    """Read the rates of `hits` among the levels of `event`, by these groups and strata.

    One sample for all, so that a cluster with rows in several groups or strata stays one cluster.
    """
    numbered = [{level: str(i) for i, level in enumerate(levels)} for levels in (groups, strata)]
    known = tally.where(group, *groups).where(stratum, *strata)
    for axis, names in zip((group, stratum), numbered, strict=True):
        known = known.relabel(axis, names)
    cells = [f"{g} × {k}" for g in range(len(groups)) for k in range(len(strata))]
    return Strata(
        sample(known.crossed([group, stratum], group), group, event, hits, cells), tuple(groups), tuple(strata)
    )


def standardised(s: Strata, level: str, versus: str) -> Estimate:
    """Estimate the difference between two groups, or a group and all others, at the pooled mix of strata.

    Rows and weights as `standardised_difference`. Where units share rows, each side's variance is Σ ψ² over clusters,
    ψ the sum over strata of w_k times the stratum's `left_out` influence. The sides' correlation is that of their ψ;
    the quantile is Student's t on `freedom` of the side's clusters. A stratum with one cluster on a side says nothing
    of how clusters vary: it is worth one row. `n_eff` is that of `standardised_difference` over this design effect.
    """
    first, second = s.sides(level, versus)
    mix = (first | second) @ s.sample.w
    if s.sample.cells is not None:
        return _between(s.sample, s.sample.cells, (first, second), mix)
    worth = [union_rates(s.sample, side) for side in (first, second)]
    hits = [np.where(r.n_eff > 0, r.n_eff * np.nan_to_num(r.value), 0.0) for r in worth]
    return standardised_difference(hits[0], worth[0].n_eff, hits[1], worth[1].n_eff, mix)


def _between(s: Sample, c: Cells, sides: tuple[Members, Members], mix: Floats) -> Estimate:
    """The difference between two sides that may share clusters."""
    use = np.all([side @ s.w > 0 for side in sides], axis=0)
    total, lost = int((np.logical_or(*sides) @ s.rows).sum()), int((~use & (mix > 0)).sum())
    if not use.any():
        return Estimate.undefined("no stratum has both groups", n=total)
    share = mix[use] / mix[use].sum()
    (a, psi_a, spread_a), (b, psi_b, spread_b) = (clustered_side(s, c, side[use], share) for side in sides)
    spread = np.sqrt(spread_a * spread_b)
    rho = float(np.clip(psi_a @ psi_b / spread, -1, 1)) if spread > 0 else 0.0
    curve, n_eff = newcombe(wilson(a), wilson(b), rho), min(a.n_eff[0], b.n_eff[0])
    units = min(clusters_in(s, side[use].sum(axis=0) > 0) for side in sides)
    method = _method(int(use.sum()), lost) + ", clusters"
    return estimates(*curve, n=total, n_eff=n_eff, method=method, clusters=units)[0]


def clustered_side(s: Sample, c: Cells, side: Members, share: Floats) -> tuple[Rates, Floats, float]:
    """One side's standardised rate, its influence per cluster (C,) and its variance; `side` is (K, G·K)."""
    n = (side @ s.rows).astype(float)
    p = (side @ s.w_hits) / (side @ s.w)
    cluster, stratum, part, psi, units = left_out(s, c, side)
    size = int(c.cluster.max()) + 1
    summed, whole = (np.bincount(cluster, share[stratum] * of, minlength=size).astype(float) for of in (psi, part))
    alone = (p + 0.5) / 2
    spread = float(summed @ summed) + 1.5 * float(share**2 @ np.where(units == 1, alone * (1 - alone), 0.0))
    by_rows, rate = float(share**2 @ (p * (1 - p) / n)), standardised_rate(p * n, n, share)
    clusters = np.array([float((whole > 0).sum())])
    n_eff = rate.n_eff / max(spread / by_rows, 1.0) if by_rows > 0 and spread > 0 else clusters
    return rate._replace(n_eff=n_eff, df=np.array([freedom(whole[whole > 0])])), summed, spread


def standardised_difference(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, weights: ArrayLike | None = None
) -> Estimate:
    """Estimate Σ w (p1 - p2) over K strata, the weights summing to 1; `None` takes the pooled mix of both groups.

    Newcombe's interval (1998a) on the two standardised rates P = Σ w p, each with Wilson's limits on the rows it is
    worth, n_eff = P̃(1 - P̃)(1 + 1/2N) / Σ w² p̃(1 - p̃)(1 + 1/2n)/n, where p̃ = (x + 1/2)/(n + 1) and P̃ = Σ w p̃, so that
    strata with all or none hit still count as uncertain (the idea of Korn & Graubard 1998). With one stratum it is
    Newcombe's interval itself. Adding the squares of the strata's own Wilson limits instead (MOVER) is too short when
    strata are many and small: arms of length 0, at rates of 0 and 1, pile up on one side.

    Strata where one group is empty cannot be compared: they are dropped, the rest reweighted, and `method` counts them.
    `n` counts all rows, `n_eff` those left of the smaller group.

    >>> e = standardised_difference([512, 353], [825, 560], [89, 17], [108, 25])
    >>> round(e.value, 3), e.method
    (-0.144, 'Newcombe, standardised over 2 strata')
    """
    arrays = (np.atleast_1d(np.asarray(a, float)) for a in (x1, n1, x2, n2))
    x, n, y, m = np.broadcast_arrays(*arrays)
    w = n + m if weights is None else np.broadcast_to(np.asarray(weights, float), x.shape)
    use = (n > 0) & (m > 0) & (w > 0)
    total, lost = int((n + m).sum()), int(((w > 0) & ~use & (n + m > 0)).sum())
    if not use.any():
        return Estimate.undefined("no stratum has both groups", n=total)
    share = w[use] / w[use].sum()
    curve = newcombe(*(wilson(standardised_rate(a[use], b[use], share)) for a, b in ((x, n), (y, m))))
    smaller = min(n[use].sum(), m[use].sum())
    return estimates(*curve, n=total, n_eff=smaller, method=_method(int(use.sum()), lost))[0]


def _method(used: int, lost: int) -> str:
    strata = f"{used} strata" if used > 1 else "1 stratum"
    return f"Newcombe, standardised over {strata}" + (f", {lost} dropped for want of a group" if lost else "")


def standardised_rate(x: Floats, n: Floats, share: Floats) -> Rates:
    """The standardised rate of one group and the rows it is worth."""
    smooth = (x + 0.5) / (n + 1)
    centre = share @ smooth
    variance = (smooth * (1 - smooth) * (n + 0.5) / n**2) @ share**2
    n_eff = centre * (1 - centre) * (1 + 0.5 / n.sum()) / variance
    return Rates(*(np.array([part]) for part in (share @ (x / n), n.sum(), n_eff, np.inf)))
