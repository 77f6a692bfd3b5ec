"""Is a database of the shape that its writer gives it? One of another could compute without an end when it is read."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

_HELD = (
    "SELECT name, CASE WHEN type = 'table' AND rootpage = 0 THEN 'virtual table' ELSE type END, sql FROM sqlite_master"
)
ANALYZED = ("CREATE TABLE sqlite_stat1(tbl,idx,stat)", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)")
"""What SQLite itself adds where somebody runs ANALYZE or PRAGMA optimize."""
FREE, EVERY = 1 << 20, 5_000
"""Steps of SQLite's machine, and characters told, that any question may take; after how many steps they are counted."""
ENDLESS = "its pages lead in circles, for it has more to tell than a sound file of its size"


class Measured(sqlite3.Connection):
    """A connection no question of which takes more than a sound file of its size can ask for.

    Pages that lead in circles hold rows without an end. A question may take `FREE` steps and a step for each byte of
    the file and of the log beside it, for a row of auditkit's has 40 bytes at the least and takes about fifteen; and
    tell two characters for each of these bytes.
    """

    budget: Budget | None = None

    def execute(self, *question: Any) -> sqlite3.Cursor:
        """Ask, with everything to spend again."""
        if self.budget is not None:
            self.budget.steps = self.budget.told = 0
            self.budget.allowed = FREE
        return super().execute(*question)


class Budget:
    """What the question under way has taken so far, of a file that others may be writing."""

    def __init__(self, file: Path) -> None:
        self.files, self.steps, self.told = [file, file.with_name(f"{file.name}-wal")], 0, 0
        self.allowed = FREE

    def step(self) -> bool:
        """Whether SQLite is to stop; it then says no more than "interrupted"."""
        self.steps += EVERY
        return self._over(self.steps)

    def row(self, _: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row as it is, measured."""
        for part in row:  # of a hundred thousand rows, so in the plainest way
            if type(part) is str:
                self.told += len(part)
        if self.told // 2 > self.allowed and self._over(self.told // 2):
            raise sqlite3.DataError(ENDLESS)
        return row

    def _over(self, taken: int) -> bool:
        """Whether it is too much. The files are looked at only where it is more than they were last seen to allow."""
        if taken <= self.allowed:
            return False
        self.allowed = FREE + sum(os.path.getsize(file) for file in self.files if file.exists())
        return taken > self.allowed


def connected(file: Path, address: str, longest: int, **how: Any) -> Measured:
    """The database in a file, opened by its address, with every question measured, and no value of more bytes."""
    db: Measured = sqlite3.connect(address, uri=True, factory=Measured, **how)
    db.budget = Budget(file)
    db.set_progress_handler(db.budget.step, EVERY)
    db.row_factory = db.budget.row
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
    return db


def reason(error: Exception) -> str:
    """What SQLite complains of, in words where it only says that it was stopped."""
    return ENDLESS if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT else str(error)


def strangers(db: sqlite3.Connection, schema: str) -> list[tuple[str, str]]:
    """What a database holds that its schema does not say word for word: each with its name and its kind.

    A view, a virtual table, a trigger, a computed column, an index on an expression and a check can each hold a
    computation, and SQLite makes them of these words alone. Only `sqlite_master` is read, which computes nothing.

    >>> db = sqlite3.connect(":memory:")
    >>> _ = db.execute("CREATE TABLE a (x, y AS (hex(zeroblob(x))))")
    >>> strangers(db, "CREATE TABLE IF NOT EXISTS a (x, y)")
    [('a', 'table of another shape')]
    >>> db = sqlite3.connect(":memory:")
    >>> _ = db.executescript("CREATE TABLE a (x, y); CREATE INDEX b ON a (x); INSERT INTO a VALUES (1, 2); ANALYZE")
    >>> strangers(db, "CREATE TABLE IF NOT EXISTS a (x, y); CREATE INDEX b ON a (x)")
    []
    """
    db.execute("PRAGMA trusted_schema = OFF")
    known = {_worded(one) for one in (*schema.replace("IF NOT EXISTS ", "").split(";"), *ANALYZED)}
    strange = [row for row in db.execute(_HELD).fetchall() if row[2] is not None and _worded(str(row[2])) not in known]
    return [(str(name), "table of another shape" if kind == "table" else str(kind)) for name, kind, _ in strange]


def _worded(sql: str) -> str:
    return "".join(sql.split())
