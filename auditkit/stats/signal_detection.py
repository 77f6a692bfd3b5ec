"""Signal detection: how well an act tells one state of the world from another, and how readily it comes."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.clusters import Sample, clusters_in, correlations, union_rates
from auditkit.stats.contrasts import square_and_add
from auditkit.stats.proportions import Curve, Rates, guarded

_FAR = 1e6
"""In place of an infinite probit, so that no difference is undefined; what is half as far has no bound."""
FEW = 5
"""Hits or misses below which the limits of a rate are exact at every level."""


def sensitivity(s: Sample) -> tuple[Estimate, Estimate]:
    """Estimate d' = z(H) - z(F) and c = -(z(H) + z(F))/2 of a sample of two: false alarms F first, then hits H.

    z is the normal quantile (Green & Swets 1966): 0 is blind, d' = 1 is one standard deviation of evidence; c > 0 is
    a reluctant judge. A rate x/n of 0 or 1 is taken as (x + 1/2)/(n + 1), the log-linear correction (Hautus 1995), and
    other rates as they are. Bounds by MOVER (Zou & Donner 2008) on the probits of each rate's limits (`guarded`),
    with the correlation of rates that share clusters: the delta rule leaves a correlation as it is. Rates of fewer than
    5 hits or misses have exact limits (Clopper & Pearson 1934): Wilson's end too soon next to 0, where z is steep. A
    rate of 0 or 1 does not say how far out its probit is: there d' and c have no bound on that side. Of rates pooled
    over people who differ d' is less than their mean d' (Macmillan & Kaplan 1985).

    >>> from auditkit.core.evidence import Tally
    >>> from auditkit.stats.clusters import sample
    >>> t = Tally.of({"g": ["a", "a", "b", "b"], "y": ["1", "0"] * 2}, n=[16, 84, 84, 16])
    >>> d, c = sensitivity(sample(t, "g", "y", ["1"]))
    >>> [round(v, 2) for v in (d.value, *d.interval(.95)[:2])]
    [1.99, 1.56, 2.39]
    >>> round(abs(c.value), 2)
    0.0
    """
    each = np.eye(2, dtype=bool)
    r = union_rates(s, each)
    rho = correlations(s, each[:1], each[1:])
    false, hit = (_part(_probits(s, r), i) for i in (0, 1))
    apart = square_and_add(hit, false, rho)
    turned = Curve(-false.value, -false.upper, -false.lower)
    leaning = square_and_add(hit, turned, -rho)
    halved = Curve(-leaning.value / 2, -leaning.upper / 2, -leaning.lower / 2)
    units = None if s.cells is None else min(clusters_in(s, m) for m in each)
    method = "MOVER on probits" + ("" if s.plain else ", clusters" if s.cells is not None else ", weights")
    empty = [level for level, rows in zip(s.levels, s.rows, strict=True) if not rows]
    told = [
        estimates(
            curve.value,
            *(np.where(np.abs(side) > _FAR / 4, np.nan, side) for side in curve[1:]),
            n=r.n.sum(),
            n_eff=r.n_eff.min(),
            method=method,
            clusters=units,
            reasons=f"no rows to take the rate of in {' and '.join(empty)}",
        )[0]
        for curve in (apart, halved)
    ]
    return told[0], told[1]


def _probits(s: Sample, r: Rates) -> Curve:
    """The probits of two rates and of their limits."""
    extreme = (r.value <= 0) | (r.value >= 1)
    value = np.where(extreme, (s.hits + 0.5) / (s.rows + 1), r.value)
    few = np.minimum(r.value, 1 - r.value) * r.n_eff < FEW
    sides = (np.where(few, *ends) for ends in zip(guarded(r, beyond=0)[1:], guarded(r)[1:], strict=True))
    return Curve(*(np.clip(ndtri(side), -_FAR, _FAR) for side in (value, *sides)))


def _part(curve: Curve, i: int) -> Curve:
    parts: list[Floats] = [side[..., i : i + 1] for side in curve]
    return Curve(*parts)
