"""Closed testing: which of several hypotheses fall when any of them may be true, from p values or from e-values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Floats
from auditkit.stats.multiplicity import holm_adjusted

LocalTest = Callable[[Floats], float]
"""The p values of some hypotheses in, a p value of "all of them are true" out."""

MOST_LISTED = 12
"""So many hypotheses have 4,095 subsets, the most that `closed_test` goes through."""


def bonferroni(p: Floats) -> float:
    """Test that all hypotheses are true, for any dependence: m·min p, at most 1."""
    return min(float(len(p) * p.min()), 1.0)


def simes(p: Floats) -> float:
    """Test that all hypotheses are true: min m·p_(i)/i (Simes 1986), for independent or positively dependent p."""
    return float((len(p) * np.sort(p) / np.arange(1, len(p) + 1)).min())


def closed_test(p: ArrayLike, local: LocalTest) -> Floats:
    """The smallest alpha at which the closed test rejects each hypothesis (Marcus, Peritz & Gabriel 1976).

    A hypothesis falls when the local test rejects every subset that holds it: the largest of their p values. The
    probability of any false rejection is then at most alpha whenever each local test errs at most that often. With
    `bonferroni` it is Holm's test, with `simes` Hommel's; both have functions that list nothing. NaN stays NaN but
    counts as 1. Raises `ValueError` beyond 12 hypotheses.

    >>> closed_test([.01, .02, .03], bonferroni).round(3).tolist(), closed_test([.01, .02, .03], simes).tolist()
    ([0.03, 0.04, 0.04], [0.03, 0.03, 0.03])
    """
    given = np.atleast_1d(np.asarray(p, float))
    if len(given) > MOST_LISTED:
        raise ValueError(f"A closed test over {len(given)} hypotheses lists {2 ** len(given) - 1:,} subsets.")
    values, adjusted = np.nan_to_num(given, nan=1.0), np.zeros(len(given))
    for size in range(1, len(given) + 1):
        for subset in map(list, combinations(range(len(given)), size)):
            adjusted[subset] = np.maximum(adjusted[subset], local(values[subset]))
    return np.where(np.isnan(given), np.nan, adjusted)


def hommel(p: ArrayLike) -> Floats:
    """The smallest alpha at which Hommel's (1988) test rejects each hypothesis: closed testing with Simes's local test.

    Never above Holm's, but only for independent or positively dependent p; negatively dependent ones, such as shares of
    one whole, belong to Holm. m passes over m values (Wright 1992). NaN stays NaN but counts as 1.

    >>> hommel([.01, .02, .03]).tolist()
    [0.03, 0.03, 0.03]
    """
    given = np.atleast_1d(np.asarray(p, float))
    m = len(given)
    order = np.argsort(given, kind="stable")
    ascending = np.nan_to_num(given[order], nan=1.0)
    steps = ascending.copy()
    for size in range(m, 1, -1):
        ceiling = (size * ascending[m - size + 1 :] / np.arange(2, size + 1)).min()
        steps[m - size + 1 :] = np.maximum(steps[m - size + 1 :], ceiling)
        steps[: m - size + 1] = np.maximum(steps[: m - size + 1], np.minimum(ceiling, size * ascending[: m - size + 1]))
    adjusted = np.empty(m)
    adjusted[order] = steps
    return np.where(np.isnan(given), np.nan, adjusted)


def e_holm(e: ArrayLike) -> Floats:
    """Adjust e-values seen at one common moment: hypothesis i falls when its adjusted value reaches 1/alpha.

    Closed testing with the arithmetic mean (Vovk & Wang 2021): the smallest mean over all subsets that hold i, which is
    that of i with some number of the smallest others; valid under any dependence. `e` is (..., k), and e-processes
    that look at the same stream of events may be stopped by it at any time: keep the running maximum of what this
    returns. Never put running maxima in: their mean is no e-value, and at k = 2 it already errs more often than alpha
    (see `running_e_holm`). NaN stays NaN but counts as 0.

    >>> e_holm([100., 30., 1.]).round(2).tolist()  # at alpha = .05 the first falls
    [43.67, 15.5, 1.0]
    """
    given = np.atleast_1d(np.asarray(e, float))
    values = np.nan_to_num(given, nan=0.0, posinf=np.inf)
    ascending = np.sort(values, axis=-1)
    sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(ascending, axis=-1)], axis=-1)
    means = (values[..., :, None] + sums[..., None, :-1]) / np.arange(1, values.shape[-1] + 1)
    smaller = ascending[..., None, :] < values[..., :, None]
    joined = np.concatenate([np.ones((*values.shape, 1), bool), smaller[..., :-1]], axis=-1)
    return np.where(np.isnan(given), np.nan, np.where(joined, means, np.inf).min(axis=-1, initial=np.inf))


def running_e_holm(maxima: ArrayLike) -> Floats:
    """Adjust the running maxima (k,) of e-processes, each reached at its own time: i falls at 1/alpha.

    1/max is a p value by Ville's (1939) inequality, whatever the times and the dependence; this is one over Holm's
    adjustment of it. It says nothing of the false discovery rate: e-BH on running maxima does not control that
    (Tavyrikov, Goeman & de Heide 2025), only on current values at a common stopping time (Wang & Ramdas 2022). NaN
    stays NaN but counts among the k.

    >>> running_e_holm([100., 30., 1.]).round(2).tolist()
    [33.33, 15.0, 1.0]
    """
    reached = np.maximum(np.atleast_1d(np.asarray(maxima, float)), 1.0)
    with np.errstate(divide="ignore"):
        adjusted: Floats = 1 / holm_adjusted(1 / reached)
    return adjusted
