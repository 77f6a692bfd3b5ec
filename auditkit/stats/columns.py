"""Features as a design matrix: numbers standardised, levels as indicators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.cells import Floats, Ints
from auditkit.core.roles import MISSING
from auditkit.core.rows import Rows
from auditkit.stats.discrimination import auc

Flags = NDArray[np.bool_]

FEWEST, MOST = 10, 100
IDENTIFIER = 0.5


class Columns(NamedTuple):
    """The features of rows by `names`: first those of `levels`, as codes (n,), then those of `numbers` (n,).

    `complete` (rows,) says which rows have all of them; only these n are kept.
    """

    names: tuple[str, ...]
    levels: tuple[Ints, ...]
    numbers: tuple[Floats, ...]
    complete: Flags

    @classmethod
    def of(cls, rows: Rows) -> Columns:
        """Read the role feature.

        >>> rows = Rows.of({}, {"feature": [[1.0, 2.0], [3.0, float("nan")]]})
        >>> Columns.of(rows).names, int(Columns.of(rows).complete.sum())
        (('feature.0', 'feature.1'), 1)
        """
        axes = [axis for axis in rows.axes if axis.startswith("feature:")]
        matrix = rows.numbers.get("feature", np.zeros((len(rows), 0)))
        missing = [np.isnan(matrix).any(axis=1), *(rows.column(axis) == MISSING for axis in axes)]
        known = ~np.any(missing, axis=0)
        names = (*map(rows.name_of, axes), *rows.measured.get("feature", ()))
        return cls(names, tuple(rows.codes(axis)[known] for axis in axes), tuple(matrix[known].T), np.asarray(known))

    def without(self, names: Collection[str]) -> Columns:
        """All but some of the columns."""
        kept = [name not in names for name in self.names]
        cut = len(self.levels)
        levels = tuple(v for v, keep in zip(self.levels, kept[:cut], strict=True) if keep)
        numbers = tuple(v for v, keep in zip(self.numbers, kept[cut:], strict=True) if keep)
        return Columns(tuple(np.array(self.names, object)[kept]), levels, numbers, self.complete)

    def design(self) -> Floats:
        """One matrix (n, k): indicators of levels, standardised numbers and their squares."""
        parts = self.parts(squares=True)
        return np.concatenate(parts, axis=1) if parts else np.zeros((int(self.complete.sum()), 0))

    def parts(self, squares: bool = False) -> Sequence[Floats]:
        """The matrix of every column; of no width where it does not vary."""
        return [*map(indicators, self.levels), *(standardised(v, squares) for v in self.numbers)]

    def generator(self, purpose: str) -> np.random.Generator:
        """Random draws that depend on what these columns hold and on the purpose alone."""
        return Rows.of({}, {"feature": np.array([*self.levels, *self.numbers], float).T}).generator(purpose)


def standardised(values: Floats, squares: bool = False) -> Floats:
    """A number with mean 0 and variance 1, and its square less 1; of no width where it does not vary.

    >>> standardised(np.array([1.0, 3.0]), squares=True).tolist()
    [[-1.0], [1.0]]
    """
    spread = float(values.std()) if len(values) else 0.0
    if not spread > 1e-12 * float(np.abs(values).max(initial=0.0)):
        return np.zeros((len(values), 0))
    z = (values - values.mean()) / spread
    bend = z**2 - 1
    return np.stack([z, bend], axis=1) if squares and bend.std() > 1e-9 else z[:, None]


def indicators(code: Ints) -> Floats:
    """A column of 0 and 1 a level; those beyond the 100 commonest and those with fewer than 10 rows are one.

    >>> indicators(np.array([0] * 10 + [1] * 12 + [2] * 3)).sum(axis=0).tolist()
    [10.0, 12.0, 3.0]
    """
    counts = np.bincount(code)
    common = np.argsort(-counts, kind="stable")[:MOST]
    kept = np.sort(common[counts[common] >= FEWEST])
    columns = code[:, None] == kept
    rest = ~columns.any(axis=1)
    whole: Floats = (np.c_[columns, rest] if rest.any() else columns).astype(float)
    return whole if whole.shape[1] > 1 else whole[:, :0]


def identifying(columns: Columns, second: ArrayLike, least: float = 0.99) -> list[str]:
    """Name the columns that alone all but tell two samples apart, `second` (n,) booleans, or all but number the rows.

    Of numbers the AUC is taken, of levels the share of rows whose level is in one sample alone; a column with more
    levels than half of the rows is an identifier.
    """
    y = np.asarray(second, bool)
    told = [_apart(v, y) >= least or len(np.unique(v)) > IDENTIFIER * len(y) for v in columns.levels]
    told += [_area(v, y) >= least for v in columns.numbers]
    return [name for name, tells in zip(columns.names, told, strict=True) if tells]


def _area(values: Floats, y: Flags) -> float:
    area = auc(values, y, ~y).value
    return 0.5 if area is None else max(area, 1 - area)


def _apart(code: Ints, y: Flags) -> float:
    ours, theirs = (np.bincount(code[mask], minlength=int(code.max(initial=0)) + 1) for mask in (y, ~y))
    return float((ours + theirs)[(ours == 0) | (theirs == 0)].sum() / max(len(y), 1))
