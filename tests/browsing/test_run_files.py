"""The files of a run are shown when they are what was recorded, and it is said why when they are not."""

from __future__ import annotations

import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest

from auditkit.browsing import looked, small
from auditkit.core.attention import attention_to_dict
from auditkit.core.errors import InputError
from auditkit.core.target import Attention
from auditkit.pictures import open_picture, png_bytes
from auditkit.store import Store

TARGET = {"title": "a model", "fingerprint": "f", "settings": {}}


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, Store]:
    store = Store(tmp_path / "run", write=True)
    store.begin({"probe": {"name": "p"}, "target": TARGET})
    return store.folder, store


def test_a_picture_is_made_small(pictures) -> None:
    folder, store = pictures
    address = store.put(png_bytes(np.zeros((600, 300, 3), np.uint8)), ".png")
    told = small(folder, address, 128)
    assert open_picture(told).shape == (128, 64, 3)


def test_what_cannot_be_shown_says_why(pictures, tmp_path: Path) -> None:
    folder, store = pictures
    plain = png_bytes(np.zeros((8, 8, 3), np.uint8))
    head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + plain[24:29]
    claims = plain[:12] + head + zlib.crc32(head).to_bytes(4, "big") + plain[33:]
    for content, said in ((b"no picture", "cannot be opened as a picture"), (claims, "bomb|claims 60,000 x 60,000")):
        with pytest.raises(InputError, match=said):
            small(folder, store.put(content, ".png"))
    wide = store.put(png_bytes(np.zeros((4001, 4000, 3), np.uint8)), ".png")
    with pytest.raises(InputError, match="claims 4,000 x 4,001 pixels; the most is 16,000,000"):
        small(folder, wide)
    gone, other = store.put(plain, ".png"), store.put(plain + b"1", ".png")
    store.path(other).write_bytes(plain)
    with pytest.raises(InputError, match="not the one that was recorded"):
        small(folder, other)
    outside = shutil.move(store.path(gone), tmp_path / "outside.png")
    with pytest.raises(InputError, match="is not there any more"):
        small(folder, gone)
    store.path(gone).symlink_to(outside)
    with pytest.raises(InputError, match="is a link out of the run's folder"):
        small(folder, gone)
    for address in ("../../etc/passwd", "/etc/passwd", "", "x" * 64):
        with pytest.raises(InputError, match="none of its own"):
            small(folder, address)


def test_where_an_answer_looked_is_read_and_checked(pictures) -> None:
    folder, store = pictures
    told = Attention(("he",), ("o", "un"), ((0.25, 0.75),), "decoder on source")
    assert looked(folder, store.put(json.dumps(attention_to_dict(told)).encode(), ".json")) == told
    with pytest.raises(InputError, match="shares that sum to one"):
        looked(folder, store.put(b'{"rows": ["a"], "columns": ["b"], "weights": [[2]]}', ".json"))
