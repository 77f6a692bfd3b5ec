"""Weight of advice: how far decisions that are numbers move towards the number that was advised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Ints
from auditkit.stats.cluster_worth import freedom
from auditkit.stats.clusters import Members, left_out_mean
from auditkit.stats.logs import Log
from auditkit.stats.noninferiority import hall
from auditkit.stats.pairs import clustered_mean
from auditkit.stats.proportions import clopper_pearson, quantiles

FEW = 5
"""Users off an end, 0 or 1, below which their weights say too little of how much weights vary."""


def weight_of_advice(initial: ArrayLike, advice: ArrayLike, final: ArrayLike) -> Floats:
    """(final - initial)/(advice - initial), cut at 0 and 1: 0 keeps the first number, 1 takes the advised one.

    Harvey & Fischer (1997), cut as by Logg, Minson & Moore (2019): uncut it has no mean, since advice next to the first
    number divides by next to nothing. NaN where the advice is the first number, or one of the three is missing.

    >>> weight_of_advice([10., 10, 10, 10], [20., 20, 20, 10], [15., 25, 8, 12]).tolist()
    [0.5, 1.0, 0.0, nan]
    """
    h, a, f = (np.asarray(x, float) for x in (initial, advice, final))
    away = a - h
    told = np.isfinite(away) & (away != 0) & np.isfinite(f)
    share = np.divide(f - h, away, out=np.full(away.shape, np.nan), where=told)
    return np.asarray(np.clip(share, 0, 1), float)


def nearer(initial: ArrayLike, advice: ArrayLike, truth: ArrayLike) -> Members:
    """Whether the advice is nearer to the truth than the first number.

    >>> nearer([10., 10], [20., 2], [16., 15]).tolist()
    [True, False]
    """
    h, a, y = (np.asarray(x, float) for x in (initial, advice, truth))
    return np.asarray(np.abs(a - y) < np.abs(h - y))


def mean_weight(log: Log, weights: Floats, among: Members) -> Estimate:
    """Estimate the mean of weights of advice, (cells,) within [0, 1], `among` some cells, users as clusters.

    `clustered_mean` on 2 x - 1, so that where no two users differ the rule of three reaches to 0 and to 1. Where most
    users are at 0 (at 1) the upper (lower) limit is at least as far as Hall's (1992), whose t is put right for
    skewness, and where fewer than 5 are off it, as the exact limit of how many are, since a mean of weights is no more.
    """
    sums, sizes = _by_user(log, weights, among)
    seen = sizes > 0
    if not seen.any():
        return Estimate.undefined("no advice to take in part")
    means, own = sums[seen] / sizes[seen], sizes[seen]
    e = clustered_mean(2 * means - 1, own)
    lower, upper = ((np.array(side, float) + 1) / 2 for side in (e.lower, e.upper))
    bounds = (1 - _beyond(1 - means, own, 1 - lower), _beyond(means, own, upper))
    lows, highs = (tuple(float(end) if np.isfinite(end) else None for end in side) for side in bounds)
    return replace(e, value=None if e.value is None else (e.value + 1) / 2, lower=lows, upper=highs)


def weight_difference(log: Log, weights: Floats, among: Members, less: Members) -> Estimate:
    """Estimate the mean weight among some cells less that among others, whose users may be the same.

    Its variance is Σ (ψ_among - ψ_less)² over users, each ψ that of leaving the user out of a mean (the jackknife), t
    on Kish's number of users less 1 of the side that has fewer. No bounds where no two users differ, nor where fewer
    than 5 users of a side are off 0, or off 1: of 10 at .1 against 500 at .5, .33 of the intervals missed at 95 %.
    """
    parts = [_by_user(log, weights, members) for members in (among, less)]
    n = int(sum(sizes.sum() for _, sizes in parts))
    if not all(sizes.any() for _, sizes in parts):
        return Estimate.undefined("no advice that is nearer to the truth, or none that is farther", n=n)
    means = [float(sums.sum() / sizes.sum()) for sums, sizes in parts]
    psi = [left_out_mean(x - mean * own, own) for mean, (x, own) in zip(means, parts, strict=True)]
    apart = psi[0] - psi[1]
    df = min(freedom(own[own > 0]) for _, own in parts)
    se = float(np.sqrt(apart @ apart))
    few = min(min((x > 0).sum(), (x < own).sum()) for x, own in parts) < FEW
    half = quantiles(np.array([df])) * (np.nan if few or se < 1e-12 else se)
    value, units = means[0] - means[1], min(int((own > 0).sum()) for _, own in parts)
    bounds = (np.clip(value - half, -1, 1), np.clip(value + half, -1, 1))
    method = "difference of means, clusters" + (f", fewer than {FEW} users off 0 or off 1" if few else "")
    return estimates(value, *bounds, n=n, n_eff=df + 1, method=method, clusters=units)[0]


def _beyond(means: Floats, sizes: Floats, upper: Floats) -> Floats:
    """Upper limits (levels,) of the mean of users' means within [0, 1], `upper` or farther where most are 0."""
    off, users, total = means > 0, len(means), float(sizes.sum())
    u = users * sizes * (means - float(sizes @ means) / total) / total
    spread = float(u.std())
    if off.all() or spread < 1e-12 or off.sum() >= max(FEW, users / 2):
        return upper
    t, skewness = quantiles(np.array([freedom(sizes)]))[:, 0], float((u**3).mean()) / spread**3
    skewed = float(sizes @ means) / total - spread / np.sqrt(users - 1) * hall(-t, skewness / np.sqrt(users))
    worth = total**2 / float(sizes @ sizes)
    exact = clopper_pearson(float(sizes[off].sum()) / total * worth, worth).upper[:, 0]
    ends = [upper, skewed, exact if off.sum() < FEW else upper]
    return np.where(np.isnan(upper), np.nan, np.minimum(np.fmax.reduce(ends), 1))


def _by_user(log: Log, weights: Floats, among: Members) -> tuple[Floats, Floats]:
    """Each user's sum of weights and number of decisions; each decision is a user of its own where none is named."""
    n = np.where(among & np.isfinite(weights), log.tally.n, 0)
    x = np.nan_to_num(weights)
    if UNIT not in log.tally:
        cell: Ints = np.repeat(np.arange(len(n)), log.tally.n)
        kept = (n > 0)[cell].astype(float)
        return x[cell] * kept, kept
    user = log.tally.codes[:, log.tally.index(UNIT)]
    return np.bincount(user, n * x).astype(float), np.bincount(user, n).astype(float)
