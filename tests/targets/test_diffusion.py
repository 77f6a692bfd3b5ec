"""Diffusers pipelines as targets: every verb of every kind, item by item, by seed, on tiny random weights."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal
from auditkit.targets import Diffusion
from tests.targets import tiny

WAYS = ("words", "picture", "mask")


def asked(target: Diffusion, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
    return target.sample(prompts, seeds) if prompts[0].image is None else target.edit(prompts, seeds)


def apart(one: Answer, other: Answer) -> int:
    assert isinstance(one, np.ndarray)
    assert isinstance(other, np.ndarray)
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@pytest.fixture(scope="module")
def target() -> Diffusion:
    return Diffusion(tiny.saved("StableDiffusionPipeline"), steps=4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", tiny.STABLE)
def test_any_stable_diffusion_draws_and_edits(name: str, way: str) -> None:
    target = Diffusion(tiny.saved(name), steps=3)
    assert target.verbs == ("sample", "edit")
    prompts = tiny.prompts(2, way)
    answers = asked(target, prompts, [1, 2])
    assert [(a.shape, a.dtype) for a in answers if isinstance(a, np.ndarray)] == [((32, 32, 3), np.dtype(np.uint8))] * 2
    assert apart(answers[0], asked(target, prompts, [1, 3])[0]) == 0
    assert apart(answers[1], asked(target, prompts, [1, 3])[1]) > 20
    assert apart(answers[0], answers[1]) > 20


@pytest.mark.parametrize("way", WAYS)
def test_batches_of_any_size_draw_the_same(target: Diffusion, way: str) -> None:
    prompts, seeds = tiny.prompts(8, way), list(range(8))
    whole = asked(target, prompts, seeds)
    for size in (1, 3):
        cut = [range(at, min(at + size, 8)) for at in range(0, 8, size)]
        parts = [a for part in cut for a in asked(target, [prompts[k] for k in part], [seeds[k] for k in part])]
        assert max(map(apart, whole, parts)) <= 2


@pytest.mark.parametrize("way", WAYS)
def test_neighbours_do_not_matter(target: Diffusion, way: str) -> None:
    prompts = tiny.prompts(4, way)
    first = asked(target, prompts, [5, 6, 7, 8])[0]
    assert apart(first, asked(target, [prompts[0], *prompts[:3]], [5, 1, 2, 3])[0]) == 0
    assert apart(first, asked(target, [*prompts[1:], prompts[0]], [1, 2, 3, 5])[3]) <= 2


def test_words_matter(target: Diffusion) -> None:
    nurse, pilot = target.sample(tiny.prompts(2), [1, 1])
    assert apart(nurse, pilot) > 5


def test_what_no_mask_covers_stays_to_the_bit(target: Diffusion) -> None:
    prompt = tiny.prompts(1, "mask")[0]
    kept = target.edit([prompt], [1])[0]
    assert isinstance(kept, np.ndarray)
    assert prompt.image is not None
    assert (kept[16:] == prompt.image[16:]).all()
    assert (kept[:16] != prompt.image[:16]).mean() > 0.5
    loose = Diffusion(target.model, steps=4, keep_unmasked=False).edit([prompt], [1])[0]
    assert isinstance(loose, np.ndarray)
    assert (loose[16:] != prompt.image[16:]).mean() > 0.5
    assert (loose[:16] == kept[:16]).all()


def test_one_call_takes_masks_and_none_and_every_size(target: Diffusion) -> None:
    odd = Prompt("a cook", image=tiny.picture(40)[:30])
    prompts = [*tiny.prompts(1, "picture"), *tiny.prompts(1, "mask"), odd, *tiny.prompts(1, "picture")]
    answers = target.edit(prompts, [1, 2, 3, 1])
    assert [a.shape for a in answers if isinstance(a, np.ndarray)] == [
        p.image.shape for p in prompts if p.image is not None
    ]
    assert apart(answers[0], answers[3]) <= 2
    alone = [target.edit([prompt], [seed])[0] for prompt, seed in zip(prompts, (1, 2, 3, 1), strict=True)]
    assert max(map(apart, answers, alone)) <= 2
    assert [a.shape for a in Diffusion(target.model, steps=2, height=16, width=24).edit([odd], [1])] == [(30, 40, 3)]


def test_a_live_pipeline_answers_as_its_folder(target: Diffusion) -> None:
    own = weights.pipeline(None, target.model)
    own.unet.train()
    live = Diffusion(own, steps=4)
    assert apart(live.sample(tiny.prompts(1), [7])[0], target.sample(tiny.prompts(1), [7])[0]) == 0
    assert apart(live.edit(tiny.prompts(1, "mask"), [7])[0], target.edit(tiny.prompts(1, "mask"), [7])[0]) == 0
    assert dict(live.settings) == dict(target.settings)
    assert own.unet.training
    assert own.scheduler.num_inference_steps is None
    assert live.fingerprint == Diffusion(weights.pipeline(None, target.model)).fingerprint
    assert not live.portable
    with pytest.raises(InputError, match="Save it, and give the folder"):
        pickle.dumps(live)


def test_it_travels_without_its_weights(target: Diffusion) -> None:
    before = target.sample(tiny.prompts(1), [7])
    sent = pickle.dumps(target)
    assert len(sent) < 1_000
    # what a process pool does; its own bytes, nobody else's
    there = pickle.loads(sent)
    assert there == target
    assert apart(there.sample(tiny.prompts(1), [7])[0], before[0]) == 0
    assert there.fingerprint == target.fingerprint


def filtered(blank: Any, flagged: Any) -> Diffusion:
    """A live pipeline with a safety filter that answers what the two say of each picture of a batch."""

    def check(images: Any, clip_input: Any) -> tuple[Any, list[bool]]:
        return torch.stack([image * 0 - 1 if blank(at) else image for at, image in enumerate(images)]), [
            flagged(at) for at in range(len(images))
        ]

    def extract(images: Any, return_tensors: str) -> Any:
        return SimpleNamespace(to=lambda device: SimpleNamespace(pixel_values=torch.zeros(len(images))))

    pipe = weights.pipeline(None, tiny.saved("StableDiffusionPipeline"))
    pipe.safety_checker, pipe.feature_extractor = check, extract
    return Diffusion(pipe, steps=2)


@pytest.mark.parametrize("blank", [True, False])
def test_what_the_filter_withheld_is_a_refusal(blank: bool) -> None:
    """By its flag, or by the blank picture that is left of it."""
    target = filtered(lambda at: blank and at == 1, lambda at: not blank and at == 1)
    answers = target.sample(tiny.prompts(3), [1, 2, 3])
    assert [isinstance(answer, Refusal) for answer in answers] == [False, True, False]
    assert answers[1] == Refusal("the safety filter withheld the picture")


def test_full_memory_is_memory_and_other_faults_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    live = weights.pipeline(None, tiny.saved("StableDiffusionPipeline"))
    told = ["DefaultCPUAllocator: can't allocate memory", "CUDA out of memory. Tried to allocate", "shapes differ"]
    faults = iter(told)

    def fail(*args: Any, **keywords: Any) -> Any:
        raise RuntimeError(next(faults))

    monkeypatch.setattr(live.unet, "forward", fail)
    target = Diffusion(live, steps=2)
    for kind in (MemoryError, MemoryError, RuntimeError):
        with pytest.raises(kind):
            target.sample(tiny.prompts(1), [1])


def test_numbers_that_overflow_are_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    live = weights.pipeline(None, tiny.saved("StableDiffusionPipeline"))
    monkeypatch.setattr(live.vae, "decode", lambda x, **told: (torch.full((len(x), 3, 32, 32), torch.nan),))
    assert Diffusion(live, steps=1).sample(tiny.prompts(1), [1]) == [
        Refusal("the model's arithmetic overflowed: there is no picture")
    ]


SAID = {
    "There are 1 prompts and 2 seeds": lambda t: t.sample(tiny.prompts(1), [1, 2]),
    "has a picture, and sample draws": lambda t: t.sample(tiny.prompts(1, "picture"), [1]),
    "has no picture to change": lambda t: t.edit(tiny.prompts(1), [1]),
    "A picture is": lambda t: t.edit([Prompt("a", image=tiny.half())], [1]),
    "A mask is": lambda t: t.edit([Prompt("a", image=tiny.picture(), mask=tiny.half(16))], [1]),
    "less than one step": lambda t: Diffusion(t.model, steps=4, strength=0.2).edit(tiny.prompts(1, "picture"), [1]),
    "at least 5 steps": lambda t: Diffusion(t.model, steps=4, strength=0.2).edit(tiny.prompts(1, "picture"), [1]),
    "tokens longer than": lambda t: t.sample([Prompt("a portrait of a doctor")], [1]),
    "multiple of 8": lambda t: Diffusion(t.model, height=30),
    "steps is 0": lambda t: Diffusion(t.model, steps=0),
    "strength is 1.5": lambda t: Diffusion(t.model, strength=1.5),
    "not a int": lambda t: Diffusion(7),
    'no dtype "float23"': lambda t: Diffusion(t.model, dtype="float23").sample(tiny.prompts(1), [1]),
    'no device "cuda:9" here': lambda t: Diffusion(t.model, device="cuda:9").sample(tiny.prompts(1), [1]),
    "no folder ./nowhere": lambda t: Diffusion("./nowhere").sample(tiny.prompts(1), [1]),
}  # fmt: skip


@pytest.mark.parametrize("words", SAID)
def test_it_says_what_is_wrong_in_a_line(target: Diffusion, words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID[words](target)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_nothing_asked_is_nothing_answered(target: Diffusion) -> None:
    assert target.sample([], []) == target.edit([], []) == []


def test_weights_made_for_masks_only_paint_within_masks() -> None:
    target = Diffusion(tiny.saved("StableDiffusionInpaintPipeline", channels=9), steps=2)
    assert isinstance(target.edit(tiny.prompts(1, "mask"), [1])[0], np.ndarray)
    for way, verb in (("words", "draw"), ("picture", "change a picture")):
        with pytest.raises(InputError, match=rf"cannot {verb}. It can: paint within a mask\."):
            asked(target, tiny.prompts(1, way), [1])


def test_a_pipeline_that_starts_from_a_picture_alone_says_so() -> None:
    target = Diffusion(tiny.saved("StableDiffusionInstructPix2PixPipeline", channels=8), steps=2)
    assert target.verbs == ("edit",)
    assert isinstance(target.edit(tiny.prompts(1, "picture"), [1])[0], np.ndarray)
    with pytest.raises(InputError, match=r"cannot sample\. It can: edit"):
        target.sample(tiny.prompts(1), [1])


@pytest.mark.parametrize("name", ["DDIMPipeline", "DDPMPipeline", "LDMPipeline"])
def test_a_pipeline_without_words_draws_from_nothing(name: str) -> None:
    target = Diffusion(tiny.saved(name, dtype=torch.float32), steps=2)
    assert target.verbs == ("sample",)
    one, two = target.sample([Prompt(), Prompt()], [1, 2])
    assert apart(one, two) > 20
    with pytest.raises(InputError, match="draws from nothing"):
        target.sample(tiny.prompts(1), [1])


@pytest.mark.parametrize("name", tiny.OTHERS)
def test_other_families_do_the_same_by_the_same_code(name: str) -> None:
    target = Diffusion(tiny.saved(name), steps=4, height=32, width=32)
    assert target.verbs == ("sample", "edit")
    for way in WAYS:
        prompts = tiny.prompts(3, way)
        together = asked(target, prompts, [1, 2, 3])
        assert (
            max(apart(a, asked(target, [p], [s])[0]) for a, p, s in zip(together, prompts, (1, 2, 3), strict=True)) <= 2
        )
        assert apart(together[0], asked(target, prompts[:1], [4])[0]) > 5


def test_settings_decide_and_are_told(target: Diffusion) -> None:
    plain = Diffusion(target.model)
    assert (plain.settings["steps"], plain.settings["guidance"]) == (50, 7.5)
    assert (target.settings["pipeline"], target.settings["scheduler"]) == ("StableDiffusionPipeline", "DDIMScheduler")
    drawn = target.sample(tiny.prompts(1), [1])[0]
    for other in ({"guidance": 1.0}, {"negative": "a cat"}, {"steps": 5}):
        assert apart(drawn, Diffusion(target.model, **{"steps": 4, **other}).sample(tiny.prompts(1), [1])[0]) > 0


def test_the_pipeline_can_be_had(target: Diffusion) -> None:
    assert type(target.pipeline("edit", masked=True)).__name__ == "StableDiffusionInpaintPipeline"
    assert target.pipeline().unet is target.pipeline("edit").unet
    assert target.title == Path(target.model).name


def test_importing_targets_loads_nothing_heavy() -> None:
    heavy = ("torch", "diffusers", "transformers", "PIL")
    code = f"import auditkit.targets, sys; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_nothing_is_said_while_it_works(capfd: pytest.CaptureFixture[str]) -> None:
    target = Diffusion(tiny.saved("StableDiffusionPipeline"), steps=2)
    capfd.readouterr()
    target.sample(tiny.prompts(1), [1])
    target.edit(tiny.prompts(1, "mask"), [1])
    assert capfd.readouterr() == ("", "")
