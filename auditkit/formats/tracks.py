"""The way of a watched question along a stream as numbers: what any painter of it must show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.core.estimate import Interval
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome
from auditkit.formats.words import count, interval, margin, number, outcome_word, plain

POOREST, RICHEST = 1e-3, 1e9
"""Evidence that is smaller or larger is drawn here: it says nothing more."""
EVIDENCE, MEAN = "Evidence of a change", "Mean so far"


@dataclass(frozen=True, slots=True)
class Point:
    """How a question stood after an event: what it had seen, the log of its evidence, and its mean so far.

    `log_e` is `None` where it was not kept, the others where nothing had been seen.
    """

    event: int
    n: int
    log_e: float | None
    value: float | None
    low: float | None
    high: float | None

    @property
    def evidence(self) -> float | None:
        """The evidence, as it is drawn."""
        if self.log_e is None:
            return None
        return math.exp(min(max(self.log_e, math.log(POOREST)), math.log(RICHEST)))


@dataclass(frozen=True, slots=True)
class Track:
    """A question of a rule along its stream: its points, the evidence that is an alarm, what is tolerated, the alarm.

    `since` is the event after which it was watched, `until` the last one read. `change` holds the events between which
    what the alarm is about began, and the likeliest. `signed` says that it is a difference.
    """

    title: str
    outcome: Outcome
    points: tuple[Point, ...]
    threshold: float
    tolerated: Margin
    since: int
    until: int
    alarm_at: int | None = None
    change: tuple[int, int, int] | None = None
    signed: bool = False

    @property
    def spoken(self) -> str:
        """All of it in a sentence or two, for whoever does not see it."""
        if not self.points:
            return f"{plain(self.title)}: nothing has been seen yet."
        last = self.points[-1]
        mean = f"{number(last.value, signed=self.signed)} {_span(last, self.signed)}"
        said = f"{plain(self.title)}, events {count(self.since + 1)} to {count(self.until)}: mean {mean}, tolerated "
        said += f"{margin(self.tolerated)}, an alarm at evidence of {count(self.threshold)}: "
        said += f"{outcome_word(self.outcome).lower()}"
        if self.alarm_at is not None:
            said += f", raised at event {count(self.alarm_at)}"
        if self.change is not None:
            said += f"; it began between events {count(self.change[0])} and {count(self.change[1])}"
        return f"{said}."


def track_rows(track: Track) -> list[Mapping[str, Any]]:
    """The numbers of a track as rows of a table."""
    return [
        {
            "event": one.event,
            "observations": one.n,
            "evidence": None if one.log_e is None else float(f"{math.exp(min(one.log_e, 700.0)):.4g}"),
            "mean so far": one.value,
            "low": one.low,
            "high": one.high,
        }
        for one in track.points
    ]


def reach(track: Track) -> tuple[float, float]:
    """The axis of the means: all of them but the first tenth, the last interval, and what is tolerated."""
    seen = [one for one in track.points if one.value is not None]
    told: Sequence[float | None] = [one.value for one in seen[len(seen) // 10 :]]
    ends = (seen[-1].low, seen[-1].high) if seen else ()
    known = [value for value in (*told, *ends, *track.tolerated) if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = 0.15 * (high - low) or 0.1
    return low - room, high + room


def rise(track: Track) -> tuple[float, float, tuple[float, ...]]:
    """The axis of the evidence, which is logarithmic: its ends, and the powers of ten on it, six or fewer."""
    told = [one.evidence for one in track.points if one.evidence is not None]
    low, high = max(min([*told, 1.0]) / 2, POOREST), min(max([*told, track.threshold]) * 3, RICHEST)
    steps = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    return low, high, tuple(10.0**step for step in steps[:: max(1, math.ceil(len(steps) / 6))])


def titles(track: Track) -> tuple[str, str]:
    """What stands above the evidence and above the mean: what is tolerated, where no band and no line can lie under."""
    return EVIDENCE, f"{MEAN} (tolerated: {margin(track.tolerated)})"


def _span(point: Point, signed: bool) -> str:
    return interval(Interval(point.low, point.high, 0.95), signed=signed)
