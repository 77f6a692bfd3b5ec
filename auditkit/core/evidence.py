"""What a detector is shown: counted cells, moments, or rows, each a commutative monoid.

`a + b` is the evidence of both, so shards, engines and the order of arrival cannot matter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import UNIT, Axes, Cells, Floats, Ints, level_order
from auditkit.core.rows import Rows

__all__ = ["UNIT", "Cells", "Evidence", "Floats", "Ints", "Moments", "Rows", "Tally", "level_order"]


@dataclass(frozen=True, eq=False)
class Tally(Cells):
    """Counts per cell: rows `n`, sum of weights `w`, sum of squared weights `w2` (all equal when unweighted).

    `top` is the largest weight in each cell; where nobody kept it, `heaviest` is the least that it can be, w2 / w.

    >>> t = Tally.of({"group": ["a", "a", "b"], "outcome": ["1", "0", "1"]})
    >>> t.cube("group", "outcome").tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """

    n: Ints
    w: Floats
    w2: Floats
    weighted: bool = False
    top: Floats | None = None
    _exact = True

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Sequence[str]],
        n: Sequence[int] | None = None,
        w: Sequence[float] | None = None,
        w2: Sequence[float] | None = None,
        names: Mapping[str, str] | None = None,
        top: Sequence[float] | None = None,
    ) -> Tally:
        """Build from parallel columns of levels, one a role, and a count per row (1 when not given)."""
        axes, codes = _encoded(columns, names)
        counts = np.ones(len(codes), np.int64) if n is None else np.asarray(n, np.int64)
        weights = counts.astype(float) if w is None else np.asarray(w, float)
        squares = weights if w is None or w2 is None else np.asarray(w2, float)
        most = None if top is None else np.asarray(top, float)
        raw = cls(axes.axes, axes.names, axes.levels, codes, counts, weights, squares, w is not None, most)
        return raw._collapsed(axes, codes)

    @classmethod
    def of_cells(cls, axes: Sequence[str], cells: Mapping[tuple[str, ...], int]) -> Tally:
        """Build from a dictionary of cells, {("men", "admitted"): 1198, ...}."""
        columns = {axis: [cell[i] for cell in cells] for i, axis in enumerate(axes)}
        return cls.of(columns, n=list(cells.values()))

    @classmethod
    def of_rows(cls, rows: Rows, *axes: str) -> Tally:
        """Count the cells of some axes of a bag of rows."""
        columns = {axis: rows.column(axis).tolist() for axis in axes}
        return cls.of(columns, names={axis: rows.name_of(axis) for axis in axes})

    @property
    def total(self) -> int:
        """The number of rows counted."""
        return int(self.n.sum())

    @property
    def heaviest(self) -> Floats:
        """The largest weight in each cell."""
        if self.top is not None:
            return self.top
        return np.divide(self.w2, self.w, out=np.zeros(len(self.w)), where=self.w > 0)

    def cube(self, *axes: str, of: str = "w") -> Floats:
        """A dense array over the named axes, everything else summed out; `of` is "n", "w" or "w2"."""
        at = [self.index(axis) for axis in axes]
        shape = tuple(len(self.levels[i]) for i in at)
        flat = np.ravel_multi_index(tuple(self.codes[:, i] for i in at), shape) if at else np.zeros(len(self), int)
        weights = np.asarray(getattr(self, of), float)
        return np.bincount(flat, weights, minlength=math.prod(shape)).astype(np.float64).reshape(shape)

    def _columns(self) -> Mapping[str, NDArray[Any]]:
        return {"n": self.n, "w": self.w, "w2": self.w2, "top": self.heaviest}

    def _with(self, axes: Axes, codes: Ints, columns: Mapping[str, NDArray[Any]]) -> Tally:
        n, w, w2, top = (columns[name] for name in ("n", "w", "w2", "top"))
        return Tally(axes.axes, axes.names, axes.levels, codes, n, w, w2, self.weighted, top)

    def _merge(self, codes: Ints, order: Ints, starts: Ints) -> Mapping[str, NDArray[Any]]:
        top = np.maximum.reduceat(self.heaviest[order], starts)
        return {**super()._merge(codes, order, starts), "top": top}


@dataclass(frozen=True, eq=False)
class Moments(Cells):
    """Moments of a number per cell: rows `n`, sum of weights `w`, weighted `mean` and `m2`.

    `measured` names the column of the number. `m2` is the weighted sum of squared deviations from the mean, merged as
    by Chan, Golub & LeVeque (1983), so that large means lose no digits.

    >>> m = Moments.of({"group": ["a", "a", "b"]}, [1.0, 3.0, 5.0])
    >>> m.mean.tolist(), m.m2.tolist()
    ([2.0, 5.0], [2.0, 0.0])
    """

    n: Ints
    w: Floats
    mean: Floats
    m2: Floats
    measured: str = ""
    weighted: bool = False

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[str]], values: Sequence[float]) -> Moments:
        """Build from parallel columns of levels and the number measured in each row."""
        axes, codes = _encoded(columns)
        x, ones = np.asarray(values, float), np.ones(len(values), np.int64)
        raw = cls(axes.axes, axes.names, axes.levels, codes, ones, ones.astype(float), x, np.zeros(len(x)))
        return raw._collapsed(axes, codes)

    def _columns(self) -> Mapping[str, NDArray[Any]]:
        return {"n": self.n, "w": self.w, "mean": self.mean, "m2": self.m2}

    def _with(self, axes: Axes, codes: Ints, columns: Mapping[str, NDArray[Any]]) -> Moments:
        n, w, mean, m2 = columns["n"], columns["w"], columns["mean"], columns["m2"]
        return Moments(axes.axes, axes.names, axes.levels, codes, n, w, mean, m2, self.measured, self.weighted)

    def _merge(self, codes: Ints, order: Ints, starts: Ints) -> Mapping[str, NDArray[Any]]:
        n, w = (np.add.reduceat(column[order], starts) for column in (self.n, self.w))
        mean = np.add.reduceat((self.w * self.mean)[order], starts) / np.where(w > 0, w, 1)
        spread = np.repeat(mean, np.diff(starts, append=len(order)))
        m2 = np.add.reduceat(self.m2[order] + self.w[order] * (self.mean[order] - spread) ** 2, starts)
        return {"n": n, "w": w, "mean": mean, "m2": m2}


Evidence = Tally | Moments | Rows


def _encoded(columns: Mapping[str, Sequence[str]], names: Mapping[str, str] | None = None) -> tuple[Axes, Ints]:
    """Parallel columns of levels as codes into the levels of each."""
    levels = tuple(tuple(dict.fromkeys(column)) for column in columns.values())
    look_up = [{level: k for k, level in enumerate(axis)} for axis in levels]
    pairs = zip(columns.values(), look_up, strict=True)
    rows = max((len(column) for column in columns.values()), default=0)
    codes = np.array([[table[level] for level in column] for column, table in pairs], np.int64).T
    axes = Axes(tuple(columns), tuple((names or {}).get(axis, axis) for axis in columns), levels)
    return axes, codes.reshape(rows, len(levels))
