"""A lineage as a Vega-Lite chart: the boxes, pills and wires of the printed graph, where they stand there."""

from __future__ import annotations

from auditkit.formats.lineage_bands import DEED, WIDE
from auditkit.formats.lineages import INSET, VERB, Box, Drawing
from auditkit.formats.vega_marks import DARK, LIGHT, SHAPES, Chart, Ink
from auditkit.formats.words import outcome_word, plain, short

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""What the chart is, for editors; nobody fetches it."""
TIPS = {"kind": "What", "title": "Name", "below": "Hash, or where", "flaw": "Flaw"}


def vega_lineage(drawing: Drawing, dark: bool = False) -> Chart:
    """The graph as a Vega-Lite 6 dict, as wide and high as it is drawn: labels are values, no expression is of a text.

    >>> vega_lineage(Drawing((), (), (), (28.0, 28.0), 0))["layer"]
    []
    """
    ink = DARK if dark else LIGHT
    things, deeds = [_record(box) for box in drawing.things], [_record(box) for box in drawing.deeds]
    judged = [one for one in things if one["word"]]
    data = {
        "wires": [
            {"wire": k, "stop": stop, "x": x - 6 * (stop == len(wire.points) - 1), "y": y}
            for k, wire in enumerate(drawing.wires)
            for stop, (x, y) in enumerate(wire.points)
        ],
        "tips": [{"x": wire.end[0] - 4, "y": wire.end[1]} for wire in drawing.wires],
        "deeds": deeds,
        "things": things,
        "flawed": [one for one in (*things, *deeds) if one["flaw"]],
        "judged": judged,
        "named": [one for one in things if not one["word"]],
    }
    layers = [*_wires(drawing, ink), *_boxes(drawing, ink), *_words(drawing, ink, judged)]
    drawn = [layer for layer in layers if data[layer["data"]["name"]]]
    return {
        "$schema": SCHEMA,
        "background": "transparent",
        "config": {"view": {"stroke": None}},
        "description": drawing.spoken,
        "width": drawing.size[0],
        "height": drawing.size[1],
        "datasets": {name: some for name, some in data.items() if some},
        "layer": drawn,
    }


def _record(box: Box) -> Chart:
    """A box with the places of its words, and the words."""
    word = outcome_word(box.outcome) if box.outcome else ""
    flawed = " · flawed" if box.flaw else ""
    return {
        "x": box.x,
        "y": box.y,
        "x2": box.x + box.wide,
        "y2": box.y + box.tall,
        "left": box.x + INSET,
        "mark": box.x + 19,
        "after": box.x + 32,
        "middle": box.x + box.wide / 2,
        "half": box.y + box.tall / 2,
        "first": box.y + 14,
        "second": box.y + 30,
        "third": box.y + 47,
        "kind": f"{box.kind}{flawed}",
        "title": plain(box.title),
        "below": short(box.below, 60),
        "word": word,
        "flaw": short(box.flaw, 200),
    }


def _at(drawing: Drawing, x: str, y: str, x2: str = "", y2: str = "") -> Chart:
    wide = {"type": "quantitative", "axis": None, "scale": {"domain": [0, drawing.size[0]], "nice": False}}
    high = {"type": "quantitative", "axis": None, "scale": {"domain": [0, drawing.size[1]], "nice": False}}
    high["scale"] = {**high["scale"], "reverse": True}  # type: ignore[dict-item]  # from above, as pixels run
    place = {"x": {"field": x, **wide}, "y": {"field": y, **high}}
    return {**place, **({"x2": {"field": x2}, "y2": {"field": y2}} if x2 else {})}


def _layer(name: str, mark: Chart, where: Chart, tips: bool = False) -> Chart:
    told = {"tooltip": [{"field": field, "type": "nominal", "title": said} for field, said in TIPS.items()]}
    return {"data": {"name": name}, "mark": mark, "encoding": {**where, **(told if tips else {})}}


def _wires(drawing: Drawing, ink: Ink) -> list[Chart]:
    line = {"type": "line", "color": ink["soft"], "strokeWidth": 1}
    tip = {"type": "point", "shape": "triangle-right", "filled": True, "size": 40, "color": ink["soft"], "opacity": 1}
    way = {"detail": {"field": "wire", "type": "nominal"}, "order": {"field": "stop", "type": "quantitative"}}
    return [
        _layer("wires", line, {**_at(drawing, "x", "y"), **way}),
        _layer("tips", tip, _at(drawing, "x", "y")),
    ]


def _boxes(drawing: Drawing, ink: Ink) -> list[Chart]:
    corners = _at(drawing, "x", "y", "x2", "y2")
    thing = {"type": "rect", "fill": ink["band"], "stroke": ink["hair"]}
    deed = {"type": "rect", "fill": ink["paper"], "stroke": ink["soft"], "cornerRadius": 13}
    flaw = {"type": "rect", "fill": None, "stroke": ink["Fail"], "strokeWidth": 2, "strokeDash": [5, 3]}
    return [
        _layer("deeds", deed, corners, tips=True),
        _layer("things", thing, corners, tips=True),
        _layer("flawed", flaw, corners),
    ]


def _words(drawing: Drawing, ink: Ink, judged: list[Chart]) -> list[Chart]:
    def text(name: str, field: str, x: str, y: str, look: Chart) -> Chart:
        mark = {"type": "text", "baseline": "middle", "align": "left", "color": ink["ink"], **look}
        return _layer(name, mark, {**_at(drawing, x, y), "text": {"field": field, "type": "nominal"}})

    small, strong = {"fontSize": 10, "color": ink["soft"]}, {"fontSize": 13, "fontWeight": 600}
    words = list(dict.fromkeys(one["word"] for one in judged))
    colours = {"domain": words, "range": [ink[word] for word in words]}
    by = {"field": "word", "type": "nominal", "legend": None}
    said = text("judged", "word", "after", "second", strong)
    said["encoding"]["color"] = {**by, "scale": colours}
    shape = {"type": "point", "size": 110, "opacity": 1, "strokeWidth": 2}
    marks = _layer("judged", shape, _at(drawing, "mark", "second"))
    marks["encoding"] |= {
        "shape": {**by, "scale": {"domain": words, "range": [SHAPES[word] for word in words]}},
        "color": {**by, "scale": colours},
    }
    hollow = {"domain": words, "range": [ink[word] if word in ("Fail", "Pass") else ink["paper"] for word in words]}
    marks["encoding"]["fill"] = {**by, "scale": hollow}
    return [
        text(
            "deeds", "title", "middle", "half", {**strong, "fontSize": VERB, "align": "center", "limit": DEED - INSET}
        ),
        text("things", "kind", "left", "first", small),
        text("named", "title", "left", "second", {**strong, "limit": WIDE - 2 * INSET}),
        marks,
        said,
        text("things", "below", "left", "third", {**small, "font": "monospace"}),
    ]
