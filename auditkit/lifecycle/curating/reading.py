"""A data set is read as it is written: the texts of a CSV, the values of a Parquet file, the files of a folder."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit import frames
from auditkit.annotating import corpus, gallery
from auditkit.core.errors import InputError
from auditkit.tables import SEPARATORS, SUFFIXES

TEXTS = (".txt", ".md")
MEND = (
    "Save it as UTF-8 with a comma, a semicolon, a tab or a bar between fields, texts that hold one in double quotes, "
    "no empty lines, and each column named once."
)


@dataclass(frozen=True, slots=True)
class Source:
    """The columns of a table and where it lies; `table` is `None` where the files of a folder are the data."""

    columns: Mapping[str, list[Any]]
    folder: Path
    table: Path | None
    separator: str = ","

    @property
    def is_parquet(self) -> bool:
        """Whether cells have types of their own."""
        return self.table is not None and self.table.suffix.lower() == ".parquet"

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(next(iter(self.columns.values())))


def read_source(path: Path) -> Source:
    """Read a table; of a folder its one table, or else its texts or its pictures.

    Raises `InputError` for what cannot be read, and for a folder with several tables.
    """
    if not path.is_dir():
        return _table(path)
    tables = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if len(tables) > 1:
        raise InputError(
            f"{path} holds {len(tables)} tables: {', '.join(file.name for file in tables[:8])}. Name the one to curate."
        )
    if tables:
        return _table(tables[0])
    texts = any(file.suffix.lower() in TEXTS for file in path.rglob("*"))
    return Source(corpus(path) if texts else gallery(path), path, None)


def _table(path: Path) -> Source:
    names = frames.columns(frames.open_data(path))  # whatever no audit could read is refused here, in its words
    if path.suffix.lower() == ".parquet":
        return Source(frames.fetch(path, names[0]), path.parent, path)
    columns, separator = raw_csv(path, names)
    read, written = len(frames.fetch(path, names[0])[names[0]]), len(columns[names[0]])
    if read != written:
        raise InputError(f"{path} has {written:,} rows as it is written, and an audit reads {read:,}. {MEND}")
    return Source(columns, path.parent, path, separator)


def raw_csv(path: Path, names: tuple[str, ...]) -> tuple[dict[str, list[str]], str]:
    """The cells of a CSV as they are written, and its separator: a code "007" stays one, which a reader makes a 7."""
    try:
        return _cells(path, names)
    except csv.Error as error:  # a cell of more than 131,072 letters, say
        raise InputError(f"The cells of {path} cannot be told apart: {error}. {MEND}") from error


def _cells(path: Path, names: tuple[str, ...]) -> tuple[dict[str, list[str]], str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for separator in ("\t",) if path.suffix.lower() == ".tsv" else SEPARATORS:
            file.seek(0)
            lines = csv.reader(file, delimiter=separator)
            if tuple(next(lines, ())) == names:
                rows = [line for line in lines if line]
                if any(len(line) != len(names) for line in rows):
                    break
                return {name: [line[k] for line in rows] for k, name in enumerate(names)}, separator
    raise InputError(f"The cells of {path} cannot be told apart as they are written. {MEND}")
