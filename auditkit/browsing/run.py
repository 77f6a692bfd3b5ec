"""A run at one moment: how many answers each of its cells has, and which they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.browsing.columns import Column, columns_of
from auditkit.browsing.reading import reading
from auditkit.core.errors import InputError, nearest
from auditkit.core.roles import MISSING
from auditkit.labels import Labels

if TYPE_CHECKING:
    from auditkit.core.generation import Generation
    from auditkit.runs import Run
    from auditkit.store import Store

State = Literal["answered", "refused", "failed"]
STATES: tuple[State, ...] = ("answered", "refused", "failed")


class Group(NamedTuple):
    """A cell: its levels, and how many were answered, refused and raised an error."""

    levels: tuple[str, ...]
    answered: int
    refused: int
    failed: int

    @property
    def every(self) -> int:
        """All three: none is ever dropped."""
        return self.answered + self.refused + self.failed


class Shown(NamedTuple):
    """One answer: its record, and what was read of it, and labelled, by column."""

    generation: Generation
    readings: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Browsed:
    """A run at one moment: `digest` names that moment, `title` what was asked of what.

    `uncounted` names what is read as vectors, which no table can count.
    """

    folder: Path
    title: str
    digest: str
    columns: Mapping[str, Column]
    uncounted: tuple[str, ...]
    positions: NDArray[np.int64]
    states: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def counts(self) -> Group:
        """All answers as one cell."""
        return Group((), *(int((self.states == k).sum()) for k in range(len(STATES))))

    def crosstab(self, *names: str) -> tuple[Group, ...]:
        """How many answers each cell of some columns has, in the order of their levels; a cell without any is left out.

        Raises `InputError` for a column that is not there.
        """
        found = [self._column(name) for name in names]
        shape = (*(len(column.levels) for column in found), len(STATES))
        flat = np.ravel_multi_index((*(column.codes for column in found), self.states), shape)
        counts: dict[tuple[str, ...], list[int]] = {}
        for cell, n in zip(*np.unique(flat, return_counts=True), strict=True):
            *at, state = (int(one) for one in np.unravel_index(int(cell), shape))
            here = tuple(column.levels[code] for column, code in zip(found, at, strict=True))
            counts.setdefault(here, [0] * len(STATES))[state] = int(n)
        return tuple(Group(levels, *told) for levels, told in counts.items())

    def count(self, where: Mapping[str, str] | None = None, state: State | None = None) -> int:
        """How many answers have these levels, and this state."""
        return len(self._rows(where or {}, state))

    def answers(
        self, where: Mapping[str, str] | None = None, state: State | None = None, start: int = 0, most: int = 24
    ) -> tuple[Shown, ...]:
        """Some of the answers that have these levels and this state, in the order of the design.

        >>> import tempfile
        >>> from auditkit import elicit
        >>> from auditkit.annotators import Words
        >>> from auditkit.probes import Continuations
        >>> from auditkit.targets import Function
        >>> says = Function(lambda texts: [f"she writes {text}" for text in texts], verb="generate", plain=True)
        >>> asks = Continuations(["a letter", "a song"], templates=["{}"], repeats=1)
        >>> run = elicit(asks, says, Words({"woman": ["she"]}, attribute="who"), into=tempfile.mkdtemp())
        >>> found = browse(run)
        >>> found.crosstab("who"), [one.generation.output for one in found.answers({"who": "woman"}, most=1)]
        ((Group(levels=('woman',), answered=2, refused=0, failed=0),), ['she writes a letter'])
        """
        rows = self._rows(where or {}, state)[start : start + most].tolist()
        with reading(self.folder) as store:
            found = store.at([int(self.positions[row]) for row in rows])
        if len(found) < len(rows):
            raise InputError(f"The run in {self.folder} is not the one it was a moment ago. Load it again.")
        read = [column for column in self.columns.values() if column.basis]
        told = ({one.name: one.levels[one.codes[row]] for one in read} for row in rows)
        return tuple(
            Shown(g, {name: said for name, said in levels.items() if said != MISSING})
            for g, levels in zip(found, told, strict=True)
        )

    def _rows(self, where: Mapping[str, str], state: State | None) -> NDArray[np.int64]:
        chosen = np.ones(len(self), bool) if state is None else self.states == STATES.index(state)
        for name, said in where.items():
            column = self._column(name)
            chosen &= column.codes == (column.levels.index(said) if said in column.levels else -1)
        return np.flatnonzero(chosen)

    def _column(self, name: str) -> Column:
        if name not in self.columns:
            told = f"It has: {', '.join(self.columns) or 'none'}.{nearest(name, self.columns)}"
            raise InputError(f'This run has no column "{name[:100]}" to count. {told}')
        return self.columns[name]


def digest(run: Run | str | Path) -> str:
    """What names a run as it is now: it changes whenever the run or its labels do, and reading changes nothing.

    It hangs on the design and the readers, on how many answers and readings there are, on size and time of the database
    and of the log that SQLite writes first, and on every label. A run that is copied has another; nothing is kept.
    """
    with reading(run) as store:
        return _digest(store)


def browse(run: Run | str | Path) -> Browsed:
    """A run to look through, as it is now: one that is being written too.

    The columns are the factors and readings of `Run.to_frame`, which takes many times as long. Raises `InputError` for
    what is no run, is damaged, or is of a newer version.
    """
    with reading(run) as store, store.moment():
        design, sketches = store.design(), list(store.sketches())
        title = f"{design['target']['title']}, {design['probe']['name']}"
        columns, uncounted = columns_of(store, sketches)
        states = np.array([2 if one.failed else 1 if one.refused else 0 for one in sketches], np.int8)
        places = np.array([one.position for one in sketches], np.int64)
        return Browsed(store.folder, title, _digest(store), columns, uncounted, places, states)


def _digest(store: Store) -> str:
    labels = Labels(store.folder)
    said = [labels.of(attribute) for attribute in labels.attributes()]
    told = json.dumps([str(store.folder), store.design(), store.state(), said], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
