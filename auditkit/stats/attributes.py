"""Attributes and their levels as codes, so that counted cells and reference shares speak of the same patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from auditkit.core.cells import level_order
from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate, Floats
from auditkit.core.evidence import Tally
from auditkit.stats.cubes import Cube
from auditkit.stats.patterns import Pattern

CROSS = " × "

Levels = tuple[tuple[str, ...], ...]
Shares = Mapping[str, float]


@dataclass(frozen=True)
class Attributes:
    """The cells of some attributes, and the reference shares in the same coding: a cube, or one margin a column.

    `unknown` are the levels and combinations of the data that the reference gives no share.
    """

    names: tuple[str, ...]
    levels: Levels
    cube: Cube
    reference: Cube | list[Floats]
    unknown: tuple[str, ...] = ()

    @classmethod
    def of(cls, tally: Tally, references: Sequence[Shares] = ()) -> Attributes:
        """Code the axes of a tally, with one share for each combination, or with shares for each column.

        Raises `InputError` where the references are neither one nor as many as the columns, or a combination does not
        name a level of each column.

        >>> t = Tally.of({"sex": ["f", "m"], "region": ["n", "s"]}, n=[30, 20])
        >>> a = Attributes.of(t, [{"f × n": .5, "m × s": .3, "m × n": .2}])
        >>> a.spelled(((0, 1), (1, 0))), a.cube.sizes, a.unknown
        ('sex=m & region=n', (2, 2), ())
        """
        seen = tuple(tally.levels_of(axis) for axis in tally.axes)
        joint = len(references) == 1 and len(seen) > 1
        if references and not joint and len(references) != len(seen):
            raise InputError(
                f"There are {len(references)} references for {len(seen)} columns. Give one with a share for each "
                f'combination, "female{CROSS}south", or one for each column.'
            )
        cells = [_parts(key, tally.names) for key in references[0]] if joint else []
        known = [tuple(column) for column in zip(*cells, strict=True)] if joint else [tuple(r) for r in references]
        levels = tuple(tuple(sorted({*a, *b}, key=level_order)) for a, b in zip(seen, known or seen, strict=True))
        place = [{level: k for k, level in enumerate(axis)} for axis in levels]
        moved = np.array([[place[i][seen[i][c]] for i, c in enumerate(cell)] for cell in tally.codes], np.int64)
        sizes = tuple(map(len, levels))
        cube = Cube.of(moved.reshape(len(tally), len(seen)), tally.n, sizes)
        if joint:
            codes = [[place[i][level] for i, level in enumerate(cell)] for cell in cells]
            whole = Cube.of(codes, list(references[0].values()), sizes)
            shared = {cell for cell, share in zip(cells, references[0].values(), strict=True) if share}
            found = [tuple(seen[i][c] for i, c in enumerate(cell)) for cell in tally.codes]
            return cls(tally.names, levels, cube, whole, tuple(CROSS.join(x) for x in found if x not in shared))
        margins = [np.array([r.get(x, 0.0) for x in axis]) for r, axis in zip(references, levels, strict=False)]
        parts = zip(references, seen, tally.names, strict=False)
        unknown = tuple(f"{name}={x}" for r, axis, name in parts for x in axis if not r.get(x))
        return cls(tally.names, levels, cube, margins, unknown)

    @property
    def name(self) -> str:
        """The columns together."""
        return CROSS.join(self.names)

    def spelled(self, pattern: Pattern) -> str:
        """A pattern in words, "sex=f & region=s"."""
        return " & ".join(f"{self.names[a]}={self.levels[a][level]}" for a, level in pattern)


def counted(rows: int, total: int) -> Estimate:
    """The share of rows at hand: a fact about them, so its limits are the share itself."""
    if not total:
        return Estimate.undefined("no rows")
    ends = (rows / total,) * len(LEVELS)
    return Estimate(rows / total, ends, ends, total, float(total), "counted, no inference")


def _parts(key: str, names: Sequence[str]) -> tuple[str, ...]:
    parts = tuple(key.split(CROSS))
    if len(parts) != len(names):
        raise InputError(
            f'The reference has "{key}", and the columns are {", ".join(names)}. A combination names a level of each, '
            f'in that order, joined by "{CROSS}".'
        )
    return parts
