"""How high everything in a lineage stands: the order of each column, then places as near to neighbours as may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from statistics import mean

from auditkit.formats.lineage_lanes import Arrow, Node

TALL, LOW, DOWN, LANE = 58, 26, 16, 7
"""Pixels: a thing's box, a deed's, the room between rows, and between two lanes side by side."""
SWEEPS = 8
"""To and fro through the columns, for the order and for the places."""
Beside = tuple[dict[Node, list[Node]], dict[Node, list[Node]]]


def ordered(column: Mapping[Node, int], links: Sequence[Arrow]) -> list[list[Node]]:
    """The nodes of each column from top to bottom, near to their neighbours (Sugiyama et al. 1981, barycentres)."""
    columns: list[list[Node]] = [[] for _ in range(max(column.values(), default=0) + 1)]
    for node, at in column.items():
        columns[at].append(node)
    before, after = _beside(column, links)
    rank = {node: k - (len(some) - 1) / 2 for some in columns for k, node in enumerate(some)}
    for sweep in range(SWEEPS):
        side, across = (before, columns) if sweep % 2 == 0 else (after, columns[::-1])
        for some in across:
            near = {node: mean([rank[one] for one in side[node]] or [rank[node]]) for node in some}
            some.sort(key=near.__getitem__)
            rank |= {node: k - (len(some) - 1) / 2 for k, node in enumerate(some)}
    return columns


def levelled(columns: Sequence[Sequence[Node]], links: Sequence[Arrow]) -> dict[Node, float]:
    """The middle of each node in pixels, near to those of its neighbours: to the left ones and to the right in turn."""
    y = {node: at for some in columns for node, at in zip(some, _stacked(some), strict=True)}
    before, after = _beside(y, links)
    for sweep in range(SWEEPS):
        side, across = (before, columns) if sweep % 2 == 0 else (after, columns[::-1])
        for some in across:
            wished = [mean([y[one] for one in side[node]] or [y[node]]) for node in some]
            y |= zip(some, _apart(wished, _stacked(some)), strict=True)
    return y


def tall(node: Node) -> float:
    """How high a node is drawn; a lane is a line."""
    return {"thing": float(TALL), "deed": float(LOW)}.get(node[0], 0.0)


def _beside(nodes: Mapping[Node, object], links: Sequence[Arrow]) -> Beside:
    """The neighbours of each node, in the column before and in the one after."""
    before: dict[Node, list[Node]] = {node: [] for node in nodes}
    after: dict[Node, list[Node]] = {node: [] for node in nodes}
    for left, right in links:
        after[left].append(right)
        before[right].append(left)
    return before, after


def _stacked(some: Sequence[Node]) -> list[float]:
    """The middles of nodes as close to one another as they may stand, half of them above 0."""
    rooms = [_room(a, b) for a, b in pairwise(some)]
    below = list(accumulate(rooms, initial=0.0))[: len(some)]
    return [at - below[-1] / 2 for at in below]


def _room(above: Node, below: Node) -> float:
    lanes = above[0] == below[0] == "lane"
    return LANE if lanes else (tall(above) + tall(below)) / 2 + DOWN


def _apart(wished: Sequence[float], stacked: Sequence[float]) -> list[float]:
    """The places nearest to those that are wished (least squares) that are at least as far apart as when stacked.

    What is left of a wish once the stack is taken off must not fall: pool-adjacent-violators (Barlow et al. 1972).
    """
    pools: list[tuple[float, int]] = []
    for wish, least in zip(wished, stacked, strict=True):
        pools.append((wish - least, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (low, n), (high, m) = pools.pop(), pools.pop()
            pools.append(((low * n + high * m) / (n + m), n + m))
    moved = [move for move, n in pools for _ in range(n)]
    return [move + least for move, least in zip(moved, stacked, strict=True)]
