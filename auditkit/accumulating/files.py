"""A file that several processes read, change and write, one after the other and all or nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditkit.core.errors import InputError

PATIENCE = 60.0
"""Seconds to wait for another process."""


@contextmanager
def alone(path: str | Path, patience: float = PATIENCE) -> Iterator[None]:
    """Be the only process that reads, changes and writes a file; the operating system lets go of what dies.

    A file `.NAME.lock` stays beside it. Raises `InputError` where another process does not finish within `patience`
    seconds, and where nothing can be written there.

    >>> import tempfile
    >>> with alone(Path(tempfile.mkdtemp()) / "state.json"):
    ...     pass
    """
    place = Path(path)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(place.with_name(f".{place.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputError(f"{place} cannot be kept: {error.strerror or error}.") from error
    try:
        until = time.monotonic() + patience
        while not _locked(handle):
            if time.monotonic() > until:
                raise InputError(f"Another process has been using {place} for {patience:g} s. Try again.")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Take the lock if it is free; closing the file lets go of it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def replace_text(path: Path, text: str) -> None:
    """Write a file, all or nothing, and have it on disk before it takes the name."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
