"""The files of a run, checked before anybody looks: a picture made small, and where an answer looked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from auditkit.core.attention import read_attention
from auditkit.core.errors import InputError
from auditkit.core.wire import LONGEST
from auditkit.pictures import open_picture, png_bytes, thumbnail
from auditkit.store import placed

if TYPE_CHECKING:
    from auditkit.core.target import Attention

LARGEST = 16_000_000
"""Pixels of the largest picture that is made small for a screen: a page shows many at once."""


def small(folder: Path, address: str, side: int = 256) -> bytes:
    """A picture of a run as a small PNG of nothing but pixels; raises `InputError`, with the reason, if it cannot be.

    It must be the very file that was recorded, in the run's own folder: its name is the digest of its content.
    """
    file = _own(folder, address)
    try:
        size = file.stat().st_size
        content = file.read_bytes() if size <= LONGEST else b""
    except OSError as error:
        raise InputError(f"The file {address} of this run cannot be read: {error.strerror or error}.") from error
    if size > LONGEST:
        raise InputError(f"The file {address} has {size:,} bytes; {LONGEST:,} are the most that is shown here.")
    if hashlib.sha256(content).hexdigest() != file.name[:64]:
        raise InputError(f"The file {address} is not the one that was recorded: its content has another digest.")
    return png_bytes(thumbnail(open_picture(content, address, LARGEST), side))


def looked(folder: Path, address: str) -> Attention:
    """Where an answer of a run looked; raises `InputError`, with the reason, if it cannot be shown."""
    return read_attention(_own(folder, address))


def _own(folder: Path, address: str) -> Path:
    """The file of an address; what is reached by a link is none of the run's own."""
    file = placed(folder, address)
    if not file.is_file():
        raise InputError(f"The file {address} of this run is not there any more. Restore it, or elicit again.")
    if folder.resolve() not in file.resolve().parents:
        raise InputError(f"The file {address} is a link out of the run's folder, and links are not followed.")
    return file
