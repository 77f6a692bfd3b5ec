"""A file whose pages lead in circles has rows without an end: what reads it stops, and says why."""

from __future__ import annotations

import sqlite3
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auditkit.browsing.reading import reading
from auditkit.core.errors import InputError
from auditkit.core.generation import Generation
from auditkit.labels import FILE, Labels
from auditkit.runs import Run
from auditkit.schemas import ENDLESS, Budget, connected
from auditkit.store import DATABASE, Store

DEEP = 8
"""Pages each of which leads, many times, to the next: as many rows as cells of a page to this power."""
INTERIOR = {2, 5}
SECONDS = 20.0


def circled(file: Path, name: str) -> None:
    """Let every pointer of a table's (or an index's) root lead to one copy of the root, and so on, `DEEP` times."""
    with sqlite3.connect(file) as db:
        [(root,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,))
        [(size,)] = db.execute("PRAGMA page_size")
        [(pages,)] = db.execute("PRAGMA page_count")
    db.close()
    raw = bytearray(file.read_bytes())
    page = raw[(root - 1) * size : root * size]
    assert page[0] in INTERIOR
    (cells,) = struct.unpack(">H", page[3:5])
    assert cells >= 4
    spots = [8, *struct.unpack(f">{cells}H", page[12 : 12 + 2 * cells])]
    leaf = bytes(page[8:12])
    for level in range(DEEP + 1):
        leads = struct.pack(">I", pages + level + 1) if level < DEEP else leaf
        copy = bytearray(page)
        for spot in spots:
            copy[spot : spot + 4] = leads
        if level:
            raw += copy
        else:
            raw[(root - 1) * size : root * size] = copy
    raw[28:32] = struct.pack(">I", pages + DEEP)
    file.write_bytes(raw)


def labelled(folder: Path) -> Labels:
    """Two thousand labels, of one who labels."""
    labels = Labels(folder)
    labels.give([f"answer {k:06d}" for k in range(2_000)], "skin", "Ada", "darker")
    with sqlite3.connect(labels.file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return labels


def refused(read: Callable[[], object]) -> float:
    """The CPU seconds until reading was refused for what it is."""
    begun = time.process_time()
    with pytest.raises(InputError, match=ENDLESS):
        read()
    return time.process_time() - begun


@pytest.mark.parametrize(
    "read",
    [
        lambda labels: labels.of("skin"),
        lambda labels: labels.every(),
        lambda labels: labels.attributes(),
        lambda labels: labels.settled("skin"),
    ],
    ids=["of", "every", "attributes", "settled"],
)
def test_labels_in_circles_are_refused(tmp_path: Path, read: Callable[[Labels], object]) -> None:
    labels = labelled(tmp_path)
    before = read(labels)
    assert before
    circled(tmp_path / FILE, "labels")
    assert refused(lambda: read(labels)) < SECONDS


def recorded(folder: Path) -> Path:
    """A run of many answers; only what reads it from its file matters here."""
    store = Store(folder, write=True)
    answers = [
        Generation(
            f"key {k:06d}", "a", "asked " * 20, {"a": "b"}, "nobody", "0", {}, 1, k, 0, "said " * 20, kind="text"
        )
        for k in range(2_000)
    ]
    store.add(0, answers, 1.0)
    store.close()
    return folder / DATABASE


@pytest.mark.parametrize("name", ["generations", "sqlite_autoindex_generations_1"])
def test_a_run_in_circles_is_refused(tmp_path: Path, name: str) -> None:
    file = recorded(tmp_path / "run")
    assert len(Store(tmp_path / "run")) == 2_000
    circled(file, name)

    def read() -> None:
        with reading(Run(tmp_path / "run")) as store:
            list(store.sketches())

    assert refused(read) < SECONDS


def test_one_answer_told_again_and_again_is_stopped_by_what_it_tells(tmp_path: Path) -> None:
    """Few steps may copy much: a file tells no more than twice its bytes, however few steps that takes."""
    file = tmp_path / "some.sqlite"
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE a (x)")
        made.execute("INSERT INTO a VALUES (?)", ("x" * 900_000,))
    made.close()
    db = connected(file, file.as_uri(), 1 << 20)
    twice = "SELECT x FROM a, (SELECT 1 UNION ALL SELECT 2)"
    assert len(db.execute(twice).fetchall()) == 2
    assert len(db.execute(twice).fetchall()) == 2, "each question has its own budget"
    with pytest.raises(sqlite3.DataError, match=ENDLESS):
        db.execute(f"SELECT x FROM a, ({' UNION ALL '.join(['SELECT 1'] * 20)})").fetchall()
    db.close()


def test_a_budget_grows_with_the_file_and_its_log(tmp_path: Path) -> None:
    file = tmp_path / "some.sqlite"
    file.write_bytes(b"")
    budget = Budget(file)
    budget.steps = 3 << 20
    assert budget.step()
    file.with_name("some.sqlite-wal").write_bytes(bytes(4 << 20))
    assert not budget.step()


def test_a_budget_looks_at_its_files_once_however_many_rows_they_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look for each row took longer than reading a run."""
    file, looks = tmp_path / "some.sqlite", []
    file.write_bytes(bytes(8 << 20))
    monkeypatch.setattr("os.path.getsize", lambda one: looks.append(one) or one.stat().st_size)
    budget = Budget(file)
    for _ in range(100):
        budget.row(None, ("x" * 150_000,))
    assert looks == [file]
    with pytest.raises(sqlite3.DataError, match=ENDLESS):
        budget.row(None, ("x" * (4 << 20),))
    assert looks == [file, file]
