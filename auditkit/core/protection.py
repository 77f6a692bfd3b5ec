"""Whether published sums leave every small cell room, also to one who knows which cells are empty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import Floats, Ints

Bools = NDArray[np.bool_]
ROOM = 1.01
"""How many times the threshold a move is sought for, so that what rounding leaves of it is no less."""
STEPS = 200
MOST = 4_000_000
"""Small cells times cells: of a larger table nothing is shown, and so it counts as not protected."""


def protected(n: Ints, sums: Ints, k: int) -> bool:
    """Whether no set of fewer than `k` rows, however described, is known to within fewer than `k`.

    `n` are the counts of the inhabited cells; `sums` (cells, partitions) says in which published sum of each partition
    a cell is counted. Of each small cell a move is sought that raises it and changes no published sum, the cells that
    lose for it staying at 0 or above: if no cell of fewer than `k` rows loses and it rises by `k`, so does every set of
    fewer than `k` rows that it is in, whatever else is known. Or it rises by 2 `k`, and the others together lose less
    than `k`. Sufficient, not necessary: no answer is an answer of no (the sliding protection of Kelly, Golden & Assad
    1992, Networks 22, 397-417, shown by a witness and not by a solver).

    >>> nested = np.array([[0, 0], [0, 1], [1, 2]])  # the levels 0 and 1 of the second attribute lie in 0 of the first
    >>> protected(np.array([7, 90, 90]), nested, 10)
    False
    >>> protected(np.array([7, 90, 90, 90]), np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), 10)
    True
    """
    small = np.flatnonzero(n < k)
    if not len(small):
        return True
    if len(small) * len(n) > MOST:
        return False
    p = _incidence(sums)
    for loses in (np.where(n < k, 0.0, n / (ROOM * k)), n / (2 * ROOM * k)):
        small = small[~_moved(p, n.astype(float), small, loses, k)]
        if not len(small):
            return True
    return False


def _incidence(sums: Ints) -> Floats:
    """Published sums by cells: 1 where a cell is counted in a sum."""
    blocks: Sequence[Floats] = [(np.unique(one)[:, None] == one[None, :]).astype(float) for one in sums.T]
    return np.concatenate(blocks)


def _moved(p: Floats, n: Floats, small: Ints, loses: Floats, k: int) -> Bools:
    """Which of the small cells can rise by one while no cell loses more than it may, by projections in turn on what
    changes no sum and on what may be lost (Bregman 1967); each is checked in the end, however it was found."""
    may = np.repeat(loses[:, None], len(small), axis=1)
    may[small, np.arange(len(small))] = 0.0
    weight = np.maximum(loses, 1e-3 * n / k)
    onto = weight[:, None] * (p.T @ np.linalg.pinv((p * weight) @ p.T, hermitian=True))
    wanted = p[:, small]
    lost = onto @ wanted
    found = np.zeros(len(small), bool)
    for _ in range(STEPS):
        over = (lost - may) / n[:, None] * k
        found = np.asarray((over <= 1e-4).all(axis=0) & (np.abs(p @ lost - wanted) <= 1e-7).all(axis=0), bool)
        if found.all():
            break
        lost = np.minimum(lost, may)
        lost += onto @ (wanted - p @ lost)
    return found
