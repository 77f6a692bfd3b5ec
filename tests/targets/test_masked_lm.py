"""Masked language models: their slots and pseudo-likelihoods, held against the plain way of masking one by one."""

from __future__ import annotations

from collections import Counter
from math import exp

import pytest
import torch
from scipy.stats import chisquare

from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, OTHER, Prompt
from auditkit.core.target import Refusal, Said
from auditkit.targets import MaskedLm
from auditkit.targets.masking import shared
from tests.targets import speaking, tiny


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def chances(name: str, ids: list[int], place: int) -> torch.Tensor:
    """Of every word in one place of one sentence, by itself."""
    model, _ = speaking.made(name)
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits[0, place].double().softmax(dim=0)


def plainly(name: str, ids: list[int], places: list[int]) -> float:
    masked = [([*ids[:place], 4, *ids[place + 1 :]], place) for place in places]
    return float(sum(chances(name, copy, place)[ids[place]].log() for copy, place in masked))


def test_the_pseudo_likelihood_is_that_of_masking_one_by_one() -> None:
    _, tokenizer = speaking.made("bert")
    texts = ["the nurse said that she was here", "he", "the old judge"]
    answers = MaskedLm(speaking.saved("bert")).score([Prompt(text) for text in texts], [0] * 3)
    for text, answer in zip(texts, answers, strict=True):
        assert isinstance(answer, Said)
        ids = tokenizer(text)["input_ids"]
        n = len(ids) - 2
        assert answer.told["tokens"] == n
        expected = plainly("bert", ids, list(range(1, n + 1)))
        assert answer.told["log_probability"] == pytest.approx(expected, abs=1e-5 * n)


def test_a_minimal_pair_is_scored_on_what_it_shares() -> None:
    _, tokenizer = speaking.made("bert")
    more, less = "the nurse said that she was here", "the old doctor said that he was here"
    one, other = MaskedLm(speaking.saved("bert")).score([Prompt(more, beside=less), Prompt(less, beside=more)], [0, 0])
    assert isinstance(one, Said)
    assert isinstance(other, Said)
    assert one.told["tokens"] == other.told["tokens"] == 5  # the ... said that ... was here
    expected = plainly("bert", tokenizer(more)["input_ids"], [1, 3, 4, 6, 7])
    assert one.told["log_probability"] == pytest.approx(expected, abs=1e-4)
    (after,) = MaskedLm(speaking.saved("bert")).score([Prompt("was here", given="the nurse")], [0])
    assert isinstance(after, Said)
    expected = plainly("bert", tokenizer("the nurse was here")["input_ids"], [3, 4])
    assert after.told["log_probability"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("one", "other"), [([1, 2, 1, 2, 3], [2, 1, 2, 2]), ([5, 6], [7, 8]), ([1, 2, 3], [1, 2, 3])])
def test_both_sides_share_the_same_tokens(one: list[int], other: list[int]) -> None:
    here, there = [one[k] for k in shared(one, other)], [other[k] for k in shared(other, one)]
    assert here == there


def test_a_slot_is_filled_as_often_as_the_model_believes() -> None:
    _, tokenizer = speaking.made("bert")
    text, options = f"the nurse said that {MASK} was here", ("he", "she", "they")
    n = 1500
    answers = MaskedLm(speaking.saved("bert")).fill_mask([Prompt(text, options=options)] * n, range(n))
    ids = tokenizer(text)["input_ids"]
    all_ = chances("bert", ids, 5)
    expected = [float(all_[tokenizer(option)["input_ids"][1]]) for option in options]
    first = answers[0]
    assert isinstance(first, Said)
    assert [first.told[f"P({option})"] for option in options] == pytest.approx(expected, rel=1e-4)
    assert first.told["mass"] == pytest.approx(sum(expected), rel=1e-4)
    counts = Counter(answer.text for answer in answers if isinstance(answer, Said))
    rest = 1 - sum(expected)
    found = [counts[each] for each in (*options, OTHER)]
    assert chisquare(found, [n * each for each in (*expected, rest)]).pvalue > 1e-3
    free = MaskedLm(speaking.saved("bert")).fill_mask([Prompt(text)] * n, range(n))
    drawn = Counter(answer.text for answer in free if isinstance(answer, Said))
    signs = (*speaking.SIGNS, *speaking.WORDS)
    assert chisquare([drawn[word] for word in signs], (all_ * n).tolist()).pvalue > 1e-3


def test_an_option_of_letters_is_spelled_from_left_to_right() -> None:
    _, tokenizer = speaking.made("guessing")
    (answer,) = MaskedLm(speaking.saved("guessing")).fill_mask([Prompt(f"the {MASK} was", options=("he", "o"))], [0])
    assert isinstance(answer, Said)
    ids = tokenizer("the he was")["input_ids"]
    first = chances("guessing", [*ids[:5], 4, 4, *ids[7:]], 5)[ids[5]]
    second = chances("guessing", [*ids[:6], 4, *ids[7:]], 6)[ids[6]]
    assert answer.told["P(he)"] == pytest.approx(float(first * second), rel=1e-4)
    ids = tokenizer("the o was")["input_ids"]
    assert answer.told["P(o)"] == pytest.approx(
        float(chances("guessing", [*ids[:5], 4, *ids[6:]], 5)[ids[5]]), rel=1e-4
    )


def test_a_head_tells_where_it_looked() -> None:
    (answer,) = MaskedLm(speaking.saved("bert"), attention=(0, 1)).fill_mask([Prompt(f"the {MASK}")], [0])
    assert isinstance(answer, Said)
    looks = answer.attention
    assert looks is not None
    assert looks.of == "layer 0, head 1"
    assert looks.columns == ("[BOS]", "the", "[MASK]", "[EOS]")
    assert [sum(row) for row in looks.weights] == pytest.approx([1] * 4, abs=1e-5)


def test_chances_are_the_same_in_any_company() -> None:
    target = MaskedLm(speaking.saved("bert"))
    texts = ["the [MASK]", "the nurse said that [MASK] was here", "[MASK]", "old [MASK] here"]
    prompts = [Prompt(text, options=("he", "nurse")) for text in texts]
    together = target.fill_mask(prompts, range(4))
    assert speaking.near(together, target.fill_mask(prompts[::-1], range(4)[::-1])[::-1], 1e-6)
    assert speaking.near(together, [target.fill_mask([p], [k])[0] for k, p in enumerate(prompts)], 1e-6)
    assert all(isinstance(a, Said) and 0 < exp(-1e9) + float(a.told["mass"]) <= 1 for a in together)  # type: ignore[arg-type]


def test_unknown_words_are_refused() -> None:
    target = MaskedLm(speaking.saved("bert"))
    one, two = target.fill_mask([Prompt(f"blorb {MASK}"), Prompt(f"the {MASK}")], [0, 1])
    assert one == Refusal("it does not know: blorb")
    assert isinstance(two, Said)


LONG = " ".join(["the"] * 25)
SAID_OF = {
    "has 0 slots [MASK]": lambda made: made.fill_mask([Prompt("the nurse")], [0]),
    "has 2 slots [MASK]": lambda made: made.fill_mask([Prompt(f"{MASK} {MASK}")], [0]),
    "cannot spell the option 'blorb'": lambda made: made.fill_mask([Prompt(MASK, options=("he", "blorb"))], [0]),
    "is 27 tokens, and bert-0 reads 24": lambda made: made.score([Prompt(LONG)], [0]),
    "reads 24: the rest": lambda made: made.fill_mask([Prompt(f"{LONG} {MASK}")], [0]),
    "Leave the turns out": lambda made: made.score([Prompt("he", turns=(("a", "b"),))], [0]),
    "There are no words to score": lambda made: made.score([Prompt("he", beside="she")], [0]),
    "has a picture": lambda made: made.score([Prompt("he", image=tiny.picture(8))], [0]),
    "has no mask token": lambda _: MaskedLm((speaking.made("bert")[0], speaking.tokenizer())).fill_mask(
        [Prompt(MASK)], [0]
    ),
    "cannot generate. It can: score, fill_mask, embed.": lambda made: made.generate([Prompt("he")], [0]),
    "cannot be opened as AutoModelForMaskedLM": lambda _: MaskedLm(speaking.saved("gpt2")).score([Prompt("he")], [0]),
}


@pytest.mark.parametrize("words", SAID_OF)
def test_it_says_what_is_wrong_in_a_line(words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID_OF[words](MaskedLm(speaking.saved("bert")))
    assert words in str(told.value)
    assert "\n" not in str(told.value)
