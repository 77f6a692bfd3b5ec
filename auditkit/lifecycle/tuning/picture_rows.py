"""Curated pictures with their words: read by their bytes, cut to the shape in which a model draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.manifest import digest
from auditkit.core.probe import Picture
from auditkit.lifecycle.tuning.curated import Curated
from auditkit.lifecycle.tuning.dividing import UNIT, linked
from auditkit.lifecycle.tuning.pupil import Rows
from auditkit.pictures import HEAVIEST, open_picture, resized
from auditkit.sealing import raw_bytes

if TYPE_CHECKING:
    from torch import Tensor

PICTURE, TEXT = "picture", "text"
SHOWN = 120
"""Characters of a text that an error repeats."""


@dataclass(frozen=True)
class Shown:
    """The rows of a table of pictures: each one's file, the digest of its bytes, and its words, "" for none."""

    table: Curated
    files: tuple[Path, ...]
    digests: tuple[str, ...]
    texts: tuple[str, ...]

    def rows(self) -> Rows:
        """The rows as the frame knows them: rows of the same picture, or of one `unit` (twins), are one family."""
        contents = tuple(f"{one} {text}" for one, text in zip(self.digests, self.texts, strict=True))
        return Rows(contents, linked(self.digests, self.table.columns.get(UNIT)), self.table.weights())

    def pictures(self, rows: Sequence[int], size: tuple[int, int]) -> Tensor:
        """The pictures of rows as numbers from -1 to 1, (rows, 3, height, width).

        Raises `InputError` for a file that is no picture, or that has changed since it was read.
        """
        from auditkit.targets.imaging import signed

        found: Tensor = signed([framed(self._picture(row), size) for row in rows])
        return found

    def _picture(self, row: int) -> Picture:
        raw = _raw(self.files[row], self.table.file, row)
        if digest(raw) != self.digests[row]:
            raise InputError(f"The picture {self.files[row]} changed while it was being read. Run it again.")
        return open_picture(raw, str(self.files[row]))


def shown(table: Curated, title: str, worded: bool) -> Shown:
    """The pictures of a table, with their words if the model `title` is asked by words.

    A row without words is drawn unasked. Raises `InputError` where a column is missing, or a file is.
    """
    names = table.choose(title, (PICTURE, TEXT) if worded else (PICTURE,))
    [told] = table.texts(PICTURE)
    files = tuple(table.folder / name for name in told)
    digests = tuple(digest(_raw(file, table.file, row)) for row, file in enumerate(files))
    said = table.columns[TEXT] if TEXT in names else [None] * len(files)
    return Shown(table, files, digests, tuple("" if text is None else str(text) for text in said))


def framed(picture: Picture, size: tuple[int, int]) -> Picture:
    """The middle of a picture in a shape (height, width): scaled until it fills it, and cut where it stands over.

    >>> framed(np.zeros((100, 50, 3), np.uint8), (32, 32)).shape
    (32, 32, 3)
    """
    height, width = size
    if picture.shape[:2] == size:
        return picture
    share = max(height / picture.shape[0], width / picture.shape[1])
    sides = zip(picture.shape[:2], size, strict=True)
    tall, wide = (max(math.ceil(side * share - 1e-9), least) for side, least in sides)
    whole = resized(picture, wide, tall)
    top, left = (tall - height) // 2, (wide - width) // 2
    return np.ascontiguousarray(whole[top : top + height, left : left + width])


def cut(text: str) -> str:
    """A text as an error repeats it: its beginning, quoted."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


def _raw(file: Path, table: Path, row: int) -> bytes:
    try:
        return raw_bytes(file, HEAVIEST)
    except OSError as error:
        raise InputError(
            f"{table}: the picture of row {row + 1}, {str(file)[: SHOWN * 2]!r}, cannot be read: "
            f"{error.strerror or error}. Pictures are named from the table's own folder."
        ) from error
