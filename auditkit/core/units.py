"""Which cell is each unit's one row in: what two reports on the same units must keep to be compared unit by unit."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import UNIT, Ints
from auditkit.core.errors import InputError, only
from auditkit.core.evidence import Tally

PARTS = ("key", "digests", "cells")
TWINS = 2
"""Digests that may repeat: of a million names two do with probability 3e-8, so more are one unit's many rows."""
LONGEST_KEY = 64
"""Bytes that BLAKE2b takes as a key."""
Digests = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Units:
    """The units of a report in which each row is a unit of its own, and the cell of the report that its row is in.

    `digests` (n,) are 64 bits of BLAKE2b of the units' names, rising; `cells` (n,) points into the report's cells.
    `key` is a fingerprint of the secret that the names were hashed with, "" for none. Two names of a million share
    their digest with probability 3e-8; of such two one is not found in another report, and no more.

    This is personal data where units are people: a cell says all that was counted of one. Names cannot be read from it,
    but without a secret whoever has a list of names can look each of them up.
    """

    digests: Digests
    cells: Ints
    key: str = ""

    @classmethod
    def of(cls, tally: Tally, secret: str = "") -> tuple[Tally, Units | None]:
        """A tally without its units, and the units, if there are any and each of them has one row; else as it was.

        >>> tally = Tally.of({"group": ["a", "b", "a"], "unit": ["u", "v", "w"]})
        >>> cells, units = Units.of(tally)
        >>> cells.axes, cells.n.tolist(), sorted(units.cells.tolist())
        (('group',), [2, 1], [0, 0, 1])
        """
        if UNIT not in tally or tally.weighted or len(tally.levels_of(UNIT)) < tally.total:
            return tally, None
        cells, place = tally.folded(*(axis for axis in tally.axes if axis != UNIT))
        names, hashed = tally.levels_of(UNIT), _hashed(secret)
        digests = np.array([int.from_bytes(hashed(name), "big") for name in names], np.uint64)
        of_unit = digests[tally.codes[:, tally.index(UNIT)]]
        order = np.lexsort((place, of_unit))
        return cells, cls(of_unit[order], place[order], _fingerprint(secret))

    def __len__(self) -> int:
        return len(self.digests)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Units):
            return NotImplemented
        same = np.array_equal(self.digests, other.digests) and np.array_equal(self.cells, other.cells)
        return same and self.key == other.key

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    def to_dict(self) -> dict[str, str]:
        """The wire format: 10 bytes a unit, in base64."""
        both = (self.digests.astype(">u8"), self.cells.astype(">u2"))
        digests, cells = (base64.b64encode(column.tobytes()).decode("ascii") for column in both)
        return {"key": self.key, "digests": digests, "cells": cells}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], of: Tally | None) -> Units:
        """Read what `to_dict` wrote; raises `ValueError` for units that repeat or do not make their cells' counts."""
        only(data, PARTS)
        digests = np.frombuffer(base64.b64decode(data["digests"], validate=True), ">u8").astype(np.uint64)
        cells = np.frombuffer(base64.b64decode(data["cells"], validate=True), ">u2").astype(np.int64)
        if of is None or UNIT in of or of.weighted or len(digests) != len(cells):
            raise ValueError("units are kept of cells that have none, or not one cell for each")
        if (digests[1:] < digests[:-1]).any() or cells.max(initial=-1) >= len(of):
            raise ValueError("the units that are kept are not in order, or point beyond the cells")
        if (digests[1:] == digests[:-1]).sum() > TWINS:
            raise ValueError("units that are kept repeat, and each of them has one row")
        if not np.array_equal(np.bincount(cells, minlength=len(of)), of.n):
            raise ValueError("the units that are kept do not make the counts of their cells")
        return cls(digests, cells, data["key"])


def _hashed(secret: str) -> Any:
    key = _bytes(secret)
    return lambda name: blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()


def _fingerprint(secret: str) -> str:
    """What says that two reports were made with one secret, and nothing of it."""
    return blake2b(b"auditkit", digest_size=8, key=_bytes(secret)).hexdigest() if secret else ""


def _bytes(secret: str) -> bytes:
    key = secret.encode("utf-8", "surrogateescape")
    if len(key) > LONGEST_KEY:
        raise InputError(f"A key for hashing units has at most {LONGEST_KEY} bytes, and this one has {len(key)}.")
    return key
