"""Generators as targets: noise and a class to a picture."""

from __future__ import annotations

import pickle
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.targets import Gan
from auditkit.targets.noise import truncated
from tests.targets import own

MANY = 200


class Seen:
    """A generator that keeps what it was given."""

    latent_shape = 3

    def __init__(self, labels: Any = None) -> None:
        self.labels, self.z, self.classes = labels, torch.empty(0), torch.empty(0)

    def __call__(self, z: Any, classes: Any = None) -> Any:
        self.z, self.classes = z, classes
        return SimpleNamespace(sample=torch.zeros(len(z), 1, 4, 4))


def drawn(truncation: float | None = None, **more: Any) -> Any:
    seen = Seen()
    Gan(seen, truncation=truncation, **more).sample([Prompt()] * MANY, range(MANY))
    return seen.z.double().numpy()


def test_noise_is_standard_normal_and_truncation_squeezes_the_same_noise() -> None:
    whole, wide, narrow = drawn(), drawn(2.0), drawn(0.5)
    assert abs(whole.mean()) < 0.15
    assert abs(whole.std() - 1) < 0.1
    for z, bound in ((wide, 2.0), (narrow, 0.5)):
        assert np.abs(z).max() <= bound
        assert (np.argsort(z.ravel()) == np.argsort(whole.ravel())).all()
    assert (np.abs(narrow) <= np.abs(wide) + 1e-6).all()
    assert (np.abs(wide) <= np.abs(whole) + 1e-6).all()
    assert drawn(latent=(2, 5)).shape == (MANY, 2, 5)


@pytest.mark.parametrize("bound", [0.3, 1.0, 2.5])
def test_the_truncated_normal_is_that_of_its_definition(bound: float) -> None:
    normal, share = NormalDist(), torch.tensor([0.0, 0.1, 0.5, 0.999, 1.0], dtype=torch.float64)
    low, high = normal.cdf(-bound), normal.cdf(bound)
    expected = [normal.inv_cdf(low + float(u) * (high - low)) for u in share]
    assert truncated(share, bound).tolist() == pytest.approx(expected, abs=1e-9)
    assert torch.isfinite(truncated(share, None)).all()


def test_words_name_a_class_and_no_words_draw_one() -> None:
    seen = Seen()
    target = Gan(seen, labels=own.LABELS)
    told = ["a Cook.", "the judge", "a traffic judge at work", "a judge, a JUDGE"]
    target.sample([Prompt(text) for text in told], range(4))
    assert seen.classes.tolist() == [0, 1, 2, 1]
    target.sample([Prompt()] * MANY, range(MANY))
    share = np.bincount(seen.classes, minlength=3) / MANY
    assert (np.abs(share - 1 / 3) < 0.12).all()
    named = Seen(own.LABELS)
    Gan(named).sample([Prompt("judge")], [0])
    assert named.classes.tolist() == [1]


def test_the_same_seed_meets_the_same_noise_named_or_not() -> None:
    seen = Seen()
    target = Gan(seen, labels=own.LABELS)
    target.sample([Prompt()], [7])
    first = seen.z
    target.sample([Prompt("cook")], [7])
    assert torch.equal(seen.z, first)


def test_a_class_and_a_seed_decide() -> None:
    target = Gan(own.own("generator"))
    cook, again, judge, other = target.sample([Prompt(x) for x in ("cook", "a cook", "judge", "cook")], [1, 1, 1, 2])
    assert np.array_equal(cook, again)  # type: ignore[arg-type]
    assert not np.array_equal(cook, judge)  # type: ignore[arg-type]
    assert not np.array_equal(cook, other)  # type: ignore[arg-type]


def test_a_live_module_in_training_is_asked_asleep() -> None:
    live = own.made("generator").train()
    one, two = (Gan(model).sample([Prompt()], [3])[0] for model in (live, own.own("generator")))
    assert np.array_equal(one, two)  # type: ignore[arg-type]
    assert live.training
    with pytest.raises(InputError, match="Save it, and give the folder"):
        pickle.dumps(Gan(live))
    assert Gan(live).fingerprint == Gan(own.made("generator")).fingerprint != Gan(own.made("generator", 1)).fingerprint


SAID = {
    'Did you mean "judge"?': lambda: Gan(Seen(own.LABELS)).sample([Prompt("a portrait of a juge")], [1]),
    "names 2 classes of a live Seen: cook, judge": lambda: Gan(Seen(own.LABELS)).sample([Prompt("cook, judge")], [1]),
    "it was asked for words: 'a cook'": lambda: Gan(Seen()).sample([Prompt("a cook")], [1]),
    "has no latent_shape": lambda: Gan(lambda z: z).sample([Prompt()], [1]),
    "truncation is 0": lambda: Gan(Seen(), truncation=0),
    "list of different names": lambda: Gan(Seen(), labels=["cook", "Cook"]),
    "takes a live generator or weights.Own": lambda: Gan("somebody/gan"),
    "There are 1 prompts and 2 seeds": lambda: Gan(Seen()).sample([Prompt()], [1, 2]),
    "samples from noise alone": lambda: Gan(Seen()).sample([Prompt(image=np.zeros((4, 4, 3), np.uint8))], [1]),
    "these are (1, 3), of Tensor": lambda: Gan(lambda z: z, latent=3).sample([Prompt()], [1]),
    "draws random numbers of its own": lambda: Gan(lambda z: torch.rand(1, 3, 4, 4), latent=3).sample([Prompt()], [1]),
    "cannot edit. It can: sample.": lambda: Gan(Seen()).edit([Prompt()], [1]),
}


@pytest.mark.parametrize("words", SAID)
def test_it_says_what_is_wrong_in_a_line(words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID[words]()
    assert words in str(told.value)
    assert "\n" not in str(told.value)
