"""Events as rows of the Parquet files of a folder, in the order of the files' names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from auditkit.core.errors import ColumnError, InputError
from auditkit.lifecycle.monitoring.sources.source import START, Batch, Position, linked
from auditkit.tables import reason

MAGIC, NAMED, LONGEST = b"PAR1", 100, 1 << 22


class Folder:
    """A folder to which files are only added, each with a later name than those before.

    A file is taken once it is whole: it begins and ends as a Parquet file does. One that is not holds up those after
    it. The position tells the last hundred files by name, size and a digest of their footers, which hold the sizes and
    the extremes of every column, and the one that is open, which is the last, with the rows that were taken. The chain
    holds the digest of every byte of the files before it.
    """

    kind = "folder"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notes: list[str] = []

    def read(self, position: Position, columns: Sequence[str], most: int) -> Iterator[Batch]:
        """The events after a position, as far as files are whole."""
        place = {**START, "files": 0, "older": "0" * 64, "named": [], "open": None, **position}
        import duckdb

        try:
            with duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False}) as database:
                for path in self._left(place):
                    if not _is_whole(path):
                        self.notes.append(f"{path.name} is not whole yet and waits, and files after it wait with it.")
                        return
                    if place["open"] is None or place["open"][0] != path.name:
                        place = _closed(place) | {"open": [*_told(path), _digest(path), 0]}
                    for batch in _batches(database, path, place, columns, most):
                        place = batch.position
                        yield batch
        except OSError as error:
            raise InputError(f"{error.filename or self.path} cannot be read: {error.strerror or error}.") from error

    def _left(self, place: Position) -> list[Path]:
        """The open file and those after it; raises `InputError` where one before it is not as it was when read."""
        files = sorted(p for p in self.path.glob("*.parquet") if p.is_file() and p.name[0] not in "._")
        n, named = place["files"], place["named"]
        older, gone = "0" * 64, n - len(named)
        for path in files[:gone]:
            older = linked(older, repr(_told(path)).encode())
        known = [*named, *([] if place["open"] is None else [place["open"][:3]])]
        there = {path.name: path for path in files}
        for was in known:
            if was[0] not in there or _told(there[was[0]]) != was:
                raise InputError(_changed(was[0], "is gone" if was[0] not in there else "was changed"))
        if [path.name for path in files[gone : gone + len(known)]] != [was[0] for was in known] or older != place[
            "older"
        ]:
            last = known[-1][0] if known else ""
            raise InputError(_changed(f"A file before {last}", "was added, changed or removed"))
        return files[n:]


def _batches(database: Any, path: Path, place: Position, columns: Sequence[str], most: int) -> Iterator[Batch]:
    """The rows of one file after the position."""
    import duckdb

    exactly = re.sub(r"([*?\[])", r"[\1]", str(path.resolve()))  # DuckDB would read * as all such files
    try:
        have, done = database.read_parquet(exactly).columns, place["open"][4]
        for column in columns:
            if column not in have:
                raise ColumnError.missing(column, f"events in {path.name}", have)
        named = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
        rows = database.execute(f"SELECT {named} FROM read_parquet(?) OFFSET {done:d}", [exactly])
        while table := rows.fetchmany(most):
            done += len(table)
            place = place | {"events": place["events"] + len(table), "open": [*place["open"][:4], done]}
            picked = dict(zip(columns, map(list, zip(*table, strict=True)), strict=True))
            yield Batch(picked, len(table), place, have)
    except duckdb.Error as error:
        raise InputError(f"{path} cannot be read as Parquet: {reason(error)}. Write it again, whole.") from error


def _closed(place: Position) -> Position:
    """The position with its open file among those before it; the oldest that is named goes into a chain."""
    if place["open"] is None:
        return place
    name, size, footer, digest, _ = place["open"]
    named, older = [*place["named"], [name, size, footer]], place["older"]
    while len(named) > NAMED:
        older = linked(older, repr(named.pop(0)).encode())
    chain = linked(place["chain"], f"{name} {digest}".encode())
    return place | {"chain": chain, "files": place["files"] + 1, "named": named, "older": older, "open": None}


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        size, begin = path.stat().st_size, file.read(4)
        if size < 12 or begin != MAGIC:
            return False
        file.seek(size - 8)
        length, end = int.from_bytes(file.read(4), "little"), file.read(4)
    return end == MAGIC and length + 12 <= size


def _told(path: Path) -> list[Any]:
    """A file by its name, size and a digest of its footer."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(size - 8, 0))
        length = int.from_bytes(file.read(4), "little")
        file.seek(max(size - 8 - min(length, LONGEST), 0))
        return [path.name, size, hashlib.sha256(file.read(LONGEST + 8)).hexdigest()[:16]]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changed(what: str, how: str) -> str:
    return (
        f"{what} {how} after it had been read. Files are only added, with later names, and stay as they are. Restore "
        "it, or begin another watch with another --state."
    )
