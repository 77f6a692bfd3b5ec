"""What a source is: events after a position, a stretch at a time, each with the position after it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

Position = dict[str, Any]
START: Position = {"events": 0, "chain": "0" * 64}
"""Nothing read: how many events there were, and a digest over all of them in order."""


class Batch(NamedTuple):
    """A column's values for each name that was asked for, how many events, and the position after the last.

    `seen` names the columns that an event had, for whoever misspelled one.
    """

    columns: Mapping[str, Sequence[Any]]
    n: int
    position: Position
    seen: Sequence[str] = ()


class Source(Protocol):
    """Where events come from."""

    kind: str
    name: str
    notes: list[str]

    def read(self, position: Position, columns: Sequence[str], most: int) -> Iterator[Batch]:
        """The events after a position, at most `most` at a time, as far as they are whole.

        Raises `InputError` where what was read before the position is no longer what it was.
        """
        ...


def linked(chain: str, raw: bytes) -> str:
    """The digest of a chain and what follows it."""
    return hashlib.sha256(bytes.fromhex(chain) + raw).hexdigest()


def picked(event: Mapping[str, Any], column: str) -> Any:
    """What an event has in a column; `a.b` is also b of the table a."""
    if column in event or "." not in column:
        return event.get(column)
    found: Any = event
    for part in column.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
