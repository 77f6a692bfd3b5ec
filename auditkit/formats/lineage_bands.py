"""Where the things and deeds of a lineage stand: from left to right in columns, a band for each chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

WIDE, TALL, DEED, LOW, ACROSS, DOWN, EDGE, APART = 188, 58, 76, 26, 30, 16, 14, 34
"""Pixels: a thing's box, a deed's, the room between columns and rows, the edge, and the room between chains."""
Node = tuple[str, str]
"""A "thing" by its hash, or a "deed" by its place in the lineage."""


def banded(
    nodes: Sequence[Node], arrows: Sequence[tuple[Node, Node]]
) -> tuple[dict[Node, tuple[float, float]], tuple[float, float]]:
    """The left upper corner of every node, and the size of all: a band for each chain, things that hang on nothing
    together in the last."""
    place: dict[Node, tuple[float, float]] = {}
    wide, y = 0.0, 0.0
    for some in _chains(nodes, arrows):
        own = set(some)
        columns = _columns(some, [arrow for arrow in arrows if arrow[0] in own])
        placed, size = _places(_ordered(columns, [arrow for arrow in arrows if arrow[0] in own]))
        place |= {node: (at[0], at[1] + y) for node, at in placed.items()}
        wide, y = max(wide, size[0]), y + size[1] - 2 * EDGE + APART
    return place, (wide or 2.0 * EDGE, max(y - APART, 0) + 2 * EDGE)


def _chains(nodes: Sequence[Node], arrows: Sequence[tuple[Node, Node]]) -> list[list[Node]]:
    """Nodes that arrows join, whichever way; the largest first, then those that nothing joins, as one."""
    beside: dict[Node, list[Node]] = {node: [] for node in nodes}
    for a, b in arrows:
        beside[a].append(b)
        beside[b].append(a)
    chain: dict[Node, Node] = {}
    for first in nodes:
        waiting = [] if first in chain or not beside[first] else [first]
        while waiting:
            node = waiting.pop()
            if node not in chain:
                chain[node] = first
                waiting += beside[node]
    joined: dict[Node | None, list[Node]] = {}
    for node in nodes:
        joined.setdefault(chain.get(node), []).append(node)
    lone = joined.pop(None, [])
    return [*sorted(joined.values(), key=len, reverse=True), *([lone] if lone else [])]


def _columns(nodes: Sequence[Node], arrows: Sequence[tuple[Node, Node]]) -> dict[Node, int]:
    """The longest way to each node, things in even columns and deeds in odd ones; circles are cut where they close."""
    before: dict[Node, set[Node]] = {node: set() for node in nodes}
    after: dict[Node, list[Node]] = {node: [] for node in nodes}
    for a, b in arrows:
        before[b].add(a)
        after[a].append(b)
    column = {node: int(node[0] == "deed") for node in nodes}
    left = {node: set(some) for node, some in before.items()}
    ready = [node for node in nodes if not left[node]]
    while left:
        node = ready.pop(0) if ready else next(iter(left))
        if left.pop(node, None) is None:
            continue
        for there in after[node]:
            if there in left:
                column[there] = max(column[there], column[node] + 1)
                left[there].discard(node)
                ready += [] if left[there] else [there]
    for node in nodes:  # what nothing leads to stands next to what it leads to
        if not before[node] and after[node]:
            column[node] = max(column[node], min(column[there] for there in after[node]) - 1)
    return column


def _ordered(column: Mapping[Node, int], arrows: Sequence[tuple[Node, Node]]) -> list[list[Node]]:
    """The nodes of each column from top to bottom, near to their neighbours (Sugiyama et al. 1981, barycentres)."""
    columns: list[list[Node]] = [[] for _ in range(max(column.values(), default=0) + 1)]
    for node, at in column.items():
        columns[at].append(node)
    beside: dict[Node, list[Node]] = {node: [] for node in column}
    for a, b in arrows:
        beside[a].append(b)
        beside[b].append(a)
    for _ in range(4):
        rank = {node: k - (len(some) - 1) / 2 for some in columns for k, node in enumerate(some)}
        for some in columns:
            some.sort(key=lambda node: mean([rank[one] for one in beside[node]] or [rank[node]]))
            rank |= {node: k - (len(some) - 1) / 2 for k, node in enumerate(some)}
    return columns


def _places(columns: Sequence[Sequence[Node]]) -> tuple[dict[Node, tuple[float, float]], tuple[float, float]]:
    """The left upper corner of every node, and the size of all."""
    heights = [sum(_tall(node) + DOWN for node in some) - DOWN for some in columns]
    whole, place, x = max(heights, default=0), {}, float(EDGE)
    for some, height in zip(columns, heights, strict=True):
        y, wide = EDGE + (whole - height) / 2, max((_wide(node) for node in some), default=0)
        for node in some:
            place[node] = (x, y)
            y += _tall(node) + DOWN
        x += wide + ACROSS if some else 0
    return place, (x - ACROSS + EDGE, float(whole + 2 * EDGE))


def _wide(node: Node) -> float:
    return DEED if node[0] == "deed" else WIDE


def _tall(node: Node) -> float:
    return LOW if node[0] == "deed" else TALL
