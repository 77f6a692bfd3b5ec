"""A refusal leaves nothing behind: what was laid out for work that was refused before it began is taken away again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from auditkit.core.errors import AuditkitError
from auditkit.store import DATABASE, Store

LAID_OUT = ("begun.json", *(f"{DATABASE}-{log}" for log in ("wal", "shm", "journal")))
"""Files that work begins with, and that hold nothing yet."""


@contextmanager
def leaving_nothing(out: Path) -> Iterator[None]:
    """Take a folder that is not there yet, or empty, back to what it was, where the work in it is refused.

    Only where nothing was done in it: answers that were drawn, and files of any other name than those that work begins
    with, stay with all that lies beside them.
    """
    fresh, above = not out.exists() or (out.is_dir() and not any(out.iterdir())), absent(out)
    try:
        yield
    except AuditkitError:
        if fresh and out.is_dir():
            _taken_away(out, above)
        raise


def absent(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, the deepest first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def removed(folders: Sequence[Path]) -> None:
    """Remove those of these folders, the deepest first, that are empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _taken_away(out: Path, above: Sequence[Path]) -> None:
    """Remove what is in a folder, if that is nothing."""
    if not all(one.name in LAID_OUT or (one.name == DATABASE and _empty(one)) for one in _files(out)):
        return
    for file in _files(out):  # once more: who reads a database leaves a log beside it
        file.unlink(missing_ok=True)
    removed([*sorted(out.rglob("*"), key=lambda one: len(one.parts), reverse=True), *above])


def _files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_symlink() or not one.is_dir()]


def _empty(database: Path) -> bool:
    """Whether a run has no answer."""
    try:
        store = Store(database.parent)
    except AuditkitError:
        return False
    try:
        return len(store) == 0
    finally:
        store.close()
