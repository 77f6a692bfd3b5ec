"""Pictures of one's own to start from, and the two designs that need nothing more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.probes import Reconstruction, Start, SuperResolution, starts
from auditkit.probes.starts import BEFORE as SAID_BEFORE
from auditkit.runs import BEFORE

TABLE = "picture,skin,person,age\na.png,darker,Ada,\nb.png, lighter ,Ben,40\na.png,darker,Eve,30\n"


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    folder = tmp_path / "faces"
    folder.mkdir()
    for at, name in enumerate("ab"):
        Image.fromarray(np.full((8, 8, 3), 100 + at, np.uint8)).save(folder / f"{name}.png")
    (tmp_path / "faces.csv").write_text(TABLE)
    return folder


def test_a_table_says_what_each_picture_shows(faces: Path) -> None:
    found = starts(faces, faces.parent / "faces.csv", before=["skin", "age"], columns=["person"])
    assert [dict(start.factors) for start in found] == [
        {"skin before": "darker", "person": "Ada"},
        {"skin before": "lighter", "age before": "40", "person": "Ben"},
        {"skin before": "darker", "age before": "30", "person": "Eve"},
    ]
    assert [int(start.picture[0, 0, 0]) for start in found] == [100, 101, 100]
    assert BEFORE == SAID_BEFORE
    (faces / "inside.csv").write_text("file\na.png\n")
    assert len(starts(faces, "inside.csv", image="file")) == 1


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda f: starts(f / "none", f.parent / "faces.csv"), "There is no folder"),
        (lambda f: starts(f, "none.csv"), "none.csv cannot be read: No such file"),
        (lambda f: starts(f, f.parent / "faces.csv", before=["skn"]), 'no column "skn". Did you mean "skin"?'),
        (lambda f: starts(f, f.parent / "faces.csv", before="skin"), "before is a list of columns"),
        (lambda f: starts(f, f.parent / "faces.csv", image="face"), 'no column "face"'),
        (lambda f: starts(f, f.parent / "faces.csv", before=["skin"]), "line 4: a.png is listed twice"),
        (lambda f: starts(f, _written(f, "picture\n")), "lists no pictures"),
        (lambda f: starts(f, _written(f, "picture\nc.png\n")), 'line 2: '),
        (lambda f: starts(f, _written(f, "picture\n../other.png\n")), 'has no picture "../other.png"'),
        (lambda f: starts(f, _written(f, "picture\nown.csv\n")), "cannot be opened as a picture"),
        (lambda f: catalog.probe("reconstruction", {"folder": str(f)}), "reconstruction needs a table"),
        (lambda f: catalog.probe("edits", {"instructions": ["older"]}), "edits needs a folder"),
        (lambda f: catalog.probe("reconstruction", {"foldr": str(f)}), 'no key "foldr". Did you mean "folder"?'),
        (lambda f: catalog.probe("super_resolution", _told(f) | {"factor": "x"}), "cannot be configured: factor"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(faces: Path, asked: Callable[[Path], object], says: str) -> None:
    with pytest.raises(InputError) as told:
        asked(faces)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def _written(folder: Path, text: str) -> Path:
    (folder / "own.csv").write_text(text)
    return folder / "own.csv"


def _told(folder: Path) -> dict[str, object]:
    return {"folder": str(folder), "table": str(folder.parent / "faces.csv"), "before": ["skin"], "columns": ["person"]}


def test_a_plan_names_a_folder_in_place_of_pictures(faces: Path) -> None:
    prompts = list(catalog.probe("reconstruction", _told(faces)))
    assert [(prompt.text, prompt.factors["person"]) for prompt in prompts] == [("", "Ada"), ("", "Ben"), ("", "Eve")]
    small = list(catalog.probe("super_resolution", _told(faces) | {"factor": 4, "side": 4, "words": "a face"}))
    assert small[0].image is not None
    assert (small[0].image.shape, small[0].text) == ((4, 4, 3), "a face")
    edits = list(catalog.probe("edits", _told(faces) | {"instructions": ["older", "younger"]}))
    assert [prompt.factors["instruction"] for prompt in edits] == ["older", "younger"] * 3


def test_a_small_picture_is_the_mean_of_squares() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (8, 16, 3), np.uint8)
    [prompt] = SuperResolution([Start(picture, {"item": "1"})], factor=4)
    assert prompt.image is not None
    for row in range(2):
        for column in range(4):
            block = picture[4 * row : 4 * row + 4, 4 * column : 4 * column + 4].reshape(-1, 3).mean(axis=0)
            assert np.abs(prompt.image[row, column] - block).max() <= 0.5
    assert dict(prompt.factors) == {"item": "1"}


def test_grey_is_luma_and_larger_is_repeated() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:, :2] = (200, 100, 50)
    [prompt] = SuperResolution([Start(picture)], factor=2, grey=True, side=6)
    luma = round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert prompt.image is not None
    assert prompt.image[:, :, 0].tolist() == [[luma] * 3 + [0] * 3] * 6
    assert (prompt.image == prompt.image[..., :1]).all()
    assert SuperResolution([Start(picture)], factor=2).describe()["factor"] == 2


def test_a_reconstruction_leaves_mask_and_instructions_aside() -> None:
    blank = np.zeros((4, 4, 3), np.uint8)
    [prompt] = Reconstruction([Start(blank, {"item": "1"}, blank[..., 0], ("older",))])
    assert (prompt.text, prompt.mask, dict(prompt.factors)) == ("", None, {"item": "1"})
