"""Events as rows of a SQLite table, in the order of their rowid; the database is only read."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from auditkit.core.errors import ColumnError, InputError, nearest, only
from auditkit.lifecycle.monitoring.sources.source import START, Batch, Position, picked

DATABASES = (".sqlite", ".sqlite3", ".db")
ADDRESS = "sqlite:///PATH?table=NAME"


class Table:
    """A table to which rows are only added, each with a larger rowid than those before.

    The position is the last rowid that was read, with a digest of that row and how many there were until it: a row that
    was deleted, or added below it, is refused. With `json` the events are JSON objects in that one column, as the
    records of a run are.
    """

    kind = "table"

    def __init__(self, path: Path, table: str | None = None, json: str | None = None) -> None:
        self.path, self.table, self.json = path, table, json
        self.name = f"{path.name}, table {table}"
        self.notes: list[str] = []

    def read(self, position: Position, columns: Sequence[str], most: int) -> Iterator[Batch]:
        """The events after a position."""
        place = {**START, "rowid": None, "last": "", **position}
        try:
            with closing(self._connected()) as db:
                have = self._columns(db, columns)
                wanted = list(columns) if self.json is None else [self.json]
                self._unchanged(db, place, wanted)
                query = f"SELECT {', '.join(map(_quoted, ['rowid', *wanted]))} FROM {_quoted(self.table or '')} "
                while rows := db.execute(*_after(query, place["rowid"], most)).fetchall():
                    self._ordered(place["rowid"], rows)
                    place = _moved(place, rows)
                    yield Batch(self._table(rows, columns), len(rows), place, have)
        except sqlite3.Error as error:
            raise InputError(f"{self.path} cannot be read as a SQLite database: {error}.") from error

    def _ordered(self, last: Any, rows: Sequence[Sequence[Any]]) -> None:
        """Rows whose rowids are whole numbers, each larger than the one before: else rows are lost, or read again."""
        for rowid, *_ in rows:
            if type(rowid) is not int or (last is not None and rowid <= last):
                raise InputError(
                    f"{self.name} gives a row with rowid {rowid!r:.40} after rowid {last!r:.40}. Rows are read in the "
                    "order of their rowids, whole numbers that grow. Copy the rows into an ordinary table."
                )
            last = rowid

    def _table(self, rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> dict[str, list[Any]]:
        if self.json is None:
            return {column: [row[1 + i] for row in rows] for i, column in enumerate(columns)}
        try:
            events = [json.loads(row[1]) for row in rows]
            return {column: [picked(event, column) for event in events] for column in columns}
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                f'The column "{self.json}" of {self.name} holds what is no JSON object: {error}.'
            ) from error

    def _connected(self) -> sqlite3.Connection:
        if self.path.is_symlink() or not self.path.is_file():
            raise InputError(f"{self.path} is no regular file. Name a SQLite database: {ADDRESS}.")
        return sqlite3.connect(f"file:{quote(str(self.path.resolve()))}?mode=ro", uri=True, timeout=10)

    def _columns(self, db: sqlite3.Connection, columns: Sequence[str]) -> list[str]:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        if self.table not in tables:
            asked = "No table was named" if self.table is None else f'There is no table "{self.table}" in {self.path}'
            near = nearest(self.table or "", tables)
            raise InputError(f"{asked}. It has: {', '.join(tables) or 'no tables'}.{near} Pass --table NAME.")
        have = [row[1] for row in db.execute(f"PRAGMA table_info({_quoted(self.table)})")]
        every = [row[1] for row in db.execute(f"PRAGMA table_xinfo({_quoted(self.table)})")]  # generated ones too
        if hiding := [column for column in every if column.casefold() == "rowid"]:
            raise InputError(
                f'{self.name} has a column "{hiding[0]}" of its own, which hides the order in which its rows were '
                "added. Give that column another name: ALTER TABLE ... RENAME COLUMN."
            )
        for column in columns if self.json is None else [self.json]:
            if column not in have:
                raise ColumnError.missing(column, "events", have)
        return have

    def _unchanged(self, db: sqlite3.Connection, place: Position, wanted: Sequence[str]) -> None:
        if place["rowid"] is None:
            return
        named, table = ", ".join(map(_quoted, ["rowid", *wanted])), _quoted(self.table)
        row = db.execute(f"SELECT {named} FROM {table} WHERE rowid = ?", (place["rowid"],)).fetchone()
        [n] = db.execute(f"SELECT count(*) FROM {table} WHERE rowid <= ?", (place["rowid"],)).fetchone()
        if row is None or _digest(row) != place["last"] or n != place["events"]:
            raise InputError(
                f"{self.name} was changed where it had been read: {place['events']:,} rows were read, until rowid "
                f"{place['rowid']:,}; now there are {n:,} until it. Rows are only added, with larger rowids. Restore "
                "the table, or begin another watch with another --state."
            )


def addressed(address: str, table: str | None) -> Table:
    """The table of an address, `sqlite:///path?table=name`, with `json=column` where events are JSON in a column."""
    path, _, query = address.removeprefix("sqlite:").partition("?")
    if not path.startswith("///"):
        raise InputError(
            f"{address!r:.200} is no address of a table. It looks like {ADDRESS}, for example sqlite:///a.db."
        )
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    try:
        only(asked, ("table", "json"))
    except ValueError as error:
        raise InputError(f"{address!r:.200}: {error}. It looks like {ADDRESS}.") from error
    return Table(Path(unquote(path[3:])), asked.get("table", table), asked.get("json"))


def _after(query: str, rowid: int | None, most: int) -> tuple[str, tuple[int, ...]]:
    if rowid is None:
        return f"{query}ORDER BY rowid LIMIT ?", (most,)
    return f"{query}WHERE rowid > ? ORDER BY rowid LIMIT ?", (rowid, most)


def _moved(place: Position, rows: Sequence[Sequence[Any]]) -> Position:
    chain = bytes.fromhex(place["chain"])
    for row in rows:
        chain = hashlib.sha256(chain + _raw(row)).digest()
    events = place["events"] + len(rows)
    return place | {"events": events, "chain": chain.hex(), "rowid": rows[-1][0], "last": _digest(rows[-1])}


def _raw(row: Sequence[Any]) -> bytes:
    return repr(tuple(row)).encode("utf-8", "replace")


def _digest(row: Sequence[Any]) -> str:
    return hashlib.sha256(_raw(row)).hexdigest()[:16]


def _quoted(name: str | None) -> str:
    name = name or ""
    return '"' + name.replace('"', '""') + '"' if name != "rowid" else name
