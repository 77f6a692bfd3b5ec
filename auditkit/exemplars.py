"""Rows behind a finding, for a reviewer to look at: their values, their pictures, and where answers in words looked."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit import frames
from auditkit.core.attention import UNATTENDED, read_attention
from auditkit.core.errors import ColumnError, InputError
from auditkit.core.evidence import Rows, level_order
from auditkit.core.finding import Exemplar, Finding
from auditkit.core.roles import MISSING, Roles
from auditkit.core.rows import Strings
from auditkit.core.target import Attention
from auditkit.pictures import open_picture, png_bytes, thumbnail
from auditkit.runs import SETTLED, WORDED

MOST_CELLS = 24
"""Of so many cells a finding shows rows; nobody looks at more."""
SIDE = 96
"""Pixels of the longer side of an exemplar's picture."""
LETTERS_A_WEIGHT = 16
"""That a weight of attention takes in a report, its share of line breaks among them."""
MOST_LETTERS = 20_000_000
"""Of pictures in a report, in base64: some hundreds of photographs, some thousands of drawings."""


def with_exemplars(
    findings: Sequence[Finding], data: Any, roles: Roles, k: int, folder: Path | None = None
) -> list[Finding]:
    """Each finding with k whole rows of every cell it compares: those of the lowest hash, so nobody picks them.

    Where a column plays the role `image`, each row brings its picture; a path that is relative starts from `folder`. A
    run's answer in words stands first among its values, after what was asked, and brings where it looked.
    What surely exceeds its margin comes first, should there be more pictures than a report can carry.
    """
    columns = frames.columns(data)
    if "image" in roles and roles["image"][0] not in columns:
        raise ColumnError.missing(roles["image"][0], "image", columns)
    shown = [column for column in _words_first(columns) if not frames.is_list(data, column)]
    bag = frames.rows(data, {f"text:{column}": column for column in shown}, {})
    album = Album(folder)
    looks = _Looks.of(bag) if SETTLED in getattr(data, "attrs", {}) else None
    ordered = sorted(findings, key=lambda finding: -finding.excess())
    drawn = {finding.key: _drawn(finding, bag, roles, k, album, looks) for finding in ordered}
    return [drawn[finding.key] for finding in findings]


def _drawn(finding: Finding, bag: Rows, roles: Roles, k: int, album: Album, looks: _Looks | None) -> Finding:
    """The finding with rows of its cells, and notes on what of them cannot be shown and on cells left out."""
    exemplars: list[Exemplar] = []
    refused: list[str] = []
    unseen: list[str] = []
    cells = list(_cells(finding, bag, roles))
    for cell in cells[:MOST_CELLS]:
        inside = np.flatnonzero(cell.mask())
        for row in inside[:k].tolist():
            values = {name: str(column[row]) for name, column in zip(bag.names, bag.columns, strict=True)}
            picture, reason = album.picture(values.get(roles["image"][0], "") if "image" in roles else "")
            attention, because = album.attention("" if looks is None else values.pop(WORDED[1], ""))
            exemplars.append(Exemplar(cell.said(len(inside)), tuple(values.items()), picture, attention))
            refused += [reason] if reason else []
            unseen += [because] if because else []
    notes = [f"Rows are shown of {MOST_CELLS} of its {len(cells)} cells."] if len(cells) > MOST_CELLS else []
    if refused:
        notes.append(f"{len(refused)} of {len(exemplars)} pictures are not shown. {refused[0]}")
    if unseen:
        notes.append(f"Of {len(unseen)} of {len(exemplars)} answers it is not shown where they looked. {unseen[0]}")
    notes += [] if looks is None else looks.lacking(exemplars)
    return replace(finding, exemplars=tuple(exemplars), notes=(*finding.notes, *notes))


def _words_first(columns: Sequence[str]) -> list[str]:
    """The columns of a table of answers in words: what was asked and what was answered come before all else."""
    first = [name for name in ("text", WORDED[0]) if name in columns] if WORDED[0] in columns else []
    return [*first, *(name for name in columns if name not in first)]


class _Looks(NamedTuple):
    """Which models a run asked, and which of them told where they looked."""

    asked: frozenset[str]
    told: frozenset[str]

    @classmethod
    def of(cls, bag: Rows) -> _Looks:
        by_name = dict(zip(bag.names, bag.columns, strict=True))
        nowhere = [MISSING] * len(bag)
        targets, paths = (by_name[name].tolist() if name in by_name else nowhere for name in ("target", WORDED[1]))
        told = (target for target, path in zip(targets, paths, strict=True) if path not in ("", MISSING))
        return cls(frozenset(targets), frozenset(told))

    def lacking(self, exemplars: Sequence[Exemplar]) -> list[str]:
        """A note for each model among those whose answers in words are shown that never told where it looked."""
        shown = [dict(e.values) for e in exemplars]
        worded = {row.get("target", MISSING): None for row in shown if row.get(WORDED[0], MISSING) not in ("", MISSING)}
        return [
            f"{'This model' if len(self.asked) == 1 else target} {UNATTENDED}"
            for target in worded
            if target not in self.told
        ]


class _Cell(NamedTuple):
    """The rows at a level of a column, within a context or within none."""

    column: Strings
    level: str
    within: Strings | None = None
    context: str = ""

    def mask(self) -> NDArray[np.bool_]:
        here = np.asarray(self.column == self.level, bool)
        return here if self.within is None else here & np.asarray(self.within == self.context, bool)

    def said(self, n: int) -> str:
        """Its name; within a context with its rows too, as each cell shows equally many, whatever it has."""
        if self.within is None:
            return self.level
        rows = f"{n:,} {'row' if n == 1 else 'rows'}"
        return f"{self.context} ({rows})" if self.within is self.column else f"{self.level}, in {self.context} ({rows})"


def _cells(finding: Finding, bag: Rows, roles: Roles) -> Iterator[_Cell]:
    """What a finding rests on: the two levels, within its context every level, and of all levels at once each context.

    The levels of an experiment are its arms.
    """
    by_name = dict(zip(bag.names, bag.columns, strict=True))
    if finding.attribute not in by_name:
        return
    pair = [level for level in (finding.level, finding.versus) if level]
    context = by_name.get(roles["context"][0]) if "context" in roles else None
    arms = by_name.get(roles["arm"][0]) if "arm" in roles else None
    held = next((c for c in (by_name[finding.attribute], arms) if c is not None and not {*pair}.isdisjoint(c)), None)
    if held is None:
        every = [] if context is None or finding.stratum else sorted(set(context) - {MISSING}, key=level_order)
        yield from (_Cell(context, name, context, name) for name in every if context is not None)
    elif finding.stratum and context is not None and finding.stratum in context:
        there = set(held[context == finding.stratum])
        levels = [*(level for level in pair if level in there), *sorted(there - {*pair}, key=level_order)]
        yield from (_Cell(held, level, context, finding.stratum) for level in levels)
    else:
        yield from (_Cell(held, level) for level in pair)


class Album:
    """Small pictures for a report, and pictures of attention, each made once; it takes no more than it can carry."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder, self._spent = folder or Path(), 0
        self._made: dict[str, tuple[str, str]] = {}
        self._read: dict[str, tuple[Attention | None, str]] = {}

    def picture(self, path: str) -> tuple[str, str]:
        """A file as a small PNG in base64, and why there is none; a row without a path has neither."""
        if path in ("", MISSING):
            return "", ""
        if self._spent > MOST_LETTERS:
            return "", "The report carries as many pictures as it can."
        if path not in self._made:
            self._made[path] = self._small(path)
        self._spent += len(self._made[path][0])
        return self._made[path]

    def attention(self, path: str) -> tuple[Attention | None, str]:
        """Where an answer looked, and why that is not known; a row without a path has neither."""
        if path in ("", MISSING):
            return None, ""
        if self._spent > MOST_LETTERS:
            return None, "The report carries as much as it can."
        if path not in self._read:
            try:
                self._read[path] = read_attention(Path(path)), ""
            except InputError as error:
                self._read[path] = None, str(error)
        looked = self._read[path][0]
        self._spent += 0 if looked is None else LETTERS_A_WEIGHT * len(looked.rows) * len(looked.columns)
        return self._read[path]

    def _small(self, path: str) -> tuple[str, str]:
        if path.startswith(("\\\\", "//")):  # a share: its server would be sent a login
            return "", f"{path} is on another machine; pictures are read from this one."
        try:
            small = png_bytes(thumbnail(open_picture(self._folder / path), SIDE))
        except InputError as error:
            return "", str(error)
        return base64.b64encode(small).decode("ascii"), ""
