"""Errors that are sizes: contrasts of mean absolute errors in standard deviations of the outcome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Tally
from auditkit.stats.amounts import values_of
from auditkit.stats.cluster_worth import freedom
from auditkit.stats.clusters import Members
from auditkit.stats.proportions import quantiles

FEW = 5
"""Units of a part that err, below which its errors say nothing of how much they vary."""
Part = tuple[float, Members]
"""What a mean weighs in a contrast, and over which cells it is taken."""


def standardised_contrast(
    tally: Tally, parts: Sequence[Part], spread: Members, drawn: tuple[Sequence[float], int] | None = None
) -> Estimate:
    """Estimate Σ a_k MAE_k / SD(y): mean absolute errors |outcome - prediction| of sets of cells, weighed by a_k.

    SD(y) is that of the outcome over the cells of `spread`. The variance is the jackknife's, (C - 1)/C Σ (θ_-c - θ̄)²,
    each unit (each row, where none is named) left out of all means and of SD(y) at once, so it knows that units are in
    several parts and that SD(y) is estimated (Tukey 1958; Efron & Stein 1981); t on the units of the smallest part less
    1, Kish's number where they weigh unlike. `drawn` are the shares and the size n of a sample that the first weights
    a_k come from: Σ q (MAE - Σ q MAE)²/n is then added. Undefined where a part has no rows or outcomes do not vary,
    and without limits where fewer than 5 units of a part err at all: those that do not are then all that is seen.

    >>> t = Tally.of({"outcome": ["1", "2", "3", "4"] * 9, "prediction": ["2", "2", "3", "5"] * 9})
    >>> every = np.ones(len(t), bool)
    >>> round(standardised_contrast(t, [(1.0, every)], every).value, 3)  # .5/1.118
    0.447
    """
    y, e = values_of(tally, "outcome"), np.abs(values_of(tally, "outcome") - values_of(tally, "prediction"))
    members = np.array([part for _, part in parts] + [spread])
    n = int(tally.n[members[:-1].any(0)].sum())
    if not (members @ tally.w > 0).all():
        return Estimate.undefined("a stratum has no rows", n=n)
    own = np.stack([members * tally.w, members * tally.w * e, members * tally.w * (y - y[members[-1]].mean())])
    squares = members[-1] * tally.w * (y - y[members[-1]].mean()) ** 2
    moments = np.concatenate([own.reshape(-1, len(tally)), squares[None]])  # what every estimate is made of
    a = np.array([weight for weight, _ in parts])
    value = float(_theta(moments.sum(1)[:, None], a)[0])
    few = _erring(tally, (members[:-1] & (tally.w * e > 0))[a != 0]) < FEW
    left, worth, size = _left_out(tally, moments, a, members[:-1])
    extra = 0.0 if drawn is None else _of_reference(moments.sum(1), len(parts), *drawn)
    half = quantiles(np.array([size - 1])) * (np.nan if few else np.sqrt(left + extra))
    units = None if UNIT not in tally else worth
    if not np.isfinite(value):
        return Estimate.undefined("the outcomes do not vary", n=n)
    method = "jackknife" + (", clusters" if units is not None else ", weights" if tally.weighted else "")
    method += f", fewer than {FEW} units of a part err" if few else ""
    return estimates(value, value - half, value + half, n=n, n_eff=size, method=method, clusters=units)[0]


def _erring(tally: Tally, wrong: Members) -> int:
    """The fewest units of a part that err, of cells (parts, cells) that do."""
    if UNIT not in tally:
        return int((wrong @ tally.n).min())
    user = tally.codes[:, tally.index(UNIT)]
    return min(len(np.unique(user[part])) for part in wrong)


def _theta(moments: Floats, a: Floats) -> Floats:
    """The contrast of each column of sums: of weights, weighted errors and centred outcomes by part, and squares."""
    weights, errors, outcomes = moments[:-1].reshape(3, len(a) + 1, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = errors[:-1] / weights[:-1]
        sd = np.sqrt(moments[-1] / weights[-1] - (outcomes[-1] / weights[-1]) ** 2)
        told: Floats = np.where(sd > 1e-12, a @ means / np.where(sd > 1e-12, sd, 1), np.nan)
    return told


def _left_out(tally: Tally, moments: Floats, a: Floats, members: Members) -> tuple[float, int, float]:
    """The jackknife variance, the fewest units of a part, and what they are worth."""
    if UNIT in tally:
        user = tally.codes[:, tally.index(UNIT)]
        each = np.stack([np.bincount(user, row) for row in moments]).astype(float)
        times, unlike = np.ones(each.shape[1]), np.ones(each.shape[1])
        own = np.stack([np.bincount(user, part * tally.w) for part in members]).astype(float)
        size, fewest = min(freedom(part[part > 0]) + 1 for part in own), int((own > 0).sum(1).min())
    else:
        times, each = tally.n.astype(float), moments / np.maximum(tally.n, 1)
        unlike = tally.w2 * times / np.where(tally.w > 0, tally.w, 1) ** 2
        size = float(((members @ tally.w) ** 2 / (members @ tally.w2)).min())
        fewest = int((members @ tally.n).min())
    there = each[: len(a) + 1].any(0)
    without = _theta(moments.sum(1)[:, None] - each[:, there], a)
    count = float(times[there].sum())
    mean = float(times[there] @ without / count)
    squares = (times * unlike)[there] * (without - mean) ** 2
    return float(squares.sum() * (count - 1) / count), fewest, size


def _of_reference(sums: Floats, parts: int, shares: Sequence[float], n: int) -> float:
    """What a contrast varies by since its first weights are the shares of a sample of n."""
    weights, errors, outcomes = sums[:-1].reshape(3, parts + 1)
    q, means = np.array(shares), (errors / weights)[: len(shares)]
    variance = sums[-1] / weights[-1] - (outcomes[-1] / weights[-1]) ** 2
    return float(q @ (means - q @ means) ** 2 / n / variance)
