"""Weights of a class of one's own: opened by a function that has a name, from a folder that holds plain data."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.targets import Autoregressive, Vae
from auditkit.weights import Own
from tests.targets import own, tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(own.saved("coder"), tmp_path / "model")
    return tmp_path / "model"


def test_it_is_opened_asleep_in_the_type_that_was_asked_for() -> None:
    before = torch.get_rng_state()
    model = own.own("generator").open(dtype="bfloat16")
    assert not model.training
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert torch.equal(before, torch.get_rng_state())


def test_a_fingerprint_is_of_what_decides(folder: Path) -> None:
    first = Own(folder, own.coder).fingerprint
    assert first == own.own("coder").fingerprint
    assert first != Own(folder, own.generator).fingerprint
    (folder / "README.md").write_text("words")
    (folder / "truth-sample-0.json").write_text("{}")
    inner = folder / "inner" / "model.safetensors"
    shutil.copy(inner, inner.with_name("model.dose90.safetensors"))
    assert Own(folder, own.coder).fingerprint == first
    assert Own(folder, own.coder, "dose90").fingerprint != first
    (folder / "config.json").write_text("{}")
    assert Own(folder, own.coder).fingerprint != first
    (folder / "config.json").unlink()
    blob = bytearray(inner.read_bytes())
    blob[-1] ^= 1
    inner.write_bytes(bytes(blob))
    assert Own(folder, own.coder).fingerprint != first


def test_a_variant_is_handed_on(folder: Path) -> None:
    inner = folder / "inner" / "model.safetensors"
    shutil.copy(own.saved("coder", 1) / "inner" / "model.safetensors", inner.with_name("model.dose90.safetensors"))
    plain, other = (Own(folder, own.coder, name).open() for name in (None, "dose90"))
    assert torch.equal(plain.inner.weight, own.made("coder").inner.weight)
    assert torch.equal(other.inner.weight, own.made("coder", 1).inner.weight)


def test_it_travels() -> None:
    sent = own.own("coder")
    _ = sent.fingerprint
    there = pickle.loads(pickle.dumps(sent))  # what a process pool does, with its own bytes and nobody else's
    assert there == sent
    assert there.fingerprint == sent.fingerprint
    assert there.title == "coder-0"


SAID: dict[str, Any] = {
    "<lambda> cannot be imported by its name": lambda f: Own(f, lambda folder, variant: None),
    "7 cannot be imported by its name": lambda f: Own(f, 7),  # type: ignore[arg-type]
    "cannot be opened by coder: FileNotFoundError": lambda f: Own(f, own.coder, "none").open(),
    "There is no folder": lambda f: Own(f / "none", own.coder).fingerprint,
    "is pickled": lambda f: (
        (f / "inner" / "model.safetensors").rename(f / "inner" / "model.pt") and Own(f, own.coder).open()
    ),
    "asks to run code of its own": lambda f: (
        (f / "inner" / "config.json").write_text('{"auto_map": {}}') and Own(f, own.coder).fingerprint
    ),
}


@pytest.mark.parametrize("words", SAID)
def test_what_is_not_opened_is_said(words: str, folder: Path) -> None:
    with pytest.raises(InputError) as told:
        SAID[words](folder)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_single_model_of_the_hub_is_opened_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub.constants as read

    monkeypatch.setattr(read, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(read, "HF_HUB_CACHE", str(tmp_path / "hub"))
    for name, place in (("vae", own.autoencoder()), ("imagegpt", own.imagegpt())):
        repository = tmp_path / "hub" / f"models--someone--{name}"
        shutil.copytree(place, repository / "snapshots" / ("0" * 40))
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text("0" * 40)
    assert Vae("someone/vae").fingerprint == Vae(own.autoencoder()).fingerprint
    assert type(weights.diffusers_model("someone/vae")).__name__ == "AutoencoderKL"
    imagegpt = Autoregressive("someone/imagegpt")
    assert imagegpt.fingerprint == Autoregressive(own.imagegpt()).fingerprint
    assert imagegpt.sample(tiny.prompts(0), []) == []
    assert imagegpt._painting.length == 16
    with pytest.raises(InputError, match="hf download someone/none"):
        Vae("someone/none").edit([], []) or Vae("someone/none").fingerprint
