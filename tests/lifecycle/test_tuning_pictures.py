"""Diffusion models as pupils: what they are asked and learn, and how well they are said to know it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from auditkit.lifecycle.tuning import picture_noise, pictures
from auditkit.lifecycle.tuning.picture_noise import errors_of, late
from auditkit.lifecycle.tuning.picture_parts import Parts
from auditkit.lifecycle.tuning.picture_quality import MOMENTS, explained
from auditkit.targets import Diffusion
from tests.lifecycle.pictured import STABLE, N, folder, noise, pupil
from tests.targets import tiny


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("curated"))


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
