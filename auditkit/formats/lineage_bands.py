"""Where the things and deeds of a lineage stand: from left to right in columns, a band for each chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditkit.formats.lineage_lanes import Arrow, Node, laned, linked
from auditkit.formats.lineage_rows import levelled, ordered, tall

WIDE, DEED, ACROSS, EDGE, APART = 200, 76, 40, 14, 34
"""Pixels: how wide a thing's box is and a deed's, the room between columns, the edge, and the room between chains."""
TURN = 10
"""Pixels: how far an arrow that runs back reaches out beside the boxes."""
Point = tuple[float, float]


@dataclass
class Layout:
    """The left upper corner of every node, the points that each arrow goes through, and the size of all."""

    place: dict[Node, Point] = field(default_factory=dict)
    ways: dict[Arrow, tuple[Point, ...]] = field(default_factory=dict)
    size: Point = (2.0 * EDGE, 2.0 * EDGE)

    def below(self, other: Layout) -> Layout:
        """This with another under it."""
        down = self.size[1] - 2 * EDGE + APART if self.place else 0.0
        place = {node: (x, y + down) for node, (x, y) in other.place.items()}
        ways = {arrow: tuple((x, y + down) for x, y in way) for arrow, way in other.ways.items()}
        size = max(self.size[0], other.size[0]), other.size[1] + down
        return Layout(self.place | place, self.ways | ways, size)


def banded(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Layout:
    """Where all stands: a band for each chain, things that hang on nothing together in the last."""
    whole = Layout()
    for some in _chains(nodes, arrows):
        own = set(some)
        whole = whole.below(_band(some, [arrow for arrow in arrows if arrow[0] in own]))
    return whole


def _band(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Layout:
    """A chain from left to right: boxes in columns, arrows in the room between these and in lanes through them."""
    column = _columns(nodes, arrows)
    lanes, ways = laned(column, arrows)
    every = column | lanes
    links = linked(every, ways)
    columns = ordered(every, links)
    middle, low = _from_above(levelled(columns, links))
    spans = _spans(columns)
    place = {node: (spans[at][0], middle[node] - tall(node) / 2) for node, at in column.items()}
    stops = {(a, b): [(every[node], middle[node]) for node in (a, *way, b)] for (a, b), way in ways.items()}
    drawn = {arrow: _way(spans, some) for arrow, some in stops.items()}
    return Layout(place, drawn, (spans[-1][1] + EDGE, low + EDGE))


def _from_above(middle: Mapping[Node, float]) -> tuple[dict[Node, float], float]:
    """The middles with the edge above the highest, and where the lowest ends."""
    top = min(y - tall(node) / 2 for node, y in middle.items()) - EDGE
    moved = {node: y - top for node, y in middle.items()}
    return moved, max(y + tall(node) / 2 for node, y in moved.items())


def _spans(columns: Sequence[Sequence[Node]]) -> list[Point]:
    """Where each column begins and ends from left to right; one with nothing in it takes no room."""
    spans, x = [], float(EDGE)
    for some in columns:
        spans.append((x, x + max(map(_wide, some), default=0.0)))
        x = spans[-1][1] + ACROSS if some else x
    return spans


def _way(spans: Sequence[Point], stops: Sequence[tuple[int, float]]) -> tuple[Point, ...]:
    """From the right of the first stop to the left of the last, through every column between from edge to edge."""
    (start, y), *between, (end, last) = stops
    points = [(spans[start][1], y)]
    if start > end:
        points += [(spans[start][1] + TURN, y), (spans[start][1] + TURN, between[0][1])]
    for at, level in between:
        points += [(x, level) for x in (spans[at] if start < end else spans[at][::-1])]
    if start > end:
        points += [(spans[end][0] - TURN, between[-1][1]), (spans[end][0] - TURN, last)]
    return (*points, (spans[end][0], last))


def _chains(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> list[list[Node]]:
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


def _columns(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> dict[Node, int]:
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


def _wide(node: Node) -> float:
    return {"thing": float(WIDE), "deed": float(DEED)}.get(node[0], 0.0)
