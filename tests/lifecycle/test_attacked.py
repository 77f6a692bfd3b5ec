"""What an attacker got through once, and does no more."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.lifecycle.curating.gallery import Gallery, hung
from auditkit.lifecycle.curating.reading import raw_csv
from auditkit.lifecycle.discovering.carding import read_card
from auditkit.lifecycle.discovering.weighing import parameters
from auditkit.lifecycle.lineage.exporting import shown
from auditkit.pictures import png_bytes
from auditkit.stats.quotas import up


@pytest.mark.parametrize("cell", ["../secret.png", "/etc/secret.png", "a\0.png", "sub/../../secret.png"])
def test_a_picture_outside_the_tables_folder_is_not_copied(tmp_path: Path, cell: str) -> None:
    (tmp_path / "secret.png").write_bytes(png_bytes(np.zeros((4, 4, 3), np.uint8)))
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="does not lie in"):
        hung({"picture": [cell]}, "picture", tmp_path / "in", Gallery())


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png_bytes(np.zeros((4, 4, 3), np.uint8)))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(InputError, match="does not lie in"):
        hung({"picture": ["a.png"]}, "picture", tmp_path / "in", Gallery())


def test_a_cell_without_end_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text,b\n" + "x" * 200_000 + ",1\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be told apart"):
        raw_csv(file, ("text", "b"))


def test_a_balance_that_would_fill_memory_is_refused() -> None:
    with pytest.raises(InputError, match="more than 100 copies of each"):
        up([119, 1], [0.000001, 0.999999])


@pytest.mark.parametrize("side", [[10**18] * 20_000, [1 << 40, 1 << 40], [2] * 33])
def test_a_head_that_no_tensor_has_is_not_believed(tmp_path: Path, side: list[int]) -> None:
    head = json.dumps({"w": {"dtype": "F32", "shape": side, "data_offsets": [0, 0]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head)
    assert parameters([tmp_path / "model.safetensors"]) is None


@pytest.mark.parametrize("bomb", ["<!--" * 200_000, "# a" + " " * 400_000 + "b", "[ " * 300_000, "#" * 500_000])
def test_a_model_card_cannot_stop_the_search(bomb: str) -> None:
    begun = time.process_time()
    read_card(f"## Limits\nKnown.\n{bomb}\n## Uses\nNone.\n")
    assert time.process_time() - begun < 2


def test_no_secret_of_an_address_is_said() -> None:
    assert shown("https://ada:pw@host/ml?token=SEKRET#x") == "https://host/ml"
