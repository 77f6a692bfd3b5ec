"""The laws of every reader of pictures, and how a plan names them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from auditkit import catalog
from auditkit.annotators import Embedding, HumanLabels, SkinTone, Thumbnail, TrainedProbe, ZeroShot
from auditkit.annotators.human_labels import picture_key
from auditkit.core.annotator import Annotator
from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.people import World
from auditkit.lab.worlds.figures.reader import Exact, Noisy
from tests.annotators.tried import Corner, drawn, labels_file

pytest.importorskip("PIL")


def specimens(folder: Path) -> list[Annotator]:
    """One of every reader of pictures."""
    pictures = drawn(World().people(60, np.random.default_rng(3)))
    keys = [f"{picture_key(picture)},{'ab'[k % 2]}" for k, picture in enumerate(pictures)]
    labels = ["a" if k % 2 else "b" for k in range(60)]
    return [
        SkinTone(),
        Thumbnail(size=2),
        Embedding(Corner()),
        ZeroShot({"x": {"a": "zz ", "b": " zz"}, "y": {"one": "~ ~", "two": ["1~1", "2~2"]}}, Corner()),
        TrainedProbe("z", (pictures, labels), Thumbnail(size=2), margin=0.2),
        HumanLabels(labels_file(folder, keys, "picture,side"), "side"),
        Exact(),
        Noisy("skin", {"darker": 0.4}),
    ]


def test_every_reader_of_pictures_has_a_specimen(tmp_path: Path) -> None:
    ours = {type(one).__name__ for one in specimens(tmp_path)} - {"Exact", "Noisy"}
    assert ours == {kind.__name__ for kind in catalog.annotators().values() if kind.reads == "image"}


@pytest.mark.parametrize("place", range(8))
def test_the_laws_of_a_reader(place: int, tmp_path: Path) -> None:
    """What is not there stays unread; as many readings as pictures; the same again; blind to order and company."""
    reader, again = specimens(tmp_path)[place], specimens(tmp_path)[place]
    pictures: list[Picture | None] = [*drawn(World().people(60, np.random.default_rng(3))[:30]), None]
    pictures.insert(4, None)
    read = reader.read(pictures)
    for values in read.values():
        assert len(values) == len(pictures)
        assert values[4] is values[-1] is None
        assert any(value is not None for value in values)
        assert all(value is None or isinstance(value, (str, float, list)) for value in values)
    assert again.read(pictures) == read
    assert again.fingerprint == reader.fingerprint
    order = np.random.default_rng(1).permutation(len(pictures)).tolist()
    mixed = reader.read([pictures[k] for k in order])
    assert mixed == {name: [values[k] for k in order] for name, values in read.items()}
    alone = [reader.read([picture]) for picture in pictures]
    assert {name: [one[name][0] for one in alone] for name in read} == read
    assert set(reader.read([])) == set(read)
    assert not any(reader.read([]).values())
    assert type(reader).basis.split(" ")[0] in ("perceived", "read")


def test_a_plan_can_name_them(tmp_path: Path) -> None:
    built = [
        catalog.reader("skin_tone", {"region": [0.1, 0.2, 0.9, 0.8], "attribute": "face"}),
        catalog.reader("thumbnail", {"size": 3}),
        catalog.reader("embedding", {"model": "some/model"}),
        catalog.reader(
            "zero_shot", {"model": "some/model", "attributes": {"gender": {"woman": "she", "man": ["he", "a man"]}}}
        ),
        catalog.reader("zero_shot", {"model": "some/model", "attributes": {"gender": ["woman", "man"]}}),
        catalog.reader("trained_probe", {"attribute": "age", "examples": "a.csv", "features": {"model": "some/model"}}),
        catalog.reader("trained_probe", {"attribute": "age", "examples": "a.csv", "features": {"size": 4}}),
        catalog.reader("human_labels", {"path": "a.csv", "column": "skin"}),
    ]
    assert built[3].basis == "perceived by CLIP (some/model)"
    assert isinstance(built[5].features, Embedding)  # type: ignore[attr-defined]
    assert built[6].features == Thumbnail(size=4)  # type: ignore[attr-defined]


def test_nothing_heavy_is_loaded_to_name_them() -> None:
    code = "import sys, auditkit.annotators; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "transformers", "sklearn", "PIL", "scipy", "pandas"} & set(eval(loaded))
