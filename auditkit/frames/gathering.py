"""Rows come over as they are, for the detectors that say they need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from auditkit.core.cells import UNIT, Floats
from auditkit.core.errors import ColumnError, InputError
from auditkit.core.rows import Rows
from auditkit.frames.opening import columns, fetched, is_list, open_data, picked
from auditkit.frames.weighing import NO_ROWS
from auditkit.levels import LARGE, huge, infinite, spelled

TEXT = "text"


def rows(data: object, axes: Mapping[str, str], numbers: Mapping[str, Sequence[str]]) -> Rows:
    """Fetch the columns that play a role: `axes` maps roles to columns of levels, `numbers` to columns of numbers.

    Levels are spelled as `tally` spells them, a text in full; a number that is missing is NaN. A role of numbers may
    also name columns of lists: an embedding a row, of one encoder or of several. A `unit` unique per row is dropped.

    Raises what `tally` raises, and `InputError` for infinities and for lists of unequal length.

    >>> r = rows({"sex": ["f", "m"], "score": [1.0, None]}, {"group": "sex"}, {"score": ["score"]})
    >>> r.levels_of("group"), len(r.complete("score"))
    (('f', 'm'), 1)
    """
    native = open_data(data)
    known = columns(native)
    lists = {column for names in numbers.values() for column in names if column in known and is_list(native, column)}
    flat = [column for names in numbers.values() for column in names if column not in lists]
    keyed = {f"x{i}": column for i, column in enumerate(flat)}
    given = {name: role for name, column in keyed.items() for role, names in numbers.items() if column in names}
    found = fetched(picked(native, axes, keyed, given)) if axes or keyed else []
    levels: dict[str, Sequence[str]] = {
        role: _texts(values, axes[role]) if role.split(":")[0] == TEXT else spelled(values, axes[role])
        for role, values in zip(axes, found, strict=False)
    }
    if UNIT in levels and len(set(levels[UNIT])) == len(levels[UNIT]):
        del levels[UNIT]
    parts = {column: _number(values, column)[:, None] for column, values in zip(flat, found[len(axes) :], strict=True)}
    parts |= {column: _vectors(native, column) for column in lists}
    matrices = {role: np.hstack([parts[column] for column in names]) for role, names in numbers.items()}
    called = {role: _called(names, parts, lists) for role, names in numbers.items()}
    bag = Rows.of(levels, matrices, axes, {role: names for role, names in called.items() if names})
    if not len(bag):
        raise InputError(NO_ROWS)
    return bag


def _called(names: Sequence[str], parts: Mapping[str, Floats], lists: Set[str]) -> tuple[str, ...]:
    """What the numbers of a role are called: those of several lists "clip.0", "clip.1"; those of one alone nothing."""
    if len(names) == 1 and names[0] in lists:
        return ()
    own = [[f"{name}.{i}" for i in range(parts[name].shape[1])] if name in lists else [name] for name in names]
    return tuple(name for several in own for name in several)


def fetch(data: object, needed: str) -> dict[str, list[Any]]:
    """Every column as plain values, in the order of the rows; raises `ColumnError` where `needed` is not there."""
    native: Any = open_data(data)
    names = columns(native)
    if needed not in names:
        raise ColumnError.missing(needed, TEXT, names)
    if nw.dependencies.is_pandas_dataframe(native):
        return {str(name): native[name].tolist() for name in native.columns}
    return dict(zip(names, map(list, fetched(nw.from_native(native).lazy())), strict=True))


def _texts(values: Sequence[Any], column: str) -> list[str]:
    """A text in full, whatever its length; anything else as a level is spelled."""
    others = spelled([None if isinstance(value, str) else value for value in values], column)
    return [value if isinstance(value, str) else other for value, other in zip(values, others, strict=True)]


def _number(values: Sequence[Any], name: str) -> Floats:
    return _within(np.array([np.nan if x is None else x for x in values], float), name)


def _within(numbers: Floats, column: str) -> Floats:
    """The numbers, none of them infinite or too large to square."""
    if np.isinf(numbers).any():
        raise InputError(infinite(column))
    if (np.abs(numbers) > LARGE).any():
        raise InputError(huge(column))
    return numbers


def _vectors(native: Any, column: str) -> Floats:
    if nw.dependencies.is_pandas_dataframe(native):
        found = list(native[column])
    else:
        found = list(fetched(nw.from_native(native).lazy().select(column))[0])
    sizes = {len(vector) for vector in found if vector is not None}
    if len(sizes) != 1:
        raise InputError(
            f'The vectors in the column "{column}" differ in length: {sorted(sizes)}. Give each as many numbers.'
        )
    blank = [np.nan] * sizes.pop()
    return _within(np.array([blank if vector is None else list(vector) for vector in found], float), column)
