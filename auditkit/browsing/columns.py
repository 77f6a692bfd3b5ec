"""The columns of a run to count by: the factors of its design, what was read of its answers, what people labelled.

They are those of `Run.to_frame`, told by codes into their levels: a hundred thousand answers take a megabyte each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import level_order
from auditkit.core.errors import InputError
from auditkit.core.perception import PEOPLE
from auditkit.core.roles import MISSING
from auditkit.labels import CHECKED, Labels
from auditkit.levels import level
from auditkit.runs import BEFORE, FIRST, KEPT
from auditkit.store import Sketch, Store


@dataclass(frozen=True, eq=False)
class Column:
    """A factor, or what somebody read (`basis` says who perceived it): its levels, and which of them each answer has.

    `MISSING` stands where there is no such factor, or nothing was read: of a refusal nothing ever is.
    """

    name: str
    basis: str
    levels: tuple[str, ...]
    codes: NDArray[np.int32]

    def told(self) -> Iterator[str]:
        """The level of every answer."""
        return (self.levels[code] for code in self.codes.tolist())


def columns_of(store: Store, sketches: Sequence[Sketch]) -> tuple[dict[str, Column], tuple[str, ...]]:
    """The columns in the order of `Run.to_frame`, and the names of those whose readings are vectors."""
    found = _factors(sketches)
    uncounted = _add_readings(found, store, sketches, store.design().get("readers", []))
    _add_labels(found, store.folder, sketches)
    return found, uncounted


def _factors(sketches: Sequence[Sketch]) -> dict[str, Column]:
    """The factors of the design. Answers share them, so each way they come in is read once."""
    place: dict[str, int] = {}
    at = np.array([place.setdefault(one.factors, len(place)) for one in sketches], np.int64)
    ways = [json.loads(text) for text in place]
    names = dict.fromkeys(name for way in ways for name in way)
    made = {name: _column(name, "", [way.get(name) for way in ways]) for name in names}
    return {name: _spread(column, at) for name, column in made.items()}


def _add_readings(
    found: dict[str, Column], store: Store, sketches: Sequence[Sketch], readers: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Add what was read, reader by reader: who read a thing last is heard. Gives the names of what has no levels."""
    shown = {"": [one.output for one in sketches]}
    if any(one.first is not None for one in sketches):
        shown[FIRST] = [one.first or "" for one in sketches]
    uncounted: dict[str, None] = {}
    for reader in readers:
        place: dict[str, int] = {}
        way_of = {output: place.setdefault(told, len(place)) for output, told in store.recorded(reader["fingerprint"])}
        ways = [*map(json.loads, place), {}]  # the last, -1, of what was not read
        rows = {after: np.array([way_of.get(one, -1) for one in outputs]) for after, outputs in shown.items()}
        for attribute in reader["attributes"]:
            values = [way.get(attribute) for way in ways]
            for name, at in ((f"{attribute}{after}", at) for after, at in rows.items()):
                if any(isinstance(value, (list, dict)) for value in values):
                    found.pop(name, None)
                    uncounted[name] = None
                else:
                    uncounted.pop(name, None)
                    found[name] = _spread(_column(name, reader["basis"], values), at)
            before, kept = found.get(f"{attribute}{BEFORE}"), f"{attribute}{KEPT}"
            if before is not None and attribute in found:
                found[kept] = _column(kept, reader["basis"], map(_kept, before.told(), found[attribute].told()))
    return tuple(uncounted)


def _add_labels(found: dict[str, Column], folder: Path, sketches: Sequence[Sketch]) -> None:
    """Add what most people said of each answer."""
    labels = Labels(folder)
    for attribute in labels.attributes():
        name = f"{attribute}{CHECKED}"
        if attribute in found and found[attribute].basis and name not in found:
            told = labels.checked(attribute)
            found[name] = _column(name, PEOPLE, (told.get(one.key) for one in sketches))


def _kept(before: str, after: str) -> str:
    """Whether an edit kept what a picture showed; missing where one of both is not known."""
    return MISSING if MISSING in (before, after) else "yes" if before == after else "no"


def _spread(column: Column, at: NDArray[np.int64]) -> Column:
    """A column of ways as one of answers, each of which has one of these ways; levels that none has are dropped."""
    codes = column.codes[at]
    used, place = np.unique(codes, return_inverse=True)
    return replace(column, levels=tuple(column.levels[k] for k in used.tolist()), codes=place.astype(np.int32))


def _column(name: str, basis: str, values: Iterable[Any]) -> Column:
    """A column of values: each kind spelled once, the levels in their order."""
    place: dict[tuple[type, Any], int] = {}
    raw = [place.setdefault((type(value), value), len(place)) for value in values]
    spelled = [_level(value, name) for _, value in place]
    levels = tuple(sorted(set(spelled), key=level_order))
    at = {said: k for k, said in enumerate(levels)}
    codes = np.array([at[said] for said in spelled], np.int32)
    return Column(name, basis, levels, codes[raw] if raw else codes)


def _level(value: Any, name: str) -> str:
    """How an audit spells it; what an audit would refuse is shown as it is, since looking does no harm."""
    try:
        return level(value, name)
    except InputError:
        return str(value)
