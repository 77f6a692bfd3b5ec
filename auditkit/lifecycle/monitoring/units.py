"""Events of one unit are not independent: a unit speaks once, the mean over the first run of its events."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.lifecycle.monitoring.events import Codes, Events

LARGEST, HASHES = 1 << 23, 4
CAPACITY = LARGEST // 4
"""Events that a watch of units may be for: were every one a new unit, 16 % would be taken for known in the end."""

BLIND = 0.2
"""Of new units that are taken for known: with more a watch has not seen what came."""


class Runs(NamedTuple):
    """The run of every event (T,), -1 where its unit has spoken or is not told; 0 is the run that was open.

    `ends` (runs - 1,) is the number of the event that ended each run; the last run is still open.
    """

    run: Codes
    ends: Floats


@dataclass(frozen=True, slots=True)
class Units:
    """Who has spoken, and whose run is open.

    Rows that share a user or a prompt are not new evidence one by one: betted on row by row, a fair stream alarms far
    too often. A fresh unit is: given all units before it, its mean has the mean over units. So a unit's value is the
    mean over its first run, the events in a row that are its own, and when it comes back later it is passed over and
    counted in `again`. How long a run is must not depend on its outcomes. In a comparison of groups a unit belongs to
    the group of its first event, and its events of other groups are passed over.

    Units are remembered in `memory`, a Bloom filter of 8 bits or more to an event of the horizon, 2^23 at most: it
    forgets nobody, so no unit speaks twice; it takes some fresh ones for known, whatever their outcomes, which costs
    events and never error. `blindness` says how many.
    """

    memory: bytes
    last: str | None = None
    fresh: bool = False
    again: int = 0
    untold: int = 0

    @classmethod
    def of(cls, horizon: int) -> Units:
        """Nobody has spoken yet."""
        bits = 1 << 10
        while bits < min(8 * horizon, LARGEST):
            bits *= 2
        return cls(bytes(bits // 8))

    @property
    def blindness(self) -> float:
        """The probability that a new unit is now taken for known: (share of bits that are set)^4 (Bloom 1970)."""
        return float((int.from_bytes(self.memory, "big").bit_count() / (8 * len(self.memory))) ** HASHES)

    def follow(self, events: Events, column: str) -> tuple[Units, Runs]:
        """Whose turn it is at each of further events."""
        codes, levels = events.coded(column)
        names = {code: level for level, code in levels.items()}
        told = np.flatnonzero(codes >= 0)
        own = codes[told]
        first = levels.get(self.last, -2) if self.last is not None else -2
        begins = np.flatnonzero(np.diff(np.r_[first, own]) != 0)
        memory, last, fresh = bytearray(self.memory), self.last, self.fresh
        is_fresh = [fresh]
        for begin in begins.tolist():
            last = names[int(own[begin])]
            fresh = _new(memory, last)
            is_fresh.append(fresh)
        run = np.full(events.n, -1)
        number = np.zeros(len(told), int)
        number[begins] = 1
        number = np.cumsum(number)
        speaking = np.array(is_fresh)[number]
        run[told[speaking]] = number[speaking]
        again = self.again + int((~speaking).sum())
        moved = replace(
            self, memory=bytes(memory), last=last, fresh=fresh, again=again, untold=self.untold + events.n - len(told)
        )
        return moved, Runs(run, events.numbers[told[begins]])

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, for JSON."""
        kept = base64.b64encode(self.memory).decode()
        return {"memory": kept, "last": self.last, "fresh": self.fresh, "again": self.again, "untold": self.untold}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Units:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            return cls(**{**data, "memory": base64.b64decode(data["memory"], validate=True)})
        except (TypeError, KeyError, ValueError) as error:
            raise InputError(f"This is not the memory of units: {type(error).__name__}: {error}.") from error


def _new(memory: bytearray, unit: str) -> bool:
    """Whether a unit has not spoken yet, as far as the memory can tell; from now on it has."""
    hashed = hashlib.blake2b(unit.encode("utf-8", "replace"), digest_size=4 * HASHES).digest()
    fresh = False
    for i in range(HASHES):
        bit = int.from_bytes(hashed[4 * i : 4 * i + 4], "big") % (8 * len(memory))
        if not memory[bit >> 3] >> (bit & 7) & 1:
            memory[bit >> 3] |= 1 << (bit & 7)
            fresh = True
    return fresh
