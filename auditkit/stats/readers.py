"""A model and the people it replaces as readers of the same items: precision, recall and what their errors cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Tally
from auditkit.core.finding import Count, Scale
from auditkit.core.roles import MISSING
from auditkit.stats.contrasts import mover_ratio
from auditkit.stats.pairs import (
    PRECISION,
    RECALL,
    Ratio,
    Readings,
    clustered_mean,
    paired,
    reader_difference,
    recall_difference,
    two_rates,
)
from auditkit.stats.proportions import wilson

RATES: Mapping[str, tuple[tuple[Ratio, Ratio], str]] = {
    "precision": (PRECISION, "nothing is called positive"),
    "recall": (RECALL, "no positive items"),
}
_AXES = ("outcome", "model", "human")
_Y, _M, _H = (axis.ravel().astype(float) for axis in np.indices((2, 2, 2)))
_UNSEEN = np.array([(1 - level) / 2 for level in LEVELS])


def readings(tally: Tally, positive: str) -> Readings:
    """Count the items of a tally by outcome, model and human, each `positive` or not; missing levels take no part.

    Raises `InputError` for a decision that is never spelled like an outcome.
    """
    for axis in _AXES[1:]:
        levels = [level for level in tally.levels_of(axis) if level != MISSING]
        if levels and positive not in levels and not set(levels) <= set(tally.levels_of(_AXES[0])):
            said = ", ".join(levels[:8])
            raise InputError(
                f'{axis} never says "{positive}", the positive outcome. It says: {said}. Spell both alike.'
            )
    for axis in _AXES:
        tally = tally.without(axis, MISSING)
    at = [np.array([int(level == positive) for level in tally.levels_of(axis)], int) for axis in _AXES]
    codes = [place[tally.codes[:, tally.index(axis)]] for place, axis in zip(at, _AXES, strict=True)]
    cell = np.ravel_multi_index(codes, (2, 2, 2))
    rows = np.bincount(cell, tally.n, minlength=8).astype(float)
    clusters = None
    if UNIT in tally:
        clusters = np.zeros((len(tally.levels_of(UNIT)), 8))
        np.add.at(clusters, (tally.codes[:, tally.index(UNIT)], cell), tally.w)
    if not tally.weighted:
        return Readings(rows, rows, rows, clusters)
    weights, squares = (np.bincount(cell, part, minlength=8).astype(float) for part in (tally.w, tally.w2))
    return Readings(rows, weights, squares, clusters)


def contrast(r: Readings, rate: str, scale: Scale) -> Estimate:
    """Estimate the first reader's "precision" or "recall" against the second's, as a difference or a ratio.

    Unweighted items: `precision_difference` and `recall_difference`. With weights 1/π of items that were adjudicated
    with probability π, Hájek's rates Σ w·numerator / Σ w·denominator undo the verification (Begg & Greenes 1983),
    worth p(1-p)/var items each, var = Σ w² ψ². The ratio is MOVER-R (Donner & Zou 2012) on the same rates.

    >>> r = Readings.of([[[600, 20], [60, 20]], [[10, 50], [20, 220]]])
    >>> round(contrast(r, "recall", "difference").value, 3), round(contrast(r, "recall", "ratio").value, 3)
    (-0.1, 0.889)
    """
    pair, empty = RATES[rate]
    if scale == "difference" and rate == "recall" and r.clusters is None and not r.weighted:
        return recall_difference(r.rows.reshape(2, 2, 2))
    if scale == "difference":
        return reader_difference(r, pair, empty)
    if min(r.weights @ den for _, den in pair) <= 0:
        return Estimate.undefined(empty, n=int(r.rows.sum()))
    two = two_rates(r, pair)
    told = paired(r, two, mover_ratio(wilson(two.first), wilson(two.second), two.correlation), "MOVER-R")
    return told if told.value is not None else replace(told, reason=f"the people's {rate} is 0")


def cost_difference(r: Readings, false_positive: float, false_negative: float) -> Estimate:
    """Estimate the mean over items of the first reader's cost less the second's.

    An item costs `false_positive` where it is called and is not, `false_negative` where it is and is not called. The
    mean Σ w d / Σ w has standard error √Σ w² (d - mean)² / Σ w, by clusters that of `clustered_mean`. Where no item
    differs from the mean the bound is the rule of three, as there.

    >>> r = Readings.of([[[600, 20], [60, 20]], [[10, 50], [20, 220]]])
    >>> round(cost_difference(r, 1, 5).value, 3)  # 40 more false alarms, 30 more misses, of 1,000
    0.19
    """
    most = max(false_positive, false_negative)
    d = paired_costs(false_positive, false_negative) / most
    total = float(r.weights.sum())
    if total <= 0:
        return Estimate.undefined("no items")
    if r.clusters is not None:
        sizes = r.clusters.sum(axis=1)
        means = np.divide(r.clusters @ d, sizes, out=np.zeros(len(sizes)), where=sizes > 0)
        return _scaled(replace(clustered_mean(means, sizes), n=int(r.rows.sum())), most)
    mean = float(r.weights @ d) / total
    se = float(np.sqrt(r.squares @ (d - mean) ** 2)) / total
    kish = total**2 / float(r.squares.sum())
    unseen = (1 - _UNSEEN ** (1 / kish)) if se < 1e-12 else np.zeros(len(LEVELS))
    half = se * np.array(QUANTILES)
    bounds = (mean - half - unseen * (1 + mean), mean + half + unseen * (1 - mean))
    curve = ((most * np.clip(side, -1, 1))[:, None] for side in bounds)
    return estimates(most * mean, *curve, n=r.rows.sum(), n_eff=kish, method="mean of paired costs")[0]


def paired_costs(false_positive: float, false_negative: float) -> Floats:
    """What an item of each cell [y, m, h] costs the first reader more than the second, (8,)."""
    dearer: Floats = (_M - _H) * np.where(_Y > 0, -false_negative, false_positive)
    return dearer


def counted(r: Readings, rate: str, reader: int, label: str) -> Count:
    """The rows behind the rate of reader 0 or 1, and the rate."""
    num, den = RATES[rate][0][reader]
    total = float(r.weights @ den)
    return Count(label, int(r.rows @ num), int(r.rows @ den), float(r.weights @ num) / total if total else None)


def joint_shares(prevalence: float, first: tuple[float, float], second: tuple[float, float], tied: float) -> Floats:
    """The shares (8,) of the cells [y, m, h] for readers at (recall, precision) whose errors go together.

    The share that both call is m h + tied (min(m, h) - m h); false alarms are recall · prevalence (1/precision - 1).
    """
    out = np.zeros((2, 2, 2))
    for y, share in ((0, 1 - prevalence), (1, prevalence)):
        m, h = (r if y else r * prevalence * (1 / p - 1) / (1 - prevalence) for r, p in (first, second))
        both = m * h + tied * (min(m, h) - m * h)
        out[y] = share * np.array([[1 - m - h + both, h - both], [m - both, both]])
    return out.ravel()


def _scaled(e: Estimate, by: float) -> Estimate:
    value = None if e.value is None else by * e.value
    lower, upper = (tuple(None if x is None else by * x for x in side) for side in (e.lower, e.upper))
    return replace(e, value=value, lower=lower, upper=upper, method="mean of paired costs, clusters")
