"""A tuned diffusion model: what goes on to the same bits, what is saved and opens again, and a live one left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from auditkit import weights
from auditkit.core.step import Step
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.tuning import pictures, tune
from auditkit.lifecycle.tuning.loop import Stride
from auditkit.lifecycle.tuning.pupil import Lora
from auditkit.planning import plan_of
from auditkit.targets import Diffusion
from tests.lifecycle.pictured import STABLE, folder, noise, numbers, pupil, training
from tests.targets import tiny


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("curated"))


@pytest.mark.parametrize("method", ["full", "lora"])
def test_stopped_and_gone_on_it_ends_with_the_same_bits(data: Path, tmp_path: Path, method: str) -> None:
    def begun() -> Any:
        learner = pupil(data)
        if method == "lora":
            with torch.random.fork_rng():
                torch.manual_seed(5)
                learner.adapt(Lora(rank=2))
        return learner

    def stop(stride: Stride) -> None:
        if stride.step == 3:  # after the checkpoint of step 2, a step beyond it
            raise KeyboardInterrupt

    whole, stopped, again = begun(), begun(), begun()
    curve = training(whole, tmp_path / "whole", method=method).run()
    with pytest.raises(KeyboardInterrupt):
        training(stopped, tmp_path / "stopped", stop, method).run()
    assert training(again, tmp_path / "stopped", method=method).run() == curve
    ours, theirs = numbers(whole.module), numbers(again.module)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert not all(torch.equal(each, numbers(stopped.module)[name]) for name, each in ours.items())


def test_what_is_saved_is_a_pipeline_that_a_target_opens(data: Path, tmp_path: Path) -> None:
    learner = pupil(data)
    training(learner, tmp_path / "work").run()
    for name in ("one", "two"):
        learner.save(tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert {path.suffix for path in files} == {".json", ".safetensors"}
    for path in files:
        raw = (tmp_path / "one" / path).read_bytes()
        assert raw == (tmp_path / "two" / path).read_bytes()
        assert str(tiny.PLACE).encode() not in raw
    before, after = Diffusion(tiny.saved(STABLE), steps=2), Diffusion(tmp_path / "one", steps=2)
    assert weights.fingerprint(tmp_path / "one") == after.fingerprint != before.fingerprint
    assert after.settings == before.settings
    for part, changed in (("unet", True), ("vae", False), ("text_encoder", False)):
        was, now = (numbers(getattr(each.whole, part)) for each in (before, after))
        assert any(not torch.equal(was[name], now[name]) for name in was) is changed
    drawn = [each.sample(tiny.prompts(2), [1, 2])[0] for each in (before, after)]
    assert drawn[0].shape == drawn[1].shape == (tiny.SIDE, tiny.SIDE, 3)


def test_an_adapter_is_kept_beside_and_merged_into_what_is_saved(data: Path, tmp_path: Path) -> None:
    import peft

    learner = pupil(data)
    before = numbers(learner.parts.unet)
    names = learner.adapt(Lora(rank=2, alpha=4.0))
    assert {name.rsplit(".", 1)[-1] for name in names} == {"to_q", "to_k", "to_v", "0"}
    learning = [name for name, each in learner.module.named_parameters() if each.requires_grad]
    assert all(".lora_" in name for name in learning)
    training(learner, tmp_path / "work", method="lora").run()
    learner.save(tmp_path / "model", tmp_path / "adapter")
    merged = load_file(tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors")
    assert merged.keys() == before.keys()
    own = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    for name, each in merged.items():
        key = f"base_model.model.{name.removesuffix('.weight')}"
        if f"{key}.lora_A.weight" in own:  # W + (alpha / rank) B A
            change = 2.0 * own[f"{key}.lora_B.weight"] @ own[f"{key}.lora_A.weight"]
            torch.testing.assert_close(each, before[name] + change, atol=1e-6, rtol=1e-5)
            assert float(change.abs().max()) > 0
        else:
            assert torch.equal(each, before[name])
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == learner.title
    base = pupil(data).parts.unet
    put = peft.PeftModel.from_pretrained(base, str(tmp_path / "adapter")).merge_and_unload()
    assert all(torch.allclose(each, merged[name], atol=1e-6) for name, each in put.state_dict().items())


def test_a_live_pipeline_is_left_as_it_was(data: Path) -> None:
    live = tiny.made(STABLE)
    before = numbers(live.unet)
    learner: Any = pictures.opened(Diffusion(live, steps=2), data)
    learner.losses([0, 1], noise()).mean().backward()
    torch.optim.SGD(learner.module.parameters(), lr=1.0).step()
    assert all(torch.equal(each, live.unet.state_dict()[name]) for name, each in before.items())
    assert not all(torch.equal(each, learner.module.state_dict()[name]) for name, each in before.items())
    assert all(each.grad is None for each in live.unet.parameters())


def test_the_whole_frame_takes_pictures(data: Path, tmp_path: Path) -> None:
    jobs = {job: f"a {job}" for job in tiny.JOBS}
    plan = plan_of(
        {
            "probe": {"name": "occupations", "occupations": list(jobs), "templates": ["{}"], "repeats": 4},
            "target": {"name": "diffusion", "model": str(tiny.saved(STABLE)), "steps": 2, "batch": 32},
            "roles": {"group": "skin", "context": "occupation"},
            "annotators": [
                {"name": "skin_tone", "skin_only": False},
                {
                    "name": "zero_shot",
                    "model": str(WEIGHTS / "clip"),
                    "margin": 0.0,
                    "attributes": {"occupation shown": jobs},
                },
            ],
            "detectors": [{"code": "reporting.generator_frequency", "parity": ["lighter", "darker"]}],
        }
    )
    how: dict[str, Any] = {"method": "lora", "steps": 2, "batch": 4, "faithful": {"occupation": "occupation shown"}}
    out = tmp_path / "out"
    turn = tune(plan, data, out, **how)
    told = Step.from_json((out / "step.json").read_text())
    assert (told.settings["columns"], told.settings["prediction"]) == (["picture", "text"], "epsilon")
    assert {one.name for one in told.gave} >= {"model", "adapter"}
    assert len(turn.costs) == 2
    assert turn.costs[0].name.startswith("denoising (share of the noise told; ")
    assert turn.costs[1].name.startswith("pictures that show the occupation asked for")
    assert weights.fingerprint(out / "model") != weights.fingerprint(tiny.saved(STABLE))
    assert "denoising" in (out / "model" / "README.md").read_text()
    stamp = (out / "model" / "unet" / "diffusion_pytorch_model.safetensors").stat().st_mtime_ns
    assert tune(plan, data, out, **how).to_json() == turn.to_json()
    assert (out / "model" / "unet" / "diffusion_pytorch_model.safetensors").stat().st_mtime_ns == stamp
