"""The laws that every target obeys: one answer a prompt, by its seed alone, and a record of how it was asked."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from PIL import Image

from auditkit import targets, weights
from auditkit.core.errors import InputError
from auditkit.core.generation import generation_key
from auditkit.core.probe import MASK, Prompt, Verb
from auditkit.core.target import Refusal, Said, Target
from auditkit.targets import (
    Autoregressive,
    Captioner,
    CausalLm,
    Diffusion,
    Embedder,
    Folder,
    Function,
    Gan,
    MaskedLm,
    Seq2Seq,
    Vae,
)
from tests.targets import own, speaking, tiny

SEEDS = [3, 0, 2, 1]
SPOKEN = ("the nurse said that", "he was", "the old judge", "she")


def noise(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    return [
        np.random.default_rng([seed, len(p.text)]).integers(0, 256, (8, 8, 3), np.uint8)
        for p, seed in zip(prompts, seeds, strict=True)
    ]


def brush(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    return [
        p.image // 2 + np.uint8(seed) if p.image is not None else None for p, seed in zip(prompts, seeds, strict=True)
    ]


def folder(seed: int = 0) -> Path:
    """Five pictures of each prompt, drawn from a seed."""
    root = tiny.PLACE / f"pictures-{seed}"
    for prompt in tiny.prompts(4):
        (root / prompt.text).mkdir(parents=True, exist_ok=True)
        for at in range(5):
            Image.fromarray(tiny.picture(8, seed + at)).save(root / prompt.text / f"{at}.png")
    return root


MADE: dict[str, Callable[[int], Target]] = {
    "Diffusion": lambda seed: Diffusion(tiny.saved("StableDiffusionPipeline", seed), steps=2),
    "Diffusion, half precision": lambda seed: Diffusion(
        tiny.saved("FluxPipeline", seed), steps=2, height=32, width=32, dtype="bfloat16"
    ),
    "Diffusion, enlarging": lambda seed: Diffusion(
        tiny.saved("LDMSuperResolutionPipeline", seed), steps=2, height=8, width=8
    ),
    "Diffusion, unconditional": lambda seed: Diffusion(tiny.saved("DDPMPipeline", seed), steps=2),
    "Autoregressive": lambda seed: Autoregressive(own.own("mosaic", seed), temperature=2.0),
    "Autoregressive, live": lambda seed: Autoregressive(own.made("mosaic", seed), top_k=6),
    "Autoregressive, ImageGPT": lambda seed: Autoregressive(own.imagegpt(seed)),
    "Gan": lambda seed: Gan(own.own("generator", seed), truncation=0.8),
    "Gan, live": lambda seed: Gan(own.made("generator", seed)),
    "Vae": lambda seed: Vae(own.autoencoder(seed)),
    "Vae, of one's own": lambda seed: Vae(own.own("coder", seed)),
    "Vae, live": lambda seed: Vae(own.made("coder", seed)),
    "Folder": lambda seed: Folder(folder(10 * seed)),
    "CausalLm": lambda seed: CausalLm(speaking.saved("gpt2", seed), max_tokens=6),
    "CausalLm, live": lambda seed: CausalLm(speaking.made("gpt2", seed), max_tokens=6, top_k=9),
    "CausalLm, a chat": lambda seed: CausalLm(speaking.saved("chat", seed), max_tokens=6, chat=True),
    "MaskedLm": lambda seed: MaskedLm(speaking.saved("bert", seed)),
    "MaskedLm, live": lambda seed: MaskedLm(speaking.made("bert", seed)),
    "Seq2Seq": lambda seed: Seq2Seq(speaking.saved("t5", seed), max_tokens=6),
    "Seq2Seq, Marian": lambda seed: Seq2Seq(speaking.saved("marian", seed), max_tokens=6),
    "Seq2Seq, of one's own": lambda seed: Seq2Seq(speaking.own(seed), max_tokens=6),
    "Captioner, ViT-GPT2": lambda seed: Captioner(speaking.saved("vit-gpt2", seed), max_tokens=6),
    "Captioner, BLIP": lambda seed: Captioner(speaking.saved("blip", seed), max_tokens=6),
    "Embedder": lambda seed: Embedder(speaking.saved("bert", seed)),
    "Embedder, CLIP": lambda seed: Embedder(speaking.made("clip", seed)),
    "Embedder, words": lambda seed: Embedder({word: [seed, 1.0] for word in SPOKEN}),
    "Function": lambda seed: Function(noise, fingerprint=f"v{seed}", settings={"decoder": "noise"}),
    "Function, edit": lambda seed: Function(brush, verb="edit", fingerprint=f"v{seed}"),
}
every_target = pytest.mark.parametrize("make", MADE.values(), ids=MADE)


def worded(target: Target) -> bool:
    """Whether it answers in words."""
    return not {"sample", "edit"} & set(target.verbs)


def prompts_for(target: Target, n: int = 4) -> list[Prompt]:
    if worded(target):
        return [Prompt(text, image=_shown(target, at)) for at, text in enumerate(SPOKEN[:n])]
    way = "words" if "sample" in target.verbs else "picture"
    if wordless(target):
        return [Prompt(image=prompt.image) for prompt in tiny.prompts(n, way)]
    if isinstance(target, Autoregressive | Gan):
        return [Prompt(text) for text in ("a cook", "a judge", "", "a cook", "")[:n]]
    return tiny.prompts(n, way)


def wordless(target: Target) -> bool:
    """Whether it draws from noise, or from a picture, alone."""
    pipeline = target.settings.get("pipeline", "")
    painted = isinstance(target, Autoregressive) and target.portable and "imagegpt" in target.title
    return isinstance(target, Vae) or pipeline.startswith(("LDM", "DDPM")) or painted


def _shown(target: Target, at: int) -> Any:
    return tiny.picture(8, at) if isinstance(target, Captioner) else None


def put(target: Target, verb: str, prompt: Prompt) -> Prompt:
    """A prompt of words as a verb takes it: with a slot, with options, with something given."""
    text, image, options = prompt.text, prompt.image, ("he", "the nurse", "she")
    if isinstance(target, Seq2Seq) and isinstance(target.model, weights.Own):
        text = "lo ra mu"[: 3 * len(text.split()) - 1]
    if verb == "fill_mask":
        return Prompt(f"{text} {MASK} was")  # of the whole vocabulary, so that the seed shows
    if verb == "score" and isinstance(target, Seq2Seq):
        return Prompt("he was", given=text)
    if verb == "decide":
        return Prompt(text, options=options)
    if "clip" in target.title.casefold():
        text = text.replace(" ", "")[:10]
    return Prompt(text, image=image, given="the" if verb == "score" else "")


def asked(target: Target, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    """The answers to the first verb; of what answers in words, those to every verb, a tuple each."""
    if worded(target):
        told = [getattr(target, verb)([put(target, verb, p) for p in prompts], seeds) for verb in target.verbs]
        assert all(isinstance(answers, list) for answers in told)
        return list(zip(*told, strict=True))
    return getattr(target, target.verbs[0])(prompts, seeds)  # type: ignore[no-any-return]


def same(one: Any, other: Any, within: int = 0) -> bool:
    if isinstance(one, tuple) and not isinstance(one, Refusal | Said):
        return speaking.near(one, other, 1e-5)
    if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
        return one == other if not isinstance(one, np.ndarray) and not isinstance(other, np.ndarray) else False
    return one.shape == other.shape and int(np.abs(one.astype(int) - other.astype(int)).max()) <= within


SERVED = {"Endpoint"}
"""Held to the same in tests/targets/test_endpoint_*.py, where there is a server to ask."""


def test_every_target_is_here() -> None:
    assert {name.split(",")[0] for name in MADE} | SERVED == set(targets.__all__)
    for kind in (getattr(targets, name) for name in targets.__all__):
        assert kind.__name__ == "".join(part.title() for part in kind.name.split("_"))
        assert (kind.__doc__ or "").split("\n")[0].endswith((".", ":"))


@every_target
def test_a_list_in_is_a_list_out(make: Callable[[int], Target]) -> None:
    target = make(0)
    assert target.verbs
    for n in (0, 1, 4):
        answers = asked(target, prompts_for(target, n), SEEDS[:n])
        assert isinstance(answers, list)
        assert len(answers) == n
        for answer in answers:
            assert isinstance(answer, np.ndarray | Refusal | tuple)
            if worded(target):
                assert all(isinstance(each, Said | Refusal) for each in answer)
            if isinstance(answer, np.ndarray):
                assert (answer.dtype, answer.ndim, answer.shape[2]) == (np.uint8, 3, 3)
    with pytest.raises(InputError, match="one seed for each prompt"):
        asked(target, prompts_for(target), SEEDS[:3])


@every_target
def test_the_seed_decides_and_nothing_else_does(make: Callable[[int], Target]) -> None:
    target = make(0)
    prompts = prompts_for(target)
    answers = asked(target, prompts, SEEDS)
    assert all(map(same, answers, asked(make(0), prompts, SEEDS)))
    if set(target.verbs) - {"score", "embed"}:
        others = [asked(target, prompts, [seed, *SEEDS[1:]])[0] for seed in ((4, 5, 6) if worded(target) else (4,))]
        assert not all(same(answers[0], other) for other in others)
    turned = asked(target, prompts[::-1], SEEDS[::-1])[::-1]
    assert all(same(a, b, 2) for a, b in zip(answers, turned, strict=True))
    tolerance = 2 if target.settings.get("dtype", "float32") == "float32" else 12
    alone = [asked(target, [prompt], [seed])[0] for prompt, seed in zip(prompts, SEEDS, strict=True)]
    assert all(same(a, b, tolerance) for a, b in zip(answers, alone, strict=True))


@every_target
def test_no_random_numbers_but_its_own(make: Callable[[int], Target]) -> None:
    before, state = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    target = make(0)
    asked(target, prompts_for(target), SEEDS)
    assert torch.equal(before, torch.get_rng_state())
    assert all(np.array_equal(a, b) for a, b in zip(state, np.random.get_state(), strict=True))  # noqa: NPY002


@every_target
def test_a_fingerprint_is_of_the_model(make: Callable[[int], Target]) -> None:
    assert make(0).fingerprint == make(0).fingerprint != make(1).fingerprint
    assert len(make(0).fingerprint) == 64


@every_target
def test_what_is_recorded_is_plain(make: Callable[[int], Target]) -> None:
    target = make(0)
    assert json.loads(json.dumps(dict(target.settings), allow_nan=False)) == dict(target.settings)
    assert generation_key(target.fingerprint, target.settings, target.batch, "a" * 64, 0, 0)
    assert target.title
    assert "/" not in target.title or not target.portable
    assert target.batch >= 1


@every_target
def test_what_is_portable_travels(make: Callable[[int], Target]) -> None:
    target = make(0)
    if not target.portable:
        return
    asked(target, prompts_for(target, 1), [1])
    there = pickle.loads(pickle.dumps(target))  # as a process pool sends it: bytes made on this line
    assert (there.fingerprint, dict(there.settings), there.title) == (
        target.fingerprint,
        dict(target.settings),
        target.title,
    )
    assert same(asked(there, prompts_for(there, 1), [1])[0], asked(target, prompts_for(target, 1), [1])[0])


@every_target
def test_what_it_cannot_do_is_said(make: Callable[[int], Target]) -> None:
    target = make(0)
    for verb in set(get_args(Verb)) - set(target.verbs):
        with pytest.raises(InputError, match=rf"cannot {verb}\. It can: {', '.join(target.verbs)}\."):
            getattr(target, verb)(prompts_for(target, 1), [1])


@every_target
def test_words_that_would_be_ignored_are_refused(make: Callable[[int], Target]) -> None:
    target = make(0)
    if wordless(target) or isinstance(target, Autoregressive | Gan):
        image = prompts_for(target, 1)[0].image
        with pytest.raises(InputError) as told:
            asked(target, [Prompt("a portrait of nobody it knows", image=image)], [1])
        assert "a portrait of nobody it knows" in str(told.value)


def test_a_reconstruction_is_the_same_whatever_the_seed_and_the_neighbours() -> None:
    target = Vae(own.autoencoder())
    prompts = [Prompt(image=tiny.picture(8, at)) for at in range(4)]
    answers = target.edit(prompts, SEEDS)
    assert all(map(same, answers, target.edit(prompts, [9, 9, 9, 9])))
    turned = target.edit(prompts[::-1], SEEDS[::-1])[::-1]
    alone = [target.edit([prompt], [0])[0] for prompt in prompts]
    assert all(same(a, b, 2) and same(a, c, 2) for a, b, c in zip(answers, turned, alone, strict=True))
