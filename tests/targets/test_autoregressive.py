"""Pictures drawn token by token: by the model's own chances, from one uniform number a token."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer
from auditkit.targets import Autoregressive
from tests.targets import own

MANY = 300


def tokens(target: Autoregressive, texts: list[str], seeds: Any) -> Any:
    """What a mosaic was made of."""
    kept: list[Any] = []
    model = target.model
    before = type(model).pictures
    model.pictures = lambda found: kept.append(found) or before(model, found)
    target.sample([Prompt(text) for text in texts], list(seeds))
    del model.pictures
    return kept[0]


def equal(one: Answer, other: Answer) -> bool:
    return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and np.array_equal(one, other)


@pytest.fixture(scope="module")
def mosaic() -> Any:
    return own.made("mosaic")


@torch.no_grad()
def test_tokens_come_as_often_as_the_model_says(mosaic: Any) -> None:
    drawn = tokens(Autoregressive(mosaic, temperature=0.7), [""] * MANY, range(MANY))
    assert drawn.shape == (MANY, 5)
    assert ((drawn[:, 0] >= 8) & (drawn[:, 0] < 11)).all()
    assert (drawn[:, 1:] < 8).all()
    chances = (mosaic.transformer(torch.tensor([[11]])).logits[0, -1, 8:11].double() / 0.7).softmax(0)
    found = torch.bincount(drawn[:, 0] - 8, minlength=3) / MANY
    assert (found - chances).abs().max() < 0.1


@torch.no_grad()
def test_each_token_is_drawn_after_those_before_it(mosaic: Any) -> None:
    """One pass over the whole sequence, without a cache, gives the chances that were drawn from."""
    seeds = list(range(8))
    drawn = tokens(Autoregressive(mosaic), [""] * 8, seeds)
    share = torch.stack([torch.rand(5, generator=torch.Generator().manual_seed(s), dtype=torch.float64) for s in seeds])
    logits = mosaic.transformer(torch.cat([torch.full((8, 1), 11), drawn[:, :-1]], dim=1)).logits.double()
    for position in range(5):
        may = list(mosaic.allowed(position))
        below = logits[:, position, may].softmax(1).cumsum(1)
        expected = (below <= share[:, position, None]).sum(1).clamp(max=len(may) - 1)
        assert drawn[:, position].tolist() == [may[k] for k in expected]


def test_words_fix_the_class(mosaic: Any) -> None:
    target = Autoregressive(mosaic)
    drawn = tokens(target, ["a cook", "a judge", "the traffic judge", ""], [1, 1, 1, 1])
    assert drawn[:3, 0].tolist() == [8, 9, 10]
    same = drawn[int(drawn[3, 0]) - 8]
    assert torch.equal(same, drawn[3])


def test_cold_is_greedy_and_the_likeliest_alone_too(mosaic: Any) -> None:
    cold = tokens(Autoregressive(mosaic, temperature=0), [""] * 3, [1, 2, 3])
    assert torch.equal(cold, tokens(Autoregressive(mosaic, top_k=1), [""] * 3, [4, 5, 6]))
    assert (cold == cold[0]).all()
    nearly = tokens(Autoregressive(mosaic, temperature=1e-4), [""] * 3, [1, 2, 3])
    assert torch.equal(cold, nearly)
    assert torch.equal(tokens(Autoregressive(mosaic, top_k=99), [""], [1]), tokens(Autoregressive(mosaic), [""], [1]))


def test_of_two_temperatures_the_noise_is_the_same(mosaic: Any) -> None:
    warm, hot = (tokens(Autoregressive(mosaic, temperature=t), ["cook"] * 40, range(40)) for t in (1.0, 1.05))
    assert (warm == hot).float().mean() > 0.9
    assert (tokens(Autoregressive(mosaic, temperature=3.0), ["cook"] * 40, range(40)) != warm).any()


@torch.no_grad()
def test_an_imagegpt_draws_its_colours() -> None:
    target = Autoregressive(own.imagegpt(), top_k=8)
    one, two = target.sample([Prompt(), Prompt()], [1, 2])
    assert isinstance(one, np.ndarray)
    assert one.shape == (4, 4, 3)
    assert not equal(one, two)
    palette = {tuple(np.rint((np.array(colour) / 2 + 0.5) * 255).astype(int)) for colour in own.colours()}
    assert {tuple(pixel) for pixel in one.reshape(-1, 3).astype(int)} <= palette
    live = weights.transformers_model("ImageGPTForCausalImageModeling", own.imagegpt())
    same = Autoregressive(live, top_k=8, clusters=np.array(own.colours()))
    assert equal(one, same.sample([Prompt()], [1])[0])
    assert same.fingerprint != Autoregressive(live).fingerprint
    assert same == Autoregressive(live, top_k=8, clusters=torch.tensor(own.colours(), dtype=torch.float64))


@torch.no_grad()
def test_an_imagegpt_reads_its_own_picture_back() -> None:
    """Greedy: every pixel is the likeliest after those before it, in rows."""
    answer = Autoregressive(own.imagegpt(), temperature=0).sample([Prompt()], [1])[0]
    assert isinstance(answer, np.ndarray)
    drawn = torch.from_numpy(np.rint(answer[..., 0].reshape(1, -1) / 255 * 15).astype(np.int64))
    model = weights.transformers_model("ImageGPTForCausalImageModeling", own.imagegpt())
    logits = model(input_ids=torch.cat([torch.tensor([[16]]), drawn[:, :-1]], dim=1)).logits
    assert torch.equal(logits.argmax(-1), drawn)


class Bare:
    """Everything but pictures."""

    transformer, start, length, labels = None, 0, 1, ()

    def allowed(self, position: int) -> range:
        return range(1)


SAID = {
    'Did you mean "judge"?': lambda m: Autoregressive(m).sample([Prompt("a jugde")], [1]),
    "it was asked for words": lambda m: Autoregressive(own.imagegpt()).sample([Prompt("a cook")], [1]),
    "temperature is -1": lambda m: Autoregressive(m, temperature=-1),
    "top_k 0": lambda m: Autoregressive(m, top_k=0),
    "this Bare has no pictures": lambda m: Autoregressive(Bare()),
    "does not say its colours": lambda m: Autoregressive(live()).sample([Prompt()], [1]),
    "has 16 colours, and the clusters are (2, 3)": lambda m: Autoregressive(
        own.imagegpt(), clusters=own.colours()[:2]
    ).sample([Prompt()], [1]),
    "Clusters are colours": lambda m: Autoregressive(live(), clusters=7),
    "There are 1 prompts and 2 seeds": lambda m: Autoregressive(m).sample([Prompt()], [1, 2]),
    "samples from noise alone": lambda m: Autoregressive(m).sample([Prompt(image=np.zeros((4, 4, 3), np.uint8))], [1]),
    "no folder ./nowhere": lambda m: Autoregressive("./nowhere").sample([Prompt()], [1]),
    "must be a Painting": lambda m: Autoregressive(own.own("coder")).sample([Prompt()], [1]),
}


def live() -> Any:
    return weights.transformers_model("ImageGPTForCausalImageModeling", own.imagegpt())


@pytest.mark.parametrize("words", SAID)
def test_it_says_what_is_wrong_in_a_line(mosaic: Any, words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID[words](mosaic)
    assert words in str(told.value)
    assert "\n" not in str(told.value)
