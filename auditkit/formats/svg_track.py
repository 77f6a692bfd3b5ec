"""A track as a file by itself: its evidence above its mean, every mark where the charts on the screen have it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from auditkit.formats.intervals import even_ticks
from auditkit.formats.tracks import Point, Track, reach, rise, titles
from auditkit.formats.vega_marks import DARK, LIGHT
from auditkit.formats.words import count

WIDE, LEFT, RIGHT, TALL = 760, 84, 720, 180
"""Pixels: the picture's width, where both plots begin and end, and how tall each is."""
TOPS, FOOT = (116, 376), 632
"""Pixels: where each plot begins, and where the legend stands."""
At = tuple[float, float]
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def told(track: Track) -> dict[str, Any]:
    """All that the template of a track shows: words, and marks in pixels."""
    titled = titles(track)
    return {
        "track": track,
        "spoken": track.spoken,
        "size": (WIDE, FOOT + 24),
        "ends": (LEFT, RIGHT, TALL),
        "foot": FOOT,
        "panels": [_evidence(track, titled[0]), _mean(track, titled[1])],
        "events": [(across(track, tick), count(round(tick))) for tick in even_ticks(*_events(track))],
        "began": None if track.change is None else [across(track, event) for event in track.change[:2]],
        "alarm": None if track.alarm_at is None else across(track, track.alarm_at),
        "inks": (LIGHT, DARK),
    }


def across(track: Track, event: float) -> float:
    """Where an event stands, in pixels from the left."""
    first, last = _events(track)
    return LEFT + (RIGHT - LEFT) * (event - first) / (last - first)


def _events(track: Track) -> tuple[float, float]:
    return track.since, max(track.until, track.since + 1)


def _evidence(track: Track, title: str) -> dict[str, Any]:
    low, high, powers = rise(track)

    def down(value: float) -> float:
        seen = math.log(min(max(value, low), high))
        return TOPS[0] + TALL * (math.log(high) - seen) / math.log(high / low)

    lines = _broken([(one, one.evidence) for one in track.points])
    bar = down(track.threshold)
    return {
        "kind": "evidence",
        "title": title,
        "top": TOPS[0],
        "ticks": [(down(power), _power(power)) for power in powers],
        "band": None,
        "bars": [bar],
        "word": f"alarm at {count(track.threshold)}",
        "area": [],
        "lines": [[(across(track, one.event), down(value)) for one, value in line] for line in lines],
        "alarm": bar,
    }


def _mean(track: Track, title: str) -> dict[str, Any]:
    low, high = reach(track)

    def down(value: float) -> float:
        return TOPS[1] + TALL * (high - min(max(value, low), high)) / (high - low)

    least, most = track.tolerated
    ends = [down(end) for end in (least, most) if end is not None]
    lines = _broken([(one, one.value) for one in track.points])
    return {
        "kind": "mean",
        "title": title,
        "top": TOPS[1],
        "ticks": [(down(tick), _signed(tick, track.signed)) for tick in even_ticks(low, high)],
        "band": (down(high if most is None else most), down(low if least is None else least)),
        "bars": ends,
        "word": "",
        "area": [_around(track, line, down) for line in _bounded(track.points)],
        "lines": [[(across(track, one.event), down(value)) for one, value in line] for line in lines],
        "alarm": ends[-1] if ends else down(high),
    }


def _power(value: float) -> str:
    """A power of ten as it is read.

    >>> _power(0.01), _power(1000.0), _power(1e8)
    ('0.01', '1,000', '10⁸')
    """
    if value <= 1e4:
        return f"{value:,g}"
    return "10" + str(round(math.log10(value))).translate(RAISED)


def _signed(value: float, signed: bool) -> str:
    """A number of an axis; of a difference, with its sign.

    >>> _signed(-0.1, True), _signed(0.1, True), _signed(0.0, True)
    ('−0.1', '+0.1', '0')
    """
    return f"{value:{'+' if signed and value else ''}.4g}".replace("-", "−")


def _broken(told: Sequence[tuple[Point, float | None]]) -> Iterator[list[tuple[Point, float]]]:
    """Stretches of points whose value is known."""
    for known, some in groupby(told, lambda pair: pair[1] is not None):
        if known:
            yield [(one, value) for one, value in some if value is not None]


def _bounded(points: Sequence[Point]) -> Iterator[list[tuple[Point, float, float]]]:
    """Stretches of points whose interval is known."""
    for known, some in groupby(points, lambda one: one.low is not None and one.high is not None):
        if known:
            yield [(one, one.low, one.high) for one in some if one.low is not None and one.high is not None]


def _around(track: Track, line: Sequence[tuple[Point, float, float]], down: Any) -> list[At]:
    """Along the upper ends, and back along the lower ones."""
    upper = [(across(track, one.event), down(high)) for one, _, high in line]
    return upper + [(across(track, one.event), down(low)) for one, low, _ in reversed(line)]
