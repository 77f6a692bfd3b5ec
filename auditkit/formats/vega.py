"""The figures of a report as Vega-Lite charts: for a screen, the very numbers that the SVG on paper shows.

Data stand in the chart, nothing is fetched, and no expression is made of a text: labels are values of marks and axes.
"""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.core.target import Attention
from auditkit.formats.intervals import Figure
from auditkit.formats.sweeps import Distribution, Sweep
from auditkit.formats.vega_attention import heat
from auditkit.formats.vega_marks import (
    DARK,
    LIGHT,
    Chart,
    Ink,
    Plane,
    band,
    datasets,
    estimates,
    leaving,
    records,
    rule,
    spans,
    tips,
    true,
    undefined,
)
from auditkit.formats.words import percent_of, plain, short

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""What the chart is, for editors; nobody fetches it."""
STEP, TALL, TOLD = 34, 200, 30
"""Pixels of a row, pixels of a chart along a dose, and how many rows a description tells one by one."""
NULL, GAP = (2, 3), (1, 4)
"""Dashes of the null value, and of the way from a share to its reference."""


def vega_lite(drawn: Figure | Distribution | Sweep | Attention, dark: bool = False) -> Chart:
    """A chart of intervals, of shares beside their reference, of an effect along a dose, or of where an answer looked,
    as a Vega-Lite 6 dict.

    The 95 % interval is thin, the 90 % one thick, what is tolerated a band, the null value a dashed rule; a triangle
    says that an interval leaves the axis or has no bound there. A verdict has its shape and its colour: those of the
    page by day, or of the page by night where it is `dark`. Ratios have a logarithmic axis. Vega-Lite 5 draws it too.

    >>> chart = vega_lite(Figure("selection rate", "disparity.selection_rate", "sex", "ratio", (), (.25, 4.0), (1.0,)))
    >>> chart["title"]["text"], chart["description"], chart["layer"]
    ('selection rate', 'selection rate by sex.', [])
    """
    ink = DARK if dark else LIGHT
    if isinstance(drawn, Attention):
        return _framed(heat(drawn, ink), ink)
    if isinstance(drawn, Sweep):
        return _framed(_along(drawn, ink), ink)
    return _framed(_beside(drawn, ink) if isinstance(drawn, Distribution) else _intervals(drawn, ink), ink)


def _intervals(figure: Figure, ink: Ink) -> Chart:
    """A row a finding: what is tolerated, the null value, both intervals, the estimate."""
    rows = records(figure)
    from_zero = all(row.null == 0 for row in figure.rows)
    said = "Ratio, logarithmic" if figure.scale == "ratio" else "Difference" if from_zero else "Value"
    plane = Plane("x", _scale(figure, said), _named(rows))
    height = {"y": {**plane.place, "bandPosition": 0}, "y2": {"field": "label", "bandPosition": 1}}
    null = rule("every", {**plane.at("nothing"), **height}, ink["soft"], NULL)
    judged, void = figure.judged, undefined(plane, ink)
    spread = [*spans(plane, ink, rows, judged), *leaving(plane, ink, rows, judged)]
    marks = [band(plane, ink), null, *spread, void, true(plane, ink)]
    by = f" by {short(figure.attribute)}" if figure.attribute else ""
    return {
        "title": {"text": short(figure.title, 240), "subtitle": f"{by.strip()}, {short(figure.code)}".lstrip(", ")},
        "description": _told(f"{short(figure.title, 240)}{by}", rows),
        "height": {"step": STEP},
        "datasets": datasets(figure, rows),
        "layer": [*marks, estimates(plane, ink, rows, judged)],
    }


def _beside(d: Distribution, ink: Ink) -> Chart:
    """A row a concept or a level: its share, joined to its share in the reference."""
    shares = [{"estimate": percent_of(row.value), "null": percent_of(row.null)} for row in d.figure.rows]
    rows = [row | share for row, share in zip(records(d.figure), shares, strict=True)]
    plane = Plane("x", _scale(d.figure, "Share", ".9~%"), _named(rows))
    gap = rule("known", plane.at("nothing", "at"), ink["soft"], GAP, 1.5)
    tick = {"type": "tick", "thickness": 2.5, "size": 22, "color": ink["ink"]}
    known = {"data": {"name": "every"}, "mark": tick, "encoding": {**plane.at("nothing"), "tooltip": tips()}}
    judged = d.figure.judged
    marks = [band(plane, ink), gap, *spans(plane, ink, rows, judged), *leaving(plane, ink, rows, judged), known]
    said = f"{short(d.level, 60) if d.level else 'Every level'} beside the reference"
    return {
        "title": {"text": said, "subtitle": f"reference: {short(d.reference, 120)}"},
        "description": _told(f"{said}, {short(d.reference, 120)}", rows),
        "height": {"step": STEP},
        "datasets": datasets(d.figure, rows),
        "layer": [*marks, estimates(plane, {**ink, "Not judged": ink["ink"]}, rows, judged, "circle")],
    }


def _along(s: Sweep, ink: Ink) -> Chart:
    """A column a dose: both intervals and the estimate, a line through the estimates, what is tolerated behind it."""
    rows = [row | {"dose": dose} for row, dose in zip(records(s.figure), s.doses, strict=True)]
    origin = [] if s.origin is None else [{"dose": float(s.versus), "at": rows[0]["nothing"]}]
    line = sorted([*origin, *({name: row[name] for name in ("dose", "at")} for row in rows)], key=lambda p: p["dose"])
    plane = Plane("y", _scale(s.figure, short(s.figure.title, 32)), _dosed(s, [point["dose"] for point in line]))
    across = {"x": {"value": 0}, "x2": {"value": "width"}}
    behind = [{**layer, "encoding": {**layer["encoding"], **across}} for layer in (band(plane, ink),)]
    null = rule("first", {**plane.at("nothing"), **across}, ink["soft"], NULL)
    path = {"type": "line", "color": ink["ink"], "opacity": 0.45, "strokeWidth": 1}
    start = {"type": "point", "fill": ink["paper"], "stroke": ink["soft"], "opacity": 1}
    order = {"order": {"field": "dose", "type": "quantitative"}}
    here = {"x": plane.place, "y": {"value": 0}, "y2": {"value": "height"}}
    look = {"type": "rule", "color": ink["ink"], "opacity": 0.09, "strokeWidth": 26}
    marks = [
        *behind,
        {"data": {"name": "chosen"}, "mark": look, "encoding": here},
        null,
        {"data": {"name": "line"}, "mark": path, "encoding": {**plane.at("at"), **order}},
        *spans(plane, ink, rows, s.figure.judged),
        *leaving(plane, ink, rows, s.figure.judged),
        {"data": {"name": "origin"}, "mark": start, "encoding": plane.at("at")},
        true(plane, ink),
    ]
    said = f"{f'{short(s.stratum, 60)} along' if s.stratum else 'Along'} {short(s.dial, 40)}"
    against = f", against {short(s.versus, 60)}" if s.versus else ""
    told = datasets(s.figure, rows)
    told |= {"tolerated": told["tolerated"][:1], "first": rows[:1], "line": line, "origin": origin}
    told |= {"chosen": [] if s.chosen is None else [{"dose": s.chosen}]}
    return {
        "title": {"text": said, "subtitle": f"{short(s.figure.title, 120)}{against}"},
        "description": _told(f"{said}, {short(s.figure.title, 120)}{against}", rows),
        "height": TALL,
        "autosize": {"type": "fit-x", "contains": "padding"},  # titles and legends take nothing of the height
        "datasets": told,
        "layer": [*marks, estimates(plane, ink, rows, s.figure.judged)],
    }


def _framed(chart: Chart, ink: Ink) -> Chart:
    """The chart with its colours, and without layers that have nothing to show."""
    axis = {"labelColor": ink["soft"], "titleColor": ink["soft"], "gridColor": ink["hair"]}
    look = {
        "axis": {**axis, "domain": False, "ticks": False, "labelLimit": 320, "labelPadding": 6},
        "legend": {"orient": "bottom", "labelColor": ink["soft"]},
        "title": {"anchor": "start", "color": ink["ink"], "subtitleColor": ink["soft"]},
        "view": {"stroke": None},
    }
    drawn = [layer for layer in chart["layer"] if chart["datasets"][layer["data"]["name"]]]
    used = {layer["data"]["name"] for layer in drawn}
    data = {name: values for name, values in chart["datasets"].items() if name in used}
    sized = {"$schema": SCHEMA, "background": "transparent", "width": "container", "config": look}
    return {**sized, **chart, "datasets": data, "layer": drawn}


def _scale(figure: Figure, title: str, format: str = ".12~g") -> Chart:
    """The axis of values: as long as the figure's, with its ticks; logarithmic for ratios."""
    scale = {"type": "log"} if figure.scale == "ratio" else {"type": "linear", "zero": False}
    return {
        "type": "quantitative",
        "scale": {**scale, "domain": list(figure.domain), "nice": False},
        "axis": {"title": title, "values": list(figure.ticks), "format": format, "grid": True},
    }


def _named(rows: Sequence[Chart]) -> Chart:
    """A row each, in this order."""
    scale = {"domain": [row["label"] for row in rows], "padding": 0}
    return {"field": "label", "type": "nominal", "sort": None, "scale": scale, "axis": {"title": None}}


def _dosed(s: Sweep, doses: Sequence[float]) -> Chart:
    """The axis of the dial: by size, by logarithm, or evenly."""
    how = {"linear": "", "logarithmic": ", logarithmic", "even": ", evenly spaced"}[s.spacing]
    axis = {"title": f"{short(s.dial, 40)}{how}", "values": list(doses), "grid": False, "labelOverlap": True}
    if s.spacing == "even":
        told = {"sort": None, "scale": {"domain": list(doses)}, "axis": {**axis, "labelAngle": 0}}
        return {"field": "dose", "type": "ordinal", **told}
    kind = {"type": "log"} if s.spacing == "logarithmic" else {"type": "linear", "zero": False}
    scale = {**kind, "domain": [doses[0], doses[-1]], "nice": False, "padding": 16}
    return {"field": "dose", "type": "quantitative", "scale": scale, "axis": {**axis, "format": ".12~g"}}


def _told(what: str, rows: Sequence[Chart]) -> str:
    """The chart in words, for whoever does not see it."""
    more = [f"And {len(rows) - TOLD:,} more"] if len(rows) > TOLD else []
    return ". ".join([plain(what), *(row["spoken"] for row in rows[:TOLD]), *more]) + "."
