"""The file of labels: nothing that was said is lost, whoever else writes and whenever the process dies."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.roles import UNTOLD
from auditkit.labels import CANNOT_TELL, FILE, SKIPPED, TIED, Label, Labels, majority, settled

ROOT = Path(__file__).parents[2]
WRITER = """
import os, sys, time
from pathlib import Path
from auditkit.labels import Labels
folder, rater, n = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
labels = Labels(folder)
os.write(1, b"ready\\n")
while not (folder / "go").exists():
    time.sleep(0.001)
for k in range(n):
    labels.give([f"answer {k}"], "skin", rater, "darker" if k % 3 else "lighter")
    os.write(1, f"{k}\\n".encode())
"""


def writer(folder: Path, rater: str, n: int) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", WRITER, str(folder), rater, str(n)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}  # who reads a line takes no more
    process = subprocess.Popen(arguments, cwd=ROOT, **pipes)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("writers", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_people_who_label_at_once_lose_nothing(tmp_path: Path, writers: int) -> None:
    """They begin at one moment, with no file there yet."""
    processes = [writer(tmp_path, f"rater {k}", 200) for k in range(writers)]
    (tmp_path / "go").touch()
    for process in processes:
        _, errors = process.communicate(timeout=240)
        assert not errors, errors.decode()[-2000:]
    told = Labels(tmp_path).of("skin")
    assert len(told) == 200 * writers
    assert Counter(label.rater for label in told) == {f"rater {k}": 200 for k in range(writers)}
    assert all(label.level == ("darker" if int(label.answer.split()[1]) % 3 else "lighter") for label in told)


def test_two_people_on_one_answer_do_not_overwrite_each_other(tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    labels.give(["a"], "skin", "Ada", "darker")
    labels.give(["a"], "skin", "Bo", "lighter")
    labels.give(["a"], "hair", "Ada", "black")
    assert labels.of("skin") == [Label("a", "Ada", "darker"), Label("a", "Bo", "lighter")]
    assert labels.majorities("skin") == {}
    labels.give(["a"], "skin", "Bo", "darker")
    assert labels.majorities("skin") == {"a": "darker"}
    assert labels.attributes() == ["hair", "skin"]


def test_a_label_waits_for_whoever_makes_the_file(tmp_path: Path) -> None:
    """Somebody else has begun to write a file that is not shared yet: sqlite itself would not wait here."""
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.4, lambda: (other.execute("COMMIT"), other.close()))
    done.start()
    Labels(tmp_path).give(["a"], "skin", "Ada", "darker")
    done.join()
    assert Labels(tmp_path).majorities("skin") == {"a": "darker"}


@pytest.mark.parametrize("kills", [4, pytest.param(30, marks=pytest.mark.slow)])
def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path, kills: int) -> None:
    rng, landed = random.Random(kills), 0
    for k in range(kills):
        folder = tmp_path / str(k)
        folder.mkdir()
        process = writer(folder, "Ada", 100_000)
        (folder / "go").touch()
        first = process.stdout.readline() if k % 2 else b""  # every other one while it writes, however slow it is
        time.sleep(rng.uniform(0, 0.4))
        process.kill()
        said, errors = process.communicate()
        assert not errors, errors.decode()[-2000:]
        acknowledged = [int(line) for line in (first + said).split()]
        told = {int(label.answer.split()[1]) for label in Labels(folder).of("skin")}
        assert set(acknowledged) <= told <= {*acknowledged, len(acknowledged)}
        landed += bool(acknowledged)
        Labels(folder).give(["later"], "skin", "Bo", "darker")
        assert Labels(folder).of("skin")[-1] == Label("later", "Bo", "darker")
    assert landed >= kills // 2


def test_reading_makes_no_file_and_a_file_that_was_only_begun_holds_nothing(tmp_path: Path) -> None:
    assert Labels(tmp_path).attributes() == []
    assert Labels(tmp_path).of("skin") == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / FILE).touch()
    assert Labels(tmp_path).majorities("skin") == {}


def test_a_file_whose_maker_was_killed_at_it_holds_nothing_and_is_written_on(tmp_path: Path) -> None:
    """What lies on disk then: pages that were not committed, and the journal that would take them back."""
    maker = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    maker.execute("PRAGMA cache_size = 1")  # so that pages reach the disk before there is a commit
    maker.execute("BEGIN")
    maker.execute("CREATE TABLE labels (x)")
    maker.executemany("INSERT INTO labels VALUES (?)", [("x" * 5_000,)] * 50)
    folder = tmp_path / "killed"
    folder.mkdir()
    for name in (FILE, f"{FILE}-journal"):
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    maker.close()
    assert Labels(folder).of("skin") == []
    assert Labels(folder).majorities("skin") == {}
    Labels(folder).give(["a"], "skin", "Ada", "darker")
    assert Labels(folder).of("skin") == [Label("a", "Ada", "darker")]


def interrupted(folder: Path) -> Path:
    """A copy of labels that are kept with a rollback journal, as a writer leaves it that is killed at 3,000 more."""
    Labels(folder).give([f"a{k}" for k in range(300)], "skin", "Ada", "darker")
    writer = sqlite3.connect(folder / FILE, isolation_level=None)
    writer.execute("PRAGMA journal_mode = DELETE")
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN IMMEDIATE")
    more = [(f"b{k}", "skin", "Ada", "darker", "") for k in range(3000)]
    writer.executemany("INSERT INTO labels VALUES (?, ?, ?, ?, ?)", more)
    (killed := folder / "killed").mkdir()
    for name in (FILE, f"{FILE}-journal"):
        (killed / name).write_bytes((folder / name).read_bytes())
    writer.close()
    return killed


def test_what_was_said_before_a_writer_was_killed_is_read(tmp_path: Path) -> None:
    """Of a file with a rollback journal, where no shared memory is to be had: read-only it cannot be read at all."""
    killed = interrupted(tmp_path)
    assert len(Labels(killed).of("skin")) == 300
    assert Labels(killed).every() == Labels(tmp_path).every()


def test_what_cannot_be_taken_back_is_said_and_not_read_as_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = interrupted(tmp_path)
    connect = sqlite3.connect
    with monkeypatch.context() as patch:  # as in a folder that nobody may write to, which root could
        patch.setattr(sqlite3, "connect", lambda at, **told: connect(at.replace("mode=rw", "mode=ro"), **told))
        with pytest.raises(InputError, match="cannot be read"):
            Labels(killed).of("skin")
    assert len(Labels(killed).of("skin")) == 300


def test_a_journal_that_names_a_file_to_delete_is_refused(tmp_path: Path) -> None:
    """SQLite deletes what a journal names as that of several databases, wherever it lies."""
    killed, victim = interrupted(tmp_path), tmp_path / "report.json"
    victim.write_bytes(b"{}")
    name = str(victim).encode()
    pages = b"\x40\x00\x00\x01" + name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big")
    with (killed / f"{FILE}-journal").open("ab") as journal:
        journal.write(pages + bytes.fromhex("d9d505f920a163d7"))
    for act in (lambda: Labels(killed).of("skin"), lambda: Labels(killed).give(["a"], "skin", "Ada", "darker")):
        with pytest.raises(InputError, match="names a file beside the labels"):
            act()
    assert victim.exists()


def test_of_many_answers_all_are_labelled_or_none(tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        labels.give(["a", "b", None], "skin", "Ada", "darker")
    assert labels.of("skin") == []


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=9))
def test_the_majority_is_the_level_that_more_than_any_other_say(said: list[str]) -> None:
    counts = Counter(said)
    most = [level for level in counts if counts[level] == max(counts.values())]
    assert majority(counts) == (most[0] if len(most) == 1 else None)


def test_a_file_of_before_skips_were_kept_is_read_and_goes_on(tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    labels.give(["a"], "skin", "Ada", "darker")
    db = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    db.execute("PRAGMA user_version = 1")
    assert labels.of("skin") == [Label("a", "Ada", "darker")]
    labels.give(["b"], "skin", "Ada", SKIPPED)
    assert db.execute("PRAGMA user_version").fetchall() == [(2,)]
    db.close()
    assert labels.settled("skin") == {"a": "darker", "b": SKIPPED}
    assert labels.checked("skin") == {"a": "darker", "b": UNTOLD}


@given(st.lists(st.sampled_from(["a", "b", CANNOT_TELL, SKIPPED]), min_size=1, max_size=7))
def test_what_an_answer_comes_to_is_the_majority_of_those_who_could_tell(said: list[str]) -> None:
    told, lost = [level for level in said if level in "ab"], [level for level in said if level not in "ab"]
    expected = majority(Counter(told)) or TIED if told else CANNOT_TELL if CANNOT_TELL in lost else SKIPPED
    assert settled(Counter(said)) == expected


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE labels; --", "<script>alert(1)</script>", "\x1b]0;x\x07", "a\0b", "‮evil", "🙂", "=1+1", "{{7*7}}"],
)
def test_whatever_people_are_called_is_kept_as_it_is(tmp_path: Path, text: str) -> None:
    labels = Labels(tmp_path)
    labels.give([text], text, text, text)
    assert labels.of(text) == [Label(text, text, text)]
    assert labels.majorities(text) == {text: text}
    assert labels.attributes() == [text]


def test_a_link_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite"
    sqlite3.connect(elsewhere).close()
    folder = tmp_path / "run"
    folder.mkdir()
    os.symlink(elsewhere, folder / FILE)
    before = elsewhere.read_bytes() if elsewhere.exists() else b""
    for act in (lambda: Labels(folder).give(["a"], "skin", "Ada", "darker"), lambda: Labels(folder).of("skin")):
        with pytest.raises(InputError, match="link"):
            act()
    assert (elsewhere.read_bytes() if elsewhere.exists() else b"") == before


def test_what_is_no_file_of_labels_or_a_newer_one_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(InputError, match="cannot be read"):
        Labels(tmp_path).of("skin")
    with pytest.raises(InputError, match="cannot be written"):
        Labels(tmp_path).give(["a"], "skin", "Ada", "darker")
    (tmp_path / FILE).unlink()
    Labels(tmp_path).give(["a"], "skin", "Ada", "darker")
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA user_version = 9")
    db.close()
    for act in (lambda: Labels(tmp_path).of("skin"), lambda: Labels(tmp_path).give(["a"], "skin", "Ada", "lighter")):
        with pytest.raises(InputError, match="newer auditkit"):
            act()


def test_a_label_tells_when_it_was_given(tmp_path: Path) -> None:
    Labels(tmp_path).give(["a"], "skin", "Ada", "darker")
    db = sqlite3.connect(tmp_path / FILE)
    [row] = db.execute("SELECT * FROM labels").fetchall()
    db.close()
    assert row[:4] == ("a", "skin", "Ada", "darker")
    assert row[4].endswith("+00:00")
    assert json.dumps(row)


SHAPE = "answer TEXT NOT NULL, attribute TEXT NOT NULL, rater TEXT NOT NULL, at TEXT NOT NULL"
KEY = "PRIMARY KEY (answer, attribute, rater)"
LONG = "hex(zeroblob(400000000))"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x answer, x attribute FROM n"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (f"DROP TABLE labels; CREATE VIEW Labels AS {ENDLESS}", "Labels is a view"),
        (f"CREATE TRIGGER t AFTER INSERT ON labels BEGIN INSERT INTO labels {ENDLESS}; END", "t is a trigger"),
        (f"DELETE FROM labels; CREATE INDEX i ON labels({LONG})", "i is a index"),
        (
            f"DROP TABLE labels; CREATE TABLE labels ({SHAPE}, level TEXT AS ({LONG}), {KEY}) WITHOUT ROWID",
            "another shape",
        ),
        (f"DROP TABLE labels; CREATE TABLE labels ({SHAPE}, level CHECK ({LONG} > ''), {KEY})", "another shape"),
        (f"DROP TABLE labels; CREATE TABLE labels ({SHAPE}, level DEFAULT ({LONG}), {KEY})", "another shape"),
    ],
)
def test_what_could_go_on_for_ever_is_not_asked(tmp_path: Path, sql: str, said: str) -> None:
    labels = Labels(tmp_path)
    labels.give(["a"], "skin", "Ada", "darker")
    db = sqlite3.connect(tmp_path / FILE)
    db.executescript(sql)
    db.close()
    for act in (labels.attributes, lambda: labels.give(["a"], "skin", "Ada", "lighter")):
        with pytest.raises(InputError, match=said):
            act()


def test_a_label_longer_than_any_is_not_read(tmp_path: Path) -> None:
    Labels(tmp_path).give(["a"], "skin", "Ada", "darker")
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("UPDATE labels SET level = hex(zeroblob(1000000))")
    db.commit()
    db.close()
    with pytest.raises(InputError, match="too big"):
        Labels(tmp_path).of("skin")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="No pipes on this system.")
@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, ending: str) -> None:
    if ending:
        Labels(tmp_path).give(["a"], "skin", "Ada", "darker")
    os.mkfifo(tmp_path / f"{FILE}{ending}")
    with pytest.raises(InputError, match="is no file"):
        Labels(tmp_path).attributes()
