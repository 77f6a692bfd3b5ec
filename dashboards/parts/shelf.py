"""Which reports and runs are in the folder? Names only: nothing is opened that was not asked for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

FOLDER = "AUDITKIT_FOLDER"
"""The variable of the environment that names the folder that is shown."""
DEEPEST, MOST = 6, 20_000
"""How many folders deep, and at how many files at most, is looked."""
HEAD = 400
"""Bytes at the start of a file by which a report is known: its schema and the levels of its intervals."""
WATCHED = re.compile(
    rb'\s*\{\s*"schema"\s*:\s*\d+,\s*"(hash"\s*:\s*"[0-9a-f]{64}",\s*"watch|watch"\s*:\s*"[0-9a-f]{64})"'
)
"""How the state of a watch and its alarms begin, whatever its rules name: the Watch page shows these."""
RUN, OBJECTS = "run.sqlite", "objects"
"""What the folder of a run holds: its records, and its pictures, among which nothing is looked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A report or a run: `id` is its path in the folder, which a link names; `changed` when it was last written."""

    id: str
    path: Path
    kind: Literal["report", "run"]
    changed: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is in a folder, the newest first; `cut` says that there was more than is looked at."""

    folder: Path
    reports: tuple[Entry, ...]
    runs: tuple[Entry, ...]
    cut: bool = False

    def find(self, id: str) -> Entry | None:
        """The entry of an id; an id that is not there names nothing, whatever path it spells."""
        return next((entry for entry in (*self.reports, *self.runs) if entry.id == id), None)


def shelf_of(folder: Path) -> Shelf:
    """Look through a folder; links are not followed, so nothing outside it is shown."""
    found, cut = [], False
    for seen, path in enumerate(files(folder)):
        if seen >= MOST:
            cut = True
            break
        entry = _entry(path, folder)
        if entry is not None:
            found.append(entry)
    found.sort(key=lambda entry: (-entry.changed, entry.id))
    reports = tuple(entry for entry in found if entry.kind == "report")
    return Shelf(folder, reports, tuple(entry for entry in found if entry.kind == "run"), cut)


def chosen_folder() -> Path:
    """The folder that the dashboard was opened on; by default this one."""
    return Path(os.environ.get(FOLDER) or ".").resolve()


def _entry(path: Path, folder: Path) -> Entry | None:
    """What a file is, if it is a report or a run; one that has gone or is not to be read is nothing."""
    try:
        seen = path.lstat()
        kind = _kind(path, seen)
    except OSError:
        return None
    if kind is None:
        return None
    told = path.parent if kind == "run" else path
    return Entry(id_of(told, folder), told, kind, seen.st_mtime)


def id_of(path: Path, folder: Path) -> str:
    """The path in the folder; a byte of a name that is no text is spelled out, for a browser cannot say it."""
    told = path.relative_to(folder).as_posix()
    return (told if told != "." else path.name).encode("utf-8", "backslashreplace").decode()


def files(folder: Path) -> Iterator[Path]:
    """The files of a folder that may be something to show, and of those in it; links are not followed."""
    for root, folders, files in os.walk(folder, followlinks=False):
        depth = len(Path(root).relative_to(folder).parts)
        kept = [] if depth >= DEEPEST else [name for name in folders if not (name.startswith(".") or name == OBJECTS)]
        folders[:] = sorted(kept)
        yield from (Path(root, name) for name in sorted(files) if name == RUN or name.endswith(".json"))


def _kind(path: Path, seen: os.stat_result) -> Literal["report", "run"] | None:
    if not stat.S_ISREG(seen.st_mode):
        return None
    if path.name == RUN:
        return "run"
    if path.name == "report.json":
        return "report"
    head = _head(path, seen.st_mtime_ns, seen.st_size)
    told = b'"schema"' in head and b'"levels"' in head and not WATCHED.match(head)
    return "report" if told else None


@lru_cache(MOST)
def _head(path: Path, changed: int, size: int) -> bytes:
    """How a file begins; looked at again when it has changed."""
    with path.open("rb") as file:
        return file.read(HEAD)
