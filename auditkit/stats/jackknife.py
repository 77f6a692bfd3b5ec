"""What rates move by when one cluster is left out: influence that allows for clusters of very different size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints
from auditkit.stats.cluster_worth import freedom
from auditkit.stats.clusters import Cells, Members, Sample

__all__ = ["LeftOut", "freedom", "left_out"]


class LeftOut(NamedTuple):
    """The `share` of each `cluster` in each of k rates and its influence `psi`, as parallel arrays; `units` (k,)."""

    cluster: Ints
    rate: Ints
    share: Floats
    psi: Floats
    units: Ints


def left_out(s: Sample, c: Cells, unions: Members) -> LeftOut:
    """Leave each cluster out of each of k disjoint unions of groups, `unions` (k, groups).

    ψ = √(1 - 1/C) w (x̄ - p) / (W - w): Σ ψ² is the delete-one-cluster jackknife variance of a rate, and that of the
    linearised residuals times C/(C - 1) where all C clusters weigh the same. Where they do not, linearisation is too
    short: a heavy cluster pulls the rate towards itself. 0 where a cluster is alone.
    """
    k, w = len(unions), unions @ s.w
    p = np.divide(unions @ s.w_hits, w, out=np.zeros(k), where=w > 0)
    inside = (unions.sum(axis=0) > 0)[c.group]
    part, member = np.unique(c.cluster[inside] * k + unions.argmax(axis=0)[c.group[inside]], return_inverse=True)
    cluster, rate = part // k, part % k
    own, hits = (np.bincount(member, column[inside], minlength=len(part)) for column in (c.w, c.w_hits))
    units = np.bincount(rate, minlength=k)
    left = np.where(units[rate] > 1, w[rate] - own, 1.0)
    psi = np.sqrt(1 - 1 / units[rate]) * (hits - p[rate] * own) / left
    return LeftOut(cluster, rate, own / w[rate], psi, units)
