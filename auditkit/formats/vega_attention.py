"""Where an answer looked, as a Vega-Lite chart: the squares of the printed page, the fuller the more weight."""

from __future__ import annotations

from typing import Any

from auditkit.core.target import Attention
from auditkit.formats.vega_marks import DARK, LIGHT, Chart, Ink
from auditkit.formats.words import short

LETTERS, NO_LETTER = 12, "␣"
"""Letters of a word that is shown, and what stands for one that has none to show."""
LARGE, SMALL, MANY = 20, 11, 16
"""Pixels of a square, and of one where there are so many to a side."""
SLANT = -52
TIPS = {"made": "Word made", "seen": "Looked at", "told": "Weight"}


def heat(looked: Attention, ink: Ink) -> Chart:
    """A square for every word made and word looked at; words are values of marks, and may come twice.

    >>> chart = heat(Attention(("he",), ("o", "un"), ((0.25, 0.75),)), {"ink": "#000", "soft": "#555", "hair": "#eee"})
    >>> [square["told"] for square in chart["datasets"]["squares"]]
    ['0.250', '0.750']
    """
    made, seen = ([word(token) for token in side] for side in (looked.rows, looked.columns))
    side = LARGE if max(len(made), len(seen)) <= MANY else SMALL
    x, y = _place("column", len(seen)), _place("row", len(made))
    letters = {"type": "text", "color": ink["ink"], "fontSize": 12 if side == LARGE else 8, "baseline": "middle"}
    before = {**letters, "align": "right", "x": -6}
    after = {**letters, "align": "left", "y": -6, "xOffset": 2, "angle": SLANT % 360}
    text = {"text": {"field": "word", "type": "nominal"}}
    full = {"field": "weight", "type": "quantitative", "scale": {"domain": [0, 1], "range": [0, 1]}, "legend": None}
    told = [{"field": name, "type": "nominal", "title": title} for name, title in TIPS.items()]
    squares = {"x": x, "y": y, "fillOpacity": full, "tooltip": told}
    spoken = {"description": {"field": "spoken", "type": "nominal"}}
    mark = {"type": "rect", "fill": ink["ink"], "stroke": ink["hair"], "strokeWidth": 1}
    return {
        "title": {"text": short(looked.of, 60) or "attention"},
        "description": described(looked),
        "width": {"step": side},
        "height": {"step": side},
        "datasets": {
            "squares": _squares(looked, made, seen),
            "made": [{"row": k, "word": said} for k, said in enumerate(made)],
            "seen": [{"column": k, "word": said} for k, said in enumerate(seen)],
        },
        "layer": [
            {"data": {"name": "squares"}, "mark": mark, "encoding": {**squares, **spoken}},
            {"data": {"name": "made"}, "mark": before, "encoding": {"y": y, **text}},
            {"data": {"name": "seen"}, "mark": after, "encoding": {"x": x, **text}},
        ],
    }


def by_itself(looked: Attention) -> dict[str, Any]:
    """All that the template of a single picture shows."""
    n, m = len(looked.rows), len(looked.columns)
    side = LARGE if max(n, m) <= MANY else SMALL
    wide, high = side * m + 12 * LETTERS + 62, side * n + 5 * LETTERS + 90  # room for the longest words
    told = {"looked": looked, "size": (wide, high), "letters": 12 if side == LARGE else 8, "inks": (LIGHT, DARK)}
    return {**told, "description": described(looked)}


def described(looked: Attention) -> str:
    """The picture in words: for every word made, which it looked at most.

    >>> described(Attention(("he",), ("o", "un"), ((0.25, 0.75),), "decoder"))
    'decoder. Words made: 1, looked at: 2. he looks most at un (0.750).'
    """
    most = [max(range(len(row)), key=row.__getitem__) for row in looked.weights]
    each = [
        f"{word(made)} looks most at {word(looked.columns[at])} ({row[at]:.3f})"
        for made, row, at in zip(looked.rows, looked.weights, most, strict=True)
    ]
    whole = f"{short(looked.of, 60) or 'attention'}. Words made: {len(looked.rows)}, looked at: {len(looked.columns)}"
    return ". ".join([whole, *each]) + "."


def attention_rows(looked: Attention) -> list[dict[str, object]]:
    """Its numbers as rows of a table, a column for every word looked at; a word that comes again says so."""
    names = _apart([word(token) for token in looked.columns])
    return [
        {"word made": word(made), **dict(zip(names, row, strict=True))}
        for made, row in zip(looked.rows, looked.weights, strict=True)
    ]


def word(token: str) -> str:
    """A token as it is shown."""
    return short(token, LETTERS) or NO_LETTER


def _apart(words: list[str]) -> list[str]:
    taken: dict[str, int] = {"word made": 1}
    told = []
    for said in words:
        taken[said] = taken.get(said, 0) + 1
        told.append(said if taken[said] == 1 else f"{said} [{taken[said]}]")
    return told


def _squares(looked: Attention, made: list[str], seen: list[str]) -> list[Chart]:
    return [
        {
            "row": i,
            "column": j,
            "weight": weight,
            "made": made[i],
            "seen": seen[j],
            "told": f"{weight:.3f}",
            "spoken": f"{made[i]} on {seen[j]}: {weight:.3f}",
        }
        for i, row in enumerate(looked.weights)
        for j, weight in enumerate(row)
    ]


def _place(field: str, n: int) -> Chart:
    """By place and not by name, in the order of the sentence."""
    scale = {"domain": list(range(n)), "padding": 0}
    return {"field": field, "type": "ordinal", "sort": None, "scale": scale, "axis": None}
