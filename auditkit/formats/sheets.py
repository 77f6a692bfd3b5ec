"""Contact sheets: the pictures behind a finding, a strip for each of its cells, checked before a page embeds them."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditkit.core.finding import Exemplar, Finding
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.intervals import ranked

MOST_SHOTS = 24
"""Pictures of one finding that a page shows."""
MOST_LETTERS = 4_000_000
"""Of pictures on one page, in base64; findings take their share in the order in which they are told."""
LONGEST = 60_000
"""Letters of one picture: 96 by 96 pixels of pure noise have some 37,000."""
LARGEST = 256
"""Pixels of a side. A report is a file like any other, and a few bytes of it could claim a picture of gigabytes."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"IEND"})
"""The parts of a PNG that hold its pixels: one with anything else (text, places, profiles) is not shown."""

COUNTED = re.compile(r"(.+) \(([\d,]+ rows?)\)", re.DOTALL | re.ASCII)
"""The label of a cell that says how many rows it has."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as base64 of a PNG, its size in pixels, its row in words, and what was asked with which seed."""

    picture: str
    width: int
    height: int
    row: str
    asked: str = ""
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """The pictures of one cell, and how many rows that has where its label says so."""

    label: str
    rows: str
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows of a finding's pictures; `left_out` are those for which it has no room.

    `same_as` is the place of another finding that shows the same pictures, so that a page need not hold them twice.
    """

    strips: tuple[Strip, ...]
    left_out: int
    same_as: int | None = None

    @property
    def shown(self) -> int:
        """How many pictures."""
        return sum(len(strip.shots) for strip in self.strips)

    @property
    def widest(self) -> int:
        """How many pictures the longest strip has."""
        return max((len(strip.shots) for strip in self.strips), default=0)


def sheets(report: Report, judgement: Judgement) -> dict[int, Sheet]:
    """The sheet of every finding that has pictures, by its place in the report's order."""
    found: dict[int, Sheet] = {}
    first: dict[tuple[Exemplar, ...], int] = {}
    room = MOST_LETTERS
    for place, (finding, _) in enumerate(ranked(report, judgement)):
        if finding.exemplars in first:
            found[place] = replace(found[first[finding.exemplars]], same_as=first[finding.exemplars])
        elif (own := sheet(finding, room)) is not None:
            found[place], first[finding.exemplars] = own, place
            room -= sum(len(shot.picture) for strip in own.strips for shot in strip.shots)
    return found


def sheet(finding: Finding, room: int = MOST_LETTERS) -> Sheet | None:
    """The sheet of one finding: strips that grow in turns, each as long as any other, while there is room.

    `None` where it has no pictures.
    """
    cells: dict[str, list[Shot]] = {}
    for exemplar in finding.exemplars:
        shot = shot_of(exemplar)
        if shot is not None:
            cells.setdefault(exemplar.label, []).append(shot)
    taken: dict[str, list[Shot]] = {label: [] for label in cells}
    for label, shot in _in_turns(cells, MOST_SHOTS):
        room -= len(shot.picture)
        if room < 0:
            break
        taken[label].append(shot)
    strips = tuple(_strip(label, shots) for label, shots in taken.items() if shots)
    left_out = sum(map(len, cells.values())) - sum(map(len, taken.values()))
    return Sheet(strips, left_out) if cells else None


def _strip(label: str, shots: list[Shot]) -> Strip:
    found = COUNTED.fullmatch(label)
    return Strip(found[1], found[2], tuple(shots)) if found else Strip(label, "", tuple(shots))


def _in_turns(cells: dict[str, list[Shot]], most: int) -> Iterator[tuple[str, Shot]]:
    """The first picture of every cell, then the second of every cell that has one, and so on."""
    longest = max(map(len, cells.values()), default=0)
    turns = [(label, shots[turn]) for turn in range(longest) for label, shots in cells.items() if turn < len(shots)]
    yield from turns[:most]


def shot_of(exemplar: Exemplar) -> Shot | None:
    """The exemplar's picture, if it is nothing but the pixels of a small PNG."""
    if not 0 < len(exemplar.picture) <= LONGEST:
        return None
    try:
        size = size_of(base64.b64decode(exemplar.picture, validate=True))
    except (binascii.Error, ValueError, struct.error):
        return None
    if size is None or not 0 < min(size) <= max(size) <= LARGEST:
        return None
    told, row = dict(exemplar.values), "; ".join(f"{name}: {value}" for name, value in exemplar.values)
    return Shot(exemplar.picture, *size, row, told.get("text", ""), told.get("seed", ""))


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height that a PNG claims in its head; `None` for what is no PNG of pixels alone."""
    if not data.startswith(SIGNATURE) or data[12:16] != b"IHDR":
        return None
    at, size = len(SIGNATURE), struct.unpack(">II", data[16:24])
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        at += 12 + length
        if kind not in PIXELS or at > len(data):
            return None
    return size[0], size[1]
