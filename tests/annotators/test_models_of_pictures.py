"""Models of pictures and captions: what they read is what their vectors say, by hand and of a miniature."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditkit
from auditkit.annotators import Embedding, ZeroShot
from auditkit.annotators.measuring import measured
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import skin_of
from tests.annotators.tried import Corner

pytest.importorskip("PIL")
MINIATURE = Path(auditkit.__file__).parent / "lab" / "weights" / "clip"
SENTENCES = {
    "skin": {level: f"a portrait of a person, {level} skin" for level in ("lighter", "darker")},
    "length": {level: f"a portrait of a person, {level} hair" for level in ("short", "long")},
    "age": {level: f"a portrait of a person of {level} age" for level in ("younger", "older")},
}


@pytest.fixture(scope="module")
def random_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from transformers import CLIPImageProcessorPil

    from auditkit.lab.models.clip import blank, tokenizer

    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(3)
    tokens = tokenizer(folder)
    blank(tokens).half().save_pretrained(folder)
    CLIPImageProcessorPil(size={"shortest_edge": 64}, crop_size=64).save_pretrained(folder)
    return folder


def test_a_model_is_a_folder_or_live_and_says_the_same(
    random_clip: Path, crowd: tuple[list[Person], list[Picture]]
) -> None:
    from transformers import AutoModel, AutoProcessor

    model = AutoModel.from_pretrained(random_clip, dtype="float32")
    live = model, AutoProcessor.from_pretrained(random_clip)
    pictures = [*crowd[1][:40], None]
    placed, alive = Embedding(str(random_clip)), Embedding(live)
    assert placed.basis == f"perceived by CLIP ({random_clip.name})"
    assert alive.basis == "perceived by CLIP (CLIPModel)"
    vectors = placed.read(pictures)["vector"]
    assert vectors[-1] is None
    assert np.allclose(np.linalg.norm(np.array(vectors[:-1]), axis=1), 1, atol=1e-4)
    assert np.allclose(np.array(vectors[:-1]), np.array(alive.read(pictures)["vector"][:-1]), atol=2e-5)
    assert np.allclose(vectors[3], placed.read([pictures[3]])["vector"][0], atol=2e-5)
    assert placed.fingerprint == Embedding(str(random_clip)).fingerprint
    asked = ZeroShot(SENTENCES, str(random_clip), margin=0.0)
    read = asked.read(pictures)
    assert set(read) == set(SENTENCES)
    assert all(values[-1] is None and None not in values[:-1] for values in read.values())
    assert asked.fingerprint != ZeroShot(SENTENCES, str(random_clip), margin=0.2).fingerprint


@pytest.mark.skipif(not MINIATURE.is_dir(), reason="The miniature CLIP is not in the lab.")
def test_the_miniature_reads_the_drawings(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    reader = ZeroShot(SENTENCES, str(MINIATURE))
    truth = {
        "skin": [skin_of(person.tone) for person in people],
        "length": [person.length for person in people],
    }
    for attribute, levels in truth.items():
        for known in measured(reader, pictures, levels, attribute):
            assert known.rate < 0.05, known


def test_a_level_is_the_mean_of_its_sentences_and_a_small_lead_is_no_reading() -> None:
    class Known:
        scale = 1.0

        def embed(self, things: Sequence[Any]) -> list[list[float]]:
            places = {"a": [1, 0], "b": [0, 1], "c": [-1, 0], "d": [0, 1]}
            return [places[thing] if isinstance(thing, str) else [3.0, 4.0] for thing in things]

    picture = np.zeros((2, 2, 3), np.uint8)
    levels = {"x": {"one": ["a", "b"], "two": "c"}, "y": {"one": "a", "two": "d"}}
    assert ZeroShot(levels, Known(), margin=0.0).read([picture]) == {"x": ["one"], "y": ["two"]}
    sure = 1 / (1 + np.exp(-(0.8 - 0.6)))  # two against one, by hand
    lead = 2 * sure - 1
    assert ZeroShot({"y": levels["y"]}, Known(), margin=lead - 1e-6).read([picture])["y"] == ["two"]
    assert ZeroShot({"y": levels["y"]}, Known(), margin=lead + 1e-6).read([picture])["y"] == [None]


def test_what_no_model_can_read_is_refused() -> None:
    for wrong, told in (({}, "needs an attribute"), ({"x": ["a"]}, "at least two"), ({"x": "ab"}, "at least two")):
        with pytest.raises(InputError, match=told):
            ZeroShot(wrong, Corner())
    with pytest.raises(InputError, match="margin is a lead"):
        ZeroShot({"x": ["a", "b"]}, Corner(), margin=1.0)
    picture = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(InputError, match="cannot embed pictures"):
        Embedding(3).read([picture])

    class Broken:
        def embed(self, things: Sequence[Any]) -> list[list[float]]:
            return [[float("nan")] for _ in things]

    with pytest.raises(InputError, match="finite numbers"):
        Embedding(Broken()).read([picture])
