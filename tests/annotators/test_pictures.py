"""Pictures opened and written: what comes back, and what is refused before it fills the memory."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.pictures import open_picture, png_bytes, resized, thumbnail

Image = pytest.importorskip("PIL.Image")


def noise(height: int = 9, width: int = 7) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(image: object, kind: str, **options: object) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **options)  # type: ignore[attr-defined]
    return held.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_what_is_written_is_read_and_is_the_same_bytes() -> None:
    picture = noise()
    assert np.array_equal(open_picture(png_bytes(picture)), picture)
    assert png_bytes(picture) == png_bytes(np.asfortranarray(picture)) == png_bytes(open_picture(png_bytes(picture)))
    assert png_bytes(picture).count(b"tEXt") == png_bytes(picture).count(b"tIME") == 0


def test_every_format_is_opened_upright_and_opaque(tmp_path: Path) -> None:
    picture = noise(16, 24)
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 100, "subsampling": 0})):
        file = tmp_path / f"picture.{kind.lower()}"
        file.write_bytes(encoded(Image.fromarray(picture), kind, **options))
        assert np.abs(open_picture(file).astype(int) - picture).max() <= (40 if kind == "JPEG" else 0)
    turned = Image.Exif()
    turned[0x0112] = 6  # turned to the right
    assert open_picture(encoded(Image.fromarray(picture), "PNG", exif=turned)).shape == (24, 16, 3)
    clear = np.dstack([picture, np.zeros((16, 24), np.uint8)])
    assert (open_picture(encoded(Image.fromarray(clear), "PNG")) == 255).all()
    grey = Image.fromarray(np.array([[0, 65535], [32768, 257]], np.uint16))
    assert open_picture(encoded(grey, "PNG"))[..., 0].tolist() == [[0, 255], [128, 1]]
    assert open_picture(encoded(Image.fromarray(picture).convert("P"), "PNG")).shape == picture.shape
    assert open_picture(encoded(Image.fromarray(picture).convert("1"), "PNG")).shape == picture.shape


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be opened as a picture"),
        (b"GIF89a" + bytes(20), "cannot be opened as a picture"),
        (claiming(30_000, 30_000), "cannot be opened|claims"),
        (claiming(9_000, 9_000), "claims 9,000 x 9,000 pixels"),
        (claiming(8, 8), "cannot be opened as a picture"),
        (png_bytes(noise(64, 64))[:2_000], "cannot be opened as a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be opened as a picture"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "it.png"
    file.write_bytes(content)
    with pytest.raises(InputError, match=told):
        open_picture(file)
    with pytest.raises(InputError, match=told):
        open_picture(content, "it")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path, told in ((tmp_path, "is a folder"), (tmp_path / "none.png", "is not there"), ("a\0b", "is not there")):
        with pytest.raises(InputError, match=told):
            open_picture(path)
    with pytest.raises(InputError, match="of uint8"):
        png_bytes(np.zeros((2, 2, 3)))  # type: ignore[arg-type]


def test_sizes() -> None:
    picture = noise(40, 20)
    assert thumbnail(picture, 100) is picture
    assert thumbnail(picture, 10).shape == (10, 5, 3)
    assert abs(float(thumbnail(picture, 10).mean() - picture.mean())) < 0.5
    assert resized(picture, 8, 6).shape == (6, 8, 3)
    assert resized(picture, 80, 60).shape == (60, 80, 3)
