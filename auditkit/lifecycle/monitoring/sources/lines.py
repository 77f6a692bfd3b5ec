"""Events as JSON lines: in a file that grows, or given to standard input."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import Any, BinaryIO

from auditkit.core.errors import InputError
from auditkit.lifecycle.monitoring.sources.source import START, Batch, Position, picked

LONGEST, EDGE = 1 << 20, 4096


class Lines:
    """A file that grows by a line an event. A last line without its end is not whole yet and waits.

    The position is a number of bytes, with a digest of the first and the last 4,096 before it: a file that shrank or
    was changed there is refused. `auditkit monitor --replay` holds every byte against the chain.
    """

    kind = "lines"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notes: list[str] = []

    def read(self, position: Position, columns: Sequence[str], most: int) -> Iterator[Batch]:
        """The events after a position, as far as their lines are whole."""
        place = {**START, "bytes": 0, "edges": "", **position}
        try:
            with self.path.open("rb") as file:
                if _edges(file, place["bytes"]) != place["edges"] and place["bytes"]:
                    raise InputError(_changed(self.path, place))
                at = place["bytes"]
                while lines := _whole(file, most, at):
                    place, at = _moved(file, place, lines, at), at + sum(map(len, lines))
                    if events := [line for line in lines if line.strip()]:
                        yield batch(events, columns, place, self.name)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror or error}.") from error


class Given:
    """Standard input, to its end. Nothing can be read twice there: without `replay` every line is new.

    The lines of the last stretch are held until the next is asked for: after a fault they are given again.
    """

    kind = "stdin"
    name = "standard input"

    def __init__(self, file: BinaryIO | None = None) -> None:
        self.file = file or sys.stdin.buffer
        self.notes: list[str] = []
        self.held: list[bytes] = []
        self.before = -1
        self.lines: Iterator[bytes] = (line for line in _given(self.file) if line.strip())

    def read(self, position: Position, columns: Sequence[str], most: int) -> Iterator[Batch]:
        """The events given, the last line with or without its end."""
        place = {**START, **position}
        if place["events"] == self.before:
            self.lines = chain(self.held, self.lines)
        while some := self._taken(place["events"], most):
            place = place | {"events": place["events"] + len(some), "chain": chained(place["chain"], some)}
            yield batch(some, columns, place, self.name)

    def skip(self, position: Position) -> None:
        """Read as many events as were kept, and hold them against the chain; raises `InputError` where they differ."""
        digest, left = START["chain"], position.get("events", 0)
        while left and (some := list(islice(self.lines, min(left, 1 << 14)))):
            digest, left = chained(digest, some), left - len(some)
        if left or digest != position.get("chain", START["chain"]):
            what = f"ends {left:,} events before that" if left else "is not the one that was read"
            raise InputError(
                f"--replay gives the whole log again, and {position['events']:,} events of it were kept. This log "
                f"{what}. Give the log from its first event, or leave --replay out where only new events are given."
            )

    def _taken(self, before: int, most: int) -> list[bytes]:
        self.held, self.before = [], before
        for line in islice(self.lines, most):
            self.held.append(line)  # one by one, for the next may be a fault
        return self.held


def chained(chain: str, lines: Iterable[bytes]) -> str:
    """The chain after further events; white space around them does not matter."""
    digest = bytes.fromhex(chain)
    for line in lines:
        digest = hashlib.sha256(digest + line.strip()).digest()
    return digest.hex()


def batch(lines: Sequence[bytes], columns: Sequence[str], place: Position, name: str) -> Batch:
    """The columns of some lines; raises `InputError` for a line that is no JSON object."""
    try:
        events = [json.loads(line) for line in lines]
        table = {column: [event.get(column) for event in events] for column in columns if "." not in column}
        table |= {column: [picked(event, column) for event in events] for column in columns if "." in column}
    except (ValueError, AttributeError, RecursionError) as error:
        raise InputError(_no_event(lines, place["events"] - len(lines), name)) from error
    return Batch(table, len(lines), place, tuple(events[0]) if events else ())


def _no_event(lines: Sequence[bytes], before: int, name: str) -> str:
    for i, line in enumerate(lines, before + 1):
        try:
            if isinstance(json.loads(line), dict):
                continue
            why = "is JSON, and no object"
        except (ValueError, RecursionError) as error:
            why = f"is no JSON ({str(error)[:80]})"
        said = line[:60].decode("utf-8", "replace").strip()
        return f'Event {i:,} of {name} {why}: {said!r}. Every line is one event, such as {{"group": "a"}}.'
    return f"{name} holds lines that are no events."


def _whole(file: BinaryIO, most: int, start: int) -> list[bytes]:
    """Whole lines from a place on."""
    file.seek(start)
    return list(takewhile(lambda line: line.endswith(b"\n"), _given(file, most)))


def _moved(file: BinaryIO, place: Position, lines: Sequence[bytes], start: int) -> Position:
    """The position after the last line that is an event: empty lines after it are read again."""
    events = [i for i, line in enumerate(lines) if line.strip()]
    if not events:
        return place
    until = start + sum(map(len, lines[: events[-1] + 1]))
    chain = chained(place["chain"], [lines[i] for i in events])
    return place | {
        "bytes": until,
        "edges": _edges(file, until),
        "events": place["events"] + len(events),
        "chain": chain,
    }


def _given(file: BinaryIO, most: int | None = None) -> Iterator[bytes]:
    """The lines of a file; raises `InputError` for one that is longer than a megabyte: memory is bounded."""
    count = 0
    while (most is None or count < most) and (line := file.readline(LONGEST + 1)):
        if len(line) > LONGEST:
            raise InputError(
                f"A line has more than {LONGEST:,} bytes, and an event has no more. It starts {line[:40]!r}."
            )
        yield line
        count += 1


def _edges(file: BinaryIO, until: int) -> str:
    """A digest of the first and the last bytes before a place, nothing where there are fewer."""
    file.seek(0)
    first = file.read(min(EDGE, until))
    file.seek(max(until - EDGE, 0))
    last = file.read(min(EDGE, until))
    return hashlib.sha256(first + last).hexdigest()[:16] if len(last) == min(EDGE, until) else "short"


def _changed(path: Path, place: Any) -> str:
    size = path.stat().st_size
    what = f"has shrunk to {size:,} bytes" if size < place["bytes"] else "was changed where it had been read"
    return (
        f"{path} {what}: {place['events']:,} events in {place['bytes']:,} bytes were read before. A log only grows. "
        "Restore it, or begin another watch with another --state."
    )
