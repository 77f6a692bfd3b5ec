"""Differences of means: a selection against its frame, two groups of units, and a handful of raters."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

FEW_RATERS = 12
"""Up to so many raters every relabelling is counted; beyond, Welch's t takes over."""


class LabelPermutation(NamedTuple):
    """A difference between two groups of raters, its two-sided p, and the smallest p that so few raters can reach."""

    estimate: Estimate
    p: float
    smallest_p: float
    exact: bool


def standardised_mean_differences(
    n_selected: ArrayLike,
    mean_selected: ArrayLike,
    m2_selected: ArrayLike,
    n_frame: ArrayLike,
    mean_frame: ArrayLike,
    m2_frame: ArrayLike,
) -> tuple[Estimate, ...]:
    """Estimate (mean of the selected - mean of the frame) / SD of the frame, for J covariates.

    Arrays broadcast to (J,); `m2` are sums of squared deviations; the selected are part of the frame. The interval is
    about the mechanism that selected n of N: standard error √((1 - n/N)/n), Student's t on n - 1 (Cochran 1977), times
    the larger of 1 and the selected's own SD in frame SDs, since a selected tail may spread more than the frame.

    >>> e, = standardised_mean_differences(200, .3, 200., 2000, 0., 1999.)
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.3, 0.167, 0.433]
    """
    arrays = (n_selected, mean_selected, m2_selected, n_frame, mean_frame, m2_frame)
    n, mean, m2, total, centre, spread = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in arrays))
    sd, own = _sd(m2=spread, n=total), _sd(m2=m2, n=n)
    known = (sd > 0) & (n > 0)
    scale = np.where(known, sd, 1.0)
    value = np.where(known, (mean - centre) / scale, np.nan)
    se = np.sqrt(np.clip(1 - n / np.where(known, total, 1), 0, None) / np.where(known, n, 1))
    half = quantiles(n - 1) * np.where(known, se * np.fmax(own / scale, 1), np.nan)
    reasons = np.where(n > 0, "constant in the frame", "nothing was selected").tolist()
    return estimates(value, value - half, value + half, n=n, n_eff=n, method="t, finite population", reasons=reasons)


def mean_difference(
    n1: ArrayLike, mean1: ArrayLike, m2_1: ArrayLike, n2: ArrayLike, mean2: ArrayLike, m2_2: ArrayLike
) -> tuple[Estimate, ...]:
    """Estimate mean1 - mean2 of independent groups with unequal variances, for k pairs (Welch 1947).

    `m2` are sums of squared deviations. A group of one has a mean but no variance: the value stands without bounds, as
    it does where neither group varies at all.

    >>> e, = mean_difference(4, 2.5, 5., 5, 4., 10.)
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [-1.5, -3.765, 0.765]
    """
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (n1, mean1, m2_1, n2, mean2, m2_2)))
    n, a, one, m, b, two = arrays
    value = np.where((n > 0) & (m > 0), a - b, np.nan)
    se, df = _satterthwaite(n, one, m, two)
    half = quantiles(df) * se
    reasons = "a group is empty"
    return estimates(value, value - half, value + half, n=n + m, n_eff=n + m, method="Welch t", reasons=reasons)


def permutation_of_labels(values: ArrayLike, first: ArrayLike) -> LabelPermutation:
    """Estimate the mean of the raters in `first` minus that of the others, one value per rater.

    `values` (R,) and `first` (R,) of booleans. Up to 12 raters all C(R, A) relabellings are counted (Fisher 1935): p is
    twice the smaller tail, never below 2/C(R, A), and the interval holds every shift that this test does not reject;
    levels that the relabellings cannot reach have no bound. The shift is the only difference it assumes. Beyond 12
    raters it is Welch's t, and `smallest_p` is 0.

    >>> result = permutation_of_labels([.31, .28, .35, .02, -.03, .05], [True] * 3 + [False] * 3)
    >>> round(result.estimate.value, 2), result.p, result.smallest_p  # complete separation, and yet
    (0.3, 0.1, 0.1)
    """
    x, mask = np.asarray(values, float), np.asarray(first, bool)
    a, b = x[mask], x[~mask]
    if not (len(a) and len(b)):
        return LabelPermutation(Estimate.undefined("one group has no raters", n=len(x)), 1.0, 1.0, False)
    if len(x) > FEW_RATERS:
        return _welch(a, b)
    relabellings = comb(len(x), len(a))
    shifts = _shifts(x, mask)
    tail = min(int((shifts <= 1e-12).sum()), int((shifts >= -1e-12).sum())) + 1
    p, least = min(1.0, 2 * tail / relabellings), min(1.0, 2 / relabellings)
    lower, upper = _not_rejected(shifts, relabellings)
    value, method = a.mean() - b.mean(), "exact permutation of raters"
    estimate = estimates(value, lower, upper, n=len(x), n_eff=len(x), method=method, clusters=len(x))[0]
    return LabelPermutation(estimate, p, least, True)


def _sd(m2: Floats, n: Floats) -> Floats:
    """Standard deviations; NaN for fewer than two."""
    sd: Floats = np.sqrt(np.divide(np.clip(m2, 0, None), n - 1, out=np.full(n.shape, np.nan), where=n > 1))
    return sd


def _satterthwaite(n: Floats, one: Floats, m: Floats, two: Floats) -> tuple[Floats, Floats]:
    """Welch's standard error and degrees of freedom; NaN and 0 where a variance is missing or both are 0."""
    first, second = (_sd(m2, count) ** 2 / np.maximum(count, 1) for m2, count in ((one, n), (two, m)))
    usable = first + second > 0
    spread = first**2 / np.maximum(n - 1, 1) + second**2 / np.maximum(m - 1, 1)
    df = np.divide((first + second) ** 2, spread, out=np.zeros_like(spread), where=usable)
    return np.where(usable, np.sqrt(first + second), np.nan), df


def _welch(a: Floats, b: Floats) -> LabelPermutation:
    squares = [np.array([((side - side.mean()) ** 2).sum()]) for side in (a, b)]
    count = [np.array([float(len(side))]) for side in (a, b)]
    value = np.array([a.mean() - b.mean()])
    se, df = _satterthwaite(count[0], squares[0], count[1], squares[1])
    half, n = quantiles(df) * se, len(a) + len(b)
    method = "Welch t over raters"
    estimate = estimates(value, value - half, value + half, n=n, n_eff=n, method=method, clusters=n)[0]
    p = 2 * float(stdtr(df, -np.abs(value / se))[0]) if np.isfinite(se[0]) else 1.0
    return LabelPermutation(estimate, p, 0.0, False)


def _shifts(x: Floats, mask: NDArray[np.bool_]) -> Floats:
    """For every other labelling, sorted: the shift of `first` at which it ties with the labelling that was observed.

    Take θ off the first group: the observed difference falls by θ, that of a labelling keeping k of its A members by
    (k/A - (A - k)/B) θ, which is less. So the labelling is as extreme, upwards, exactly for θ at or above its tie.
    """
    size, rest = int(mask.sum()), int((~mask).sum())
    chosen = np.array(list(combinations(range(len(x)), size)))
    kept = mask[chosen].sum(axis=1)
    chosen, kept = chosen[kept < size], kept[kept < size]
    sums = x[chosen].sum(axis=1)
    difference = sums / size - (x.sum() - sums) / rest
    observed = x[mask].mean() - x[~mask].mean()
    ties: Floats = np.sort((observed - difference) / (1 - kept / size + (size - kept) / rest))
    return ties


def _not_rejected(shifts: Floats, relabellings: int) -> tuple[Floats, Floats]:
    """At each level the shifts with more than (1 - level)/2 of the labellings as extreme, in both tails."""
    spare = np.floor([(1 - level) / 2 * relabellings + 1e-9 for level in LEVELS]).astype(int)
    reached, last = spare > 0, len(shifts) - 1
    lower = np.where(reached, shifts[np.clip(spare - 1, 0, last)], np.nan)
    upper = np.where(reached, shifts[np.clip(last + 1 - spare, 0, last)], np.nan)
    return lower, upper
