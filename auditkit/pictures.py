"""Pictures are opened, and written, in one place: PNG, JPEG and WEBP, of a size that memory can hold.

Whatever an opened picture says of itself beyond its pixels (camera, place, software) is dropped; its turn is applied,
its transparent parts stand on white, and of several frames the first is taken. Colour profiles are not applied.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.probe import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
LARGEST = 50_000_000
"""Pixels of the largest picture that is opened; a small file can claim a great many."""
HEAVIEST = 200 << 20
"""Bytes of the largest file that is opened."""
COMPRESSION = 1
"""The least: a picture is written in a quarter of the time, and is a tenth larger."""


def open_picture(source: str | Path | bytes, name: str = "", largest: int = LARGEST) -> Picture:
    """Read a picture from a file, or from its bytes: (height, width, 3), RGB, 0 to 255.

    `name` is what errors call bytes. Raises `InputError` for what is no picture of these formats, is damaged or cut
    off, or claims more than `largest` pixels (50 million): its size is read from its head, before any pixel is.
    """
    called = name or ("the picture" if isinstance(source, bytes) else str(source))
    given = source if isinstance(source, bytes) else _bytes(Path(source))
    try:
        return _pixels(given, called, largest)
    except _unreadable() as error:
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise InputError(
            f"{called} cannot be opened as a picture: {told.rstrip('.')}. Pictures are read from {', '.join(FORMATS)}."
        ) from error


def png_bytes(picture: Picture) -> bytes:
    """A picture as PNG: the same pixels give the same bytes (of one Pillow and zlib), and nothing but pixels is in it.

    >>> blank = np.zeros((2, 3, 3), np.uint8)
    >>> png_bytes(blank) == png_bytes(blank.copy()), open_picture(png_bytes(blank)).shape
    (True, (2, 3, 3))
    """
    held = io.BytesIO()
    _image(picture).save(held, "PNG", compress_level=COMPRESSION, optimize=False)
    return held.getvalue()


def thumbnail(picture: Picture, side: int) -> Picture:
    """A picture whose longer side has at most `side` pixels, reduced by averaging and never enlarged.

    >>> thumbnail(np.zeros((100, 50, 3), np.uint8), 10).shape
    (10, 5, 3)
    """
    height, width = picture.shape[:2]
    share = side / max(height, width)
    if share >= 1:
        return picture
    size = max(round(width * share), 1), max(round(height * share), 1)
    return np.asarray(_image(picture).resize(size, _pillow().Resampling.BOX), np.uint8)


def resized(picture: Picture, width: int, height: int) -> Picture:
    """A picture of just this size, smaller by averaging and larger by cubic interpolation."""
    finer = width <= picture.shape[1] and height <= picture.shape[0]
    how = _pillow().Resampling.BOX if finer else _pillow().Resampling.BICUBIC
    return np.asarray(_image(picture).resize((width, height), how), np.uint8)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise InputError("Pictures need Pillow. Install it: python -m pip install 'rai-auditkit[models]'.") from None
    return Image


def _unreadable() -> tuple[type[BaseException], ...]:
    """What a decoder raises on a file that is not what it says."""
    bomb = _pillow()
    return (OSError, ValueError, SyntaxError, OverflowError, EOFError, IndexError, TypeError, KeyError, MemoryError,
            bomb.DecompressionBombError, bomb.DecompressionBombWarning)  # fmt: skip


def _bytes(file: Path) -> bytes:
    try:
        if not file.is_file():
            there = "is a folder" if file.is_dir() else "is not there"
            raise InputError(f"The picture {str(file)[:300]} {there}. Check the path.")
        if file.stat().st_size > HEAVIEST:
            raise InputError(f"The picture {file} has {file.stat().st_size:,} bytes; the most is {HEAVIEST:,}.")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise InputError(f"The picture {str(file)[:300]!r} cannot be read: {told}.") from error


def _pixels(given: bytes, called: str, largest: int) -> Picture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", _pillow().DecompressionBombWarning)
        with _pillow().open(io.BytesIO(given), formats=FORMATS) as image:
            width, height = image.size
            if width * height > largest:
                raise InputError(
                    f"{called} claims {width:,} x {height:,} pixels; the most is {largest:,} in all. Reduce it first."
                )
            return np.ascontiguousarray(_plain(image), np.uint8)


def _plain(image: Image) -> Any:
    """Upright, opaque, eight bits a channel."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):  # sixteen bits of grey
        grey = np.asarray(upright, float)
        return np.repeat((grey / 257 + 0.5).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    if "A" in upright.getbands() or "transparency" in upright.info:
        seen = upright.convert("RGBA")
        upright = Pillow.alpha_composite(Pillow.new("RGBA", seen.size, "white"), seen)
    return np.asarray(upright.convert("RGB"))


def _image(picture: Picture) -> Image:
    shown = np.asarray(picture)
    if shown.dtype != np.uint8 or shown.ndim not in (2, 3) or (shown.ndim == 3 and shown.shape[2] != 3):
        raise InputError(
            f"A picture is (height, width, 3) of uint8, and this is {shown.shape} of {shown.dtype}. Convert it first."
        )
    found: Image = _pillow().fromarray(np.ascontiguousarray(shown))
    return found
