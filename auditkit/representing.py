"""represent(): weights that make a sample fit what is known of the population, so that an audit can be read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.errors import InputError, nearest
from auditkit.core.estimate import Floats
from auditkit.core.finding import Reference, shares_of
from auditkit.core.roles import MISSING
from auditkit.frames.opening import fetched, open_data, picked
from auditkit.levels import spelled
from auditkit.stats.weighting import kish, raked

CROSS = " × "
COSTLY = 2.0

Columns = str | tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Representation:
    """A `weight` for every row, in the order of the rows, and what unequal weights cost.

    `design_effect` is Kish's (1965), n Σw²/(Σw)²; `n_eff` the rows that are left of those with a weight; `notes` says
    what took no part and what to beware of. The weights sum to the number of rows that take part.
    """

    weights: Floats
    design_effect: float
    n_eff: float
    notes: tuple[str, ...]


def represent(data: Any, *, references: Mapping[Columns, Reference]) -> Representation:
    """Weight rows until the shares of the levels are those of the references.

    `references` maps a column, or a tuple of columns to be crossed, to the shares of its levels in the population; a
    crossed level is spelled "female × south". One is post-stratification, several are raked (Deming & Stephan 1940):
    all margins hold at once, and what no margin says stays as it is in the sample. `data` is a table or a path, as
    `audit` takes it; the weights are in the order in which it hands out its rows.

    Rows with a missing level, or one that a reference does not know, are not of the population that the references
    describe: they get the weight 0, and a note says how many. Weights repair what goes with the columns named, and
    nothing else. Raises `InputError` for a column that is not there, for a level with a share and no rows, which no
    weight can repair, and for margins that no weights meet together.

    >>> census = Reference({"f": .5, "m": .5}, why="the census", source="office")
    >>> made = represent({"sex": ["f", "m", "m", "m"]}, references={"sex": census})
    >>> made.weights.round(3).tolist(), round(made.n_eff, 6)
    ([2.0, 0.667, 0.667, 0.667], 3.0)
    """
    if not references:
        raise InputError('There is nothing to represent. Pass references={"column": Reference({...}, why, source)}.')
    margins = {_named(key): shares_of(reference) for key, reference in references.items()}
    table = _levels(data, sorted({column for columns in margins for column in columns}))
    rows = {columns: _crossed([table[column] for column in columns]) for columns in margins}
    known = np.logical_and.reduce([_known(rows[columns], shares) for columns, shares in margins.items()])
    if not known.any():
        raise InputError("No row has a level with a share in every reference. Check how the levels are spelled.")
    codes = [_codes(rows[columns][known], shares, CROSS.join(columns)) for columns, shares in margins.items()]
    shares = [[share for share in part.values() if share] for part in margins.values()]
    weights = np.zeros(len(known))
    weights[known] = raked(np.ones(int(known.sum())), codes, shares)
    cost = kish(weights)
    return Representation(weights, *cost, _notes(rows, margins, known, cost.design_effect, references))


def _named(key: Columns) -> tuple[str, ...]:
    columns = (key,) if isinstance(key, str) else tuple(key)
    if not columns or len(set(columns)) < len(columns):
        raise InputError(f"A reference is for a column, or for several different ones to be crossed, not {key!r}.")
    return columns


def _levels(data: Any, columns: Sequence[str]) -> dict[str, list[str]]:
    """The levels of some columns, in the order of the rows."""
    found = fetched(picked(open_data(data), {column: column for column in columns}, {}))
    table = {column: spelled(values, column) for column, values in zip(columns, found, strict=True)}
    if not table[columns[0]]:
        raise InputError("The table has no rows, so there is nothing to weight.")
    return table


def _crossed(columns: Sequence[Sequence[str]]) -> NDArray[np.object_]:
    joined = [MISSING if MISSING in parts else CROSS.join(parts) for parts in zip(*columns, strict=True)]
    return np.array(joined, object)


def _known(levels: NDArray[np.object_], shares: Mapping[str, float]) -> NDArray[np.bool_]:
    return np.isin(levels, [level for level, share in shares.items() if share])


def _codes(levels: NDArray[np.object_], shares: Mapping[str, float], name: str) -> NDArray[np.int64]:
    """The place of each row's level among the levels with a share; every one of them needs a row."""
    place = {level: k for k, level in enumerate(level for level, share in shares.items() if share)}
    present = set(levels)
    for level in place:
        if level not in present:
            raise InputError(
                f'"{name}" has no row with the level "{level}" that could carry its share of {shares[level]:.3g}.'
                f"{nearest(level, sorted(present))} Weights cannot repair what is not there: merge the level with "
                "another in data and reference, or leave it out of both and say so."
            )
    return np.array([place[level] for level in levels], np.int64)


def _notes(
    rows: Mapping[tuple[str, ...], NDArray[np.object_]],
    margins: Mapping[tuple[str, ...], Mapping[str, float]],
    known: NDArray[np.bool_],
    design_effect: float,
    references: Mapping[Columns, Reference],
) -> tuple[str, ...]:
    notes = []
    for columns, shares in margins.items():
        name, lost = CROSS.join(columns), ~_known(rows[columns], shares)
        missing = int((rows[columns] == MISSING).sum())
        if missing:
            notes.append(f"Weight 0, {name} missing: {missing:,} rows.")
        if int(lost.sum()) > missing:
            unknown = sorted(set(rows[columns][lost]) - {MISSING})
            told = ", ".join(unknown[:8]) + (", ..." if len(unknown) > 8 else "")
            notes.append(f"Weight 0, {name} without a share ({told}): {int(lost.sum()) - missing:,} rows.")
    if design_effect > COSTLY:
        left = int(known.sum() / design_effect)
        notes.append(f"More than half of the sample is lost: {int(known.sum()):,} rows are worth {left:,}.")
    if any(reference.n for reference in references.values()):
        notes.append("A reference is itself a sample: its error is not in the weights, nor in an audit that uses them.")
    return tuple(notes)
