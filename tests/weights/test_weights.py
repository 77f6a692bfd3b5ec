"""The door to weights: safetensors only, no code from a model's folder, and a sentence for everything else."""

from __future__ import annotations

import json
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.targets import Diffusion
from tests.targets import tiny

STABLE = "StableDiffusionPipeline"
PICKLED = ("pytorch_model.bin", "model.ckpt", "model.pt", "model.pkl", "model.joblib", "model.pth", "model.pickle")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network and an empty cache, whatever this process has read from its environment."""
    import huggingface_hub.constants as read

    monkeypatch.setattr(read, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(read, "HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that any planted program would write."""
    return tmp_path / "canary"


class Planted:
    """A pickle that writes a file where it is opened."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.canary,))


def copied(folder: Path, where: Path) -> Path:
    shutil.copytree(folder, where)
    return where


@pytest.fixture(scope="module")
def reader() -> Path:
    """The folder of a tiny CLIP text model with its tokenizer."""
    return tiny.text_model()


def every_door(folder: Path) -> list[Callable[[], Any]]:
    return [
        lambda: weights.pipeline(None, folder),
        lambda: weights.pipeline(STABLE, folder),
        lambda: weights.transformers_model("AutoModel", folder),
        lambda: weights.transformers_model("CLIPTextModel", folder),
        lambda: weights.processor("AutoTokenizer", folder),
        lambda: weights.processor("AutoProcessor", folder),
        lambda: Diffusion(folder, steps=1).sample(tiny.prompts(1), [1]),
    ]


def refused(door: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as told:
        door()
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("name", PICKLED)
def test_a_pickle_is_refused_and_never_opened(name: str, reader: Path, tmp_path: Path, canary: Path) -> None:
    folder = copied(reader, tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(pickle.dumps(Planted(canary)))
    for door in every_door(folder):
        assert f"{name} is pickled" in refused(door)
    assert "is pickled" in refused(lambda: weights.pipeline(None, folder / name))
    assert not canary.exists()


def test_a_pickled_component_is_refused(tmp_path: Path, canary: Path) -> None:
    folder = copied(tiny.saved(STABLE), tmp_path / "model")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Planted(canary)))
    assert "unet/diffusion_pytorch_model.bin is pickled" in refused(lambda: weights.pipeline(None, folder))
    assert not canary.exists()


def test_a_pickle_beside_safetensors_is_left_alone(reader: Path, tmp_path: Path, canary: Path) -> None:
    folder = copied(reader, tmp_path / "model")
    for name in PICKLED:
        (folder / name).write_bytes(pickle.dumps(Planted(canary)))
    weights.transformers_model("CLIPTextModel", folder)
    weights.processor("AutoTokenizer", folder)
    folder = copied(tiny.saved(STABLE), tmp_path / "pipeline")
    for part in ("", "unet", "tokenizer", "scheduler"):
        for name in (*PICKLED, "diffusion_pytorch_model.bin"):
            (folder / part / name).write_bytes(pickle.dumps(Planted(canary)))
    if (folder / "tokenizer").is_dir():
        for name in (*PICKLED, "diffusion_pytorch_model.bin"):
            for part in ("tokenizer", "scheduler"):
                (folder / part / name).unlink()
    Diffusion(folder, steps=1).sample(tiny.prompts(1), [1])
    assert not canary.exists()


def edited(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def planted(where: Path, canary: Path) -> None:
    """A module that writes a file when it is imported, and defines whatever is asked of it."""
    where.write_text(
        f"from pathlib import Path\nPath({str(canary)!r}).touch()\n"
        "from transformers import CLIPTextModel as Own, CLIPTextConfig as OwnConfig, CLIPTokenizer as OwnTokenizer\n"
        "from diffusers import StableDiffusionPipeline as OwnPipeline, UNet2DConditionModel as OwnUnet\n"
    )


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "processor_config.json"])
@pytest.mark.parametrize("deep", [False, True])
def test_a_configuration_that_names_code_is_refused(
    name: str, deep: bool, reader: Path, tmp_path: Path, canary: Path
) -> None:
    folder = copied(reader, tmp_path / "model")
    planted(folder / "own.py", canary)
    asks = {"AutoConfig": "own.OwnConfig", "AutoModel": "own.Own", "AutoTokenizer": ["own.OwnTokenizer", None]}
    if not (folder / name).exists():
        (folder / name).write_text("{}")
    edited(folder / name, **({"text_config": {"auto_map": asks}} if deep else {"auto_map": asks}), model_type="own")
    for door in every_door(folder):
        assert f'asks to run code of its own ("auto_map" in {name})' in refused(door)
    assert not canary.exists()


PLANTS = {
    "a class from a file": ("own.py", {"_class_name": ["own", "OwnPipeline"]}),
    "a component from a file": ("unet/own.py", {"unet": ["own", "OwnUnet"]}),
    "a component from anywhere": ("own.py", {"unet": ["os", "system"]}),
    "a component with a path": ("own.py", {"unet": ["../own", "OwnUnet"]}),
    "a component with dots": ("own.py", {"unet": ["transformers.utils", "OwnUnet"]}),
    "a pipeline.py": ("pipeline.py", {}),
    "a file for none": ("None.py", {}),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_pipeline_that_brings_code_is_refused(plant: str, tmp_path: Path, canary: Path) -> None:
    folder = copied(tiny.saved(STABLE), tmp_path / "model")
    name, changes = PLANTS[plant]
    planted(folder / name, canary)
    edited(folder / "model_index.json", **changes)
    for door in (lambda: weights.pipeline(None, folder), lambda: weights.pipeline(STABLE, folder)):
        assert "asks to run code of its own" in refused(door)
    assert "asks to run code of its own" in refused(lambda: Diffusion(folder).sample(tiny.prompts(1), [1]))
    assert not canary.exists()


def test_kernels_from_the_hub_and_adapters_are_refused(reader: Path, tmp_path: Path) -> None:
    folder = copied(reader, tmp_path / "model")
    edited(folder / "config.json", _attn_implementation="someone/kernel")
    assert '"_attn_implementation" in config.json' in refused(lambda: weights.transformers_model("AutoModel", folder))
    edited(folder / "config.json", _attn_implementation="eager")
    weights.transformers_model("CLIPTextModel", folder)
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "someone/else"}')
    assert "is an adapter" in refused(lambda: weights.transformers_model("AutoModel", folder))


@pytest.mark.parametrize("word", ["trust_remote_code", "custom_pipeline", "use_safetensors", "weights_only"])
def test_the_door_cannot_be_asked_to_open(word: str, reader: Path) -> None:
    for door in (weights.pipeline, weights.transformers_model, weights.processor):
        name = "AutoModel" if door is weights.transformers_model else "AutoTokenizer"
        assert f"{word}=True is not accepted" in refused(lambda: door(name, reader, **{word: True}))  # noqa: B023


@pytest.mark.parametrize("revision", [None, "abc123"])
def test_a_model_out_of_reach_is_one_line(revision: str | None) -> None:
    for door in (
        lambda: weights.pipeline(None, "someone/model", revision=revision),
        lambda: weights.transformers_model("AutoModel", "someone/model", revision=revision),
        lambda: weights.processor("AutoTokenizer", "someone/model", revision=revision),
        lambda: Diffusion("someone/model", revision=revision).fingerprint,
        lambda: Diffusion("someone/model", revision=revision).settings,
    ):
        command = f"hf download someone/model{f' --revision {revision}' if revision else ''}."
        told = refused(door)
        assert told.startswith("someone/model is not on this machine and the hub cannot be reached.")
        assert command in told


SAID = {
    "There is no folder ./nowhere": ("./nowhere", None),
    "There is no folder a/b/c": ("a/b/c", None),
    "There is no model so me": ("so me", None),
}


@pytest.mark.parametrize("words", SAID)
def test_a_name_that_is_none_is_said(words: str) -> None:
    assert words in refused(lambda: weights.pipeline(None, SAID[words][0]))


def test_a_missing_library_is_one_line(monkeypatch: pytest.MonkeyPatch, reader: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "transformers", None)
    told = refused(lambda: weights.transformers_model("AutoModel", reader))
    assert told.endswith('Install it: pip install "rai-auditkit[models]".')


def test_damaged_folders_are_one_line(reader: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no model_index.json" in refused(lambda: weights.card(tmp_path / "empty"))
    assert "cannot be opened" in refused(lambda: weights.transformers_model("AutoModel", tmp_path / "empty"))
    folder = copied(reader, tmp_path / "model")
    blob = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(blob[: len(blob) // 2])
    assert "damaged" in refused(lambda: weights.transformers_model("CLIPTextModel", folder))
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2**60))
    assert "damaged" in refused(lambda: weights.transformers_model("CLIPTextModel", folder))
    (folder / "config.json").write_text("[" * 200_000)
    assert "cannot be read as JSON" in refused(lambda: weights.transformers_model("CLIPTextModel", folder))
    (folder / "config.json").write_text("[]")
    assert "is not a configuration" in refused(lambda: weights.transformers_model("CLIPTextModel", folder))
    assert "has no class AutoModle" in refused(lambda: weights.transformers_model("AutoModle", reader))
    assert 'Did you mean "AutoModel"?' in refused(lambda: weights.transformers_model("AutoModle", reader))


def test_random_weights_are_never_passed_off_as_a_model(reader: Path) -> None:
    told = refused(lambda: weights.transformers_model("CLIPTextModelWithProjection", reader))
    assert "lacks 1 of the weights of CLIPTextModelWithProjection, the first is text_projection.weight" in told


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_pipeline_with_a_weight_missing_is_refused(part: str, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = copied(tiny.saved(STABLE), tmp_path / "model")
    file = next((folder / part).glob("*.safetensors"))
    tensors = load_file(file)
    absent = sorted(tensors)[3]
    save_file({name: tensor for name, tensor in tensors.items() if name != absent}, file, {"format": "pt"})
    told = refused(lambda: Diffusion(folder).sample(tiny.prompts(1), [1]))
    assert f"{folder / part} lacks 1 of the weights" in told
    assert f"the first is {absent}" in told


def test_a_snapshot_of_the_hub_is_opened_offline(reader: Path, tmp_path: Path) -> None:
    commit = "0" * 40
    for name, folder in (("reader", reader), ("pipe", tiny.saved(STABLE))):
        repository = tmp_path / "hub" / f"models--someone--{name}"
        copied(folder, repository / "snapshots" / commit)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(commit)
    model = weights.transformers_model("CLIPTextModel", "someone/reader")
    assert not model.training
    assert weights.processor("AutoTokenizer", "someone/reader")("a").input_ids
    hub, local = Diffusion("someone/pipe", steps=1), Diffusion(tiny.saved(STABLE), steps=1)
    assert np.array_equal(hub.sample(tiny.prompts(1), [1])[0], local.sample(tiny.prompts(1), [1])[0])
    assert hub.fingerprint == local.fingerprint
    assert hub.title == "someone/pipe"


def test_half_precision_is_opened_whole() -> None:
    pipe = weights.pipeline(None, tiny.saved(STABLE))
    kinds = {p.dtype for part in pipe.components.values() if hasattr(part, "parameters") for p in part.parameters()}
    assert kinds == {torch.float32}


def test_a_fingerprint_is_of_what_decides(tmp_path: Path) -> None:
    folder = copied(tiny.saved(STABLE), tmp_path / "model")
    first = weights.fingerprint(folder)
    assert first == weights.fingerprint(tiny.saved(STABLE)) == weights.fingerprint(str(folder))
    (folder / "README.md").write_text("words")
    (folder / "v1.safetensors").write_bytes(b"a single file of the same")
    unet = folder / "unet" / "diffusion_pytorch_model.safetensors"
    shutil.copy(unet, unet.with_name("diffusion_pytorch_model.fp16.safetensors"))
    assert weights.fingerprint(folder) == first
    assert weights.fingerprint(folder, "fp16") != first
    assert weights.fingerprint(folder, "bf16") == first
    blob = bytearray(unet.read_bytes())
    blob[-1] ^= 1
    unet.write_bytes(bytes(blob))
    assert weights.fingerprint(folder) != first


def test_a_live_fingerprint_is_of_tensors_and_configuration() -> None:
    first = weights.fingerprint(tiny.made(STABLE))
    assert first == weights.fingerprint(tiny.made(STABLE))
    assert first != weights.fingerprint(tiny.made(STABLE, seed=1))
    changed = tiny.made(STABLE)
    with torch.no_grad():
        next(changed.unet.parameters()).view(-1)[0] += 1e-6
    assert first != weights.fingerprint(changed)
    module = torch.nn.Linear(2, 2).to(torch.bfloat16)
    assert weights.fingerprint(module) == weights.fingerprint(module) != weights.fingerprint(torch.nn.Linear(2, 2))


def test_opening_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()
    weights.pipeline(None, tiny.saved(STABLE))
    assert torch.equal(before, torch.get_rng_state())


def test_the_canaries_are_alive(tmp_path: Path, canary: Path) -> None:
    # the canary must fire where pickle is read, or the refusals prove nothing
    pickle.loads(pickle.dumps(Planted(canary)))
    assert canary.exists()
    canary.unlink()
    planted(tmp_path / "own.py", canary)
    exec(compile((tmp_path / "own.py").read_text(), "own", "exec"), {})
    assert canary.exists()
