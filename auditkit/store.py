"""Runs on disk: a folder with a SQLite database in WAL mode and content-addressed files.

Files first, then the rows that name them, in one transaction a batch: killed at any moment, what is recorded is whole,
and what was lost is at most the batch under way, which is drawn again from the same seeds. Nothing in a record depends
on when, or in how many sittings, it was made; times are kept apart.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from auditkit.core.arguments import Deed
from auditkit.core.errors import InputError
from auditkit.core.generation import Generation, heard, mended
from auditkit.core.private import FOLDER, private
from auditkit.core.wire import LONGEST
from auditkit.schemas import connected, reason, strangers

DATABASE = "run.sqlite"
OBJECTS = "objects"
SCHEMA = 1
AMISS = (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
"""What is raised by records that are not what a run writes."""
ADDRESS = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,8})?")
"""A digest, and what kind of file it is of."""

_TABLES = """
CREATE TABLE IF NOT EXISTS design (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cuts (first INTEGER PRIMARY KEY, size INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS generations (position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS readings (
    reader TEXT NOT NULL, output TEXT NOT NULL, reading TEXT NOT NULL, PRIMARY KEY (reader, output)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS times (position INTEGER PRIMARY KEY, seconds REAL NOT NULL);
"""
_PARTS = ("'$.output'", "'$.refused'", "'$.failed'", "'$.turns[0][1]'")
_SKETCHES = f"""
SELECT position, key, json_extract(record, '$.factors'), {", ".join(f"json_extract(record, {one})" for one in _PARTS)},
    CASE WHEN instr(record, '\\u0000') THEN json_extract(record, {", ".join(_PARTS)}) END
FROM generations ORDER BY position
"""
_SIZE = "SELECT count(position) FROM generations"
"""Of a column: `count(*)` is one step, however long it takes, and no budget of steps would end it."""
_COUNTS = (
    "SELECT count(position), max(position) FROM generations",
    "SELECT reader, count(*) FROM readings GROUP BY reader ORDER BY reader",
)


class Sketch(NamedTuple):
    """What is counted of an answer, and no more: its factors as JSON, and of a conversation its first answer."""

    position: int
    key: str
    factors: str
    output: str
    refused: str
    failed: str
    first: str | None


class Store:
    """One run. Opened for writing it creates the folder; opened for reading it changes nothing.

    >>> import tempfile
    >>> store = Store(tempfile.mkdtemp() + "/run", write=True)
    >>> store.put(b"a picture", ".png")[:12], len(store)
    ('92b2fa580289', 0)
    """

    def __init__(self, folder: str | Path, write: bool = False) -> None:
        self.folder, self._write = Path(folder), write
        file = self.folder / DATABASE
        if not write:
            _regular(file)
        if not write and not file.is_file():
            told = f"{self.folder} holds no run: there is no {DATABASE} in it. Make one with "
            raise InputError(told, Deed("elicit()", "auditkit run PLAN.toml"), ".")
        try:
            if write:
                self.folder.mkdir(FOLDER, parents=True, exist_ok=True)
                (self.folder / OBJECTS).mkdir(exist_ok=True)
                if not file.exists():
                    private(file)
                self._db = sqlite3.connect(file, isolation_level=None, timeout=60)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._db.executescript(_TABLES)
            else:
                self._db = connected(file, f"{file.resolve().as_uri()}?mode=ro", LONGEST, isolation_level=None)
                self._refuse_strangers()
            self._db.execute(_SIZE).fetchone()
        except (OSError, sqlite3.Error) as error:
            raise InputError(f"The run in {self.folder} cannot be opened: {reason(error)}.") from error

    def _refuse_strangers(self) -> None:
        """Before anything else is asked: a view, or a table that computes, could go on for ever."""
        for name, kind in strangers(self._db, _TABLES):
            self.close()
            raise InputError(f"{self.folder} is no run of auditkit: {name} is a {kind}. Elicit it again.")

    def __len__(self) -> int:
        return int(self._db.execute(_SIZE).fetchone()[0])

    def close(self) -> None:
        """Let go of the file; after a writer, who alone may, no log is left beside it, and none by its readers."""
        if self._write:
            with suppress(sqlite3.Error):  # somebody reads it: the log stays until the next writer has ended
                self._db.execute("PRAGMA busy_timeout = 0")
                self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.close()

    def design(self) -> dict[str, Any]:
        """What the run was begun with: probe, target, settings, seed."""
        rows = self._db.execute("SELECT name, value FROM design ORDER BY name").fetchall()
        return {name: heard(value) for name, value in rows}

    def digest(self) -> str:
        """SHA-256 of the records in order, each of which says what was asked and holds or names what was answered."""
        told = hashlib.sha256()
        for (record,) in self._db.execute("SELECT record FROM generations ORDER BY position"):
            told.update(str(record).encode("utf-8", "surrogatepass") + b"\n")
        return told.hexdigest()

    def begin(self, design: Mapping[str, Any]) -> None:
        """Record what the run is of; raises `InputError` where the folder holds a run of something else."""
        asked = {name: json.loads(json.dumps(value)) for name, value in {**design, "schema": SCHEMA}.items()}
        found = self.design()
        differs = [name for name in asked if found and found.get(name, asked[name]) != asked[name]]
        if differs:
            raise InputError(
                f"{self.folder} holds another run: its {differs[0]} is {found.get(differs[0])!r} and not "
                f"{asked[differs[0]]!r}. Choose another folder, or delete this one."
            )
        with self._transaction():
            for name, value in asked.items():
                self._db.execute("INSERT OR IGNORE INTO design VALUES (?, ?)", (name, json.dumps(value)))

    def cuts(self) -> list[tuple[int, int]]:
        """From which position on batches have which size."""
        return [(int(a), int(b)) for a, b in self._db.execute("SELECT first, size FROM cuts ORDER BY first")]

    def cut(self, first: int, size: int) -> None:
        """From here on batches have this size."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO cuts VALUES (?, ?)", (first, size))

    def put(self, content: bytes, ending: str) -> str:
        """Keep a file under the digest of its content, whole or not at all; the address."""
        address = hashlib.sha256(content).hexdigest() + ending
        place = self.path(address)
        if not place.is_file():
            place.parent.mkdir(exist_ok=True)
            partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
            private(partial).write_bytes(content)
            partial.replace(place)
        return address

    def path(self, address: str) -> Path:
        """Where the file of an address lies; raises `InputError` for what is no address, which could lie anywhere."""
        return placed(self.folder, address)

    def add(self, first: int, generations: Sequence[Generation], seconds: float) -> None:
        """Record a batch, all or nothing, from this position on."""
        rows = [(first + k, g.key, g.to_json()) for k, g in enumerate(generations)]
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO generations VALUES (?, ?, ?)", rows)
            self._db.execute("INSERT OR REPLACE INTO times VALUES (?, ?)", (first, seconds))

    def positions(self) -> set[int]:
        """The positions that are recorded."""
        return {int(row[0]) for row in self._db.execute("SELECT position FROM generations")}

    def generations(self) -> Iterator[Generation]:
        """Every answer, in the order of the design."""
        for row in self._db.execute("SELECT record FROM generations ORDER BY position"):
            yield Generation.from_json(row[0])

    def span(self, first: int, last: int) -> list[Generation]:
        """The answers at positions from `first` to before `last`, in order."""
        query = "SELECT record FROM generations WHERE position >= ? AND position < ? ORDER BY position"
        return [Generation.from_json(row[0]) for row in self._db.execute(query, (first, last))]

    def answers(self, keys: Sequence[str]) -> list[Generation]:
        """The answers that have these keys."""
        query = "SELECT record FROM generations WHERE key = ?"
        return [Generation.from_json(row[0]) for key in keys for row in self._db.execute(query, (key,))]

    def outputs(self) -> list[tuple[str, str]]:
        """The key and the output of every answer that has one, in the order of the design; faster than all of them."""
        output = "json_extract(record, '$.output')"
        query = f"SELECT key, {output} FROM generations WHERE {output} <> '' ORDER BY position"
        return [(str(key), str(told)) for key, told in self._db.execute(query)]

    def sketches(self) -> Iterator[Sketch]:
        """Every answer as what is counted of it, in the order of the design; in a fraction of the time and memory.

        SQLite ends a text at its first NUL, so where there is one all texts come as JSON.
        """
        for at, key, factors, *texts, every in self._db.execute(_SKETCHES):
            yield Sketch(at, key, mended(factors), *(texts if every is None else heard(every)))

    def at(self, positions: Sequence[int]) -> list[Generation]:
        """The answers at these positions, in this order; one that is not there is left out."""
        query = "SELECT record FROM generations WHERE position = ?"
        return [Generation.from_json(row[0]) for one in positions for row in self._db.execute(query, (int(one),))]

    def readings(self, reader: str) -> dict[str, dict[str, Any]]:
        """What a reader has read, by output."""
        return dict(self.read(reader))

    def read(self, reader: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What a reader has read, one output after the other."""
        return ((output, json.loads(reading)) for output, reading in self.recorded(reader))

    def recorded(self, reader: str) -> Iterator[tuple[str, str]]:
        """The same as JSON, as it is recorded: many outputs are read alike, and each way is worth reading once."""
        query = "SELECT output, reading FROM readings WHERE reader = ?"
        return ((output, mended(reading)) for output, reading in self._db.execute(query, (_digest(reader),)))

    def state(self) -> list[Any]:
        """What changes whenever anything is recorded: how much of each kind there is, and the files themselves.

        Of the files size, inode and time, of the log of what is not in the database yet too: SQLite writes there first.
        Readers leave that log empty, and an empty one says nothing.
        """
        counts = [self._db.execute(query).fetchall() for query in _COUNTS]
        files = [self.folder / f"{DATABASE}{ending}" for ending in ("", "-wal")]
        told = [file.stat() for file in files if file.is_file()]
        return [*counts, *([one.st_ino, one.st_size, one.st_mtime_ns] for one in told if one.st_size)]

    def note(self, reader: str, readings: Mapping[str, Mapping[str, Any]]) -> None:
        """Record what a reader read in outputs."""
        rows = [(_digest(reader), output, json.dumps(dict(read), sort_keys=True)) for output, read in readings.items()]
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?, ?)", rows)

    def seconds(self) -> float:
        """How long answering took in all, by the clock of the machine that asked."""
        return float(self._db.execute("SELECT total(seconds) FROM times").fetchone()[0])

    def set(self, name: str, value: Any) -> None:
        """Record something about the run: how a question was settled."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO design VALUES (?, ?)", (name, json.dumps(value)))

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Read everything as it is now, whatever is recorded meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def placed(folder: Path, address: str) -> Path:
    """Where the file of an address lies in the folder of a run, whose records need not be opened for that."""
    if not ADDRESS.fullmatch(address):
        raise InputError(f"The run in {folder} names a file that is none of its own: {address[:200]!r}.")
    return folder / OBJECTS / address[:2] / address


def _regular(file: Path) -> None:
    """Refuse a database, or a log beside it, that is a link, which leads elsewhere, or a pipe, which is waited for."""
    for place in (file.with_name(f"{file.name}{ending}") for ending in ("", "-journal", "-wal", "-shm")):
        try:
            kind = place.lstat().st_mode
        except OSError:
            continue  # not there, or not to be seen: whoever opens it says so
        if not stat.S_ISREG(kind):
            what = "a link to another file" if stat.S_ISLNK(kind) else "no file"
            raise InputError(f"{place} is {what}. A run is kept in files of its own folder.")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
