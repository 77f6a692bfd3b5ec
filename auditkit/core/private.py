"""Who may read a file that holds rows or people? Its owner, and nobody else."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FOLDER = 0o700
"""The mode of a new folder for what is private; a folder that was there keeps what its owner gave it."""


def private(place: Path) -> Path:
    """The file, there and for its owner alone (0600) before anything is written in it.

    Where a system keeps no such modes, or the file is another's, it stays as it is. Raises `OSError` where it cannot
    be made.

    >>> import stat, tempfile
    >>> file = private(Path(tempfile.mkdtemp()) / "rows.csv")
    >>> file.read_bytes(), os.name != "posix" or stat.S_IMODE(file.stat().st_mode) == 0o600
    (b'', True)
    """
    if os.name != "posix":
        place.touch()
        return place
    with suppress(FileExistsError):
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with suppress(PermissionError):
        place.chmod(0o600)
    return place
