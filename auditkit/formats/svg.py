"""A figure as a file by itself: what stands beside the plot, and where. The plot is painted as on the printed page."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

from auditkit.core.judgement import GRAVITY
from auditkit.formats.intervals import Figure
from auditkit.formats.sweeps import Distribution, Sweep
from auditkit.formats.vega import vega_lite
from auditkit.formats.vega_marks import DARK, LIGHT, is_tolerated, records
from auditkit.formats.words import count, outcome_word, percent_of, short

WIDE, EDGE, TOP, STEP, DOSED = 760, 24, 116, 46, 330
"""Pixels: the picture's width and its edge, where rows begin, a row, and where a plot along a dose ends."""
LINE, LETTER, MARK, BETWEEN = 22, 6.4, 26, 22
"""Pixels of the legend: a line, a letter, a mark before a word, and the room between two entries."""


def told(drawn: Figure | Distribution | Sweep) -> dict[str, Any]:
    """All that the template of a single picture shows."""
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    chart = vega_lite(drawn)
    legend = list(_placed(_legend(drawn, figure)))
    below = LINE + (DOSED if isinstance(drawn, Sweep) else TOP + STEP * len(figure.rows))
    kind = {Figure: "intervals", Distribution: "shares", Sweep: "doses"}[type(drawn)]
    return {
        "drawn": drawn,
        "figure": figure,
        "kind": kind,
        "title": chart["title"]["text"],
        "subtitle": chart["title"]["subtitle"],
        "description": chart["description"],
        "rows": list(_rows(figure, kind)),
        "legend": legend,
        "below": below,
        "size": (WIDE, below + (legend[-1][1] if legend else 0) + EDGE),
        "signed": figure.scale == "difference" and all(row.null == 0 for row in figure.rows),
        "inks": (LIGHT, DARK),
    }


def lines(label: str) -> list[str]:
    """A name on one line or two; what does not fit is left out in its middle.

    >>> lines("African-American vs Caucasian"), lines("a name that goes on, and on, until it takes two lines")
    (['African-American vs Caucasian'], ['a name that goes on, and on, until', 'it takes two lines'])
    """
    most = 17 if any(east_asian_width(letter) in "WF" for letter in label) else 35
    cut = (wrap(short(label, size), most) for size in range(2 * most, 0, -2))
    return next(told for told in cut if len(told) <= 2)


def _rows(figure: Figure, kind: str) -> Iterator[tuple[Any, list[str], str, str, str]]:
    """Each row, its name in lines, its numbers, its verdict with its rows, and all of it for whoever does not see."""
    for row, said in zip(figure.rows, records(figure), strict=True):
        numbers = f"{said['estimate']} {said['interval'] if row.value is not None else ''}".strip()
        if kind == "shares":
            numbers = f"{percent_of(row.value)}, reference {percent_of(row.null)}"
        about = f"{said['spoken']}, {count(row.n)} rows"
        if row.value is None and row.reason:
            about += f"; {row.reason}"
        yield row, lines(said["label"]), numbers, f"{said['outcome']}, {count(row.n)} rows", about


def _legend(drawn: Figure | Distribution | Sweep, figure: Figure) -> Iterator[tuple[str, str]]:
    """Every mark that is there, and its word."""
    for outcome in (*GRAVITY, None):
        if any(row.outcome is outcome and row.value is not None for row in figure.rows):
            circle = outcome is None and isinstance(drawn, Distribution)
            yield "shown" if circle else outcome.value if outcome else "not_judged", outcome_word(outcome)
    if any(row.value is not None for row in figure.rows):
        yield from (("ci", "95 % interval"), ("ci90", "90 % interval"))
    if any(map(is_tolerated, figure.rows)):
        yield "band", "tolerated"
    if figure.rows:
        yield ("reference", "reference") if isinstance(drawn, Distribution) else ("null", "null value")
    if any(row.truth is not None for row in figure.rows):
        yield "across" if isinstance(drawn, Sweep) else "reference", "truth"
    if any(any(figure.leaves(row)) for row in figure.rows):
        yield "edge", "leaves the axis, or has no bound"


def _placed(legend: Iterator[tuple[str, str]]) -> Iterator[tuple[float, float, str, str]]:
    """Where each entry stands, from left to right, line by line."""
    x, y = float(EDGE), 0.0
    for kind, word in legend:
        wide = MARK + LETTER * len(word)
        if x > EDGE and x + wide > WIDE - EDGE:
            x, y = float(EDGE), y + LINE
        yield x, y, kind, word
        x += wide + BETWEEN
