"""The laws of every reader of texts, and that each is built of plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit import catalog
from auditkit.annotators import (
    Choice,
    Entailment,
    HumanLabels,
    Judge,
    PronounGender,
    Refusing,
    SentenceVectors,
    Sentiment,
    Tfidf,
    Words,
)
from auditkit.core.annotator import Annotator
from auditkit.targets import Embedder
from tests.annotators.tried import LEVELS, Deciding, labelled


def specimens(folder: Path, nli: Path) -> list[Annotator]:
    """One of every reader of texts but tf-idf, which reads texts together."""
    return [
        Words({"woman": ["she"], "man": ["he"]}),
        Sentiment(),
        Choice(("kind", "cruel")),
        PronounGender(),
        Refusing(),
        Entailment({"theme": ["work", "home"]}, str(nli), margin=0.0),
        Judge(Deciding(), "?", LEVELS),
        HumanLabels(labelled(folder), "tone", of="text"),
        SentenceVectors(Embedder({"she": [1.0, 0.0], "he": [0.0, 1.0], "kind": [0.5, 0.5], "office": [0.2, 0.8]})),
    ]


SAID = [
    "She came, late.",
    "kind",
    "I cannot help with that.",
    "he is cruel",
    "",
    "they sang .",
    "office",
    "thank you 🙂",
]


def test_every_reader_of_texts_has_a_specimen(tmp_path: Path, nli: Path) -> None:
    ours = {type(one) for one in specimens(tmp_path, nli)} | {Tfidf}
    assert ours == {kind for kind in catalog.annotators().values() if kind.reads == "text"} | {HumanLabels}


@pytest.mark.parametrize("place", range(9))
def test_the_laws_of_a_reader(place: int, tmp_path: Path, nli: Path) -> None:
    """What is not there stays unread; as many readings as texts; the same again; blind to order and company."""
    reader, again = specimens(tmp_path, nli)[place], specimens(tmp_path, nli)[place]
    texts: list[str | None] = [*SAID, None]
    read = reader.read(texts)
    for values in read.values():
        assert len(values) == len(texts)
        assert values[-1] is None
        assert any(value is not None for value in values)
        assert all(value is None or isinstance(value, (str, float, list)) for value in values)
    assert again.read(texts) == read
    assert again.fingerprint == reader.fingerprint
    order = np.random.default_rng(1).permutation(len(texts)).tolist()
    assert reader.read([texts[k] for k in order]) == {name: [values[k] for k in order] for name, values in read.items()}
    alone = [reader.read([text]) for text in texts]
    assert {name: [one[name][0] for one in alone] for name in read} == read
    assert {name: list(values) for name, values in reader.read([]).items()} == {name: [] for name in read}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("choice", {"options": ["a", "b"], "spelled": {"a": ["x"]}}),
        ("pronoun_gender", {"first": True}),
        ("refusing", {"phrases": ["nein"], "within": 100}),
        ("entailment", {"attributes": {"theme": ["work", "home"]}, "model": "nli"}),
    ],
)
def test_readers_are_built_of_plain_values(name: str, plain: dict[str, Any]) -> None:
    assert catalog.reader(name, plain).name == name
