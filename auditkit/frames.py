"""Any table becomes evidence: the only file that imports narwhals.

A table is opened, the columns that play a role are picked, the engine the table lives in counts their cells in one
group-by, and only the few distinct raw keys that come back are spelled as levels.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import ColumnError, InputError
from auditkit.core.evidence import UNIT, Ints, Moments, Tally
from auditkit.core.roles import MISSING
from auditkit.levels import infinite, no_level, spelled
from auditkit.tables import framed, in_duckdb, no_number, opened, reason

ACCEPTED = (
    "a pandas, polars, pyarrow or PySpark table, a DuckDB relation, a dictionary of columns, "
    "or the path of a CSV, TSV or Parquet file"
)
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
        cells = _counted(_weighed(frame), axes, *(nw.col(name).sum() for name in ("weight", "square", "bad")))
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
    group-by. A cell k of its own standard deviations from the overall mean has m2 to about k^2 parts in 10^16.
    No value at all gives no cells. Raises what `tally` raises, and `InputError` for a value that is text or infinite.

    >>> m = moments({"sex": ["f", "f", "m"], "score": [1.0, 3.0, None]}, {"group": "sex"}, "score")
    >>> m.levels_of("group"), m.n.tolist(), m.mean.tolist(), m.m2.tolist()
    (('f',), [2], [2.0], [2.0])
    """
    frame = _weighed(_picked(data, axes, {"value": value} | ({} if weight is None else {"weight": weight})))
    centre = _overall_mean(frame, value, weight or "")
    away = nw.col("value") - centre
    present = frame.filter(nw.col("value").is_finite())
    present = present.with_columns(first=nw.col("weight") * away, second=nw.col("weight") * away * away)
    cells = _counted(present, axes, *(nw.col(name).sum() for name in ("weight", "first", "second")))
    w, first, second = cells.sums
    shift = first / np.where(w > 0, w, 1)
    whole = Moments(*cells.table, cells.n, w, centre + shift, np.maximum(second - first * shift, 0))
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
    elif nw.dependencies.is_pandas_dataframe(native) or nw.dependencies.is_duckdb_relation(native):
        raw = native.columns
    else:
        raw = nw.from_native(native).lazy().collect_schema().names()
    names = tuple(str(name) for name in raw)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(
            f"More than one column is named {', '.join(twice)}. The table has: {', '.join(names)}. Rename all but one."
        )
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
        return opened(Path(os.fsdecode(source)))
    if isinstance(source, Mapping):
        return framed(source)
    native: object = nw.to_native(source, pass_through=True)
    try:
        known = isinstance(nw.from_native(native, pass_through=True), (nw.DataFrame, nw.LazyFrame))
    except DuplicateError:
        known = True  # and `columns` says which
    if not known:
        raise InputError(f"A table was expected, and a {type(source).__name__} was given. Give {ACCEPTED}.")
    return native


def from_arrays(**arrays: ArrayLike) -> object:
    """Make a table of plain arrays, lists or series, matched by position.

    Raises `InputError` when they differ in length or one is not a single column.

    >>> tally(from_arrays(sex=["f", "m"], hired=[True, True]), {"group": "sex", "outcome": "hired"}).total
    2
    """
    return framed(arrays)


# Counting: picked columns in, cells out.


@dataclass(frozen=True)
class _Counted:
    table: tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, ...], ...], Ints]
    n: Ints
    sums: tuple[NDArray[np.float64], ...]


def _picked(data: object, axes: Mapping[str, str], numbers: Mapping[str, str]) -> nw.LazyFrame[Any]:
    """One column k0, k1, ... an axis and one a number, under names that no engine can stumble over."""
    native: Any = open_data(data)
    if not axes and not numbers:
        raise InputError("Nothing was asked of the table. Name at least one column.")
    available = columns(native)
    for role, column in (*axes.items(), *numbers.items()):
        if column not in available:
            raise ColumnError.missing(column, role.split(":")[0], available)
    keys = {f"k{i}": column for i, column in enumerate(axes.values())}
    if nw.dependencies.is_pandas_dataframe(native):
        frame = nw.from_native(in_duckdb(native, keys, numbers)).lazy()
    else:
        picks = {name: nw.col(column) for name, column in (keys | dict(numbers)).items()}
        frame = nw.from_native(native).lazy().select(**picks)
    return _typed(frame, keys, numbers)


def _typed(frame: nw.LazyFrame[Any], keys: Mapping[str, str], numbers: Mapping[str, str]) -> nw.LazyFrame[Any]:
    """Refuse what is neither level nor number; numbers become floats."""
    schema = frame.collect_schema()
    for key, column in keys.items():
        dtype = schema[key]
        if isinstance(dtype, NO_LEVEL):
            raise InputError(no_level(column, str(dtype)))
    for name, column in numbers.items():
        if schema[name].is_numeric() or isinstance(schema[name], nw.Boolean):
            continue
        if _fetched(frame.select(nw.col(name).count()))[0][0]:
            raise InputError(no_number(column, name, str(schema[name])))
        frame = frame.with_columns(nw.lit(None, nw.Float64).alias(name))  # nothing in it, so nothing of another kind
    return frame.with_columns(**{name: nw.col(name).cast(nw.Float64) for name in numbers}) if numbers else frame


def _counted(frame: nw.LazyFrame[Any], axes: Mapping[str, str], *sums: nw.Expr) -> _Counted:
    """The one group-by, its raw keys spelled as levels."""
    keys = {axis: f"k{i}" for i, axis in enumerate(axes)}
    if UNIT in keys and _unique_per_row(frame, keys[UNIT], axes[UNIT]):
        del keys[UNIT]
    wanted = (nw.len().alias("n"), *sums)
    fetched = _fetched(frame.group_by(*keys.values()).agg(*wanted) if keys else frame.select(*wanted))
    n, *rest = (np.array(column, float) for column in fetched[len(keys) :])
    texts = [spelled(column, axes[axis]) for axis, column in zip(keys, fetched, strict=False)]
    if UNIT in keys:
        _check_units(int(n[[unit == MISSING for unit in texts[list(keys).index(UNIT)]]].sum()), axes[UNIT])
    levels = tuple(tuple(dict.fromkeys(column)) for column in texts)
    places = [{level: k for k, level in enumerate(axis)} for axis in levels]
    codes = [[place[level] for level in column] for place, column in zip(places, texts, strict=True)]
    table = (
        tuple(keys),
        tuple(axes[axis] for axis in keys),
        levels,
        np.array(codes, np.int64).reshape(len(keys), len(n)).T,
    )
    return _Counted(table, n.astype(np.int64), tuple(rest))


def _fetched(frame: nw.LazyFrame[Any]) -> list[Sequence[Any]]:
    """Run the query: one sequence of plain Python values a column. An engine's own complaint becomes an InputError."""
    try:
        if nw.dependencies.is_duckdb_relation(frame.to_native()):
            return _fetched_from_duckdb(frame)
        table = frame.collect()
        return [table[name].to_list() for name in table.columns]
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ENGINES:
            raise
        raise InputError(f"The table cannot be read: {reason(error)}.") from error


def _fetched_from_duckdb(frame: nw.LazyFrame[Any]) -> list[Sequence[Any]]:
    schema = frame.collect_schema()
    zoned = [name for name, dtype in schema.items() if isinstance(dtype, nw.Datetime) and dtype.time_zone]
    if zoned:  # DuckDB hands these out only where pytz is installed
        frame = frame.with_columns(nw.col(*zoned).cast(nw.String))
    rows = frame.to_native().fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    parsed = zip(schema, columns, strict=True)
    return [[v and datetime.fromisoformat(v) for v in column] if name in zoned else column for name, column in parsed]


def _unique_per_row(frame: nw.LazyFrame[Any], key: str, column: str) -> bool:
    unit = nw.col(key)
    gone = unit.is_null()
    if frame.collect_schema()[key].is_float():
        gone = gone | unit.is_nan().fill_null(False)
    look = (nw.len().alias("n"), unit.n_unique().alias("units"), gone.cast(nw.Int64).sum().alias("gone"))
    [[rows], [units], [missing]] = _fetched(frame.select(*look))
    _check_units(int(missing or 0), column)
    return bool(rows == units)


def _check_units(missing: int, column: str) -> None:
    if missing:
        rows = "1 row" if missing == 1 else f"{missing:,} rows"
        raise InputError(
            f'The column "{column}" names no unit in {rows}: nobody can say what they depend on. '
            "Fill it, leave those rows out, or leave the unit out if each row is its own."
        )


def _weighed(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Add the square of the weight, and whether the weight is none: missing, negative or infinite."""
    if "weight" not in frame.collect_schema().names():
        frame = frame.with_columns(weight=nw.lit(1.0))
    w = nw.col("weight")
    good = (w.is_finite() & (w >= 0)).fill_null(False)
    return frame.with_columns(square=w * w, bad=(~good).cast(nw.Int64))


def _check_weights(frame: nw.LazyFrame[Any], column: str, bad: float, total: float) -> None:
    w = nw.col("weight")
    if bad:
        missing = (w.is_null() | w.is_nan().fill_null(False)).cast(nw.Int64).sum().alias("missing")
        endless = (w.abs() == np.inf).fill_null(False).cast(nw.Int64).sum().alias("infinite")
        [[gone], [unbounded]] = _fetched(frame.select(missing, endless))
        below = int(bad - gone - unbounded)
        raise InputError(
            f'The weights in the column "{column}" cannot be used: {gone:,} missing, {below:,} negative, '
            f"{unbounded:,} infinite. Every row needs a finite weight of 0 or more."
        )
    if total == 0:
        raise InputError(f'Every weight in the column "{column}" is 0, so no row counts. Give some row a weight.')


def _overall_mean(frame: nw.LazyFrame[Any], value: str, weight: str) -> float:
    """The mean to measure deviations from, after a look at what the numbers are."""
    x = nw.col("value")
    mean = nw.when(x.is_finite()).then(x).mean()
    endless = (x.abs() == np.inf).fill_null(False).cast(nw.Int64).sum()
    look = (nw.len().alias("n"), mean.alias("mean"), endless.alias("infinite"), nw.col("bad", "weight").sum())
    [[rows], [centre], [unbounded], [bad], [total]] = _fetched(frame.select(*look))
    if not rows:
        raise InputError(NO_ROWS)
    if unbounded:
        raise InputError(infinite(value))
    _check_weights(frame, weight, bad, total)
    return float(centre or 0)
