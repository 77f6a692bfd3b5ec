"""A table is opened, and the columns that play a role are picked, in the table's own engine."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import ArrayLike

from auditkit.core.errors import ColumnError, InputError
from auditkit.levels import no_level
from auditkit.tables import framed, in_duckdb, no_number, opened, reason

ACCEPTED = (
    "a pandas, polars, pyarrow or PySpark table, a DuckDB relation, a dictionary of columns, "
    "or the path of a CSV, TSV or Parquet file"
)
ENGINES = frozenset({"duckdb", "_duckdb", "polars", "pyarrow"})
NO_LEVEL = (nw.List, nw.Array, nw.Struct, nw.Binary, nw.Duration, nw.Object)


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


def numeric(data: object, column: str) -> bool:
    """Whether a column holds numbers, or a list of numbers in every row: an embedding."""
    native: Any = open_data(data)
    if column not in columns(native):
        raise ColumnError.missing(column, "feature", columns(native))
    if nw.dependencies.is_pandas_dataframe(native):
        values = native[column]
        return values.dtype.kind in "iuf" or is_list(native, column)
    return nw.from_native(native).lazy().collect_schema()[column].is_numeric() or is_list(native, column)


def is_list(native: Any, column: str) -> bool:
    """Whether a column holds a list in every row."""
    if nw.dependencies.is_pandas_dataframe(native):
        first = next((x for x in native[column] if x is not None), None)
        return isinstance(first, (list, tuple, np.ndarray))
    dtype = nw.from_native(native).lazy().collect_schema()[column]
    return isinstance(dtype, (nw.List, nw.Array))


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

    >>> columns(from_arrays(sex=["f", "m"], hired=[True, True]))
    ('sex', 'hired')
    """
    return framed(arrays)


def picked(
    data: object, axes: Mapping[str, str], numbers: Mapping[str, str], roles: Mapping[str, str] | None = None
) -> nw.LazyFrame[Any]:
    """One column k0, k1, ... an axis and one a number, under names that no engine can stumble over.

    `roles` says what each number is given as, for refusals; without, its own name does.
    """
    given = roles or {}
    native: Any = open_data(data)
    if not axes and not numbers:
        raise InputError("Nothing was asked of the table. Name at least one column.")
    available = columns(native)
    for role, column in (*axes.items(), *((given.get(name, name), column) for name, column in numbers.items())):
        if column not in available:
            raise ColumnError.missing(column, role.split(":")[0], available)
    keys = {f"k{i}": column for i, column in enumerate(axes.values())}
    if nw.dependencies.is_pandas_dataframe(native):
        frame = nw.from_native(in_duckdb(native, keys, numbers, given)).lazy()
    else:
        picks = {name: nw.col(column) for name, column in (keys | dict(numbers)).items()}
        frame = nw.from_native(native).lazy().select(**picks)
    return _typed(frame, keys, numbers, given)


def _typed(
    frame: nw.LazyFrame[Any], keys: Mapping[str, str], numbers: Mapping[str, str], given: Mapping[str, str]
) -> nw.LazyFrame[Any]:
    """Refuse what is neither level nor number; numbers become floats."""
    schema = frame.collect_schema()
    for key, column in keys.items():
        dtype = schema[key]
        if isinstance(dtype, NO_LEVEL):
            raise InputError(no_level(column, str(dtype)))
    for name, column in numbers.items():
        if schema[name].is_numeric() or isinstance(schema[name], nw.Boolean):
            continue
        if fetched(frame.select(nw.col(name).count()))[0][0]:
            raise InputError(no_number(column, given.get(name, name), str(schema[name])))
        frame = frame.with_columns(nw.lit(None, nw.Float64).alias(name))  # nothing in it, so nothing of another kind
    return frame.with_columns(**{name: nw.col(name).cast(nw.Float64) for name in numbers}) if numbers else frame


def fetched(frame: nw.LazyFrame[Any]) -> list[Sequence[Any]]:
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
