"""What a detector is shown: the cells, the moments or the rows that its roles ask for."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit import frames
from auditkit.core.detector import Detector
from auditkit.core.errors import ColumnError, InputError
from auditkit.core.evidence import UNIT, Evidence, Rows, Tally, level_order
from auditkit.core.finding import Exemplar, Finding
from auditkit.core.roles import MISSING, SEVERAL, Roles
from auditkit.core.rows import Strings
from auditkit.pictures import open_picture, png_bytes, thumbnail

CROSSED = "group:crossed"
ROW_BY_ROW = frozenset({"text", "image", "item", UNIT})
MOST_CELLS = 24
"""Of so many cells a finding shows rows; nobody looks at more."""
SIDE = 96
"""Pixels of the longer side of an exemplar's picture."""
MOST_LETTERS = 20_000_000
"""Of pictures in a report, in base64: some hundreds of photographs, some thousands of drawings."""


def count(data: Any, detectors: Sequence[Detector], roles: Roles) -> Tally:
    """Everything that any detector counts, in one pass; where all of them read rows, the levels that repeat."""
    counted = [detector for detector in detectors if detector.numbers is None]
    axes: dict[str, str] = {}
    for detector in counted or detectors:
        axes |= _axes(detector, roles)
    if not counted:
        axes = {axis: column for axis, column in axes.items() if axis.split(":")[0] not in ROW_BY_ROW}
    if axes:
        return frames.tally(data, axes, weight=_weight(roles))
    some = next(column for columns in roles.columns.values() for column in columns if not frames.is_list(data, column))
    return frames.tally(data, {"any": some}, weight=_weight(roles)).marginal()


def evidence(detector: Detector, data: Any, tally: Tally, roles: Roles, crossed: bool) -> Iterator[Evidence]:
    """Each evidence a detector is to examine: one for each choice among the columns of a role that has several.

    Where it reads rows, a role of several columns but the group is shown whole. `crossed` makes one group of several.
    """
    axes = _axes(detector, roles)
    split = [role for role in SEVERAL if role not in _whole(detector)]
    choices = [[axis for axis in axes if axis.startswith(f"{role}:")] for role in split]
    groups = [axis for axis in axes if axis.startswith("group:")]
    together = groups if crossed and len(groups) > 1 else []
    for picked in product(*([CROSSED] if choice == together else choice for choice in choices if choice)):
        if detector.numbers is not None:
            yield _rows(detector, data, roles, picked, together)
        elif detector.measures is not None:
            yield from _moments(detector, data, tally, roles, picked)
        else:
            cells = tally.crossed(together, CROSSED) if together else tally
            yield cells.marginal(*_plain(axes, cells), *picked).rename(_named(picked))


def with_exemplars(
    findings: Sequence[Finding], data: Any, roles: Roles, k: int, folder: Path | None = None
) -> list[Finding]:
    """Each finding with k whole rows of every cell it compares: those of the lowest hash, so nobody picks them.

    Where a column plays the role `image`, each row brings its picture; a path that is relative starts from `folder`.
    What surely exceeds its margin comes first, should there be more pictures than a report can carry.
    """
    columns = frames.columns(data)
    if "image" in roles and roles["image"][0] not in columns:
        raise ColumnError.missing(roles["image"][0], "image", columns)
    shown = [column for column in columns if not frames.is_list(data, column)]
    bag = frames.rows(data, {f"text:{column}": column for column in shown}, {})
    album = Album(folder)
    ordered = sorted(findings, key=lambda finding: -finding.excess())
    drawn = {finding.key: _drawn(finding, bag, roles, k, album) for finding in ordered}
    return [drawn[finding.key] for finding in findings]


def _drawn(finding: Finding, bag: Rows, roles: Roles, k: int, album: Album) -> Finding:
    """The finding with rows of its cells, and a note on the pictures that cannot be shown and on cells left out."""
    exemplars: list[Exemplar] = []
    refused: list[str] = []
    cells = list(_cells(finding, bag, roles))
    for cell in cells[:MOST_CELLS]:
        inside = np.flatnonzero(cell.mask())
        for row in inside[:k].tolist():
            values = tuple((name, str(column[row])) for name, column in zip(bag.names, bag.columns, strict=True))
            path = dict(values).get(roles["image"][0], "") if "image" in roles else ""
            picture, reason = album.picture(path)
            exemplars.append(Exemplar(cell.said(len(inside)), values, picture))
            refused += [reason] if reason else []
    notes = [f"Rows are shown of {MOST_CELLS} of its {len(cells)} cells."] if len(cells) > MOST_CELLS else []
    if refused:
        notes.append(f"{len(refused)} of {len(exemplars)} pictures are not shown. {refused[0]}")
    return replace(finding, exemplars=tuple(exemplars), notes=(*finding.notes, *notes))


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
    """Small pictures for a report, each made once; a report that carries as many as it can takes no more."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder, self._spent = folder or Path(), 0
        self._made: dict[str, tuple[str, str]] = {}

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

    def _small(self, path: str) -> tuple[str, str]:
        if path.startswith(("\\\\", "//")):  # a share: its server would be sent a login
            return "", f"{path} is on another machine; pictures are read from this one."
        try:
            small = png_bytes(thumbnail(open_picture(self._folder / path), SIDE))
        except InputError as error:
            return "", str(error)
        return base64.b64encode(small).decode("ascii"), ""


def _axes(detector: Detector, roles: Roles) -> dict[str, str]:
    """The axes of a detector's evidence and the column of each; a role of several columns has an axis for each."""
    numbers = detector.numbers or ()
    read = [role for role in (*detector.needs, *detector.uses, UNIT) if role in roles and role not in numbers]
    return {
        f"{role}:{column}" if role in SEVERAL else role: column
        for role in dict.fromkeys(read)
        for column in roles[role]
    }


def _whole(detector: Detector) -> frozenset[str]:
    return frozenset() if detector.numbers is None else SEVERAL - {"group"}


def _plain(axes: dict[str, str], tally: Tally) -> list[str]:
    return [axis for axis in axes if ":" not in axis and axis in tally]


def _named(picked: Sequence[str]) -> dict[str, str]:
    return {axis: axis.split(":")[0] for axis in picked}


def _weight(roles: Roles) -> str | None:
    return roles["weight"][0] if "weight" in roles else None


def _moments(detector: Detector, data: Any, tally: Tally, roles: Roles, picked: Sequence[str]) -> Iterator[Evidence]:
    """A number summarised in every cell, for each column of the role that is measured."""
    axes, weight = _axes(detector, roles), _weight(roles)
    by = {name: axes[axis] for axis, name in _named(picked).items()} | {a: axes[a] for a in _plain(axes, tally)}
    for column in roles[detector.measures or ""]:
        yield replace(frames.moments(data, by, column, weight), measured=column, weighted=weight is not None)


def _rows(detector: Detector, data: Any, roles: Roles, picked: Sequence[str], together: Sequence[str]) -> Evidence:
    """The rows, with the columns of a numeric role that hold levels as axes of their own, "feature:city"."""
    axes = _axes(detector, roles)
    whole = [axis for axis in axes if ":" not in axis or axis.split(":")[0] in _whole(detector)]
    chosen = [*whole, *(together if CROSSED in picked else picked)]
    levels = {axis: axes[axis] for axis in chosen}
    numbers: dict[str, tuple[str, ...]] = {}
    for role in (role for role in ("weight", *(detector.numbers or ())) if role in roles):
        spelled = [column for column in roles[role] if role == "feature" and not frames.numeric(data, column)]
        levels |= {f"{role}:{column}": column for column in spelled}
        numbers[role] = tuple(column for column in roles[role] if column not in spelled)
    bag = frames.rows(data, levels, {role: columns for role, columns in numbers.items() if columns})
    return bag.crossed(together, "group") if CROSSED in picked else bag.rename(_named(picked))
