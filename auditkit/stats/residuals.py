"""Errors of a number that is predicted: gaps of means between two groups in SDs of the outcome, and ratios of RMSE."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Predicted(NamedTuple):
    """Rows with an `outcome` and a `prediction`, each (n,), their `weight`, and the code of their `unit` if shared."""

    outcome: Floats
    prediction: Floats
    weight: Floats
    unit: Ints | None = None

    @property
    def residual(self) -> Floats:
        """Outcome less prediction: above 0 where too little was predicted."""
        return self.outcome - self.prediction

    @property
    def spread(self) -> float:
        """The outcome's standard deviation over all rows."""
        mean = np.average(self.outcome, weights=self.weight)
        return float(np.sqrt(np.average((self.outcome - mean) ** 2, weights=self.weight)))


def standardised_gap(p: Predicted, values: Floats, one: Mask, two: Mask) -> Estimate:
    """Estimate (mean of `values` where `one` - mean where `two`) / SD of the outcome over all rows.

    The SD is estimated too: with d the gap and s the SD, ψ = (ψ_d - d/s ψ_s)/s, ψ_s = ((y - ȳ)² - s²)/2s, by
    linearisation. Rows by Student's t with Welch's (1947) degrees of freedom, units that share rows by their sums of ψ.

    >>> p = Predicted(np.arange(8.), np.r_[np.arange(4.), np.arange(3., 7.)], np.ones(8))
    >>> e = standardised_gap(p, p.residual, np.arange(8) > 3, np.arange(8) < 4)
    >>> round(e.value, 3)  # a gap of 1, in SDs of 2.291
    0.436
    """
    n, spread = int((one | two).sum()), p.spread
    if not (p.weight @ one > 0 and p.weight @ two > 0):
        return Estimate.undefined("a group has no rows", n=n)
    if spread == 0:
        return Estimate.undefined("the outcome does not vary", n=n)
    first, second = (_mean(values, p.weight, side) for side in (one, two))
    value = (first.mean - second.mean) / spread
    deviation = (p.outcome - np.average(p.outcome, weights=p.weight)) ** 2 - spread**2
    moved = p.weight / p.weight.sum() * deviation / (2 * spread)
    half = _half(p, (first.psi - second.psi - value * moved) / spread, one, two)
    return _told(p, value, value - half, value + half, one, two, "standardised gap")


def rmse_ratio(p: Predicted, one: Mask, two: Mask) -> Estimate:
    """Estimate √mean r² where `one` over √mean r² where `two`, r the residuals.

    On the log scale, ψ = ψ_1/2m_1 - ψ_2/2m_2 with m the mean squares, by linearisation; t as in `standardised_gap`.

    >>> p = Predicted(np.array([1., -1, 2, -2]), np.zeros(4), np.ones(4))
    >>> rmse_ratio(p, np.array([0, 0, 1, 1], bool), np.array([1, 1, 0, 0], bool)).value
    2.0
    """
    n = int((one | two).sum())
    if not (p.weight @ one > 0 and p.weight @ two > 0):
        return Estimate.undefined("a group has no rows", n=n)
    first, second = (_mean(p.residual**2, p.weight, side) for side in (one, two))
    if not (first.mean > 0 and second.mean > 0):
        return Estimate.undefined("the predictions of a group are never wrong", n=n)
    log = np.log(first.mean / second.mean) / 2
    half = _half(p, first.psi / (2 * first.mean) - second.psi / (2 * second.mean), one, two)
    return _told(p, float(np.exp(log)), np.exp(log - half), np.exp(log + half), one, two, "RMSE ratio, log")


class _Mean(NamedTuple):
    mean: float
    psi: Floats


def _mean(values: Floats, weight: Floats, side: Mask) -> _Mean:
    share = weight * side / (weight @ side)
    mean = float(share @ values)
    return _Mean(mean, share * (values - mean))


def _half(p: Predicted, psi: Floats, one: Mask, two: Mask) -> Floats:
    """Half widths at each level, (levels, 1)."""
    if p.unit is not None:
        clusters = _units(p, one | two)
        summed = np.bincount(p.unit, psi)
        variance, df = float(summed @ summed) * clusters / max(clusters - 1, 1), clusters - 1.0
        df = min(df, *(_units(p, side) - 1.0 for side in (one, two)))
    else:
        parts = [float(psi[side] @ psi[side]) * side.sum() / max(side.sum() - 1, 1) for side in (one, two)]
        rest = psi[~(one | two)]
        variance = sum(parts) + float(rest @ rest)
        spread = sum(part**2 / max(side.sum() - 1, 1) for part, side in zip(parts, (one, two), strict=True))
        df = sum(parts) ** 2 / spread if spread > 0 else 0.0
        df = df if min(one.sum(), two.sum()) > 1 else 0.0
    return np.asarray(quantiles(np.array([df])) * np.sqrt(variance), float)


def _units(p: Predicted, side: Mask) -> int:
    return len(np.unique(p.unit[side])) if p.unit is not None else int(side.sum())


def _told(p: Predicted, value: float, lower: Floats, upper: Floats, one: Mask, two: Mask, method: str) -> Estimate:
    worth = min(_worth(p, side) for side in (one, two))
    units = None if p.unit is None else min(_units(p, side) for side in (one, two))
    how = method + (", weights" if np.ptp(p.weight) else "") + ("" if units is None else ", clusters")
    n = int((one | two).sum())
    return estimates(value, lower, upper, n=n, n_eff=worth, method=how, clusters=units)[0]


def _worth(p: Predicted, side: Mask) -> float:
    """Kish's number of rows, or of units, that a side's weights amount to."""
    w = p.weight[side] if p.unit is None else np.bincount(p.unit[side], p.weight[side])
    return float(w.sum() ** 2 / (w @ w))
