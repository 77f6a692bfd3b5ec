"""Diffusion models as pupils: what they learn, what is saved, what goes on to the same bits, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.step import Step
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.tuning import picture_noise, pictures, tune
from auditkit.lifecycle.tuning.dividing import Divided
from auditkit.lifecycle.tuning.loop import Stride, Training
from auditkit.lifecycle.tuning.picture_noise import errors_of, late
from auditkit.lifecycle.tuning.picture_parts import Parts
from auditkit.lifecycle.tuning.picture_quality import MOMENTS, explained
from auditkit.lifecycle.tuning.picture_rows import framed
from auditkit.lifecycle.tuning.pupil import Lora
from auditkit.lifecycle.tuning.settings import Settings
from auditkit.pictures import png_bytes
from auditkit.planning import plan_of
from auditkit.targets import Diffusion
from tests.targets import tiny

N = 12
STABLE = "StableDiffusionPipeline"


def folder(place: Path, n: int = N, **columns: Sequence[Any]) -> Path:
    """Curated pictures: a table beside their files."""
    (place / "pictures").mkdir(parents=True)
    shown = [f"pictures/{k}.png" for k in range(n)]
    for k, name in enumerate(shown):
        (place / name).write_bytes(png_bytes(tiny.picture(seed=k)))
    table = {"picture": shown, "text": [f"a {tiny.JOBS[k % 8]}" for k in range(n)], **columns}
    with (place / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return place


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("curated"))


def pupil(data: Path, name: str = STABLE) -> Any:
    return pictures.opened(Diffusion(tiny.saved(name), steps=2), data)


def training(learner: Any, place: Path, progress: Any = None, method: Any = "full") -> Training:
    settings = Settings(method=method, steps=4, batch=3, rate=1e-3, save_every=2)
    rows = Divided(np.arange(N - 2), np.arange(N - 2, N))
    return Training(learner, rows, settings, place, progress)


def noise(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbers(module: Any) -> dict[str, torch.Tensor]:
    return {name: each.detach().clone() for name, each in module.state_dict().items()}


@pytest.mark.parametrize("name", [STABLE, "DDIMPipeline"])
def test_a_step_depends_on_its_rows_and_its_noise_alone(data: Path, name: str) -> None:
    learner = pupil(data, name)
    first = learner.losses([0, 3, 3], noise())
    assert first.shape == (3,)
    assert first.requires_grad
    assert torch.equal(first, learner.losses([0, 3, 3], noise()))
    assert not torch.equal(first, learner.losses([0, 3, 3], noise(1)))
    assert len({round(each, 6) for each in first.tolist()}) == 3  # the same row twice meets two noises
    assert len(learner.rows) == N
    assert (learner.described()["height"], learner.described()["width"]) == (tiny.SIDE, tiny.SIDE)


@pytest.mark.parametrize("aim", ["epsilon", "v_prediction", "sample"])
def test_what_is_to_be_told_is_what_the_scheduler_of_the_library_says(aim: str) -> None:
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(1000, beta_schedule="scaled_linear", prediction_type=aim)
    clean, drawn = torch.randn(2, 6, 4, 4, 4, generator=noise())
    t = torch.tensor([0, 10, 300, 600, 900, 999])
    truth = {"epsilon": drawn, "v_prediction": scheduler.get_velocity(clean, drawn, t), "sample": clean}[aim]

    class Told(torch.nn.Module):
        """Says what it was given to say, a tenth of it left out, and looks at what it was asked."""

        def __init__(self) -> None:
            super().__init__()
            self.kept = torch.nn.Parameter(torch.tensor(0.9))

        def forward(self, x: torch.Tensor, steps: torch.Tensor) -> Any:
            torch.testing.assert_close(x, scheduler.add_noise(clean, drawn, t))
            assert steps.tolist() == t.tolist()
            return type("Out", (), {"sample": self.kept * truth})

    pipe = type("Pipe", (), {"scheduler": scheduler, "unet": Told(), "text_encoder": None})()
    errors, squares = errors_of(Parts(pipe, "told", (4, 4)), pipe.unet, clean, drawn, t, [""] * 6)
    torch.testing.assert_close(squares, truth.square().mean(dim=(1, 2, 3)))
    torch.testing.assert_close(errors, 0.01 * squares, rtol=1e-3, atol=1e-7)
    shares = explained(Parts(pipe, "told", (4, 4)), clean[:0], [], [])
    assert shares.shape == (0,)


def test_steps_with_much_noise_are_drawn_more_often() -> None:
    t = late(1000, 50_000, noise(3)).double() / 1000
    assert 0 <= float(t.min()) < float(t.max()) < 1
    for below in (0.25, 0.5, 0.75):  # the distribution function of the density that the manual states
        assert float((t < below).double().mean()) == pytest.approx(below ** (1 + picture_noise.LEAN), abs=0.01)


def test_a_model_is_asked_the_same_of_a_picture_wherever_it_stands(data: Path) -> None:
    learner = pupil(data)
    target = Diffusion(tiny.saved(STABLE), steps=2)
    some = learner.measured(target, [1, 5, 7])["denoising"]
    again = learner.measured(target, [7, 2, 1])["denoising"]
    np.testing.assert_allclose(some[[2, 0]], again[[0, 2]], atol=1e-5)
    assert len(set(some.round(6))) == 3
    assert (some < 1).all()


def test_quality_is_one_where_all_is_told_and_none_where_nothing_is(data: Path) -> None:
    learner = pupil(data, "DDIMPipeline")
    target = Diffusion(tiny.saved("DDIMPipeline"), steps=2)
    for each in target.whole.unet.conv_out.parameters():
        each.data.zero_()
    np.testing.assert_allclose(learner.measured(target, [0, 1])["denoising"], 0, atol=1e-6)
    assert MOMENTS == 8


def test_it_learns_what_it_is_shown(tmp_path: Path) -> None:
    learner = pupil(folder(tmp_path / "one", 1), "DDIMPipeline")
    optimiser = torch.optim.Adam(learner.module.parameters(), lr=6e-3)
    losses = []
    for step in range(30):
        loss = learner.losses([0] * 4, noise(step)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-8:]) < 0.6 * np.mean(losses[:4])


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


def test_half_precision_is_taught_in_single(data: Path) -> None:
    learner: Any = pictures.opened(Diffusion(tiny.saved(STABLE), steps=2, dtype="bfloat16"), data)
    assert {each.dtype for each in learner.module.parameters()} == {torch.float32}
    half = Diffusion(tiny.saved(STABLE), steps=2, dtype="bfloat16")
    single = Diffusion(tiny.saved(STABLE), steps=2)
    told = [learner.measured(each, [0, 1])["denoising"] for each in (half, single)]
    np.testing.assert_allclose(told[0], told[1], atol=0.02)


def test_words_are_left_out_now_and_then_and_only_while_learning(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = pupil(data)
    asked: list[str] = []
    plain = pictures.errors_of
    monkeypatch.setattr(pictures, "errors_of", lambda *told: asked.extend(told[-1]) or plain(*told))
    learner.module.train()
    learner.losses([k % N for k in range(400)], noise())
    assert 0.05 < asked.count("") / 400 < 0.16
    asked.clear()
    learner.module.eval()
    learner.losses(list(range(N)), noise())
    assert asked == list(learner.told.texts)


def test_words_are_read_once_and_each_picture_meets_its_own(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = pupil(data)
    read: list[str] = []
    plain = Parts.said
    monkeypatch.setattr(Parts, "said", lambda self, texts: read.extend(texts) or plain(self, texts))
    learner.module.eval()
    rows, alike = [1, 0, 1, 2], torch.zeros(4, dtype=torch.long)
    texts = [learner.told.texts[row] for row in rows]
    with torch.no_grad():
        clean, more = learner.latents[rows], torch.randn(learner.latents[rows].shape, generator=noise())
        whole, _ = errors_of(learner.parts, learner.module, clean, more, alike + 500, texts)
        assert read == list(dict.fromkeys(texts))
        for k, text in enumerate(texts):
            one, _ = errors_of(learner.parts, learner.module, clean[[k]], more[[k]], alike[[k]] + 500, [text])
            assert float(one) == pytest.approx(float(whole[k]), rel=1e-4)


def test_a_row_without_words_is_learned_unasked_and_copies_are_one_family(tmp_path: Path) -> None:
    place = folder(tmp_path / "data", 3, text=["", "a nurse", "a nurse"], weight=[1, 2, 0])
    (place / "pictures" / "2.png").write_bytes((place / "pictures" / "1.png").read_bytes())
    rows = pupil(place).rows
    assert rows.families.tolist() == [0, 1, 1]
    assert rows.weights.tolist() == [1, 2, 0]
    assert len(set(rows.contents)) == 2
    assert pupil(place).told.texts == ("", "a nurse", "a nurse")
    assert pupil(place, "DDIMPipeline").told.texts == ("", "", "")


def test_twins_are_one_family(tmp_path: Path) -> None:
    place = folder(tmp_path / "data", 4, unit=[0, 1, 1, 3])
    (place / "pictures" / "3.png").write_bytes((place / "pictures" / "2.png").read_bytes())
    assert pupil(place).rows.families.tolist() == [0, 1, 1, 1]  # by the unit, and on by the picture


def test_other_pictures_are_other_work(data: Path, tmp_path: Path) -> None:
    other = folder(tmp_path / "other")
    assert pupil(other).described() == pupil(data).described()
    (other / "pictures" / "4.png").write_bytes(png_bytes(tiny.picture(seed=99)))
    assert (other / "data.csv").read_bytes() == (data / "data.csv").read_bytes()
    assert pupil(other).described() != pupil(data).described()


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


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 24), st.integers(1, 24))
def test_any_picture_is_framed(height: int, width: int, tall: int, wide: int) -> None:
    shades = np.full((height, width, 3), 77, np.uint8)
    whole = framed(shades, (tall, wide))
    assert whole.shape == (tall, wide, 3)
    assert (whole == 77).all()


def test_the_middle_is_kept() -> None:
    columns = np.arange(6, dtype=np.uint8)[None, :, None].repeat(2, axis=0).repeat(3, axis=2)
    assert framed(columns, (2, 2))[0, :, 0].tolist() == [2, 3]
    assert framed(columns.transpose(1, 0, 2), (4, 2))[:, 0, 0].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("StableDiffusionXLPipeline", "has a text_encoder_2"),
        ("FluxPipeline", "has a text_encoder_2"),
        ("LDMPipeline", "has a vqvae"),
        ("StableDiffusionUpscalePipeline", "asks for more than a picture and words"),
    ],
)
def test_what_cannot_be_taught_is_refused(data: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        pupil(data, name)


def test_a_mask_and_another_schedule_are_refused(data: Path) -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    with pytest.raises(InputError, match="takes 9 channels and gives 4, where a picture has 4"):
        pictures.opened(Diffusion(tiny.made("StableDiffusionInpaintPipeline", channels=9), steps=2), data)
    flowing = tiny.made(STABLE)
    flowing.scheduler = FlowMatchEulerDiscreteScheduler()
    with pytest.raises(InputError, match=r"no noise level at every step.*Give the pipeline a DDIMScheduler"):
        pictures.opened(Diffusion(flowing, steps=2), data)


def test_data_that_cannot_teach_are_refused(tmp_path: Path) -> None:
    lacking = folder(tmp_path / "lacking", 2)
    (lacking / "data.csv").write_text("picture,caption\npictures/0.png,a nurse\n")
    with pytest.raises(InputError, match=r"needs the columns picture and text\. It has: picture, caption"):
        pupil(lacking)
    missing = folder(tmp_path / "missing", 2)
    (missing / "pictures" / "1.png").unlink()
    with pytest.raises(InputError, match=r"the picture of row 2, .*1\.png.*cannot be read: No such file"):
        pupil(missing)
    long = folder(tmp_path / "long", 1, text=["a nurse who is far too long"])
    with pytest.raises(InputError, match=r"the text of row 1 is 7 tokens longer than .* reads.*Shorten it"):
        pupil(long)
    broken = folder(tmp_path / "broken", 2)
    (broken / "pictures" / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    learner = pupil(broken)
    with pytest.raises(InputError, match="cannot be opened as a picture"):
        learner.losses([0], noise())


def test_a_picture_that_changes_under_the_reader_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path / "data", 2)
    learner = pupil(place)
    (place / "pictures" / "1.png").write_bytes(png_bytes(tiny.picture(seed=50)))
    with pytest.raises(InputError, match="changed while it was being read"):
        learner.losses([0], noise())


def test_an_adapter_needs_modules_that_are_there(data: Path) -> None:
    with pytest.raises(InputError, match=r'no module "to_z" to adapt.*Did you mean "to_[kqv]"'):
        pupil(data).adapt(Lora(modules=("to_z",)))
    without: Any = pictures.opened(Diffusion(WEIGHTS / "unconditional", variant="dose90", steps=2), data)
    with pytest.raises(InputError, match=r'no module "to_q" to adapt\. It has: .*conv1'):
        without.adapt(Lora())
