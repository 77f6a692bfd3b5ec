"""A track as Vega-Lite charts: the evidence against the threshold of an alarm, and the mean within what is tolerated.

Data stand in the chart, nothing is fetched, and no expression is made of a text.
"""

from __future__ import annotations

from typing import Literal

from auditkit.core.estimate import Interval
from auditkit.formats.tracks import EVIDENCE, MEAN, POOREST, RICHEST, Track, reach, rise, titles
from auditkit.formats.vega_lineage import SCHEMA
from auditkit.formats.vega_marks import DARK, LIGHT, Chart, Ink
from auditkit.formats.words import count, exact, interval, number

TALL = 210
NAMES = {"evidence": EVIDENCE, "mean": MEAN}
TIPS = {"event": "Event", "said": "Evidence", "estimate": "Mean so far", "span": "95 % sequence", "n": "Observations"}


def vega_track(track: Track, kind: Literal["evidence", "mean"], dark: bool = False) -> Chart:
    """One of two charts of a track, as a Vega-Lite 6 dict: its `evidence` on a logarithmic axis with the threshold of
    an alarm dashed, or its `mean` so far with a 95 % confidence sequence on the band that is tolerated.

    An alarm is a diamond; a darker stretch is where the change began, at 95 %.

    >>> from auditkit.core.finding import Margin
    >>> from auditkit.core.judgement import Outcome
    >>> vega_track(Track("a", Outcome.PASS, (), 20.0, Margin(None, 0.1), 0, 9), "mean")["description"]
    'Mean so far. a: nothing has been seen yet.'
    """
    ink = DARK if dark else LIGHT
    data = {
        "points": _points(track),
        "change": [] if track.change is None else [{"from": track.change[0], "to": track.change[1]}],
        "alarm": [] if track.alarm_at is None else [{"event": track.alarm_at, "word": "alarm"}],
    }
    layers = _evidence(track, data, ink) if kind == "evidence" else _mean(track, data, ink)
    drawn = [layer for layer in layers if data[layer["data"]["name"]]]
    return {
        "$schema": SCHEMA,
        "background": "transparent",
        "title": {
            "text": titles(track)[kind == "mean"],
            "anchor": "start",
            "color": ink["ink"],
            "fontSize": 13,
            "fontWeight": 600,
        },
        "config": {"view": {"stroke": None}, "axis": _axis(ink)},
        "description": f"{NAMES[kind]}. {track.spoken}",
        "height": TALL,
        "datasets": {name: rows for name, rows in data.items() if rows},
        "layer": drawn,
    }


def _points(track: Track) -> list[Chart]:
    return [
        {
            "event": one.event,
            "n": one.n,
            "evidence": one.evidence,
            "mean": one.value,
            "low": one.low,
            "high": one.high,
            "said": _said(one.evidence),
            "estimate": number(one.value, signed=track.signed),
            "span": _span(one.low, one.high, track.signed),
        }
        for one in track.points
    ]


def _evidence(track: Track, data: dict[str, list[Chart]], ink: Ink) -> list[Chart]:
    low, top, powers = rise(track)
    axis = {"title": None, "values": list(powers), "format": ",~g"}
    y = {"type": "quantitative", "scale": {"type": "log", "domain": [low, top], "nice": False}, "axis": axis}
    data["bar"] = [{"threshold": track.threshold, "word": f"alarm at {count(track.threshold)}", "from": track.since}]
    for row in data["alarm"]:
        row["evidence"] = track.threshold
    x = _x(track)
    return [
        _change(track, ink),
        _layer("bar", _dashed(ink["Fail"]), {"y": {"field": "threshold", **y}}),
        _layer("bar", _word(ink["Fail"], -7), {**_at("from", x, "threshold", y), "text": {"field": "word"}}),
        _layer("points", _line(ink["ink"]), _at("event", x, "evidence", y)),
        _layer("points", _dot(ink["ink"]), _at("event", x, "evidence", y) | _tips()),
        *_alarm(x, {"field": "evidence", **y}, ink),
    ]


def _mean(track: Track, data: dict[str, list[Chart]], ink: Ink) -> list[Chart]:
    low, high = reach(track)
    y = {"type": "quantitative", "scale": {"domain": [low, high], "nice": False, "zero": False, "clamp": True}}
    y["axis"] = {"title": None, "tickCount": 5, "format": "+.2f" if track.signed else ".2f"}
    least, most = track.tolerated
    ends = [end for end in (least, most) if end is not None]
    data["tolerated"] = [{"least": low if least is None else least, "most": high if most is None else most}]
    data["ends"] = [{"end": end} for end in ends]
    for row in data["alarm"]:
        row["mean"] = ends[-1] if ends else high
    x = _x(track)
    span = {**_at("event", x, "low", y), "y2": {"field": "high"}}
    band = {"y": {"field": "least", **y}, "y2": {"field": "most"}}
    return [
        _layer("tolerated", {"type": "rect", "color": ink["band"], "opacity": 1}, band),
        _change(track, ink),
        _layer("ends", _dashed(ink["soft"]), {"y": {"field": "end", **y}}),
        _layer("points", {"type": "area", "color": ink["soft"], "opacity": 0.22, "clip": True}, span),
        _layer("points", _line(ink["ink"]), _at("event", x, "mean", y)),
        _layer("points", _dot(ink["ink"]), _at("event", x, "mean", y) | _tips()),
        *_alarm(x, {"field": "mean", **y}, ink),
    ]


def _alarm(x: Chart, y: Chart, ink: Ink) -> list[Chart]:
    fail = ink["Fail"]
    mark = {"type": "point", "shape": "diamond", "filled": True, "size": 110, "color": fail, "opacity": 1}
    at = {"x": {"field": "event", **x}}
    return [
        _layer("alarm", {"type": "rule", "color": fail, "strokeWidth": 1.5}, at),
        _layer("alarm", mark, {**at, "y": y}),
    ]


def _change(track: Track, ink: Ink) -> Chart:
    ends = {"x": {"field": "from", **_x(track)}, "x2": {"field": "to"}}
    return _layer("change", {"type": "rect", "color": ink["Fail"], "opacity": 0.16}, ends)


def _x(track: Track) -> Chart:
    domain = [track.since, max(track.until, track.since + 1)]
    axis = {"title": "event", "format": ",d", "tickCount": 5, "grid": False, "labelOverlap": True}
    return {"type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": axis}


def _at(x_field: str, x: Chart, y_field: str, y: Chart) -> Chart:
    return {"x": {"field": x_field, **x}, "y": {"field": y_field, **y}}


def _tips() -> Chart:
    return {"tooltip": [{"field": field, "type": "nominal", "title": title} for field, title in TIPS.items()]}


def _line(colour: str) -> Chart:
    return {"type": "line", "color": colour, "strokeWidth": 2, "clip": True}


def _dot(colour: str) -> Chart:
    return {"type": "point", "filled": True, "size": 14, "color": colour, "opacity": 1, "clip": True}


def _dashed(colour: str) -> Chart:
    return {"type": "rule", "color": colour, "strokeDash": [4, 3], "strokeWidth": 1}


def _word(colour: str, up: int) -> Chart:
    return {"type": "text", "align": "left", "dx": 4, "dy": up, "color": colour, "fontSize": 11}


def _axis(ink: Ink) -> Chart:
    return {"labelColor": ink["soft"], "titleColor": ink["soft"], "gridColor": ink["hair"], "domainColor": ink["hair"]}


def _layer(name: str, mark: Chart, encoding: Chart) -> Chart:
    return {"data": {"name": name}, "mark": mark, "encoding": encoding}


def _said(evidence: float | None) -> str:
    if evidence is None:
        return "not kept"
    return f"{exact(evidence)} or {'less' if evidence <= POOREST else 'more'}" if _cut(evidence) else exact(evidence)


def _cut(evidence: float) -> bool:
    return evidence <= POOREST * 1.0001 or evidence >= RICHEST * 0.9999


def _span(low: float | None, high: float | None, signed: bool) -> str:
    return interval(Interval(low, high, 0.95), signed=signed)
