"""The way of every arrow of a lineage past the boxes between its ends: lanes, one in each column that it crosses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

Node = tuple[str, str]
"""A "thing" by its hash, a "deed" by its place in the lineage, or a "lane" by its column and whose it is."""
Arrow = tuple[Node, Node]


def laned(column: Mapping[Node, int], arrows: Sequence[Arrow]) -> tuple[dict[Node, int], dict[Arrow, list[Node]]]:
    """The column of every lane, and the lanes that each arrow runs through, in its order.

    Arrows out of one node share their lanes, or those into one, whichever are more: they are drawn as one line, that
    parts late. An arrow that closes a circle runs back in lanes of its own, beside the boxes of both its ends.

    >>> a, b, c, d = ("thing", "a"), ("deed", "b"), ("thing", "c"), ("deed", "d")
    >>> laned({a: 0, b: 1, c: 2, d: 3}, [(a, b), (a, d)])[1][a, d] == [("lane", "1 on from thing a"),
    ... ("lane", "2 on from thing a")]
    True
    """
    crossed = {(a, b): _crossed(column[a], column[b]) for a, b in arrows}
    far = [arrow for arrow, between in crossed.items() if between]
    out, into = Counter(a for a, _ in far), Counter(b for _, b in far)
    lanes: dict[Node, int] = {}
    ways: dict[Arrow, list[Node]] = {}
    for (a, b), between in crossed.items():
        whose = f"from {a[0]} {a[1]}" if out[a] >= into[b] else f"to {b[0]} {b[1]}"
        whither = "on" if column[a] < column[b] else "back"
        ways[a, b] = [("lane", f"{at} {whither} {whose}") for at in between]
        lanes |= zip(ways[a, b], between, strict=True)
    return lanes, ways


def _crossed(start: int, end: int) -> range:
    """The columns between two; those of both as well where the way leads back."""
    return range(start + 1, end) if start < end else range(start, end - 1, -1)


def linked(column: Mapping[Node, int], ways: Mapping[Arrow, Sequence[Node]]) -> list[Arrow]:
    """What is drawn between a column and the next, once, the left end first."""
    pairs = [pair for (a, b), way in ways.items() for pair in zip((a, *way), (*way, b), strict=True)]
    near = [(a, b) if column[a] < column[b] else (b, a) for a, b in pairs if abs(column[a] - column[b]) == 1]
    return list(dict.fromkeys(near))
