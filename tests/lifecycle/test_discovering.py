"""Candidates are found by what their files and cards say; what nobody says passes no filter, and is told."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.formats.candidates import found_text
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.discovering import Candidate, Wanted, search
from auditkit.lifecycle.discovering.weighing import parameters, variants
from tests.lifecycle.candidates import by_name, model


def test_the_lab_is_found_with_every_variant() -> None:
    found = search("lab", Wanted(task="translation"))
    told = by_name(found)
    assert set(told) == {
        f"{name}{variant}" for name in ("attention", "encoder_decoder", "transformer") for variant in ("", ", dose90")
    }
    plain, dosed = told["transformer"], told["transformer, dose90"]
    assert (plain.licence, plain.library, plain.parameters) == ("mit", "transformers", 109_232)
    assert plain.size == (WEIGHTS / "transformer" / "model.safetensors").stat().st_size
    assert plain.hash != dosed.hash
    assert "teach" in plain.uses
    assert "no sentence but those of its world" in plain.limits
    assert [one.named for one in (plain, told["attention"])] == ["", "lab:attention"]
    assert not any(one.unplanned for one in told.values())
    assert found.others["task"]["fill-mask"] == 3
    assert not found.aside  # what has no weights of its own is for another task


def test_what_nobody_says_passes_no_filter(tmp_path: Path) -> None:
    model(tmp_path / "silent", card=None)
    model(tmp_path / "stated")
    assert set(by_name(search(tmp_path))) == {"silent", "stated"}
    for wanted, word in (
        (Wanted(task="translation"), "names no task"),
        (Wanted(licences=("mit",)), "licence is unknown"),
    ):
        found = search(tmp_path, wanted)
        assert set(by_name(found)) == {"stated"}
        assert [(one.called, word in one.because) for one in found.aside] == [("silent", True)]
    assert "no model card" in by_name(search(tmp_path))["silent"].notes[0]


@given(
    st.one_of(st.none(), st.sampled_from(["mit", "apache-2.0", "other (x)", "mit, apache-2.0"])),
    st.one_of(st.none(), st.sampled_from(["translation", "fill-mask"])),
    st.one_of(st.none(), st.integers(0, 10**12)),
)
def test_a_candidate_passes_only_what_is_known_of_it_and_fits(
    licence: str | None, task: str | None, size: int | None
) -> None:
    one = Candidate("m", "folder", "m", task=task, licence=licence, size=size)
    wanted = Wanted("translation", ("MIT",), 10**6)
    passes = wanted.unlike(one) is None and not wanted.unknown(one)
    assert passes == (licence == "mit" and task == "translation" and size is not None and size <= 10**6)


def test_what_cannot_be_opened_is_set_aside_with_why(tmp_path: Path) -> None:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "pytorch_model.bin").write_bytes(b"x")
    model(tmp_path / "foreign", auto_map={"AutoModel": "x.Y"})
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "weights.pt").write_bytes(b"x")
    empty = model(tmp_path / "empty")
    (empty / "model.safetensors").rename(empty / "single-file.safetensors")
    torn = model(tmp_path / "torn")
    (torn / "model.safetensors").write_bytes(b"\xff" * 9)
    (model(tmp_path / "adapter") / "adapter_config.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    model(tmp_path / "sound")
    found = search(tmp_path)
    assert set(by_name(found)) == {"sound"}
    why = {one.called: one.because for one in found.aside}
    assert set(why) == {"pickled", "foreign", "bare", "empty", "torn", "adapter"}
    for name, word in (
        ("pickled", "can run any program"),
        ("foreign", "code of its own"),
        ("bare", "no config.json"),
        ("empty", "no model.safetensors"),
        ("torn", "damaged"),
        ("adapter", "adapter, not a model"),
    ):
        assert word in why[name]
        assert str(tmp_path) not in why[name]


def test_a_folder_that_is_itself_a_model_and_a_limit(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        model(tmp_path / name)
    assert set(by_name(search(tmp_path / "a"))) == {"a"}
    found = search(tmp_path, Wanted(limit=2))
    assert (set(by_name(found)), found.unseen) == ({"a", "b"}, 1)
    assert "1 more were not looked at" in found_text(found.to_dict())


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["model.safetensors"], {None: ("model.safetensors",)}),
        (["v1.5.safetensors", "adapter_model.safetensors"], {}),
        (
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
            {None: ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")},
        ),
        (
            ["model_index.json", "unet/diffusion_pytorch_model.fp16.safetensors", "vae/model.safetensors"],
            {"fp16": ("unet/diffusion_pytorch_model.fp16.safetensors", "vae/model.safetensors")},
        ),
        (["onnx/model.safetensors", "config.json"], {}),
    ],
)
def test_the_variants_are_those_that_from_pretrained_opens(files: list[str], told: dict[str | None, Any]) -> None:
    assert variants(files) == told


def test_the_numbers_in_the_weights_are_those_torch_counts(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors")
    file = WEIGHTS / "transformer" / "model.safetensors"
    with safetensors.safe_open(file, framework="numpy") as held:
        shapes = [held.get_slice(name).get_shape() for name in held.keys()]  # noqa: SIM118  # it is no mapping
    total = 0
    for shape in shapes:
        each = 1
        for side in shape:
            each *= side
        total += each
    assert parameters([file]) == total
    for raw in (b"", b"\x00" * 8, struct.pack("<Q", 3) + b"[1]", struct.pack("<Q", 1 << 60)):
        (tmp_path / "x").write_bytes(raw)
        assert parameters([tmp_path / "x"]) is None


def test_a_copy_elsewhere_is_the_same_candidate(tmp_path: Path) -> None:
    shutil.copytree(WEIGHTS / "transformer", tmp_path / "somewhere" / "transformer")
    there = by_name(search(tmp_path / "somewhere"))["transformer"]
    here = by_name(search("lab", Wanted(task="translation")))["transformer"]
    assert there.to_dict() == here.to_dict()
