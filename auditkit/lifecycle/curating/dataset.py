"""A data set that is being curated: its columns as they were written, and for every row which row of the source it is.

Rows are numbered by their place in the source, from 0; what is added is numbered from n on. A step makes a data set of
a data set, and tells the book why; neither changes what it was given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.errors import ColumnError
from auditkit.core.estimate import Floats
from auditkit.levels import spelled

Ints = NDArray[np.int64]
Values = list[Any]

WHOLE, DECIMAL = re.compile(r"[-+]?\d+"), re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Dataset:
    """Columns of equal length; `rows` (n,) numbers them, `of` (n,) is the row of the source that each comes from.

    `weights` are `None` until something weighs. Cells of a CSV are texts, an empty one is missing.

    >>> data = Dataset.of_source({"sex": ["f", "m", "m"]})
    >>> data.taken([0, 2]).rows.tolist(), data.with_copies([1], [{"sex": "f"}]).levels("sex")
    ([0, 2], ['f', 'm', 'm', 'f'])
    """

    columns: Mapping[str, Values]
    rows: Ints
    of: Ints
    size: int
    """How many rows have ever been there: the number of the next that is added."""
    weights: Floats | None = None

    @classmethod
    def of_source(cls, columns: Mapping[str, Values], weights: Floats | None = None) -> Dataset:
        """The data set as it was found."""
        n = len(next(iter(columns.values())))
        return cls(columns, np.arange(n), np.arange(n), n, weights)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def repeated(self) -> bool:
        """Whether two rows come from one row of the source."""
        return len(np.unique(self.of)) < len(self.of)

    def column(self, name: str, role: str) -> Values:
        """A column's cells; raises `ColumnError`, with the nearest there is, where it is not there."""
        if name not in self.columns:
            raise ColumnError.missing(name, role, self.columns)
        return self.columns[name]

    def levels(self, name: str, role: str = "step") -> list[str]:
        """A column's cells as levels, spelled as an audit of the file would spell them."""
        return spelled(typed(self.column(name, role)), name)

    def cells(self, names: Sequence[str]) -> list[str]:
        """The crossed levels of several columns: "f and yes"."""
        if not names:
            return [""] * len(self)
        return [" and ".join(each) for each in zip(*(self.levels(name) for name in names), strict=True)]

    def taken(self, index: Sequence[int] | Ints) -> Dataset:
        """The rows at these places, in this order."""
        at = np.asarray(index, np.int64)
        columns = {name: [values[k] for k in at.tolist()] for name, values in self.columns.items()}
        weights = None if self.weights is None else self.weights[at]
        return replace(self, columns=columns, rows=self.rows[at], of=self.of[at], weights=weights)

    def with_copies(self, index: Sequence[int], changes: Sequence[Mapping[str, Any]]) -> Dataset:
        """With a copy of each of these rows at the end, changed in these cells; a copy comes from the same source."""
        copied = self.taken(index).changed(range(len(index)), changes)
        columns = {name: [*values, *copied.columns[name]] for name, values in self.columns.items()}
        rows = np.r_[self.rows, np.arange(self.size, self.size + len(index))]
        weights = None
        if self.weights is not None and copied.weights is not None:
            weights = np.r_[self.weights, copied.weights]
        size = self.size + len(index)
        return replace(self, columns=columns, rows=rows, of=np.r_[self.of, copied.of], size=size, weights=weights)

    def changed(self, index: Sequence[int], changes: Sequence[Mapping[str, Any]]) -> Dataset:
        """With other cells in these rows."""
        columns = dict(self.columns)
        for name in dict.fromkeys(name for change in changes for name in change):
            columns[name] = list(self.column(name, "changed"))
        for at, change in zip(index, changes, strict=True):
            for name, cell in change.items():
                columns[name][at] = cell
        return replace(self, columns=columns)

    def weighted(self, weights: Floats | None) -> Dataset:
        """With these weights in place of those that it had."""
        return replace(self, weights=weights)


def typed(values: Sequence[Any]) -> Sequence[Any]:
    """Texts as DuckDB reads the column of a CSV: whole numbers where all are, else decimals, else as they stand."""
    if not all(isinstance(value, str) for value in values):
        return values
    said = [value for value in values if value]
    kind: Any = str
    if said and all(DECIMAL.fullmatch(value) for value in said):
        kind = int if all(WHOLE.fullmatch(value) for value in said) else float
    return [None if not value else kind(value) for value in values]
