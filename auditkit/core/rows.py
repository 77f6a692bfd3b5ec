"""Rows as they are, for the questions that counted cells cannot answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import Floats, Ints, level_order
from auditkit.core.errors import InputError
from auditkit.core.roles import MISSING

Strings = NDArray[np.object_]
Hashes = NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Rows:
    """A bag of rows, kept in the order of their hash, so that arrival, shards and engines cannot matter.

    `axes` are the roles read as levels, `names` the columns they were read from, `columns` their levels, each (n,).
    `numbers` holds the roles read as numbers, each (n, k) with NaN where a number is missing, and `measured` the k
    columns of each. `a + b` is the bag of both.

    >>> rows = Rows.of({"group": ["a", "b", "a"]}, {"score": [1.0, 2.0, 3.0]})
    >>> rows.levels_of("group"), sorted(rows.number("score")[rows.column("group") == "a"].tolist())
    (('a', 'b'), [1.0, 3.0])
    """

    axes: tuple[str, ...]
    names: tuple[str, ...]
    columns: tuple[Strings, ...]
    numbers: Mapping[str, Floats]
    measured: Mapping[str, tuple[str, ...]]
    hashes: Hashes

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Sequence[str]],
        numbers: Mapping[str, object] | None = None,
        names: Mapping[str, str] | None = None,
        measured: Mapping[str, Sequence[str]] | None = None,
    ) -> Rows:
        """Build from parallel columns of levels and of numbers, (n,) or (n, k), one a role."""
        levels = tuple(np.array([str(level) for level in column] or [], object) for column in columns.values())
        values = {role: _matrix(value) for role, value in (numbers or {}).items()}
        called = {role: tuple((measured or {}).get(role, _called(role, v.shape[1]))) for role, v in values.items()}
        lengths = {len(column) for column in (*levels, *values.values())}
        if len(lengths) > 1:
            raise InputError(f"The columns of rows differ in length: {sorted(lengths)}.")
        hashes = _hashes(levels, values, lengths.pop() if lengths else 0)
        axes = tuple(columns)
        raw = cls(axes, tuple((names or {}).get(a, a) for a in axes), levels, values, MappingProxyType(called), hashes)
        return raw.taken(np.argsort(hashes, kind="stable"))

    def __len__(self) -> int:
        return len(self.hashes)

    def __contains__(self, role: object) -> bool:
        return role in self.axes or role in self.numbers

    def column(self, axis: str) -> Strings:
        """The levels of an axis, one a row."""
        return self.columns[self.axes.index(axis)]

    def number(self, role: str) -> Floats:
        """The one number of a role, one a row; NaN is missing. Raises `InputError` where the role has several."""
        matrix = self.numbers[role]
        if matrix.shape[1] != 1:
            raise InputError(f"The role {role} takes one column of numbers here, and has {matrix.shape[1]}.")
        column: Floats = matrix[:, 0]
        return column

    def levels_of(self, axis: str) -> tuple[str, ...]:
        """The levels of an axis, in order, the missing level last."""
        return tuple(sorted(set(self.column(axis)), key=level_order))

    def codes(self, axis: str) -> Ints:
        """The place of each row's level among `levels_of`."""
        place = {level: k for k, level in enumerate(self.levels_of(axis))}
        return np.array([place[level] for level in self.column(axis)], np.int64)

    def name_of(self, axis: str) -> str:
        """The column an axis was read from."""
        return self.names[self.axes.index(axis)]

    @property
    def total(self) -> int:
        """The number of rows."""
        return len(self)

    @property
    def weighted(self) -> bool:
        """Whether rows stand for more than themselves."""
        return "weight" in self.numbers

    def taken(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Rows:
        """Some of the rows, by place or by mask."""
        columns = tuple(column[rows] for column in self.columns)
        numbers = {role: value[rows] for role, value in self.numbers.items()}
        return replace(self, columns=columns, numbers=numbers, hashes=self.hashes[rows])

    def where(self, axis: str, *levels: str) -> Rows:
        """Only the rows at these levels of an axis."""
        return self.taken(np.isin(self.column(axis), levels))

    def without(self, axis: str, *levels: str) -> Rows:
        """All rows but those at these levels of an axis."""
        return self.taken(~np.isin(self.column(axis), levels))

    def complete(self, *roles: str) -> Rows:
        """Only the rows that have a level, or every number, of each role."""
        kept = np.ones(len(self), bool)
        for role in roles:
            kept &= ~np.isnan(self.numbers[role]).any(axis=1) if role in self.numbers else self.column(role) != MISSING
        return self.taken(kept)

    def relabel(self, axis: str, levels: Mapping[str, str]) -> Rows:
        """Rename levels."""
        return self._mapped(axis, lambda level: levels.get(level, level))

    def _mapped(self, axis: str, rename: Callable[[str], str]) -> Rows:
        columns = {a: [rename(x) if a == axis else x for x in self.column(a)] for a in self.axes}
        return Rows.of(columns, self.numbers, dict(zip(self.axes, self.names, strict=True)), self.measured)

    def crossed(self, axes: Sequence[str], into: str) -> Rows:
        """Replace several axes by their intersections, "female × black"; missing in one is missing in all."""
        joined = [
            MISSING if MISSING in parts else " × ".join(parts) for parts in zip(*map(self.column, axes), strict=True)
        ]
        columns = {into: joined} | {axis: self.column(axis).tolist() for axis in self.axes if axis not in axes}
        names = {axis: self.name_of(axis) for axis in self.axes} | {into: " × ".join(map(self.name_of, axes))}
        return Rows.of(columns, self.numbers, names, self.measured)

    def rename(self, axes: Mapping[str, str]) -> Rows:
        """The same rows under other axis names."""
        return replace(self, axes=tuple(axes.get(axis, axis) for axis in self.axes))

    def generator(self, purpose: str) -> np.random.Generator:
        """Random draws that depend on the rows and the purpose alone, never on the order of arrival."""
        digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
        with np.errstate(over="ignore"):
            bag = int(self.hashes.sum(dtype=np.uint64))
        return np.random.default_rng([int.from_bytes(digest, "big"), bag, len(self)])

    def __add__(self, other: Rows) -> Rows:
        if self.axes != other.axes or list(self.numbers) != list(other.numbers):
            raise InputError(f"Only rows with the same roles add up: {self.axes} and {other.axes}.")
        columns = tuple(np.concatenate(pair) for pair in zip(self.columns, other.columns, strict=True))
        numbers = {role: np.concatenate([value, other.numbers[role]]) for role, value in self.numbers.items()}
        hashes = np.concatenate([self.hashes, other.hashes])
        both = replace(self, columns=columns, numbers=numbers, hashes=hashes)
        return both.taken(np.argsort(hashes, kind="stable"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rows):
            return NotImplemented
        return self.axes == other.axes and np.array_equal(self.hashes, other.hashes)

    __hash__ = None  # type: ignore[assignment]  # a bag of rows is no key


def _called(role: str, size: int) -> Iterable[str]:
    return [role] if size == 1 else [f"{role}.{i}" for i in range(size)]


def _matrix(value: object) -> Floats:
    array = np.asarray(value, float)
    matrix: Floats = array[:, None] if array.ndim == 1 else array
    return np.where(np.isnan(matrix), np.nan, matrix + 0.0)  # one NaN, one zero


def _hashes(columns: Sequence[Strings], numbers: Mapping[str, Floats], rows: int) -> Hashes:
    """A 64-bit hash a row: each distinct level hashed once, each number by its bits, mixed column by column."""
    out = np.zeros(rows, np.uint64)
    for column in columns:
        known = {level: _hashed(level) for level in dict.fromkeys(column)}
        out = _mixed(out, np.array([known[level] for level in column], np.uint64))
    for matrix in numbers.values():
        for part in np.ascontiguousarray(matrix.T):
            out = _mixed(out, part.view(np.uint64))
    return out


def _hashed(level: str) -> int:
    return int.from_bytes(hashlib.blake2b(level.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _mixed(state: Hashes, fresh: Hashes) -> Hashes:
    """Steele, Lea & Flood's (2014) finaliser over state and column."""
    with np.errstate(over="ignore"):
        z = (state ^ fresh) + _MIX
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
