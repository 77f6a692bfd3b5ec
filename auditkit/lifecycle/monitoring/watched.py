"""A watch as it lies in its folder, opened to be looked at: nothing is read of its source, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.finding import Margin
from auditkit.core.wire import loaded
from auditkit.formats.tracks import Point, Track
from auditkit.lifecycle.monitoring.raised import unbroken
from auditkit.lifecycle.monitoring.rules import Question
from auditkit.lifecycle.monitoring.standing import Line, Standing, standing
from auditkit.lifecycle.monitoring.state import LARGEST, State
from auditkit.lifecycle.monitoring.strands import Strand
from auditkit.lifecycle.monitoring.telling import told
from auditkit.lifecycle.monitoring.watch import Watch, read_watch
from auditkit.sealing import raw_bytes

MOST = 40
"""Points of a track: each costs an interval."""


@dataclass(frozen=True)
class Watched:
    """A watch, how it stands, and the track of each of its lines along the stream, in their order."""

    watch: Watch
    standing: Standing
    tracks: tuple[Track, ...]

    def of(self, *kinds: str) -> Iterator[tuple[Line, Track]]:
        """The lines of the rules of these kinds, each with its track."""
        kind_of = {rule.name: rule.kind for rule in self.watch.rules}
        both = zip(self.standing.lines, self.tracks, strict=True)
        return ((line, track) for line, track in both if kind_of[line.rule] in kinds)


def read_watched(path: str | Path) -> Watched:
    """Open the state of a watch to look at it, by the rules that it holds itself.

    It says what the last look of `auditkit monitor` found. Raises `InputError` where the file is not the state of a
    watch, where an alarm that was raised beside it is no longer in it, and where anything in it is not as written.
    """
    file = Path(path)
    try:
        return _opened(file)
    except InputError:
        pass  # a monitor at work may have written the alarms after the state was read, and before they were
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    return _opened(file)


def _opened(file: Path) -> Watched:
    try:
        text = raw_bytes(file, LARGEST).decode("utf-8")
        state = State.from_json(text, _watch_in(text))
        was = unbroken(file, state)
        source = state.source if was is None else next((one.name for one in was.took if one.kind == "data"), "")
        stands = standing(state, source, 0, (), ())
        told(stands)  # what cannot be said is no state, and says so here
        return Watched(state.watch, stands, tuple(_tracks(state, stands)))
    except FileNotFoundError as error:
        raise InputError(f"There is no {file}. Alarms beside it stand until the state is restored.") from error
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise InputError(f"{file} is not the state of a watch: {type(error).__name__}: {error!s:.200}.") from error


def _watch_in(text: str) -> Watch:
    data: Any = loaded(text)
    if not isinstance(data, dict) or not isinstance(data.get("watch"), dict):
        raise InputError("It holds no watch.")
    return read_watch(data["watch"])


def _tracks(state: State, stands: Standing) -> Iterator[Track]:
    asked = [
        (question, strand)
        for rule in state.watch.rules
        for question, strand in zip(state.watch.questions(rule), state.strands[rule.name], strict=True)
    ]
    for line, (question, strand) in zip(stands.lines, asked, strict=True):
        yield _track(line, question, strand, state.n)


def _track(line: Line, question: Question, strand: Strand, until: int) -> Track:
    change = None if line.change is None else (line.change.after, line.change.until, line.change.likely)
    return Track(
        f"{line.rule}: {line.question}",
        line.outcome,
        tuple(_points(strand, until)),
        line.threshold,
        Margin(question.low, question.high),
        line.since,
        until,
        line.alarm_at,
        change,
        signed=question.pair is not None,
    )


def _points(strand: Strand, until: int) -> Iterator[Point]:
    """The ends of `MOST` bins at most, the last among them."""
    history, held = strand.history, dict(strand.history.held)
    numbers = [int(row[0]) for row in history.bins]
    step = -(-len(numbers) // MOST) or 1
    for number in numbers[::-1][::step][::-1]:
        estimate = history.until(number).since(0)
        low, high, _ = estimate.interval(0.95)
        event = min(strand.since + (number + 1) * history.width, until)
        log_e = held.get(number)
        yield Point(event, estimate.n, None if log_e is None else float(log_e), estimate.value, low, high)
