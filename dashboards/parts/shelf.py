"""Which reports and runs are in the folder? Names only: nothing is opened that was not asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = "AUDITKIT_FOLDER"
"""The variable of the environment that names the folder that is shown."""
DEEPEST, MOST = 6, 20_000
"""How many folders deep, and at how many files at most, is looked."""
HEAD = 400
"""Bytes at the start of a file by which a report is known: its schema and the levels of its intervals."""
RUN = "run.sqlite"


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
    for seen, path in enumerate(_files(folder)):
        if seen >= MOST:
            cut = True
            break
        kind = _kind(path)
        if kind is not None:
            told = path.parent if kind == "run" else path
            found.append(Entry(_id(told, folder), told, kind, path.stat().st_mtime))
    found.sort(key=lambda entry: (-entry.changed, entry.id))
    reports = tuple(entry for entry in found if entry.kind == "report")
    return Shelf(folder, reports, tuple(entry for entry in found if entry.kind == "run"), cut)


def chosen_folder() -> Path:
    """The folder that the dashboard was opened on; by default this one."""
    return Path(os.environ.get(FOLDER) or ".").resolve()


def _id(path: Path, folder: Path) -> str:
    told = path.relative_to(folder).as_posix()
    return told if told != "." else path.name


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder, followlinks=False):
        depth = len(Path(root).relative_to(folder).parts)
        kept = [] if depth >= DEEPEST else [name for name in folders if not name.startswith((".", "objects"))]
        folders[:] = sorted(kept)
        yield from (Path(root, name) for name in sorted(files) if name == RUN or name.endswith(".json"))


def _kind(path: Path) -> Literal["report", "run"] | None:
    if path.is_symlink() or not path.is_file():
        return None
    if path.name == RUN:
        return "run"
    if path.name == "report.json":
        return "report"
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return None
    return "report" if b'"schema"' in head and b'"levels"' in head else None
