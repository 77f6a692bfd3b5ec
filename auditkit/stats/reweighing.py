"""Weights that make a group and an outcome independent, and rows drawn by their weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats


def reweighed(group: ArrayLike, outcome: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Weights w(g, y) = P(g) P(y) / P(g, y), times the weights there were (Kamiran & Calders 2012, section 4.3).

    `group` (n,) and `outcome` (n,) are numbers from 0. With these weights the shares of both stay as they were, P(y)
    is the same in every group, and the sum of the weights is unchanged. Raises `InputError` where a group has no rows
    of an outcome: no weight makes up for them.

    >>> w = reweighed([0] * 5 + [1] * 5, [1, 1, 1, 1, 0, 1, 1, 0, 0, 0])
    >>> w.round(3).tolist()[:5]
    [0.75, 0.75, 0.75, 0.75, 2.0]
    """
    g, y = np.asarray(group, np.int64), np.asarray(outcome, np.int64)
    w = np.ones(len(g)) if weights is None else np.asarray(weights, float)
    if not len(g) == len(y) == len(w) or not w.sum() > 0 or (w < 0).any():
        raise InputError("Every row needs a group, an outcome and a weight of at least 0, not all of them 0.")
    both = np.zeros((int(g.max()) + 1, int(y.max()) + 1))
    np.add.at(both, (g, y), w / w.sum())
    if (both[both.sum(axis=1) > 0][:, both.sum(axis=0) > 0] == 0).any():
        raise InputError("A group has no rows of an outcome, and no weight makes up for rows that are not there.")
    expected = np.outer(both.sum(axis=1), both.sum(axis=0))
    factor = np.divide(expected, both, out=np.zeros_like(both), where=both > 0)
    return np.asarray(w * factor[g, y], float)


def systematic(weights: ArrayLike, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each row is drawn when n are drawn by weights: systematically, in an order of chance (Madow 1949).

    Row i is expected n w_i / Σw times, and is drawn as often, rounded down or up; the counts sum to n.

    >>> systematic([1, 1, 2], 4, np.random.default_rng(1)).tolist()
    [1, 1, 2]
    """
    w = np.asarray(weights, float)
    if not (w >= 0).all() or not w.sum() > 0 or n < 0:
        raise InputError("Rows are drawn by weights of at least 0 that are not all 0.")
    order = rng.permutation(len(w))
    ends = np.cumsum(w[order]) / w.sum() * n
    ends[-1] = n
    # ticks at u, u + 1, ...: how many lie below each end; a share that is whole to the last bits is taken as whole
    below = np.clip(np.floor(np.round(ends, 9) - rng.random()) + 1, 0, n).astype(np.int64)
    below[-1] = n
    counts = np.zeros(len(w), np.int64)
    counts[order] = np.diff(below, prepend=0)
    return counts
