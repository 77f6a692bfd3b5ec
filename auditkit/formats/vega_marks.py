"""What a chart of a figure is made of: its numbers where they stand on the axis, and a layer for each kind of mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from auditkit.core.estimate import Interval
from auditkit.core.finding import Margin
from auditkit.core.judgement import GRAVITY
from auditkit.formats.intervals import Figure, Row
from auditkit.formats.words import exact, interval, margin, number, outcome_word, plain

Chart = dict[str, Any]
Ink = Mapping[str, str]

LIGHT: Ink = {
    "paper": "#fbfaf7", "ink": "#1a1b1d", "soft": "#5b5d60", "hair": "#e8e5dc", "band": "#ebe8df",
    "Fail": "#b3261e", "Inconclusive": "#8a5a00", "Not assessed": "#5a5478", "Pass": "#14598f", "Not judged": "#5b5d60",
}  # fmt: skip
DARK: Ink = {
    "paper": "#131416", "ink": "#ebe8e1", "soft": "#a6a39c", "hair": "#292a2e", "band": "#232529",
    "Fail": "#ff8d7a", "Inconclusive": "#e6b557", "Not assessed": "#bdb5dd", "Pass": "#86bef2", "Not judged": "#a6a39c",
}  # fmt: skip
"""The colours of the page, by day and by night."""
SHAPES = {
    "Fail": "diamond",
    "Inconclusive": "circle",
    "Not assessed": "circle",
    "Pass": "circle",
    "Not judged": "cross",
}
HOLLOW, DASHED = ("Inconclusive", "Not assessed"), "Not assessed"
VERDICTS = tuple(outcome_word(outcome) for outcome in (*GRAVITY, None))
TIPS = {
    "label": "Comparison", "outcome": "Verdict", "estimate": "Estimate", "interval": "95 % interval",
    "narrow": "90 % interval", "margin": "Margin", "null": "Null value", "n": "Rows",
}  # fmt: skip


@dataclass(frozen=True)
class Plane:
    """Which way values run, and which way rows or doses do: an encoding of each, that of values without a field."""

    values: Literal["x", "y"]
    value: Chart
    place: Chart

    @property
    def places(self) -> str:
        """The other way."""
        return "y" if self.values == "x" else "x"

    def at(self, field: str, to: str = "") -> Chart:
        """A mark at the value of a field, or from it to that of another."""
        there = {self.values: {**self.value, "field": field}, self.places: self.place}
        return {**there, f"{self.values}2": {"field": to}} if to else there


def records(figure: Figure) -> list[Chart]:
    """Each row's numbers as they are, where they are seen on the axis, and in words; no two have one label."""
    taken: dict[str, int] = {}
    told = []
    for row in figure.rows:
        label = plain(row.label) or "(no name)"
        taken[label] = taken.get(label, 0) + 1
        told.append({"label": label if taken[label] == 1 else f"{label} [{taken[label]}]", **_numbers(figure, row)})
    return told


def datasets(figure: Figure, rows: Sequence[Chart]) -> dict[str, list[Chart]]:
    """The rows by what can be drawn of them: an estimate, an end that leaves the axis, or nothing."""
    both = list(zip(rows, figure.rows, strict=True))
    return {
        "every": list(rows),
        "known": [told for told, row in both if row.value is not None],
        "below": [told | {"edge": figure.domain[0]} for told, row in both if figure.leaves(row)[0]],
        "above": [told | {"edge": figure.domain[1]} for told, row in both if figure.leaves(row)[1]],
        "void": [told | {"edge": figure.domain[0]} for told, row in both if row.value is None],
        "tolerated": [told for told, row in both if is_tolerated(row)],
        "true": [told for told, row in both if row.truth is not None],
    }


def band(plane: Plane, ink: Ink) -> Chart:
    """What is tolerated."""
    return _layer("tolerated", {"type": "rect", "color": ink["band"]}, plane.at("least", "most"))


def spans(plane: Plane, ink: Ink, rows: Sequence[Chart], judged: bool) -> list[Chart]:
    """The 95 % interval, thin, and the 90 % interval, thick."""
    colour = {"stroke": _by_verdict(rows, ink, judged), "tooltip": tips()}
    ends = (("from", "to", 1.5), ("from90", "to90", 4.5))
    return [
        _layer("known", {"type": "rule", "strokeWidth": width}, {**plane.at(start, end), **colour})
        for start, end, width in ends
    ]


def leaving(plane: Plane, ink: Ink, rows: Sequence[Chart], judged: bool) -> list[Chart]:
    """Triangles where an interval leaves the axis, or has no bound; they stand inside it."""
    across = plane.values == "x"
    inwards = {"left": 5, "right": -5} if across else {"down": -5, "up": 5}
    encoding = {**plane.at("edge"), "stroke": _by_verdict(rows, ink, judged), "tooltip": tips()}
    return [
        _layer(data, {"type": "point", "shape": f"triangle-{way}", "size": 60, f"{plane.values}Offset": by}, encoding)
        for data, (way, by) in zip(("below", "above"), inwards.items(), strict=True)
    ]


def estimates(plane: Plane, ink: Ink, rows: Sequence[Chart], judged: bool, unjudged: str = "cross") -> Chart:
    """The estimates: a shape and a colour for each verdict."""
    shapes = SHAPES | {"Not judged": unjudged}
    fills = {verdict: ink["paper" if verdict in HOLLOW else verdict] for verdict in VERDICTS}
    dashes = {verdict: [2, 2] if verdict == DASHED else [1, 0] for verdict in VERDICTS}
    looks = {"stroke": ink, "fill": fills, "shape": shapes, "strokeDash": dashes}
    verdicts = {name: _by_verdict(rows, look, judged) for name, look in looks.items()}
    told = {"tooltip": tips(), "description": {"field": "spoken", "type": "nominal"}}
    mark = {"type": "point", "size": 92, "strokeWidth": 2, "opacity": 1}
    return _layer("known", mark, {**plane.at("at"), **verdicts, **told})


def true(plane: Plane, ink: Ink) -> Chart:
    """A tick where the truth stands, in a world where it is known."""
    upright = "vertical" if plane.values == "x" else "horizontal"
    look = {"type": "tick", "orient": upright, "thickness": 2.5, "size": 22, "color": ink["ink"], "opacity": 1}
    told = {"label": TIPS["label"], "truth": "Truth"}
    tip = [{"field": field, "type": "nominal", "title": title} for field, title in told.items()]
    return _layer("true", look, {**plane.at("true"), "tooltip": tip})


def undefined(plane: Plane, ink: Ink) -> Chart:
    """The word for a row that has no estimate."""
    look = {"type": "text", "text": "undefined", "align": "left", "dx": 6, "fontStyle": "italic", "color": ink["soft"]}
    return _layer("void", look, {**plane.at("edge"), "tooltip": tips()})


def rule(data: str, encoding: Chart, colour: str, dash: Sequence[float], width: float = 1) -> Chart:
    """A dashed line."""
    look = {"type": "rule", "color": colour, "strokeDash": list(dash), "strokeWidth": width}
    return _layer(data, look, encoding)


def tips() -> list[Chart]:
    """What is told of a mark under the pointer."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in TIPS.items()]


def is_tolerated(row: Row) -> bool:
    """Whether anything is tolerated of it."""
    return row.margin_low is not None or row.margin_high is not None


def _layer(data: str, mark: Chart, encoding: Chart) -> Chart:
    return {"data": {"name": data}, "mark": mark, "encoding": encoding}


def _by_verdict(rows: Sequence[Chart], looks: Mapping[str, Any], judged: bool) -> Chart:
    """A look for each verdict that is there, with a legend where anything was judged."""
    there = [verdict for verdict in VERDICTS if any(row["outcome"] == verdict for row in rows)]
    scale = {"domain": there, "range": [looks[verdict] for verdict in there]}
    return {"field": "outcome", "type": "nominal", "scale": scale, "legend": {"title": None} if judged else None}


def _numbers(figure: Figure, row: Row) -> Chart:
    low, high = figure.domain
    ends = ("value", "low", "high", "low90", "high90", "margin_low", "margin_high")
    seen = {
        "at": (row.value, low),
        "from": (row.low, low),
        "to": (row.high, high),
        "from90": (row.low90, low),
        "to90": (row.high90, high),
        "nothing": (row.null, low),
        "least": (row.margin_low, low),
        "most": (row.margin_high, high),
    }
    if row.truth is not None:
        seen["true"] = (row.truth, low)
    placed = {name: end if value is None else min(max(value, low), high) for name, (value, end) in seen.items()}
    return {name: getattr(row, name) for name in ends} | placed | _words(figure, row)


def _words(figure: Figure, row: Row) -> Chart:
    scale, signed = figure.scale, figure.scale == "difference" and row.null == 0
    wide, narrow = Interval(row.low, row.high, 0.95), Interval(row.low90, row.high90, 0.9)
    told = {
        "outcome": outcome_word(row.outcome),
        "estimate": number(row.value, scale, signed),
        "interval": interval(wide, scale, signed),
        "narrow": interval(narrow, scale, signed),
        "margin": margin(Margin(row.margin_low, row.margin_high) if is_tolerated(row) else None, scale),
        "null": exact(row.null),
    }
    spoken = "{label}: estimate {estimate}, 95 % interval {interval}, margin {margin}, null value {null}: {verdict}"
    said = spoken.format(label=plain(row.label), verdict=told["outcome"].lower(), **told)
    if row.truth is not None:
        told["truth"] = number(row.truth, scale, signed)
        said += f", truth {told['truth']}"
    return {**told, "n": row.n, "spoken": said}
