"""Autoencoders as targets: noise to pictures, and a picture to itself."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal
from auditkit.targets import Vae
from tests.targets import own, tiny

NOTHING = [Prompt(), Prompt()]


def shown(*sides: int) -> list[Prompt]:
    return [Prompt(image=tiny.picture(side, at)) for at, side in enumerate(sides)]


def bytes_of(found: Any) -> Any:
    return ((found / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()


def near(answers: list[Answer], expected: Any, within: int = 1) -> bool:
    return bool(np.abs(np.stack(answers).astype(int) - expected.astype(int)).max() <= within)  # type: ignore[arg-type]


def test_noise_is_decoded_as_the_configuration_scales_it() -> None:
    target = Vae(own.autoencoder())
    noise = torch.stack([torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(seed)) for seed in (5, 6)])
    model = weights.diffusers_model(own.autoencoder())
    with torch.no_grad():
        assert near(target.sample(NOTHING, [5, 6]), bytes_of(model.decode(noise / 0.5).sample))
        model.register_to_config(shift_factor=0.3)
        assert near(Vae(model).sample(NOTHING, [5, 6]), bytes_of(model.decode(noise / 0.5 + 0.3).sample))
        assert near(
            Vae(model, latent=[2, 8, 8]).sample(NOTHING, [5, 6])[:1],
            bytes_of(
                model.decode(torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(5)) / 0.5 + 0.3).sample
            ),
        )


@pytest.mark.parametrize("make", [lambda: own.autoencoder(), lambda: own.own("coder"), lambda: own.made("coder")])
def test_a_reconstruction_is_the_mean_decoded_whatever_the_seed(make: Any) -> None:
    target = Vae(make())
    prompts = shown(8, 8)
    x = torch.stack([torch.from_numpy(p.image) for p in prompts]).permute(0, 3, 1, 2) / 127.5 - 1  # type: ignore[arg-type]
    model = target._held.opened
    with torch.no_grad():
        told = model.encode(x)
        found = model.decode(told[0]) if isinstance(told, tuple) else model.decode(told.latent_dist.mean).sample
    answers = target.edit(prompts, [1, 2])
    assert near(answers, bytes_of(found))
    assert near(target.edit(prompts, [3, 4]), np.stack(answers), 0)  # type: ignore[arg-type]


def test_pictures_of_every_size_come_back_in_their_size() -> None:
    target = Vae(own.autoencoder())
    prompts = shown(8, 9, 16, 8)
    answers = target.edit(prompts, [0, 0, 0, 0])
    assert [a.shape for a in answers if isinstance(a, np.ndarray)] == [
        p.image.shape for p in prompts if p.image is not None
    ]
    alone = [target.edit([prompt], [0])[0] for prompt in prompts]
    assert all(near([a], np.stack([b]), 2) for a, b in zip(answers, alone, strict=True))  # type: ignore[arg-type]
    assert Vae(own.autoencoder(), side=8).edit(shown(20), [0])[0].shape == (20, 20, 3)  # type: ignore[union-attr]


def test_a_module_that_takes_one_size_says_it() -> None:
    live = own.made("coder")
    live.encode = lambda x: live.inner(x[:, :, :8, :8] if x.shape[2] == 8 else None)[:, :2]
    live.side = 8
    assert Vae(live).edit(shown(20), [0])[0].shape == (20, 20, 3)  # type: ignore[union-attr]


def test_a_codebook_reconstructs_and_has_no_noise_of_its_own() -> None:
    target = Vae(own.autoencoder(kind="VQModel"))
    assert isinstance(target.edit(shown(8), [0])[0], np.ndarray)
    with pytest.raises(InputError, match="does not say which noise"):
        target.sample(NOTHING, [1, 2])


def test_a_live_module_answers_as_its_folder_and_goes_on_training() -> None:
    live = own.made("coder").train()
    target = Vae(live)
    assert near(target.sample(NOTHING, [1, 2]), np.stack(Vae(own.own("coder")).sample(NOTHING, [1, 2])), 0)  # type: ignore[arg-type]
    assert live.training
    assert (target.portable, target.title) == (False, "a live Coder")
    with pytest.raises(InputError, match="Save it, and give the folder"):
        pickle.dumps(target)


def test_numbers_that_overflow_are_no_picture() -> None:
    live = own.made("coder")
    live.outer.bias.data[:] = torch.nan
    assert isinstance(Vae(live).edit(shown(8), [0])[0], Refusal)


class Restless(torch.nn.Module):
    latent_shape = (4,)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return torch.randn(len(z), 3, 8, 8)


SAID = {
    "takes no words, and was asked for: 'a judge'": lambda t: t.sample([Prompt("a judge")], [1]),
    "takes no words, and was asked for: 'older'": lambda t: t.edit([Prompt("older", image=tiny.picture(8))], [1]),
    "takes no mask": lambda t: t.edit([Prompt(image=tiny.picture(8), mask=tiny.half(8))], [1]),
    "has no picture to change": lambda t: t.edit([Prompt()], [1]),
    "samples from noise alone": lambda t: t.sample(shown(8), [1]),
    "There are 2 prompts and 1 seeds": lambda t: t.edit(shown(8, 8), [1]),
    "draws random numbers of its own": lambda t: Vae(Restless()).sample([Prompt()], [1]),
    "not a int": lambda t: Vae(7),
    "latent (0, 3)": lambda t: Vae(t.model, latent=(0, 3)),
    "no folder ./nowhere": lambda t: Vae("./nowhere").edit(shown(8), [1]),
    "holds a whole pipeline": lambda t: Vae(tiny.saved("StableDiffusionPipeline")).edit(shown(8), [1]),
    "config.json names no class": lambda t: Vae(own.imagegpt()).edit(shown(8), [1]),
    "are floats (items, 1 or 3": lambda t: (
        Vae(t.model, latent=(2, 4, 4)).sample([Prompt()], [1]) and Vae(Flat()).sample([Prompt()], [1])
    ),
}


class Flat(Restless):
    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return z


@pytest.mark.parametrize("words", SAID)
def test_it_says_what_is_wrong_in_a_line(words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID[words](Vae(own.autoencoder()))
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_half_precision_is_opened_as_asked() -> None:
    target = Vae(own.autoencoder(), dtype="bfloat16")
    assert target.settings["dtype"] == "bfloat16"
    assert isinstance(target.sample([Prompt()], [1])[0], np.ndarray)
    assert Path(own.autoencoder()).name == target.title
