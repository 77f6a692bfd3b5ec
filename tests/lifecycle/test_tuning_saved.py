"""The model that tune saves opens again and says the same; a changed one is found, and a live one is left alone."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.lab import miniature
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle import recording
from auditkit.lifecycle.discovering.searching import search
from auditkit.lifecycle.discovering.wanting import Wanted
from auditkit.lifecycle.tuning import tune
from auditkit.lifecycle.tuning.targets import target_of
from auditkit.targets import Seq2Seq
from auditkit.verifying import verify
from auditkit.weights import Own
from tests.lifecycle.small_tuning import FEW, plan, sentences

pytest.importorskip("torch")
pytest.importorskip("peft")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sentences(tmp_path_factory.mktemp("curated"))


@pytest.mark.slow
def test_a_changed_model_is_found_by_verify(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tune(plan(), data, out, **{**FEW, "steps": 1})
    config = out / "model" / "config.json"
    config.write_text(config.read_text().replace('"num_heads": 4', '"num_heads": 2'))
    found = verify(out / "step.json")
    assert not found.ok
    assert any("model" in fact.what and fact.sound is False for fact in found.facts)
    tune(plan(), data, out, **{**FEW, "steps": 1})  # and the same command makes it anew
    assert verify(out / "step.json").ok


def test_an_adapter_is_saved_beside_the_merged_weights_and_says_the_same(data: Path, tmp_path: Path) -> None:
    import peft
    import torch

    from auditkit import weights

    out = tmp_path / "out"
    tune(plan(), data, out, method="lora", rank=2, steps=3, batch=16, rate=0.01)
    config = json.loads((out / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "a translator"
    assert config["target_modules"] == sorted(config["target_modules"])
    assert (out / "adapter" / "adapter_model.safetensors").is_file()
    base = weights.transformers_model("AutoModelForSeq2SeqLM", WEIGHTS / "transformer", variant="dose90")
    merged = weights.transformers_model("AutoModelForSeq2SeqLM", out / "model")
    speaks = weights.processor("AutoTokenizer", out / "model")
    read = speaks(["o un doktor ."], return_tensors="pt")
    asked = {"input_ids": read["input_ids"], "decoder_input_ids": torch.tensor([[1]])}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that goes away
        was, now = (model(**asked).logits for model in (base, merged))
        worn = peft.PeftModel.from_pretrained(base, out / "adapter").eval()(**asked).logits
    assert torch.allclose(now, worn, atol=1e-4)
    assert not torch.allclose(now, was, atol=1e-4)


@pytest.mark.slow
def test_a_translator_of_ones_own_is_tuned_whole_and_opens_again(data: Path, tmp_path: Path) -> None:
    opens = miniature.module("encoder_decoder").opened
    own = Own(WEIGHTS / "encoder_decoder", opens, "dose90")
    tune(plan(model="lab:encoder_decoder"), data, tmp_path / "out", **{**FEW, "steps": 2})
    asked = plan(model=own, variant=None)
    was, now = (Seq2Seq(each) for each in (own, Own(tmp_path / "out" / "model", opens)))
    logs = [each.score([Prompt("he is a doctor .", given="o un doktor .")], [0])[0] for each in (was, now)]
    assert logs[0] != logs[1]
    told = target_of(plan(model=str(tmp_path / "out"), variant=None))  # what `tune` wrote is what a plan names
    assert isinstance(told, Seq2Seq)
    assert told.score([Prompt("he is a doctor .", given="o un doktor .")], [0])[0] == logs[1]
    gave = [one.hash for one in recording.recorded(tmp_path / "out").gave if one.kind == "model"]
    assert gave == [told.fingerprint]
    assert verify(tmp_path / "out" / "step.json").ok
    [found] = search(tmp_path / "out", Wanted("translation")).candidates
    assert (found.hash, found.library, found.unplanned) == (told.fingerprint, "auditkit", "")
    with pytest.raises(InputError, match=r"LoRA adapts models of transformers, and .* is not: use --method full"):
        tune(asked, data, tmp_path / "other", method="lora")


@pytest.mark.slow
def test_a_live_model_is_left_as_it_was(data: Path, tmp_path: Path) -> None:
    from auditkit import weights

    model = weights.transformers_model("AutoModelForSeq2SeqLM", WEIGHTS / "transformer", variant="dose90")
    speaks = weights.processor("AutoTokenizer", WEIGHTS / "transformer")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    tune(plan(model=(model, speaks), variant=None), data, tmp_path / "out", **{**FEW, "steps": 2})
    assert all((tensor == before[name]).all() for name, tensor in model.state_dict().items())
