"""Betting units: the bounded observations that an e-process or a confidence sequence may bet on, in arrival order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats


class Pairs(NamedTuple):
    """Two groups drawn in pairs, and what is left of the longer one until the other has caught up.

    Prepend the left-overs to the next night's draws: then two nights make the same pairs as one.
    """

    first: Floats
    second: Floats
    first_left: Floats
    second_left: Floats

    def differences(self) -> Floats:
        """X = a - b: its mean is E[a] - E[b], its support [-1, 1] where both are within [0, 1]."""
        return self.first - self.second

    def ratio_scores(self, ratio: float) -> Floats:
        """X = a - r b: its mean is at least 0 exactly where E[a] >= r E[b]; its support is [-r, 1].

        A gate on E[a]/E[b] >= r is one on (0, `None`), and no ratio of small numbers is ever taken.
        """
        return self.first - ratio * self.second


def pairs(first: ArrayLike, second: ArrayLike) -> Pairs:
    """Pair the t-th draw of one group with the t-th of the other; the same items read twice are such pairs too.

    `first` (A,) and `second` (B,) in order of arrival. Which draw meets which must not depend on the values.

    >>> drawn = pairs([1, 0, 1], [0, 1])
    >>> drawn.differences().tolist(), drawn.first_left.tolist(), drawn.ratio_scores(0.8).tolist()
    ([1.0, -1.0], [1.0], [1.0, -0.8])
    """
    a, b = (np.atleast_1d(np.asarray(side, float)).ravel() for side in (first, second))
    met = min(len(a), len(b))
    return Pairs(a[:met], b[:met], a[met:], b[met:])


def cluster_means(values: ArrayLike, clusters: ArrayLike) -> Floats:
    """The mean of each cluster, in the order in which the clusters first arrived.

    `values` (T,), `clusters` (T,) of any labels. Rows that share a prompt, a rater or a user are not new evidence one
    by one; their mean is, and it keeps the support of the rows. The estimand becomes the mean over clusters of the
    cluster mean, each cluster weighing the same: it is the rate over rows only where cluster sizes are equal or
    unrelated to the outcome. A weight per cluster would need a bound on the weights, so none is offered. All rows of a
    cluster must be in one call: hold back a cluster that is still growing. Raises `InputError` for unequal lengths.

    >>> cluster_means([1, 0, 1, 1], ["b", "a", "b", "a"]).tolist()
    [1.0, 0.5]
    """
    x, labels = np.atleast_1d(np.asarray(values, float)).ravel(), np.atleast_1d(np.asarray(clusters)).ravel()
    if len(x) != len(labels):
        raise InputError(f"There are {len(x)} values and {len(labels)} cluster labels.")
    _, arrived, codes = np.unique(labels, return_index=True, return_inverse=True)
    means = np.bincount(codes, x) / np.bincount(codes)
    ordered: Floats = means[np.argsort(arrived)]
    return ordered
