"""Where events come from: a folder of Parquet files, a SQLite table, a file of JSON lines, or standard input."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.errors import InputError, nearest
from auditkit.lifecycle.monitoring.sources.folder import Folder
from auditkit.lifecycle.monitoring.sources.lines import Given, Lines
from auditkit.lifecycle.monitoring.sources.source import Source
from auditkit.lifecycle.monitoring.sources.table import DATABASES, Table, addressed

__all__ = ["Folder", "Given", "Lines", "Source", "Table", "opened"]

KINDS = "a folder of Parquet files, a SQLite database with --table, a file of JSON lines, or - for standard input"


def opened(source: str, table: str | None = None) -> Source:
    """The source that a name means; raises `InputError` where there is none, or where it is of no kind that is read."""
    if source == "-":
        return Given()
    if source.startswith("sqlite:"):
        return addressed(source, table)
    path = Path(source)
    if not path.exists():
        near = nearest(path.name, [one.name for one in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise InputError(f"There is no {source}.{near} A source is {KINDS}.")
    if path.is_dir():
        return Folder(path)
    if table is not None or path.suffix.lower() in DATABASES:
        return Table(path, table)
    if path.suffix.lower() in (".parquet", ".csv", ".tsv"):
        advice = "name its folder: it is read file by file" if path.suffix.lower() == ".parquet" else "write JSON lines"
        raise InputError(f"{source} is one {path.suffix[1:]} file, and is not watched as it grows. Please {advice}.")
    return Lines(path)
