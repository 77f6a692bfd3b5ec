"""Captioners: one that looks and one that speaks, BLIP, and a model that takes pictures among its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import chisquare

from auditkit.core.errors import InputError
from auditkit.core.probe import Picture, Prompt
from auditkit.core.target import Said
from auditkit.targets import Captioner
from tests.targets import speaking, tiny

BOTH = pytest.mark.parametrize("name", ["vit-gpt2", "blip"])


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def scores(name: str, picture: Picture, ids: Sequence[int]) -> Any:
    """What one model thinks after each of the tokens, of one picture by itself."""
    model, _, eye = speaking.made(name)
    pixels = eye([Image.fromarray(picture)], return_tensors="pt")["pixel_values"]
    words = {"decoder_input_ids" if name == "vit-gpt2" else "input_ids": torch.tensor([list(ids)])}
    with torch.no_grad():
        return model(pixel_values=pixels, **words).logits[0].double().log_softmax(dim=1)


def prompts() -> list[Prompt]:
    texts = ("", "the nurse", "the", "the old", "")
    return [Prompt(text, image=tiny.picture(8, at)) for at, text in enumerate(texts)]


@BOTH
def test_a_caption_is_drawn_from_the_chances_of_the_model(name: str) -> None:
    _, tokenizer, _ = speaking.made(name)
    picture, n = tiny.picture(8), 800
    answers = Captioner(speaking.saved(name), max_tokens=1).caption([Prompt("the", image=picture)] * n, range(n))
    chances = scores(name, picture, [2, tokenizer("the")["input_ids"][0]])[-1].exp().tolist()
    counts = Counter(answer.text if isinstance(answer, Said) else "" for answer in answers)
    signs = {0, 1, 2, 3}
    found = [counts[""], *(counts[tokenizer.decode([at])] for at in range(4, 19))]
    expected = [sum(chances[at] for at in signs), *chances[4:]]
    assert chisquare(found, [n * each for each in expected]).pvalue > 1e-3


@BOTH
def test_the_likeliest_words_and_their_probability(name: str) -> None:
    _, tokenizer, _ = speaking.made(name)
    answers = Captioner(speaking.saved(name), greedy=True, max_tokens=4).caption(prompts(), [0] * 5)
    for prompt, answer in zip(prompts(), answers, strict=True):
        assert prompt.image is not None
        ids, total, made = [2, *tokenizer(prompt.text)["input_ids"]], 0.0, 0
        while made < 4 and (not made or ids[-1] != 3):
            logs = scores(name, prompt.image, ids)[-1]
            ids, total, made = [*ids, int(logs.argmax())], total + float(logs.max()), made + 1
        text = tokenizer.decode(ids[-made:], skip_special_tokens=True)
        assert (answer.text if isinstance(answer, Said) else "") == text
        if isinstance(answer, Said):
            assert answer.told["tokens"] == made
            assert answer.told["log_probability"] == pytest.approx(total, abs=1e-4)


@BOTH
def test_a_score_is_that_of_a_plain_loop(name: str) -> None:
    _, tokenizer, _ = speaking.made(name)
    asks = [
        Prompt(text, image=tiny.picture(8, at), given=given)
        for at, (text, given) in enumerate([("he was here", ""), ("nurse", "the old"), ("she was", "the")])
    ]
    for ask, answer in zip(asks, Captioner(speaking.saved(name)).score(asks, [0] * 3), strict=True):
        assert isinstance(answer, Said)
        assert ask.image is not None
        before, own = [2, *tokenizer(ask.given)["input_ids"]], tokenizer(ask.text)["input_ids"]
        logs = scores(name, ask.image, [*before, *own])
        expected = float(sum(logs[len(before) - 1 + k, token] for k, token in enumerate(own)))
        assert answer.told == {"log_probability": pytest.approx(expected, abs=1e-5 * len(own)), "tokens": len(own)}


@BOTH
def test_a_caption_does_not_depend_on_its_neighbours(name: str) -> None:
    target = Captioner(speaking.saved(name), max_tokens=6)
    together = target.caption(prompts(), range(5))
    assert speaking.near(together, target.caption(prompts()[::-1], range(5)[::-1])[::-1])
    assert speaking.near(together, [target.caption([p], [k])[0] for k, p in enumerate(prompts())])


@BOTH
def test_a_live_captioner_answers_as_its_folder(name: str) -> None:
    def live(seed: int = 0) -> Any:
        model, tokenizer, eye = speaking.made(name, seed)
        return model, eye, tokenizer

    one, other = Captioner(live(), max_tokens=4), Captioner(speaking.saved(name), max_tokens=4)
    assert speaking.near(one.caption(prompts(), range(5)), other.caption(prompts(), range(5)))
    assert one.fingerprint == Captioner(live()).fingerprint != Captioner(live(1)).fingerprint


class Mixing:
    """What makes input of words and pictures for a Llava: the picture's token as often as it has patches."""

    image_token, chat_template = "old", None

    def __init__(self) -> None:
        self.tokenizer, self.image_processor = speaking.tokenizer(), speaking.eye()

    def __call__(self, images: Any, text: Sequence[str], return_tensors: str) -> dict[str, Any]:
        words = self.tokenizer(text[0].replace("old", "old ", 1))["input_ids"]
        ids = [each for token in words for each in [token] * (4 if token == 18 else 1)]
        pixels = self.image_processor(images, return_tensors=return_tensors)["pixel_values"]
        return {
            "input_ids": torch.tensor([ids]),
            "attention_mask": torch.ones(1, len(ids)).long(),
            "pixel_values": pixels,
        }


def llava() -> Any:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    sees = CLIPVisionConfig(**speaking.SIZE, image_size=8, patch_size=4, projection_dim=16)
    says = LlamaConfig(**speaking.SIZE, **speaking.ids(19), max_position_embeddings=32, initializer_range=0.6)
    how = LlavaConfig(vision_config=sees, text_config=says, image_token_id=18, image_seq_length=4, eos_token_id=3)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlavaForConditionalGeneration(how).eval()


def test_a_model_that_takes_pictures_among_its_words() -> None:
    target = Captioner((llava(), Mixing()), max_tokens=4)
    asks = [Prompt("the nurse", image=tiny.picture(8)), Prompt("he", image=tiny.picture(8, 1))]
    together = target.caption(asks, [1, 2])
    assert speaking.near(together, target.caption(asks[::-1], [2, 1])[::-1])
    model, mixing = target.model
    inputs = mixing([Image.fromarray(np.asarray(asks[0].image))], ["old the"], "pt")
    inputs["input_ids"] = torch.cat([inputs["input_ids"], torch.tensor([mixing.tokenizer("she was")["input_ids"]])], 1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    with torch.no_grad():
        logs = model(**inputs).logits[0].double().log_softmax(dim=1)
    she, was = mixing.tokenizer("she was")["input_ids"]
    (scored,) = target.score([Prompt("she was", given="the", image=asks[0].image)], [0])
    assert isinstance(scored, Said)
    assert scored.told["log_probability"] == pytest.approx(float(logs[-3, she] + logs[-2, was]), abs=1e-4)


LONG = " ".join(["the"] * 25)
SAID_OF = {
    "Give the prompt an image, and no mask": lambda made: made.caption([Prompt("the")], [0]),
    "no mask": lambda made: made.caption([Prompt(image=tiny.picture(8), mask=tiny.half(8))], [0]),
    "Leave the turns out": lambda made: made.caption([Prompt(image=tiny.picture(8), turns=(("a", "b"),))], [0]),
    "There are 1 prompts and 2 seeds": lambda made: made.caption([Prompt(image=tiny.picture(8))], [0, 1]),
    "does not know all words of 'blorb'": lambda made: made.caption([Prompt("blorb", image=tiny.picture(8))], [0]),
    "is longer than": lambda made: made.caption([Prompt(LONG, image=tiny.picture(8))], [0]),
    "A caption of": lambda made: made.score([Prompt(LONG, image=tiny.picture(8))], [0]),
    "no words to score": lambda made: made.score([Prompt(image=tiny.picture(8))], [0]),
    "Give a folder, a hub id, or a live model": lambda made: Captioner(speaking.made("blip")[0]),
    "cannot sample. It can: score, caption.": lambda made: made.sample([Prompt()], [0]),
}


@pytest.mark.parametrize("words", SAID_OF)
@BOTH
def test_it_says_what_is_wrong_in_a_line(words: str, name: str) -> None:
    with pytest.raises(InputError) as told:
        SAID_OF[words](Captioner(speaking.saved(name)))
    assert words in str(told.value)
    assert "\n" not in str(told.value)
