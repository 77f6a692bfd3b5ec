"""Pipelines that enlarge: a small picture in, as small as it is, and a large one out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer
from auditkit.targets import Diffusion
from tests.targets import tiny

LATENT, WORDED = "LDMSuperResolutionPipeline", "StableDiffusionUpscalePipeline"


def small(*sides: int, text: str = "") -> list[Prompt]:
    return [Prompt(text, image=tiny.picture(side, at)) for at, side in enumerate(sides)]


def apart(one: Answer, other: Answer) -> int:
    assert isinstance(one, np.ndarray)
    assert isinstance(other, np.ndarray)
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@pytest.fixture(scope="module", params=[LATENT, WORDED])
def target(request: pytest.FixtureRequest) -> Diffusion:
    return Diffusion(tiny.saved(request.param), steps=2)


def test_a_small_picture_becomes_a_large_one(target: Diffusion) -> None:
    assert target.verbs == ("edit",)
    prompts = [*small(8, 8), *small(16)]
    answers = target.edit(prompts, [1, 1, 2])
    assert [a.shape for a in answers if isinstance(a, np.ndarray)] == [(64, 64, 3), (64, 64, 3), (128, 128, 3)]
    assert apart(answers[0], answers[1]) > 5
    assert apart(answers[0], target.edit(prompts[:1], [3])[0]) > 5
    alone = [target.edit([prompt], [seed])[0] for prompt, seed in zip(prompts, (1, 1, 2), strict=True)]
    assert max(map(apart, answers, alone)) <= 2


def test_what_it_cannot_take_is_said(target: Diffusion) -> None:
    with pytest.raises(InputError, match=r"cannot sample\. It can: edit"):
        target.sample([Prompt()], [1])
    masked = Prompt(image=tiny.picture(8), mask=tiny.half(8))
    with pytest.raises(InputError, match=r"cannot paint within a mask\. It can: change a picture"):
        target.edit([masked], [1])


@torch.no_grad()
def test_the_picture_goes_in_as_it_is() -> None:
    """As the pipeline is called by hand: a batch of floats from -1 to 1, each with a generator of its own."""
    prompts = small(8, 8)
    pipe = weights.pipeline(None, tiny.saved(LATENT))
    pipe.set_progress_bar_config(disable=True)
    pictures = torch.from_numpy(np.stack([p.image for p in prompts if p.image is not None]))
    batch = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
    noise = [torch.Generator().manual_seed(seed) for seed in (4, 5)]
    found = pipe(image=batch, generator=noise, num_inference_steps=2, output_type="np").images
    answers = Diffusion(tiny.saved(LATENT), steps=2).edit(prompts, [4, 5])
    assert all(apart(a, (f * 255).round().astype(np.uint8)) == 0 for a, f in zip(answers, found, strict=True))


def test_a_codebook_serves_as_well(tmp_path: Any) -> None:
    from diffusers import LDMSuperResolutionPipeline

    with torch.random.fork_rng():
        LDMSuperResolutionPipeline(**tiny.enlarging(tiny.codes())).save_pretrained(tmp_path / "vq")
    assert Diffusion(tmp_path / "vq", steps=2).edit(small(8), [1])[0].shape == (32, 32, 3)  # type: ignore[union-attr]


def test_a_picture_of_a_size_it_cannot_halve_goes_in_at_the_next() -> None:
    found = Diffusion(tiny.saved(LATENT), steps=1).edit([Prompt(image=tiny.picture(9))], [1])[0]
    assert found.shape == (64, 64, 3)  # type: ignore[union-attr]
    asked = Diffusion(tiny.saved(LATENT), steps=1, height=16, width=16).edit(small(8), [1])[0]
    assert asked.shape == (128, 128, 3)  # type: ignore[union-attr]


def test_only_one_of_the_two_takes_words() -> None:
    words, wordless = Diffusion(tiny.saved(WORDED), steps=2), Diffusion(tiny.saved(LATENT), steps=2)
    said, unsaid = (words.edit(small(8, text=text), [1])[0] for text in ("a cook", ""))
    assert apart(said, unsaid) > 0
    with pytest.raises(InputError, match="works from a picture alone; it was asked for words: 'a cook'"):
        wordless.edit(small(8, text="a cook"), [1])


def test_how_much_noise_is_laid_on_the_small_picture() -> None:
    own = Diffusion(tiny.saved(WORDED), steps=2)
    assert own.settings["noise_level"] == 20
    more = Diffusion(tiny.saved(WORDED), steps=2, noise_level=300)
    assert more.settings["noise_level"] == 300
    assert apart(own.edit(small(8), [1])[0], more.edit(small(8), [1])[0]) > 0
    with pytest.raises(InputError, match="takes no noise_level"):
        Diffusion(tiny.saved(LATENT), steps=2, noise_level=3).edit(small(8), [1])
    assert "noise_level" not in Diffusion(tiny.saved(LATENT)).settings
