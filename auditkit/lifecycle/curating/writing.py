"""The new data set as a file of the kind that the source was: the same columns, then those that curation adds."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from auditkit.core.private import private
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.reading import Source

PLACE, TAKEN = "auditkit_at", "auditkit_of"


def csv_of(data: Dataset, separator: str = ",") -> str:
    """A data set as CSV, its cells as they were written."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(list(data.columns))
    writer.writerows(zip(*data.columns.values(), strict=True))
    return out.getvalue()


def write_parquet(data: Dataset, source: Source, target: Path) -> None:
    """Write a data set as Parquet: columns that nothing has changed keep the types that they have in the source.

    The same rows give the same bytes. Written beside its place and then moved there.
    """
    import duckdb
    import pandas as pd

    known = source.columns
    fresh = [name for name in data.columns if name not in known or not _untouched(data, name, known[name])]
    table = {PLACE: range(len(data)), TAKEN: data.of.tolist()}
    told = pd.DataFrame({**table, **{f"new_{k}": _column(data.columns[name]) for k, name in enumerate(fresh)}})
    chosen = ", ".join(
        f"t.new_{fresh.index(name)} AS {_quoted(name)}" if name in fresh else f"s.{_quoted(name)}"
        for name in data.columns
    )
    partial = target.with_name(f".{target.name}.partial")
    with duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False}) as database:
        database.register("told", told)
        read = f"read_parquet({_text(str(source.table))}, file_row_number = true)"
        asked = f"SELECT {chosen} FROM told t JOIN {read} s ON s.file_row_number = t.{TAKEN} ORDER BY t.{PLACE}"
        database.execute(f"COPY ({asked}) TO {_text(str(partial))} (FORMAT parquet)")
    private(partial).replace(target)


def _untouched(data: Dataset, name: str, source: list[Any]) -> bool:
    return all(cell is source[of] for cell, of in zip(data.columns[name], data.of.tolist(), strict=True))


def _column(values: list[Any]) -> Any:
    """Values for DuckDB: where a step has put texts among others, all are texts."""
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    if str in kinds and len(kinds) > 1:
        values = [None if value is None else str(value) for value in values]
    return pd.Series(values, dtype=object).infer_objects()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"
