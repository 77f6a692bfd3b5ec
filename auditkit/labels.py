"""What did people say that a run's answers show? A database of its own, beside the run's, which stays as it is.

One label an answer, attribute and rater: a second takes the first one's place. Of several raters the majority counts.
That somebody could not tell, or skipped an answer, is kept as well: what was looked at and is not known is mostly hard,
and an audit that left it out would take the easy rest for all of it.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from auditkit.core.errors import InputError
from auditkit.core.private import private
from auditkit.core.roles import MISSING, UNTOLD
from auditkit.schemas import connected, reason, strangers

FILE = "labels.sqlite"
CHECKED = " (checked)"
"""What the column of an attribute's labels is called after the attribute."""
LABELLED = "auditkit.labelled"
"""Where a table keeps which of its columns are labels of a run's own answers, and whether every run of it has some."""
REREAD = "auditkit.reread"
"""Where a table keeps which of its labelled columns several annotators have read: whose readings labels were drawn by
is not known then."""
PATIENCE = 60.0
"""Seconds that a label waits for others to be written."""
SCHEMA = 2
"""The first knew no skips; its files are read as they are, and become of the second when something is written."""
CANNOT_TELL, SKIPPED, TIED = MISSING, "(skipped)", "(tied)"
"""What a rater says who looked and cannot tell, or left it for later; and what it comes to where raters are even."""
NOT_TOLD = frozenset({CANNOT_TELL, SKIPPED, TIED, UNTOLD})
"""What is no level of an attribute."""

_TABLE = """
CREATE TABLE IF NOT EXISTS labels (
    answer TEXT NOT NULL, attribute TEXT NOT NULL, rater TEXT NOT NULL, level TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (answer, attribute, rater)
) WITHOUT ROWID
"""
_LONGEST = 1 << 16
"""The most bytes of a value or a row: no label comes near."""
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")
"""How a journal ends that names a further file, which SQLite deletes with it; auditkit's names none."""


class Label(NamedTuple):
    """What one person said of one answer: a level, or that it cannot be told, or was skipped."""

    answer: str
    rater: str
    level: str


class Given(NamedTuple):
    """A label as it is kept: of which answer and attribute, by whom, what they said, and when."""

    answer: str
    attribute: str
    rater: str
    level: str
    at: str


class Labels:
    """The labels of the run in a folder. Where nobody has labelled there is no file. Reading changes nothing of
    what was said: at most it takes back what a writer that was killed had not finished.

    >>> import tempfile
    >>> labels = Labels(Path(tempfile.mkdtemp()))
    >>> labels.give(["a", "b"], "skin", "Ada", "darker")
    >>> labels.give(["b"], "skin", "Ada", None)
    >>> labels.of("skin"), labels.majorities("skin")
    ([Label(answer='a', rater='Ada', level='darker')], {'a': 'darker'})
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE

    def attributes(self) -> list[str]:
        """The attributes that somebody labelled."""
        return [str(name) for (name,) in self._read("SELECT DISTINCT attribute FROM labels ORDER BY attribute")]

    def of(self, attribute: str) -> list[Label]:
        """Every label of an attribute, by answer and rater."""
        query = "SELECT answer, rater, level FROM labels WHERE attribute = ? ORDER BY answer, rater"
        return [Label(*map(str, row)) for row in self._read(query, attribute)]

    def every(self) -> list[Given]:
        """All that was said, by attribute, answer and rater."""
        query = "SELECT answer, attribute, rater, level, at FROM labels ORDER BY attribute, answer, rater"
        return [Given(*map(str, row)) for row in self._read(query)]

    def settled(self, attribute: str) -> dict[str, str]:
        """What each answer that somebody looked at comes to: a level, or why it has none (`settled`)."""
        votes: dict[str, Counter[str]] = {}
        for label in self.of(attribute):
            votes.setdefault(label.answer, Counter())[label.level] += 1
        return {answer: settled(counts) for answer, counts in votes.items()}

    def checked(self, attribute: str) -> dict[str, str]:
        """The column that an audit takes as `checked`: the level of each answer looked at, or `UNTOLD`."""
        found = self.settled(attribute)
        return {answer: UNTOLD if level in NOT_TOLD else level for answer, level in found.items()}

    def votes(self, attribute: str, outputs: Mapping[str, str]) -> dict[str, Counter[str]]:
        """How many raters gave each output each level, by the output of every answer that counts.

        One who looked at an output twice counts once, and one who could not tell does not.
        """
        told = [one for one in self.of(attribute) if one.answer in outputs and one.level not in NOT_TOLD]
        said = {(outputs[one.answer], one.rater): one.level for one in told}
        votes: dict[str, Counter[str]] = {}
        for (output, _), level in said.items():
            votes.setdefault(output, Counter())[level] += 1
        return votes

    def majorities(self, attribute: str) -> dict[str, str]:
        """The level of each answer that most raters gave it; what is not known is not there."""
        return {answer: level for answer, level in self.settled(attribute).items() if level not in NOT_TOLD}

    def give(self, answers: Sequence[str], attribute: str, rater: str, level: str | None) -> None:
        """Record what a rater says of answers, all or nothing; `None` takes back what the rater said before."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._writing() as db:
            if level is None:
                query = "DELETE FROM labels WHERE answer = ? AND attribute = ? AND rater = ?"
                db.executemany(query, [(answer, attribute, rater) for answer in answers])
            else:
                rows = [(answer, attribute, rater, level, now) for answer in answers]
                db.executemany("INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?, ?)", rows)

    def _read(self, query: str, *values: str) -> list[tuple[object, ...]]:
        if not self.file.exists():
            return []
        try:
            try:
                return self._found("ro", query, values)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                    raise
                # A writer was killed: what it had not finished is taken back first, as the next label would.
                return self._found("rw", query, values) if self.file.stat().st_size else []
        except (sqlite3.Error, OSError) as error:
            raise InputError(f"The labels {self.file} cannot be read: {reason(error)}.") from error

    def _found(self, mode: str, query: str, values: Sequence[str]) -> list[tuple[object, ...]]:
        with closing(connected(self.file, f"{self._own()}?mode={mode}", _LONGEST, timeout=PATIENCE)) as db:
            return db.execute(query, values).fetchall() if _schema(db, self.file) else []

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own: whoever else is writing is waited for."""
        try:
            address = self._own()
            if not self.file.exists():
                private(self.file)
            with closing(connected(self.file, address, _LONGEST, isolation_level=None, timeout=PATIENCE)) as db:
                _shared(db)
                db.execute("BEGIN IMMEDIATE")
                if _schema(db, self.file) < SCHEMA:
                    db.execute(_TABLE)
                    db.execute(f"PRAGMA user_version = {SCHEMA}")
                yield db
                db.execute("COMMIT")
                _alone(db)
        except (sqlite3.Error, OSError, UnicodeEncodeError) as error:
            raise InputError(f"The label cannot be written to {self.file}: {reason(error)}.") from error

    def _own(self) -> str:
        """The file's address; a link is refused: it would be written where it points; so is a pipe, waited for."""
        for place in (self.file.with_name(f"{FILE}{ending}") for ending in ("", "-journal", "-wal", "-shm")):
            try:
                kind = place.lstat().st_mode
            except OSError:
                continue  # not there: what others write comes and goes
            if not stat.S_ISREG(kind):
                what = "a link to another file" if stat.S_ISLNK(kind) else "no file"
                raise InputError(f"{place} is {what}. Labels are kept in the run's own folder.")
            if place.name.endswith("-journal") and _end(place) == _NAMES_ANOTHER:
                raise InputError(f"{place} names a file beside the labels, as auditkit's never does. Delete it.")
        return self.file.absolute().as_uri()


def word(value: Any, what: str, longest: int) -> str:
    """A text that can be kept; raises `InputError` for anything else."""
    if not isinstance(value, str):
        raise InputError(f"The {what} is a text, and got {value!r}.")
    if len(value) > longest:
        raise InputError(f"The {what} has {len(value):,} characters, and {longest:,} are the most.")
    if not value.isascii() and value != value.encode("utf-8", "replace").decode():
        raise InputError(f"The {what} is a text, and {value[:100]!r} has half a character in it.")
    return value


def majority(votes: Counter[str]) -> str | None:
    """What most say; `None` where the first two have as many.

    >>> majority(Counter(["a", "b", "a"])), majority(Counter(["a", "b"]))
    ('a', None)
    """
    first, *rest = votes.most_common(2)
    return None if rest and rest[0][1] == first[1] else first[0]


def settled(votes: Counter[str]) -> str:
    """What the raters of one answer come to: the level that most of those say who could tell, else why there is none.

    >>> settled(Counter(["a", "(missing)"])), settled(Counter(["a", "b"])), settled(Counter(["(skipped)"]))
    ('a', '(tied)', '(skipped)')
    """
    told = Counter({level: n for level, n in votes.items() if level not in NOT_TOLD})
    if told:
        return majority(told) or TIED
    return SKIPPED if set(votes) == {SKIPPED} else CANNOT_TELL


def _end(journal: Path) -> bytes:
    """The last eight bytes of a journal; nothing where it is shorter, or gone by now."""
    try:
        with journal.open("rb") as file:
            file.seek(-len(_NAMES_ANOTHER), os.SEEK_END)
            return file.read()
    except OSError:
        return b""


def _shared(db: sqlite3.Connection) -> None:
    """Let others read while one writes, and let what is written outlive a power cut."""
    waited = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:  # where two make the file at once this step does not wait by itself
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > waited:
                raise
            time.sleep(0.01)
    db.execute("PRAGMA synchronous = FULL")


def _alone(db: sqlite3.Connection) -> None:
    """Leave no log beside the labels, nor by those who read them next, unless somebody else has them open."""
    with suppress(sqlite3.Error):
        db.execute("PRAGMA busy_timeout = 0")
        db.execute("PRAGMA journal_mode = DELETE")


def _schema(db: sqlite3.Connection, file: Path) -> int:
    """Which schema a file has, 0 where nothing was written yet; a newer one is refused."""
    for name, kind in strangers(db, _TABLE):
        raise InputError(f"{file} holds no labels of auditkit: {name} is a {kind}. Delete it, and label again.")
    [(version,)] = db.execute("PRAGMA user_version").fetchall()
    if version > SCHEMA:
        raise InputError(f"{file} is of a newer auditkit (schema {version}; this one reads {SCHEMA}). Update auditkit.")
    return int(version)
