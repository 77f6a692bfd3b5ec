"""A law: the picture of a track in a file by itself has every number where the charts on the screen have it."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import Any

import canned
import numpy as np
import pytest

from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome
from auditkit.formats.svg_track import TALL
from auditkit.formats.tracks import Point, Track
from auditkit.rendering import svg, vega_track

XMLNS = "{http://www.w3.org/2000/svg}"
FINE = 0.02
"""Places are written in hundredths of a pixel."""


def point(event: int, log_e: float | None, value: float | None, half: float = 0.2) -> Point:
    ends = (None, None) if value is None else (value - half, value + half)
    return Point(event, event // 2, log_e, value, *ends)


LOUD = Track(
    "gap: <b>a</b> - b",
    Outcome.FAIL,
    tuple(point(100 * k, k * k / 3 - 2, 0.3 - 0.08 * k, 1 / k) for k in range(1, 12)),
    40.0,
    Margin(-0.05, 0.05),
    since=0,
    until=1_150,
    alarm_at=800,
    change=(250, 700, 500),
    signed=True,
)
BROKEN = Track(
    canned.HOSTILE[0],
    Outcome.PASS,
    (point(510, None, None), point(520, -0.5, 0.4), point(530, None, None), point(540, 0.2, 0.5), point(550, 0.1, 0.5)),
    20.0,
    Margin(None, 0.6),
    since=500,
    until=560,
)
NOTHING = Track("who comes", Outcome.NOT_ASSESSED, (), 20.0, Margin(0.4, 0.6), since=0, until=0)
TRACKS = {"loud": LOUD, "broken": BROKEN, "nothing": NOTHING}
DRAWN = ("loud", "broken")
"""Of nothing there is no chart on the screen."""


def plot(track: Track, kind: str) -> ET.Element:
    """The part of the picture that is one of the two charts."""
    return next(one for one in ET.fromstring(svg(track)).iter(f"{XMLNS}g") if one.get("class") == f"plot {kind}")


def marks(part: ET.Element, kind: str) -> list[ET.Element]:
    return [mark for mark in part.iter() if mark.get("class") == kind]


def numbers(mark: ET.Element, *names: str) -> list[float]:
    return [float(mark.get(name) or "nan") for name in names]


class Axes:
    """Where the chart on the screen would have a number, in the picture's pixels."""

    def __init__(self, track: Track, kind: Any, part: ET.Element) -> None:
        scales = [
            (way, layer["encoding"][way]["scale"])
            for layer in vega_track(track, kind)["layer"]
            for way in ("x", "y")
            if "scale" in layer["encoding"].get(way, {})
        ]
        self.log = kind == "evidence"
        self.across, self.up = (next(s["domain"] for way, s in scales if way == name) for name in ("x", "y"))
        grid = [one for one in marks(part, "grid") if one.get("x1") != one.get("x2")]
        self.left, self.right = numbers(grid[0], "x1", "x2")
        ticks = [float(one.get("y1") or 0) for one in marks(part, "grid") if one.get("x1") == one.get("x2")]
        self.foot = ticks[0]
        self.tall = TALL

    def x(self, event: float) -> float:
        return self.left + (self.right - self.left) * (event - self.across[0]) / (self.across[1] - self.across[0])

    def y(self, value: float) -> float:
        low, high = map(math.log, self.up) if self.log else self.up
        seen = math.log(min(max(value, self.up[0]), self.up[1])) if self.log else min(max(value, low), high)
        return self.foot - self.tall * (seen - low) / (high - low)


@pytest.mark.parametrize("kind", ["evidence", "mean"])
@pytest.mark.parametrize("name", DRAWN)
def test_every_number_is_where_the_chart_on_the_screen_has_it(name: str, kind: Any) -> None:
    track = TRACKS[name]
    part, chart = plot(track, kind), vega_track(track, kind)["datasets"]
    axes = Axes(track, kind, part)
    told = [(one["event"], one[kind]) for one in chart.get("points", []) if one[kind] is not None]
    dots = [numbers(one, "cx", "cy") for one in marks(part, "dot")]
    assert len(dots) == len(told)
    for dot, (event, value) in zip(dots, told, strict=True):
        assert dot == pytest.approx([axes.x(event), axes.y(value)], abs=FINE)
    bars = [numbers(one, "y1")[0] for one in marks(part, "threshold") + marks(part, "margin")]
    ends = [one["threshold"] for one in chart["bar"]] if kind == "evidence" else [one["end"] for one in chart["ends"]]
    assert bars == pytest.approx([axes.y(end) for end in ends], abs=FINE)
    for mark, data in (("raised", "alarm"), ("change", "change")):
        assert len(marks(part, mark)) == len(chart.get(data, []))
    for one in marks(part, "raised"):
        assert numbers(one, "x1", "x2") == pytest.approx([axes.x(track.alarm_at or 0)] * 2, abs=FINE)
    for one in marks(part, "change"):
        x, wide = numbers(one, "x", "width")
        assert (x, x + wide) == pytest.approx([axes.x(chart["change"][0][end]) for end in ("from", "to")], abs=FINE)


@pytest.mark.parametrize("name", DRAWN)
def test_the_band_and_the_sequence_are_those_of_the_chart(name: str) -> None:
    track = TRACKS[name]
    part, chart = plot(track, "mean"), vega_track(track, "mean")["datasets"]
    axes = Axes(track, "mean", part)
    [band], [tolerated] = marks(part, "band"), chart["tolerated"]
    top, tall = numbers(band, "y", "height")
    assert (top, top + tall) == pytest.approx([axes.y(tolerated["most"]), axes.y(tolerated["least"])], abs=FINE)
    pairs = [pair for one in marks(part, "sequence") for pair in (one.get("points") or "").split()]
    drawn = sorted(tuple(map(float, pair.split(","))) for pair in pairs)
    known = [one for one in chart["points"] if one["low"] is not None]
    wanted = sorted((round(axes.x(one["event"]), 2), axes.y(one[end])) for one in known for end in ("high", "low"))
    assert np.array(drawn) == pytest.approx(np.array(wanted), abs=FINE)


def test_a_line_is_broken_where_nothing_was_kept() -> None:
    assert [len((one.get("points") or "").split()) for one in marks(plot(BROKEN, "mean"), "line")] == [1, 2]


@pytest.mark.parametrize("name", TRACKS)
def test_it_says_what_the_chart_says_and_nothing_in_it_acts(name: str) -> None:
    picture = ET.fromstring(svg(TRACKS[name]))
    for kind in ("evidence", "mean"):
        chart: Any = vega_track(TRACKS[name], kind)
        [title] = marks(plot(TRACKS[name], kind), "name")
        assert title.text == chart["title"]["text"]
        assert (picture.findtext(f"{XMLNS}desc") or "") in chart["description"]
    kinds = {one.tag.removeprefix(XMLNS) for one in picture.iter()}
    assert not kinds & {"script", "foreignObject", "image", "use", "a", "set", "animate"}
    assert not [one for one in picture.iter() for name in one.attrib if name.startswith("on") or "href" in name]
