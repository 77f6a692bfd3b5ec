"""A law: a picture in a file by itself shows every number in its place, as the chart on the screen does."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise

import canned
import invented
import pytest
from drawable import DOSES, SHARES, Drawn, drawn, judged
from hypothesis import given, settings

from auditkit.formats.vega_marks import LIGHT
from auditkit.formats.words import count, outcome_word, percent_of
from auditkit.rendering import Distribution, Figure, Row, Sweep, distributions, figures, svg, sweeps, vega_lite

XMLNS = "{http://www.w3.org/2000/svg}"
FINE = 1.1e-4
"""Places are written in hundredths of a percent."""


def opened(one: Drawn) -> ET.Element:
    return ET.fromstring(svg(one))


def figure_of(one: Drawn) -> Figure:
    return one if isinstance(one, Figure) else one.figure


def marks(part: ET.Element, kind: str) -> list[ET.Element]:
    return [mark for mark in part.iter() if mark.get("class") == kind]


def plots(picture: ET.Element) -> list[ET.Element]:
    return marks(picture, "plot row")


def place(text: str | None) -> float:
    assert text is not None
    return float(text.rstrip("%")) / 100


def value_at(figure: Figure, at: float) -> float:
    """The value whose place is read off the picture: the axis the other way round."""
    low, high = figure.domain
    if figure.scale != "ratio":
        return low + at * (high - low)
    return math.exp(math.log(low) + at * math.log(high / low))


def shows(figure: Figure, at: float, value: float | None, otherwise: float, fine: float = FINE) -> bool:
    """Whether a place is that of a value, seen on this axis."""
    seen = otherwise if value is None else min(max(value, figure.domain[0]), figure.domain[1])
    step = abs(value_at(figure, min(at + fine, 1)) - value_at(figure, max(at - fine, 0)))
    return abs(value_at(figure, at) - seen) <= step


def spoken(said: str) -> str:
    """All but the names."""
    return "estimate " + said.rpartition(": estimate ")[2]


def hold_row(figure: Figure, row: Row, plot: ET.Element) -> None:
    low, high = figure.domain
    for kind, start, end in (("ci", row.low, row.high), ("ci90", row.low90, row.high90)):
        [line] = marks(plot, kind)
        assert shows(figure, place(line.get("x1")), start, low)
        assert shows(figure, place(line.get("x2")), end, high)
    for kind in ("band",) if row.margin_low is not None or row.margin_high is not None else ():
        [band] = marks(plot, kind)
        assert shows(figure, place(band.get("x")), row.margin_low, low)
        assert shows(figure, place(band.get("x")) + place(band.get("width")), row.margin_high, high, 2 * FINE)
    used = {use.get("href"): use.get("x") for use in plot.iter(f"{XMLNS}use")}
    assert (used.pop("#left", None) is not None, used.pop("#right", None) is not None) == figure.leaves(row)
    [at] = [*used.values(), *(dot.get("cx") for dot in marks(plot, "shown"))]
    assert shows(figure, place(at), row.value, low)
    assert set(used) == set() or set(used) == {f"#{row.outcome.value if row.outcome else 'not_judged'}"}


def all_drawn() -> list[Drawn]:
    return list(drawn())


def test_every_number_of_a_row_is_at_its_place() -> None:
    seen = 0
    for one in all_drawn():
        figure, picture = figure_of(one), opened(one)
        if isinstance(one, Sweep):
            continue
        null = "reference" if isinstance(one, Distribution) else "null"
        for row, plot in zip(figure.rows, plots(picture), strict=True):
            [line] = marks(plot, null)
            assert shows(figure, place(line.get("x1")), row.null, figure.domain[0])
            grid = [place(tick.get("x1")) for tick in marks(plot, "grid")]
            assert all(shows(figure, at, tick, 0) for at, tick in zip(grid, figure.ticks, strict=True))
            assert (row.value is None) == bool(marks(plot, "void"))
            seen += 1
            if row.value is not None:
                hold_row(figure, row, plot)
    assert seen > 100


def test_it_says_what_the_chart_on_the_screen_says() -> None:
    """The same words of the same numbers, row by row, and for whoever sees neither."""
    for one in all_drawn():
        chart, figure = vega_lite(one), figure_of(one)
        picture = opened(one)
        assert picture.findtext(f"{XMLNS}title") == chart["title"]["text"]
        assert picture.findtext(f"{XMLNS}desc") == chart["description"]
        if isinstance(one, Sweep):
            continue
        told = chart["datasets"].get("every", [])
        titles = [plot.findtext(f".//{XMLNS}title") or "" for plot in plots(picture)]
        words = [group for group in picture.iter(f"{XMLNS}g") if marks(group, "start word")]
        for row, said, title, group in zip(figure.rows, told, titles, words, strict=True):
            assert title.startswith(said["spoken"])
            assert spoken(title).startswith(spoken(said["spoken"]))
            numbers, verdict = ("".join(text.itertext()) for text in group.iter(f"{XMLNS}text"))
            assert verdict == f"{outcome_word(row.outcome)}, {count(row.n)} rows"
            if isinstance(one, Distribution):
                assert numbers == f"{percent_of(row.value)}, reference {percent_of(row.null)}"
            else:
                assert numbers == (f"{said['estimate']} {said['interval']}" if row.value is not None else "undefined")


@pytest.mark.parametrize("found", DOSES.values(), ids=DOSES)
def test_a_dose_has_its_numbers_at_their_height(found) -> None:
    [s] = sweeps(*judged(*found))
    picture, figure = opened(s), s.figure
    [plot] = [part for part in marks(picture, "plot") if part.get("width") == "580"]

    def height(text: str | None) -> float:
        assert text is not None
        return 1 - (float(text) - 10) / 180

    rows = [group for group in plot.iter(f"{XMLNS}g") if marks(group, "ci")]
    for row, at, group in zip(figure.rows, s.places, rows, strict=True):
        [wide], [narrow] = marks(group, "ci"), marks(group, "ci90")
        for line, start, end in ((wide, row.low, row.high), (narrow, row.low90, row.high90)):
            assert shows(figure, height(line.get("y1")), start, figure.domain[0], 6e-4)
            assert shows(figure, height(line.get("y2")), end, figure.domain[1], 6e-4)
            assert place(line.get("x1")) == pytest.approx(0.04 + 0.92 * at, abs=FINE)
        [mark] = [use for use in group.iter(f"{XMLNS}use") if use.get("x")]
        assert shows(figure, height(mark.get("y")), row.value, 0, 6e-4)
        assert {edge.get("y") for edge in marks(group, "edge")} == {
            end for end, leaves in zip(("190", "10"), figure.leaves(row), strict=True) if leaves
        }


def test_rows_and_axis_stand_on_each_other() -> None:
    """A percentage is the same place in all of them, and no row covers another."""
    [figure] = figures(*judged(*DOSES["linear"]))
    picture = opened(figure)
    frames = [part for part in picture.iter() if "plot" in part.get("class", "").split()]
    assert {(frame.get("x"), frame.get("width")) for frame in frames} == {("280", "260")}
    tops = [float(frame.get("y", "nan")) for frame in frames[1:]]
    assert [b - a for a, b in pairwise(tops)] == [46.0] * 2
    assert float(picture.get("height", "nan")) > tops[-1] + 46
    axis = [text.text for text in frames[0].iter(f"{XMLNS}text")]
    assert len(axis) == len(figure.ticks)


SAFE = {"svg", "title", "desc", "style", "rect", "text", "line", "g", "use", "defs", "path", "circle"}


def acting(picture: ET.Element) -> Iterator[str]:
    """Whatever could run, be fetched or leave the picture."""
    for part in picture.iter():
        tag = part.tag.removeprefix(XMLNS)
        yield from [] if tag in SAFE else [tag]
        for name, value in part.attrib.items():
            harmless = name != "href" or value.startswith("#")
            if name.startswith(("on", "{")) or not harmless or "url(" in value or (name == "style" and tag != "svg"):
                yield f"{name}={value}"
        if tag == "style":
            yield from re.findall(r"url|@import|expression|<", part.text or "")


def test_hostile_names_are_shown_and_do_nothing() -> None:
    shown = 0
    for one in all_drawn():
        picture = opened(one)
        assert list(acting(picture)) == []
        assert all(text.isprintable() for part in picture.iter() if part.tag != f"{XMLNS}style"
                   for text in (part.text or "").split("\n"))  # fmt: skip
        shown += any("<script>" in (part.text or "") for part in picture.iter(f"{XMLNS}text"))
    assert shown


@given(invented.TEXTS, invented.SEEDS)
@settings(max_examples=12)
def test_whatever_the_text_it_is_xml(texts: list[str], seed: int) -> None:
    made = invented.judged(texts, seed, 12)
    for one in islice([*figures(*made), *distributions(*made), *sweeps(*made)], 6):
        assert list(acting(opened(one))) == []


def test_it_has_an_entry_for_every_mark_that_is_there_and_no_other() -> None:
    [figure] = figures(*judged(*DOSES["ratios, one unbounded"]))
    legend = ["".join(text.itertext()) for text in marks(opened(figure), "legend")[0].iter(f"{XMLNS}text")]
    outcomes = [word for word in ("Fail", "Not assessed", "Inconclusive", "Pass", "Not judged") if word in legend]
    assert outcomes == [outcome_word(outcome) for outcome, _ in figure.counts()]
    assert legend[-2:] == ["null value", "leaves the axis, or has no bound"]
    [shares] = distributions(*judged(*SHARES["not judged"]))
    said = ["".join(text.itertext()) for text in marks(opened(shares), "legend")[0].iter(f"{XMLNS}text")]
    assert said == ["Not judged", "95 % interval", "90 % interval", "reference"]


def test_nothing_leaves_its_frame() -> None:
    """The longest names and the widest numbers stand inside the picture's width."""
    [figure] = figures(*judged(*DOSES["linear"]))
    named = tuple(replace(row, label=text, value=None, reason=text) for row in figure.rows for text in canned.HOSTILE)
    picture = opened(replace(figure, rows=named, title="M" * 900))
    for text in picture.iter(f"{XMLNS}text"):
        assert len(text.text or "") <= 112
    assert len(marks(picture, "void")) == len(named)
    names = [part for part in picture if part.get("width") == "240"]
    assert {len(list(part)) for part in names} <= {1, 2}


def test_its_colours_are_those_of_the_page_without_variables() -> None:
    text = svg(figures(*canned.compas())[0])
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "var(" not in style
    assert set(re.findall(r"#[0-9a-f]{6}", style.partition("@media")[0])) <= set(LIGHT.values())
    assert "prefers-color-scheme: dark" in style
    json.dumps(text).encode("ascii")
