"""Tables that have no engine of their own, or a slow one, are given DuckDB: files, plain arrays, pandas frames."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError, nearest
from auditkit.levels import level, no_level

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".parquet")
SEPARATORS = (",", ";", "\t", "|")
TEXT = frozenset({"string", "empty"})
NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal", "boolean", "empty"})
POSITION, DATES = "position", ", or add a column of numbers in the same order: of dates, the days since a first day"
"""The role for which dates are likely to be given, and the way out."""


def opened(path: Path) -> Any:
    """A relation over one local file; raises `InputError` for whatever is not a table with rows."""
    import duckdb

    _check_file(path)
    exactly = re.sub(r"([*?\[])", r"[\1]", str(path.resolve()))  # DuckDB would read * as all such files
    try:
        read = _connected().read_parquet(exactly) if _suffix(path) == ".parquet" else _csv(exactly, path)
        [[rows]] = read.count("*").fetchall()  # and every line of a CSV is looked at
    except duckdb.Error as error:
        kind = "Parquet" if _suffix(path) == ".parquet" else "CSV"
        raise InputError(f"{path} cannot be read as {kind}: {reason(error)}. {_advice(kind)}") from error
    if not rows:
        raise InputError(f"{path} has no rows, only {len(read.columns)} columns. Give a table with at least one row.")
    return read


def framed(columns: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """A frame of columns of equal length, matched by position and never by index."""
    import pandas as pd

    series = {name: _column(str(name), values) for name, values in columns.items()}
    lengths = {name: len(column) for name, column in series.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length:,}" for name, length in lengths.items())
        raise InputError(f"The columns differ in length: {told}. Give each one value per row.")
    return pd.DataFrame(series)


def in_duckdb(
    table: pd.DataFrame, keys: Mapping[str, str], numbers: Mapping[str, str], roles: Mapping[str, str] | None = None
) -> Any:
    """The picked columns of a pandas frame, under their new names, where DuckDB counts faster than pandas does.

    `roles` says what a number is given as where its new name does not.
    """
    import pandas as pd

    place = {str(name): i for i, name in enumerate(table.columns)}
    picked = {key: _countable(table.iloc[:, place[column]], column) for key, column in keys.items()}
    given = {name: (roles or {}).get(name, name) for name in numbers}
    picked |= {name: _floats(table.iloc[:, place[column]], given[name], column) for name, column in numbers.items()}
    return _connected().from_df(pd.DataFrame(picked, copy=False))


def no_number(column: str, role: str, kind: str) -> str:
    """The sentence for a column that should hold numbers.

    >>> no_number("hired", "score", "String")
    'The column "hired" was given as the score and holds string, not numbers. Name another.'
    """
    held = f'The column "{column}" was given as the {role} and holds {kind.lower()}, not numbers.'
    return f"{held} Name another{DATES if role == POSITION else ''}."


def reason(error: Exception) -> str:
    """What an engine complains of: its first line that says something, and the line of the file where it stands."""
    lines = [re.sub(r"^[A-Z]\w+( \w+)* Error: ", "", line.strip()) for line in str(error).splitlines()]
    noise = ("CSV Error on Line", "Original Line", "Error when sniffing")
    told = [line for line in lines if line and not line.startswith(noise)] or [type(error).__name__]
    at = re.search(r"CSV Error on Line: (\d+)", str(error))
    return (f"line {at[1]}: " if at else "") + told[0].rstrip(".:")[:200]


def _connected() -> Any:
    """A cursor of this process's own in-memory database: opening one costs as much as counting some 400,000 rows."""
    return _database(os.getpid()).cursor()  # by process, since a forked child may not use its parent's


@cache  # nothing is evicted: closing the database of a parent would wait for its threads
def _database(process: int) -> Any:
    import duckdb

    # Object columns are text by the time they get here, so nothing is guessed from a sample; nothing is downloaded,
    # and what was read is not kept.
    settings: dict[str, Any] = {
        "pandas_analyze_sample": 0,
        "autoinstall_known_extensions": False,
        "enable_external_file_cache": False,
    }
    return duckdb.connect(":memory:", config=settings)


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _check_file(path: Path) -> None:
    try:
        there, folder, file = path.exists(), path.is_dir(), path.is_file()
        size = path.stat().st_size if file else 0
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)[:200]!r} is no path that can be read: {error}. Check the path.") from error
    if not there:
        raise InputError(f"There is no file {path}{_neighbours(path)}")
    if folder:
        raise InputError(f"{path} is a folder, not a table. It holds: {_holds(path)}. Name one file.")
    if not file:
        raise InputError(f"{path} is not a regular file. Save the table as a CSV or Parquet file first.")
    if _suffix(path) not in SUFFIXES:
        named = f'ends in "{path.suffix}"' if path.suffix else "has no ending"
        raise InputError(f"{path} {named}, and tables are read from {', '.join(SUFFIXES)}. Save it as one of these.")
    if not size:
        raise InputError(f"{path} is empty (0 bytes). Give a table with a header and at least one row.")


def _neighbours(path: Path) -> str:
    if re.match(r"[a-z][a-z0-9+]+:/", str(path)):
        return ". Remote files are not read: download it and give the path."
    if not path.parent.is_dir():
        return f", nor a folder {path.parent}. Check the path."
    near = nearest(path.name, _tables_in(path.parent))
    return f". Tables beside it: {_holds(path.parent)}.{near or ' Check the path.'}"


def _tables_in(folder: Path) -> list[str]:
    try:
        return sorted(file.name for file in folder.iterdir() if _suffix(file) in SUFFIXES)
    except OSError:  # a folder that may not be looked into shows none
        return []


def _holds(folder: Path) -> str:
    tables = _tables_in(folder)
    rest = [f"{len(tables) - 8} more"] if len(tables) > 8 else []
    return ", ".join(tables[:8] + rest) or "no table"


def _csv(exactly: str, path: Path) -> Any:
    separator = "\t" if _suffix(path) == ".tsv" else None
    read = _sniffed(exactly, separator)
    if len(read.columns) == 1 and separator is None:
        # A ragged file looks like one wide column; read it by the separator in its header, to hear what is wrong.
        inside = [s for s in SEPARATORS if s in read.columns[0]]
        read = _sniffed(exactly, inside[0]) if inside else read
    if any(re.sub(r"_\d+$", "", name) in read.columns for name in read.columns if re.search(r"_\d+$", name)):
        _check_header(exactly, separator, path)
    return read


def _sniffed(exactly: str, separator: str | None) -> Any:
    types = ["BIGINT", "DOUBLE", "VARCHAR"]
    return _connected().read_csv(
        exactly, header=True, sample_size=-1, auto_type_candidates=types, **_dialect(separator)
    )


def _dialect(separator: str | None) -> dict[str, Any]:
    """Only the separator is left to guess: DuckDB would drop lines that start with # and skip lines that look odd."""
    fixed = {"quotechar": '"', "escapechar": '"', "comment": "", "skiprows": 0}
    return fixed if separator is None else fixed | {"sep": separator}


def _check_header(exactly: str, separator: str | None, path: Path) -> None:
    """DuckDB renames the second of two columns of one name; say so instead."""
    raw = _connected().read_csv(exactly, header=False, all_varchar=True, **_dialect(separator))
    [header] = raw.limit(1).fetchall()
    twice = sorted({str(name) for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{path} has more than one column named {', '.join(twice)}. Rename or drop all but one.")


def _advice(kind: str) -> str:
    if kind == "Parquet":
        return "The file is damaged or is not Parquet. Write it again."
    return "Each line needs as many fields as the header, quotes must be closed, and the text must be UTF-8."


def _column(name: str, values: Any) -> pd.Series[Any]:
    import pandas as pd

    if getattr(values, "ndim", 1) == 2 and values.shape[1] == 1:
        values = values.iloc[:, 0] if isinstance(values, pd.DataFrame) else values[:, 0]
    if (
        getattr(values, "ndim", 1) != 1
        or isinstance(values, (str, bytes, Mapping, Set))
        or not hasattr(values, "__len__")
    ):
        shape = f"an array of shape {values.shape}" if hasattr(values, "shape") else f"one {type(values).__name__}"
        raise InputError(f"The column {name} holds {shape}. Give one value per row, as a list, array or series.")
    try:
        if isinstance(values, (pd.Series, pd.api.extensions.ExtensionArray, np.ndarray)):
            return pd.Series(values).reset_index(drop=True)
        return pd.Series(values.to_list() if hasattr(values, "to_list") else list(values))
    except UnicodeEncodeError as error:
        what = f"The column {name} holds half a character, {error.object[error.start : error.end]!r}, which is no text"
        raise InputError(f"{what}. Spell it anew.") from error


def _countable(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """The column as it is where DuckDB takes it for what it is; else its levels."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.StringDtype) or (isinstance(dtype, np.dtype) and dtype.kind in "biuf"):
        return column.reset_index(drop=True)
    if pd.api.types.is_object_dtype(dtype):
        if pd.api.types.infer_dtype(column, skipna=True) in TEXT:
            return column.reset_index(drop=True)
        return _spelled_one_by_one(column, name)
    try:
        codes, values = pd.factorize(column)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise InputError(no_level(name, str(dtype))) from error
    levels = [level(value, name) for value in values]
    fresh = list(dict.fromkeys(levels))
    at = {one: i for i, one in enumerate(fresh)}
    place = np.array([*(at[one] for one in levels), -1], np.int64)  # the last for code -1, which is missing
    return pd.Series(pd.Categorical.from_codes(place[codes], pd.Index(fresh)))


def _spelled_one_by_one(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """The levels of a column of several types: to a hash table True and 1 are one key, so spelling comes first."""
    import pandas as pd

    values = column.to_numpy(object)
    spelled = [None if gone else level(value, name) for value, gone in zip(values, pd.isna(values), strict=True)]
    return pd.Series(spelled, dtype=object)


def _floats(column: pd.Series[Any], role: str, name: str) -> pd.Series[Any]:
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = pd.Series(np.asarray(column))
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind not in NUMBERS:
        raise InputError(no_number(name, role, kind))
    return pd.Series(column.to_numpy(np.float64, na_value=np.nan))
