"""Combinations of levels that many rows share, counted over cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError

Itemset = tuple[tuple[int, int], ...]
"""Attribute and level code of each fixed attribute, in order; all others are free."""

Mask = NDArray[np.bool_]

MOST = 20_000


class Itemsets(NamedTuple):
    """K itemsets and, in `members` (K, cells), which cells of the table each holds."""

    patterns: tuple[Itemset, ...]
    members: Mask


def frequent_itemsets(codes: ArrayLike, rows: ArrayLike, support: float) -> Itemsets:
    """List every combination of levels that holds at least the share `support` of the rows (Agrawal & Srikant 1994).

    `codes` (cells, m) are levels of m attributes, below 0 where missing, and `rows` (cells,) counts. A missing level is
    no item, but its row counts in the total. Raises `InputError` beyond 20,000 itemsets.

    >>> frequent_itemsets([[0, 0], [0, 1], [1, 0]], [60, 30, 10], .2).patterns
    (((0, 0),), ((0, 0), (1, 0)), ((0, 0), (1, 1)), ((1, 0),), ((1, 1),))
    """
    cells, n = np.asarray(codes, np.int64), np.asarray(rows, float)
    items = [(a, int(level)) for a in range(cells.shape[1]) for level in np.unique(cells[:, a]) if level >= 0]
    holds = np.array([cells[:, a] == level for a, level in items], bool).reshape(len(items), len(n))
    least = support * n.sum() - 1e-9
    found: list[tuple[Itemset, Mask]] = []
    frontier: list[tuple[Itemset, Mask]] = [((), np.ones(len(n), bool))]
    while frontier:
        pattern, inside = frontier.pop()
        last = pattern[-1][0] if pattern else -1
        larger = np.flatnonzero((holds @ (n * inside) >= least) & np.array([a > last for a, _ in items], bool))
        frontier += [((*pattern, items[at]), inside & holds[at]) for at in larger]
        found += [(pattern, inside)] if pattern else []
        if len(found) + len(frontier) > MOST:
            raise InputError(
                f"More than {MOST:,} combinations of features hold {support:.0%} of the rows. "
                "Ask for more support, or for fewer features."
            )
    found.sort(key=lambda each: each[0])
    members = np.array([inside for _, inside in found], bool).reshape(len(found), len(n))
    return Itemsets(tuple(pattern for pattern, _ in found), members)
