"""Any table becomes evidence: the only file that imports narwhals.

A table is opened, the columns that play a role are picked, the engine the table lives in counts their cells in one
group-by, and only the few distinct raw keys that come back are spelled as levels.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.evidence import Moments, Tally

if TYPE_CHECKING:
    pass

ACCEPTED = (
    "a pandas, polars, pyarrow or PySpark table, a DuckDB relation, a dictionary of columns, "
    "or the path of a CSV, TSV or Parquet file"
)
SUFFIXES = (".csv", ".tsv", ".parquet")
LONGEST_LEVEL = 1_000
ENGINES = frozenset({"duckdb", "_duckdb", "polars", "pyarrow"})
NO_LEVEL = (nw.List, nw.Array, nw.Struct, nw.Binary, nw.Duration, nw.Object)
NO_ROWS = "The table has no rows, so there is nothing to count. Give a table with at least one row."


def tally(data: object, axes: Mapping[str, str], weight: str | None = None) -> Tally:
    """Count the rows of every cell, in one group-by of the engine that the table lives in.

    `axes` maps axis names (roles, "group:sex") to columns. With `weight`, a cell also holds the sums of w and of w^2.
    Missing values (None, NaN, NaT, NA, null) are the level "(missing)"; True is "True", 1 and 1.0 are "1", dates are
    ISO; levels spelled alike are one. An axis `unit` that is unique per row is dropped: each row is its own unit.

    Raises `ColumnError` for a column that is not there; `InputError` for no rows, for infinities and for values that
    are no level (bytes, lists), for rows without a unit, and for weights missing, negative, infinite or all zero.

    >>> t = tally({"sex": ["f", "f", "m", None], "hired": [1, 0, 1, 1]}, {"group": "sex", "outcome": "hired"})
    >>> t.levels_of("group"), t.levels_of("outcome"), t.n.tolist()
    (('f', 'm', '(missing)'), ('0', '1'), [1, 1, 1, 1])
    """
    frame = _picked(data, axes, {} if weight is None else {"weight": weight})
    if weight is None:
        cells = _counted(frame, axes)
        w = w2 = cells.n.astype(float)
    else:
        frame = _weighed(frame)
        cells = _counted(frame, axes, *(nw.col(name).sum() for name in ("weight", "square", "bad")))
        w, w2, bad = cells.sums
        _check_weights(frame, weight, bad.sum(), w.sum())
    if not cells.n.sum():
        raise InputError(NO_ROWS)
    whole = Tally(*cells.table, cells.n, w, w2, weight is not None)
    return whole.marginal(*whole.axes)


def moments(data: object, axes: Mapping[str, str], value: str, weight: str | None = None) -> Moments:
    """Summarise a number in every cell: rows, sum of weights, weighted mean, weighted squared deviations from it.

    Rows without a value are left out (count them with a tally). With x less its overall mean, d, a cell holds
    n, sum w, mean = overall + sum wd / sum w and m2 = sum wd^2 - (sum wd)^2 / sum w: one look for the overall mean, one
    group-by. Digits are lost only where cells lie some 10^5 of their own standard deviations apart.
    No value at all gives no cells. Raises what `tally` raises, and `InputError` for a value that is text or infinite.

    >>> m = moments({"sex": ["f", "f", "m"], "score": [1.0, 3.0, None]}, {"group": "sex"}, "score")
    >>> m.levels_of("group"), m.n.tolist(), m.mean.tolist(), m.m2.tolist()
    (('f',), [2], [2.0], [2.0])
    """
    frame = _picked(data, axes, {"value": value} | ({} if weight is None else {"weight": weight}))
    frame = _weighed(frame if weight is not None else frame.with_columns(weight=nw.lit(1.0)))
    x, w = nw.col("value"), nw.col("weight")
    finite = x.is_finite().fill_null(False)
    looked = nw.when(finite).then(x)
    infinite = ~finite & ~(x.is_null() | x.is_nan().fill_null(False))
    look = frame.select(
        nw.len().alias("n"),
        looked.mean().alias("mean"),
        infinite.cast(nw.Int64).sum().alias("infinite"),
        nw.col("bad").sum(),
        w.sum(),
    )
    [[rows], [overall], [unbounded], [bad], [total]] = _fetched(look)
    if not rows:
        raise InputError(NO_ROWS)
    if unbounded:
        raise InputError(_infinite(value, int(unbounded)))
    _check_weights(frame, weight or "weight", bad, total)
    centre = float(overall or 0)
    shifted = frame.filter(finite).with_columns(first=w * (x - centre), second=w * (x - centre) * (x - centre))
    cells = _counted(shifted, axes, w.sum(), nw.col("first").sum(), nw.col("second").sum())
    w_sum, first, second = cells.sums
    shift = first / np.where(w_sum > 0, w_sum, 1)
    whole = Moments(*cells.table, cells.n, w_sum, centre + shift, np.maximum(second - first * shift, 0))
    return whole.marginal(*whole.axes)


def columns(data: object) -> tuple[str, ...]:
    """The names of a table's columns, in order; names that are not text are spelled as text.

    Raises `InputError` when two columns bear one name.

    >>> columns({"sex": ["f", "m"], "hired": [1, 0]})
    ('sex', 'hired')
    """
    native: Any = open_data(data)
    if nw.dependencies.is_pyarrow_table(native):
        raw = native.column_names
    elif nw.dependencies.is_pandas_dataframe(native) or _is_relation(native):
        raw = native.columns
    else:
        raw = nw.from_native(native).lazy().collect_schema().names()
    names = tuple(str(name) for name in raw)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(f"More than one column is named {_listed(twice)}. The table has: {', '.join(names)}. Rename.")
    return names


def open_data(source: object) -> object:
    """Open a file with DuckDB (a relation that reads when asked), frame a dictionary, pass a table through.

    CSV is read as whole numbers, decimals and text, so yes, no and True stay words; types are inferred from the whole
    file; an empty field is missing; the first line names the columns. Only one local file is ever read.
    Raises `InputError` for anything else, and for files that are missing, empty, damaged, or of another kind.

    >>> open_data("nowhere/to-be-found.csv")
    Traceback (most recent call last):
    ...
    auditkit.core.errors.InputError: There is no file nowhere/to-be-found.csv, nor a folder nowhere. Check the path.
    """
    if isinstance(source, (str, os.PathLike)):
        return _opened(Path(os.fsdecode(source)))
    if isinstance(source, Mapping):
        return _framed(source)
    native: object = nw.to_native(source, pass_through=True)  # type: ignore[call-overload]
    if isinstance(nw.from_native(native, pass_through=True), (nw.DataFrame, nw.LazyFrame)):
        return native
    raise InputError(f"A table was expected, and a {type(source).__name__} was given. Give {ACCEPTED}.")


def from_arrays(**arrays: ArrayLike) -> object:
    """Make a table of plain arrays, lists or series, matched by position.

    Raises `InputError` when they differ in length or one is not a single column.

    >>> tally(from_arrays(sex=["f", "m"], hired=[True, True]), {"group": "sex", "outcome": "hired"}).total
    2
    """
    return _framed(arrays)
