"""A law: whatever the SVG on paper shows, the chart on the screen shows too, and no other number."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import canned
import pytest
from drawable import DOSES, EVERY, SHARES, Drawn, arm, drawn, judged

from auditkit.core.finding import Finding
from auditkit.core.judgement import GRAVITY
from auditkit.formats.vega_marks import DARK, LIGHT
from auditkit.formats.words import outcome_word
from auditkit.rendering import Figure, distributions, figures, render, sweeps, vega_lite
from auditkit.resources import folder

VERDICTS = ("fail", "inconclusive", "pass", "silent", "none")
"""What the page calls their colours."""


class Painted(HTMLParser):
    """The pictures of a page, each as the tags in it: by the row of its finding, and in the order of the page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: dict[int, list[tuple[str, dict[str, str]]]] = {}
        self.shapes: list[list[tuple[str, dict[str, str]]]] = []
        self._into: list[tuple[str, dict[str, str]]] | None = None
        self._finding: int | None = None
        self._inner = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "tr":
            found = re.fullmatch(r"finding-(\d+)", told.get("id", ""))
            self._finding = int(found[1]) - 1 if found else None
        elif tag == "svg" and self._into is not None:
            self._inner += 1
        elif tag == "svg" and "viewbox" not in told and "mark" not in told.get("class", ""):
            self._into = self.rows.setdefault(self._finding, []) if self._finding is not None else []
            if self._finding is None:
                self.shapes.append(self._into)
        if self._into is not None:
            self._into.append((tag, told))

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg" and self._inner:
            self._inner -= 1
        elif tag == "svg":
            self._into = None


def marks(painted: list[tuple[str, dict[str, str]]], kind: str) -> list[dict[str, str]]:
    return [told for _, told in painted if told.get("class") == kind]


def used(painted: list[tuple[str, dict[str, str]]]) -> list[tuple[str, str, str]]:
    return [(told["href"], told["x"], told["y"]) for tag, told in painted if tag == "use" and "x" in told]


def along(chart: dict[str, Any], way: str, value: float) -> float:
    """Where a value stands on the chart's own axis, from 0 to 1; all layers share the axis."""
    channels = [layer["encoding"].get(way, {}) for layer in chart["layer"]]
    [told] = {json.dumps(channel["scale"]) for channel in channels if "scale" in channel}
    scale = json.loads(told)
    low, high, here = (math.log(x) if scale["type"] == "log" else x for x in (*scale["domain"], value))
    return (here - low) / (high - low)


def layers(chart: dict[str, Any], mark: str, **look: Any) -> list[dict[str, Any]]:
    return [one for one in chart["layer"] if one["mark"]["type"] == mark and look.items() <= one["mark"].items()]


def across(chart: dict[str, Any], value: float) -> str:
    return f"{100 * along(chart, 'x', value):.2f}%"


def near(one: str, other: str) -> bool:
    return abs(float(one.rstrip("%")) - float(other.rstrip("%"))) <= 0.011


def hold_rows(chart: dict[str, Any], told: dict[str, Any], row: list[tuple[str, dict[str, str]]]) -> None:
    """The marks of one row, on paper and on the screen."""
    for kind, width, start, end in (("ci", 1.5, "from", "to"), ("ci90", 4.5, "from90", "to90")):
        [line] = marks(row, kind)
        rules = layers(chart, "rule", strokeWidth=width)
        [layer] = [one for one in rules if "stroke" in one["encoding"]]
        assert (layer["encoding"]["x"]["field"], layer["encoding"]["x2"]["field"]) == (start, end)
        assert near(line["x1"], across(chart, told[start]))
        assert near(line["x2"], across(chart, told[end]))
    edges = {href: x for href, x, _ in used(row) if href in ("#left", "#right")}
    sets = chart["datasets"]
    for href, name, place in (("#left", "below", "0"), ("#right", "above", "100%")):
        there = [one for one in sets.get(name, ()) if one["label"] == told["label"]]
        assert (href in edges) == bool(there)
        assert all(near(edges[href], across(chart, one["edge"])) for one in there), place
    if marks(row, "band"):
        [band] = marks(row, "band")
        assert near(band["x"], across(chart, told["least"]))
        width = 100 * (along(chart, "x", told["most"]) - along(chart, "x", told["least"]))
        assert near(band["width"], f"{width:.2f}%")
    assert bool(marks(row, "band")) == (told in sets.get("tolerated", ()))


def spoken(text: str) -> str:
    """All but the names."""
    return "estimate " + text.rpartition(": estimate ")[2]


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("dark", [False, True])
def test_both_painters_show_the_same_numbers(make, dark: bool) -> None:
    report, judgement = make()
    page, seen = Painted(render(report, judgement)), 0
    for figure in figures(report, judgement):
        chart = vega_lite(figure, dark)
        for row, told in zip(figure.rows, chart["datasets"]["every"], strict=True):
            painted = page.rows[row.place]
            seen += 1
            label = next(attrs["aria-label"] for _, attrs in painted if "aria-label" in attrs)
            assert spoken(told["spoken"]) == spoken(label)
            [null] = marks(painted, "null")
            assert near(null["x1"], across(chart, told["nothing"]))
            grid = [line["x1"] for line in marks(painted, "grid")]
            ticks = layers(chart, "rule")[0]["encoding"]["x"]["axis"]["values"]
            assert all(near(a, across(chart, b)) for a, b in zip(grid, ticks, strict=True))
            void = [one["label"] for one in chart["datasets"].get("void", ())]
            assert bool(marks(painted, "void")) == (told["label"] in void)
            if row.value is None:
                continue
            hold_rows(chart, told, painted)
            [(href, x, _)] = [one for one in used(painted) if one[0] not in ("#left", "#right")]
            assert near(x, across(chart, told["at"]))
            verdict = next(outcome for outcome in (*GRAVITY, None) if outcome_word(outcome) == told["outcome"])
            assert href == f"#{verdict.value if verdict else 'not_judged'}"
            assert (told["value"], told["low"], told["high"]) == (row.value, row.low, row.high)
            assert (told["low90"], told["high90"], told["n"]) == (row.low90, row.high90, row.n)
            assert (told["margin_low"], told["margin_high"]) == (row.margin_low, row.margin_high)
    assert seen == len(report.findings)


# -- shapes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("found", SHARES.values(), ids=SHARES)
def test_shares_stand_where_they_stand_on_paper(found: list[Finding]) -> None:
    report, judgement = judged(*found)
    [d] = distributions(report, judgement)
    chart = vega_lite(d)
    rows = [
        shape for shape in Painted(render(report, judgement)).shapes if marks(shape, "reference") and marks(shape, "ci")
    ]
    assert len(rows) == len(d.figure.rows)
    for row, painted in zip(chart["datasets"]["every"], rows, strict=True):
        hold_rows(chart, row, painted)
        [reference], [between] = marks(painted, "reference"), marks(painted, "gap")
        assert near(reference["x1"], across(chart, row["nothing"]))
        assert near(between["x1"], across(chart, row["nothing"]))
        assert near(between["x2"], across(chart, row["at"]))
        dots = [x for href, x, _ in used(painted) if href not in ("#left", "#right")]
        dots += [one["cx"] for one in marks(painted, "shown")]
        assert [near(x, across(chart, row["at"])) for x in dots] == [True]
    assert [one["label"] for one in chart["datasets"]["every"]] == [row.label for row in d.figure.rows]
    assert "the labour force (a census of 2024)" in chart["title"]["subtitle"]


@pytest.mark.parametrize("found", DOSES.values(), ids=DOSES)
def test_a_dose_stands_where_it_stands_on_paper(found: list[Finding]) -> None:
    report, judgement = judged(*found)
    [s] = sweeps(report, judgement)
    chart = vega_lite(s)
    [painted] = [shape for shape in Painted(render(report, judgement)).shapes if marks(shape, "dial")]

    def up(value: float) -> str:
        return f"{10 + 180 * (1 - along(chart, 'y', value)):.1f}"

    rows = chart["datasets"]["known"]
    for kind, start, end in (("ci", "from", "to"), ("ci90", "from90", "to90")):
        for row, line in zip(rows, marks(painted, kind), strict=True):
            assert abs(float(line["y1"]) - float(up(row[start]))) <= 0.11
            assert abs(float(line["y2"]) - float(up(row[end]))) <= 0.11
    for row, (_, x, y) in zip(rows, used(painted), strict=True):
        assert abs(float(y) - float(up(row["at"]))) <= 0.11
        if s.spacing != "even":
            start, end = chart["datasets"]["line"][0]["dose"], chart["datasets"]["line"][-1]["dose"]
            straight = math.log if s.spacing == "logarithmic" else float
            place = (straight(row["dose"]) - straight(start)) / (straight(end) - straight(start))
            assert near(x, f"{4 + 92 * place:.2f}%")
    [null], [band] = marks(painted, "null"), marks(painted, "band")
    assert abs(float(null["y1"]) - float(up(rows[0]["nothing"]))) <= 0.11
    assert abs(float(band["y"]) - float(up(rows[0]["most"]))) <= 0.11
    assert len(chart["datasets"]["line"]) == len(rows) + (s.origin is not None)
    for circle, start in zip(marks(painted, "origin"), chart["datasets"].get("origin", ()), strict=True):
        assert abs(float(circle["cy"]) - float(up(start["at"]))) <= 0.11
    dial = layers(chart, "point")[-1]["encoding"]["x"]
    assert dial["type"] == ("ordinal" if s.spacing == "even" else "quantitative")
    assert dial["scale"].get("type") == {"linear": "linear", "logarithmic": "log", "even": None}[s.spacing]
    assert sorted(row["dose"] for row in rows) == sorted(s.doses)
    assert dial["axis"]["values"] == [point["dose"] for point in chart["datasets"]["line"]]
    for side, name, height in ((0, "below", "190"), (1, "above", "10")):
        leaving = [row["label"] for row in chart["datasets"].get(name, ())]
        assert leaving == [row.label for row in s.figure.rows if s.figure.leaves(row)[side]]
        assert len([edge for edge in marks(painted, "edge") if edge["y"] == height]) == len(leaving)


# -- what a chart is --------------------------------------------------------------------------------------------------


RUN_OR_FETCHED = {"expr", "signal", "transform", "calculate", "filter", "url", "href", "labelExpr", "test", "params"}


def keys(part: Any) -> Iterator[str]:
    for name, value in part.items() if isinstance(part, dict) else enumerate(part):
        yield str(name)
        if isinstance(value, (dict, list)):
            yield from keys(value)


def texts(part: Any) -> Iterator[str]:
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list, tuple)):
            yield from texts(value)


def test_no_text_is_an_expression_an_address_or_unprintable() -> None:
    """Names in data are values of data and of domains; what could be run or fetched is not in a chart."""
    shown = 0
    for one in drawn():
        chart = vega_lite(one)
        assert not {*keys(chart)} & RUN_OR_FETCHED
        assert all(text.isprintable() for text in texts(chart))
        sorts = [layer["encoding"].get(way, {}).get("sort") for layer in chart["layer"] for way in "xy"]
        assert sorts == [None] * len(sorts), "a list to sort by would become an expression"
        json.dumps(chart, allow_nan=False).encode("ascii")
        shown += any("<script>" in text for text in texts(chart))
    assert shown


def test_names_that_are_alike_keep_their_rows() -> None:
    [figure] = figures(*judged(arm("a", 0.1), arm("b", 0.2)))
    twins = replace(figure, rows=tuple(replace(row, label="\x1b same ") for row in figure.rows))
    chart = vega_lite(twins)
    assert [row["label"] for row in chart["datasets"]["every"]] == ["same", "same [2]"]
    assert layers(chart, "point")[-1]["encoding"]["y"]["scale"]["domain"] == ["same", "same [2]"]
    nameless = vega_lite(replace(figure, rows=(replace(figure.rows[0], label="\x00"),)))
    assert nameless["datasets"]["every"][0]["label"] == "(no name)"


def test_a_verdict_has_a_look_of_its_own_without_its_colour() -> None:
    """Shape, filling and outline together tell five verdicts apart."""
    chart = vega_lite(figures(*canned.compas())[0])
    rows = [{**chart["datasets"]["every"][0], "outcome": outcome_word(outcome)} for outcome in (*GRAVITY, None)]
    from auditkit.formats.vega_marks import Plane, estimates

    encoding = estimates(Plane("x", {}, {}), LIGHT, rows, True)["encoding"]
    looks = [encoding[name]["scale"]["range"] for name in ("shape", "strokeDash")]
    fills = [colour == LIGHT["paper"] for colour in encoding["fill"]["scale"]["range"]]
    assert len({json.dumps(look) for look in zip(*looks, fills, strict=True)}) == 5


@pytest.mark.parametrize(("ink", "night"), [(LIGHT, False), (DARK, True)])
def test_the_colours_are_those_of_the_page(ink: dict[str, str], night: bool) -> None:
    style = (folder("reports") / "_style.css.jinja").read_text()
    day, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    said = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", dark.split("}")[0] if night else day))
    names = dict(zip(("Fail", "Inconclusive", "Pass", "Not assessed", "Not judged"), VERDICTS, strict=True))
    assert ink == {name: said[names.get(name, name)] for name in ink}


def test_a_chart_is_told_in_words_too() -> None:
    report, judgement = canned.compas()
    said = vega_lite(figures(report, judgement)[0])["description"]
    assert said.startswith(
        "false positive rate by race. African-American vs Caucasian: estimate +0.214, 95 % interval ["
    )
    assert said.count("null value 0") == 5
    many = vega_lite(figures(*canned.long(1, 50))[0])["description"]
    assert many.endswith("And 20 more.")


def test_charts_are_valid() -> None:
    """By Vega-Lite's own schema, which altair carries."""
    pytest.importorskip("altair", reason="altair carries the schema; it comes with the extra for the dashboard")
    from importlib import resources

    from jsonschema import Draft7Validator

    schema = json.loads((resources.files("altair.vegalite.v6") / "schema" / "vega-lite-schema.json").read_text())
    layered = Draft7Validator({**schema, "$ref": "#/definitions/TopLevelLayerSpec"})
    seen: dict[tuple[Any, ...], Drawn] = {}
    for one in drawn():
        figure = one if isinstance(one, Figure) else one.figure
        undefined = any(row.value is None for row in figure.rows)
        seen.setdefault((type(one), figure.scale, figure.judged, getattr(one, "spacing", ""), undefined), one)
    assert len(seen) >= 8
    for one in seen.values():
        chart = vega_lite(one)
        error = next(iter(sorted(layered.iter_errors(chart), key=lambda e: len(e.path))), None)
        assert error is None, (list(error.path), error.message[:300])
