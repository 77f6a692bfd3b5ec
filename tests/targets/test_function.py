"""Any function as a target: what it may give, and what is said of anything else."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal
from auditkit.targets import Function

PROMPTS = [Prompt("a cat"), Prompt("a dog")]


def seeded(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    return [np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8) for seed in seeds]


def giving(*answers: Any) -> Function:
    return Function(lambda prompts, seeds: list(answers), title="it")


def test_pictures_of_every_kind_become_one_kind() -> None:
    grey, cover = np.full((2, 3), 7, np.uint8), np.full((2, 3, 4), 7, np.uint8)
    kinds = [grey, cover, np.full((2, 3), 7 / 255), Image.fromarray(grey), Image.new("RGBA", (3, 2), (7, 7, 7, 255))]
    for kind in kinds:
        one, _ = giving(kind, kind).sample(PROMPTS, [0, 1])
        assert isinstance(one, np.ndarray)
        assert (one.shape, one.dtype, set(one.ravel())) == ((2, 3, 3), np.uint8, {7})


def test_nothing_and_refusals_are_refusals() -> None:
    answers = giving(None, Refusal("not that")).sample(PROMPTS, [0, 1])
    assert answers == [Refusal("the function gave nothing"), Refusal("not that")]


def test_a_plain_function_sees_texts() -> None:
    target = Function(lambda texts: [np.full((2, 2, 3), len(text), np.uint8) for text in texts], plain=True)
    assert [answer[0, 0, 0] for answer in target.sample([Prompt("ab"), Prompt("abc")], [0, 1])] == [2, 3]


def test_it_does_the_verb_it_was_made_for() -> None:
    target = Function(lambda prompts, seeds: [255 - p.image for p in prompts], verb="edit", title="negative")
    white = np.full((2, 2, 3), 255, np.uint8)
    assert target.verbs == ("edit",)
    assert not target.edit([Prompt(image=white)], [0])[0].any()
    with pytest.raises(InputError, match=r"negative cannot sample\. It can: edit\."):
        target.sample(PROMPTS, [0, 1])


def test_a_fingerprint_is_given_or_named() -> None:
    assert Function(seeded).fingerprint == Function(seeded).fingerprint != Function(seeded, title="x").fingerprint
    given = [Function(seeded, fingerprint=each).fingerprint for each in ("v1", "v2")]
    assert given[0] != given[1]
    assert Function(seeded, settings={"temperature": 1}).settings == {"temperature": 1}
    # what a process pool does; its own bytes, nobody else's
    assert pickle.loads(pickle.dumps(Function(seeded))).fingerprint == Function(seeded).fingerprint


SAID: dict[str, Callable[[], Any]] = {
    "it gave 1 answers to 2 prompts": lambda: giving(None).sample(PROMPTS, [0, 1]),
    "There are 2 prompts and 1 seeds": lambda: giving(None).sample(PROMPTS, [0]),
    "this is str": lambda: giving("a picture", None).sample(PROMPTS, [0, 1]),
    "int64": lambda: giving(np.zeros((2, 2, 3), np.int64), None).sample(PROMPTS, [0, 1]),
    "(2, 2, 2)": lambda: giving(np.zeros((2, 2, 2), np.uint8), None).sample(PROMPTS, [0, 1]),
    "numbers from 0 to 1": lambda: giving(np.full((2, 2), 7.0), None).sample(PROMPTS, [0, 1]),
    "this one has others": lambda: giving(np.full((2, 2), np.nan), None).sample(PROMPTS, [0, 1]),
    'no verb "draw"': lambda: Function(seeded, verb="draw"),  # type: ignore[arg-type]
    "cannot edit": lambda: Function(seeded, verb="edit", plain=True),
}


@pytest.mark.parametrize("words", SAID)
def test_anything_else_is_said(words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID[words]()
    assert words in str(told.value)


def test_what_the_function_raises_is_its_own() -> None:
    def broken(prompts: Any, seeds: Any) -> Any:
        raise ConnectionError("the service is down")

    with pytest.raises(ConnectionError):
        Function(broken).sample(PROMPTS, [0, 1])
