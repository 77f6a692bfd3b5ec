"""Is a database of the shape that its writer gives it? One of another could compute without an end when it is read."""

from __future__ import annotations

import sqlite3

_HELD = (
    "SELECT name, CASE WHEN type = 'table' AND rootpage = 0 THEN 'virtual table' ELSE type END, sql FROM sqlite_master"
)
ANALYZED = ("CREATE TABLE sqlite_stat1(tbl,idx,stat)", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)")
"""What SQLite itself adds where somebody runs ANALYZE or PRAGMA optimize."""


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
