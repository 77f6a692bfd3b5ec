"""Means of a score that a model reads on all rows and a human on some; and such readings one by one, for sequences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Floats, estimates
from auditkit.stats.misclassification import Corrected, size_caps
from auditkit.stats.proportions import quantiles


class CheckedScores(NamedTuple):
    """Moments (k,) of checked rows: means, sums of squared deviations, and the sum of their products."""

    n: ArrayLike
    truth: ArrayLike
    reading: ArrayLike
    m2_truth: ArrayLike
    m2_reading: ArrayLike
    cross: ArrayLike

    @classmethod
    def of(cls, truth: ArrayLike, reading: ArrayLike) -> CheckedScores:
        """The moments of one group's checked rows, a truth and a reading (n,) each."""
        y, f = np.asarray(truth, float), np.asarray(reading, float)
        if not len(y):
            return cls(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        dy, df = y - y.mean(), f - f.mean()
        return cls(len(y), y.mean(), f.mean(), dy @ dy, df @ df, dy @ df)


class Bounded(NamedTuple):
    """Observations (n,) and the range that they cannot leave."""

    values: Floats
    low: float
    high: float


def prediction_powered_means(
    checked: CheckedScores, n: ArrayLike, mean: ArrayLike, m2: ArrayLike, tuning: ArrayLike | None = None
) -> Corrected:
    """Estimate the mean truth of k groups from readings of all rows and truths of some.

    λ mean_unchecked(f) + mean_checked(y - λ f), with variance Var(y - λ f)/checked + λ² Var(f)/unchecked (Angelopoulos,
    Bates, Fannjiang, Jordan & Zrnic 2023), and `n`, `mean`, `m2` (k,) of the readings of unchecked rows. λ is `tuning`,
    1 in that paper and 0 for the checked rows alone; else the one of least variance, Cov(f, y) / ((1 + checked/
    unchecked) Var f) (PPI++: Angelopoulos, Duchi & Zrnic 2023), which costs a degree of freedom. Student's t by
    Satterthwaite. Rows are independent and checked at random within each group; below 100 of them caps withhold both
    verdicts. Not for yes-or-no attributes, where `corrected_rates` keeps its coverage when one answer is rare.

    >>> checked = CheckedScores.of([.2, .4, .9, .6], [.1, .5, .8, .6])
    >>> e, = prediction_powered_means(checked, 400, .55, 25.).rates
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.573, 0.335, 0.81]
    """
    given = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (*checked, n, mean, m2)))
    few, y, f, m2_y, m2_f, cross, many, f_all, m2_all = given
    usable = (m2_f > 0) & (many > 1)
    best = cross / np.where(usable, m2_f * (1 + few / np.maximum(many, 1)), 1)
    weight = np.where(usable, best if tuning is None else np.asarray(tuning, float), 0.0)
    free = few - 1 - (usable & (tuning is None))
    squares = np.clip(m2_y - 2 * weight * cross + weight**2 * m2_f, 0, None)
    variance, df = _satterthwaite(few, free, squares, many, weight**2 * m2_all)
    value = np.where(few > 0, y + weight * (f_all - f), np.nan)
    half = quantiles(df) * np.sqrt(variance)
    worth = np.fmin(m2_y / np.maximum(few - 1, 1) / variance, few + many)
    told = estimates(
        value,
        value - half,
        value + half,
        n=few + many,
        n_eff=np.where(np.isnan(variance), few, worth),
        method="prediction-powered, t",
        reasons="no rows were checked",
    )
    return Corrected(told, size_caps(few))


def _satterthwaite(few: Floats, free: Floats, one: Floats, many: Floats, two: Floats) -> tuple[Floats, Floats]:
    """The variance and degrees of freedom of two means from their sums of squares; NaN and 0 without a remainder."""
    known = (free >= 1) & (one > 0)
    first = np.where(known, one, np.nan) / np.maximum(free * few, 1)
    second = two / np.maximum((many - 1) * many, 1)
    spread = first**2 / np.maximum(free, 1) + second**2 / np.maximum(many - 1, 1)
    df = np.divide((first + second) ** 2, spread, out=np.zeros_like(first), where=known)
    return first + second, df


def unbiased_readings(
    reading: ArrayLike, truth: ArrayLike, checked: ArrayLike, probability: float, tuning: float = 1.0
) -> Bounded:
    """Turn readings, some of them checked, into bounded observations whose mean is that of the truth.

    λ f + (ξ/π)(y - λ f) for readings f and truths y in [0, 1] (n,), checked (ξ) at random with `probability` π; the
    truth is ignored where it was not checked. They lie in [-λ (1 - π)/π, 1/π], for bets and confidence sequences whose
    every look is valid (Waudby-Smith & Ramdas 2024; Angelopoulos, Duchi & Zrnic 2023). λ in [0, 1], and π, must be
    chosen before looking. The range, and with it the sample needed, grows with 1/π. Raises `ValueError` elsewhere.

    >>> unbiased_readings([1., 0., 1.], [np.nan, np.nan, 0.], [0, 0, 1], probability=.25)
    Bounded(values=array([ 1.,  0., -3.]), low=-3.0, high=4.0)
    """
    if not (0 < probability <= 1 and 0 <= tuning <= 1):
        raise ValueError(f"The probability lies in (0, 1] and the tuning in [0, 1]: {probability}, {tuning}.")
    f, seen = np.asarray(reading, float), np.asarray(checked, bool)
    y = np.where(seen, np.asarray(truth, float), 0.0)
    values = tuning * f + np.where(seen, (y - tuning * f) / probability, 0.0)
    return Bounded(values, -tuning * (1 - probability) / probability, 1 / probability)
