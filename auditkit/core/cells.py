"""A sparse table of cells: the shape that all counted evidence has, and how it merges, filters and crosses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from auditkit.core.errors import InputError
from auditkit.core.roles import MISSING

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
C = TypeVar("C", bound="Cells")

UNIT = "unit"


@lru_cache(maxsize=1 << 16)
def level_order(level: str) -> tuple[int, float, str]:
    """Numbers by size, then words by alphabet, the missing level last."""
    if level == MISSING:
        return (2, 0.0, level)
    try:
        number = float(level)
    except ValueError:
        return (1, 0.0, level)
    return (0, number, level) if math.isfinite(number) else (1, 0.0, level)


@dataclass(frozen=True, eq=False)
class Cells:
    """A sparse table: one row a cell, one axis a role; sums over whatever is not asked for.

    `axes` are role names (`group`, `outcome`, ..., `unit` for clusters); `names` the columns they were read from;
    `levels[a]` the sorted levels of axis a, as strings; `codes` (cells, axes) points into them.
    Cells are unique and sorted, so two tables of the same data are equal arrays whatever engine counted them.
    """

    axes: tuple[str, ...]
    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Ints
    _settled = False  # of a table that `_collapsed` has made: what is left of levels in order is in order
    _exact = False  # of a kind of which a cell that is merged with no other keeps every bit

    def index(self, axis: str) -> int:
        """The position of an axis."""
        return self.axes.index(axis)

    def levels_of(self, axis: str) -> tuple[str, ...]:
        """The levels of an axis, in order, the missing level last."""
        return self.levels[self.index(axis)]

    def name_of(self, axis: str) -> str:
        """The column an axis was read from."""
        return self.names[self.index(axis)]

    def __len__(self) -> int:
        return len(self.codes)

    def __contains__(self, axis: object) -> bool:
        return axis in self.axes

    def _columns(self) -> Mapping[str, NDArray[Any]]:
        raise NotImplementedError

    def _with(self, axes: Axes, codes: Ints, columns: Mapping[str, NDArray[Any]]) -> Any:
        raise NotImplementedError

    def _merge(self, codes: Ints, order: Ints, starts: Ints) -> Mapping[str, NDArray[Any]]:
        """Sum the columns over runs of equal cells."""
        return {name: np.add.reduceat(column[order], starts) for name, column in self._columns().items()}

    def _collapsed(self: C, axes: Axes, codes: Ints, settled: bool = False) -> C:
        """The same cells under new codes, equal ones merged, in canonical order, in which `settled` axes are."""
        axes, codes = _canonical(axes, codes, settled)
        if not len(codes):
            return self._with(axes, codes, self._columns())  # type: ignore[no-any-return]  # the subclass's own type
        keys = _keys(codes, axes)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        made = self._with(axes, codes[order][starts], self._merge(codes, order, starts))
        object.__setattr__(made, "_settled", True)
        return made  # type: ignore[no-any-return]  # the subclass's own

    def _axes(self, keep: Iterable[int] | None = None) -> Axes:
        positions = range(len(self.axes)) if keep is None else list(keep)
        return Axes(
            tuple(self.axes[i] for i in positions),
            tuple(self.names[i] for i in positions),
            tuple(self.levels[i] for i in positions),
        )

    def marginal(self: C, *axes: str) -> C:
        """Sum out every axis not named; `unit` stays, since clusters are what is independent."""
        wanted = [*axes, *([UNIT] if UNIT in self and UNIT not in axes else [])]
        keep = [self.index(axis) for axis in wanted]
        if self._settled and self._exact and keep == list(range(len(self.axes))):
            return self
        return self._collapsed(self._axes(keep), self.codes[:, keep], self._settled)

    def folded(self: C, *axes: str) -> tuple[C, Ints]:
        """Sum out every axis not named, `unit` too; and in which of the cells that are left each cell of these is."""
        keep = [self.index(axis) for axis in axes]
        left, codes = self._axes(keep), self.codes[:, keep]
        whole = self._collapsed(left, codes, self._settled)
        return whole, np.unique(_keys(codes, left), return_inverse=True)[1].reshape(-1)

    def where(self: C, axis: str, *levels: str) -> C:
        """Only the cells at these levels of an axis; the axis stays, with the levels that are left."""
        return self._filtered(axis, levels, keep=True)

    def without(self: C, axis: str, *levels: str) -> C:
        """All cells but those at these levels of an axis."""
        return self._filtered(axis, levels, keep=False)

    def _filtered(self: C, axis: str, levels: Sequence[str], keep: bool) -> C:
        i = self.index(axis)
        wanted = set(levels)
        named = [level in wanted for level in self.levels[i]]
        if self._settled and self._exact and named.count(keep) == len(named):  # a settled table has rows of each level
            return self
        chosen = np.array(named, bool)[self.codes[:, i]]
        rows, axes = chosen if keep else ~chosen, self._axes()
        picked = {name: column[rows] for name, column in self._columns().items()}
        left = self._with(axes, self.codes[rows], picked)
        return left._collapsed(axes, self.codes[rows], self._settled)  # type: ignore[no-any-return]  # the subclass's own

    def relabel(self: C, axis: str, levels: Mapping[str, str]) -> C:
        """Rename levels; levels that come to bear one name are merged."""
        i = self.index(axis)
        renamed = tuple(levels.get(level, level) for level in self.levels[i])
        fresh = tuple(dict.fromkeys(renamed))
        codes = self.codes.copy()
        place = {level: k for k, level in enumerate(fresh)}
        codes[:, i] = np.array([place[level] for level in renamed], np.int64)[codes[:, i]]
        old = self._axes()
        return self._collapsed(Axes(old.axes, old.names, (*old.levels[:i], fresh, *old.levels[i + 1 :])), codes)

    def rename(self: C, axes: Mapping[str, str]) -> C:
        """The same cells under other axis names."""
        return replace(self, axes=tuple(axes.get(axis, axis) for axis in self.axes))

    def crossed(self: C, axes: Sequence[str], into: str) -> C:
        """Replace several axes by their intersections, "female × black"; missing in one is missing in all."""
        at = [self.index(axis) for axis in axes]
        combos, inverse = np.unique(self.codes[:, at], axis=0, return_inverse=True)
        labels = tuple(_joined([self.levels[i][c] for i, c in zip(at, combo, strict=True)]) for combo in combos)
        fresh = tuple(dict.fromkeys(labels))
        column = np.array([fresh.index(label) for label in labels], np.int64)[inverse.reshape(-1)]
        rest = [i for i in range(len(self.axes)) if i not in at]
        old = self._axes(rest)
        name = " × ".join(self.names[i] for i in at)
        return self._collapsed(
            Axes((into, *old.axes), (name, *old.names), (fresh, *old.levels)),
            np.column_stack([column, self.codes[:, rest]]),
        )

    def __add__(self: C, other: C) -> C:
        if type(self) is not type(other) or self.axes != other.axes:
            raise InputError(f"Only evidence with the same axes adds up: {self.axes} and {other.axes}.")
        union = tuple(tuple(dict.fromkeys((*a, *b))) for a, b in zip(self.levels, other.levels, strict=True))
        codes = np.vstack([_recoded(part, union) for part in (self, other)])
        mine, theirs = self._columns(), other._columns()
        both = {name: np.concatenate([mine[name], theirs[name]]) for name in mine}
        axes = Axes(self.axes, self.names, union)
        return self._with(axes, codes, both)._collapsed(axes, codes)  # type: ignore[no-any-return]  # the subclass's own

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cells) or type(self) is not type(other):
            return NotImplemented
        same = self.axes == other.axes and self.levels == other.levels and np.array_equal(self.codes, other.codes)
        pairs = zip(self._columns().values(), other._columns().values(), strict=True)
        return same and all(np.allclose(a, b, rtol=1e-9, atol=1e-9) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]  # equal within rounding is no ground for a hash


@dataclass(frozen=True)
class Axes:
    """The axes of a table: their names, the columns they were read from, and their levels."""

    axes: tuple[str, ...]
    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]


def _canonical(axes: Axes, codes: Ints, settled: bool) -> tuple[Axes, Ints]:
    """Drop levels that no cell uses and sort the rest, axis by axis, unless they are in order already."""
    fresh, columns = [], []
    for i, levels in enumerate(axes.levels):
        used = np.flatnonzero(np.bincount(codes[:, i], minlength=len(levels)))
        if settled and len(used) == len(levels):
            fresh.append(levels)
            columns.append(codes[:, i])
            continue
        if not settled:
            keys = list(map(level_order, levels))
            used = np.array(sorted(used.tolist(), key=keys.__getitem__), np.int64)
        place = np.zeros(len(levels), np.int64)
        place[used] = np.arange(len(used))
        fresh.append(tuple(map(levels.__getitem__, used.tolist())))
        columns.append(place[codes[:, i]])
    stacked = np.column_stack(columns) if columns else codes
    return Axes(axes.axes, axes.names, tuple(fresh)), stacked.astype(np.int64)


def _keys(codes: Ints, axes: Axes) -> Ints:
    """One integer a cell, ordered as the cells are."""
    sizes = [max(len(levels), 1) for levels in axes.levels]
    if math.prod(sizes) < 2**62:
        keys = np.zeros(len(codes), np.int64)
        for i, size in enumerate(sizes):
            keys = keys * size + codes[:, i]
        return keys
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _recoded(cells: Cells, union: tuple[tuple[str, ...], ...]) -> Ints:
    columns = []
    for i, levels in enumerate(cells.levels):
        place = {level: k for k, level in enumerate(union[i])}
        columns.append(np.array([place[level] for level in levels] or [0], np.int64)[cells.codes[:, i]])
    return np.column_stack(columns) if columns else cells.codes


def _joined(parts: Sequence[str]) -> str:
    return MISSING if MISSING in parts else " × ".join(parts)
