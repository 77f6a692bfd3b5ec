"""Curated pictures as rows: which are one family, how one is framed, and what changes the work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.lifecycle.tuning.picture_rows import framed
from auditkit.pictures import png_bytes
from tests.lifecycle.pictured import folder, pupil
from tests.targets import tiny


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("curated"))


def test_a_row_without_words_is_learned_unasked_and_copies_are_one_family(tmp_path: Path) -> None:
    place = folder(tmp_path / "data", 3, text=["", "a nurse", "a nurse"], weight=[1, 2, 0])
    (place / "pictures" / "2.png").write_bytes((place / "pictures" / "1.png").read_bytes())
    rows = pupil(place).rows
    assert rows.families.tolist() == [0, 1, 1]
    assert rows.weights.tolist() == [1, 2, 0]
    assert len(set(rows.contents)) == 2
    assert pupil(place).told.texts == ("", "a nurse", "a nurse")
    assert pupil(place, "DDIMPipeline").told.texts == ("", "", "")


def test_twins_are_one_family(tmp_path: Path) -> None:
    place = folder(tmp_path / "data", 4, unit=[0, 1, 1, 3])
    (place / "pictures" / "3.png").write_bytes((place / "pictures" / "2.png").read_bytes())
    assert pupil(place).rows.families.tolist() == [0, 1, 1, 1]  # by the unit, and on by the picture


def test_other_pictures_are_other_work(data: Path, tmp_path: Path) -> None:
    other = folder(tmp_path / "other")
    assert pupil(other).described() == pupil(data).described()
    (other / "pictures" / "4.png").write_bytes(png_bytes(tiny.picture(seed=99)))
    assert (other / "data.csv").read_bytes() == (data / "data.csv").read_bytes()
    assert pupil(other).described() != pupil(data).described()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 24), st.integers(1, 24))
def test_any_picture_is_framed(height: int, width: int, tall: int, wide: int) -> None:
    shades = np.full((height, width, 3), 77, np.uint8)
    whole = framed(shades, (tall, wide))
    assert whole.shape == (tall, wide, 3)
    assert (whole == 77).all()


def test_the_middle_is_kept() -> None:
    columns = np.arange(6, dtype=np.uint8)[None, :, None].repeat(2, axis=0).repeat(3, axis=2)
    assert framed(columns, (2, 2))[0, :, 0].tolist() == [2, 3]
    assert framed(columns.transpose(1, 0, 2), (4, 2))[:, 0, 0].tolist() == [1, 2, 3, 4]
