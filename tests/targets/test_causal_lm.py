"""Causal language models: what they score, draw and decide, held against the plain way of doing each."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from math import exp, log
from typing import Any

import pytest
import torch
from scipy.stats import chisquare

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal, Said
from auditkit.targets import CausalLm
from tests.targets import speaking, tiny

GIVEN, SAID = ("", "the nurse", "he", "the old poet said that"), ("she was here", "he", "that the judge was old")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def pairs() -> list[Prompt]:
    return [Prompt(said, given=given) for given in GIVEN for said in SAID]


def plainly(model: Any, context: Sequence[int], own: Sequence[int]) -> float:
    """The log probability of some tokens after others, one sequence by itself."""
    ids = torch.tensor([[*context, *own]])
    with torch.no_grad():
        logs = model(input_ids=ids).logits[0].double().log_softmax(dim=1)
    return float(sum(logs[at - 1, ids[0, at]] for at in range(len(context), ids.shape[1])))


@pytest.mark.parametrize("name", ["gpt2", "chat", "spelling"])
def test_scores_are_those_of_a_plain_loop(name: str) -> None:
    model, tokenizer = speaking.made(name)
    answers = CausalLm(speaking.saved(name), chat=False).score(pairs(), [0] * 12)
    for prompt, answer in zip(pairs(), answers, strict=True):
        assert isinstance(answer, Said)
        context = tokenizer(prompt.given)["input_ids"]
        whole = tokenizer(f"{prompt.given} {prompt.text}" if prompt.given else prompt.text)["input_ids"]
        own = whole[len(context) :]
        expected = plainly(model, context or [tokenizer.bos_token_id], own)
        assert answer.told["tokens"] == len(own)
        assert answer.told["log_probability"] == pytest.approx(expected, abs=1e-5 * len(own))


@pytest.mark.parametrize("name", ["gpt2", "chat"])
def test_sampled_answers_do_not_depend_on_neighbours(name: str) -> None:
    target = CausalLm(speaking.saved(name), max_tokens=8)
    prompts = [Prompt(text) for text in ("the", "the nurse said that he", "", "she was", "old", "the judge")]
    together = target.generate(prompts, range(6))
    assert speaking.near(together, target.generate(prompts[::-1], range(6)[::-1])[::-1])
    assert speaking.near(together, [target.generate([p], [k])[0] for k, p in enumerate(prompts)])
    assert len({answer.text for answer in together if isinstance(answer, Said)}) > 3


def test_frequencies_of_a_six_word_model_are_its_chances() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        live = (speaking.gpt2(6, 4).eval(), speaking.tokenizer(words=("she",)))
    target = CausalLm(live, max_tokens=1)
    model, tokenizer = live
    with torch.no_grad():
        chances = model(input_ids=torch.tensor([[2]])).logits[0, -1].double().softmax(dim=0)
    n = 1200
    held = target._held  # the words of signs are none, so tokens are counted, not words
    from auditkit.targets.continuing import written
    from auditkit.targets.drawing import Drawing
    from auditkit.targets.noise import generator

    streams = [generator(seed) for seed in range(n)]
    with held.asked() as asked:
        made = written(asked, [[2]] * n, streams, Drawing(), pad=0, rooms=[1] * n, ended=lambda _: False)
    counts = Counter(each.tokens[0] for each in made)
    assert chisquare([counts[k] for k in range(6)], (chances * n).tolist()).pvalue > 1e-3
    answers = target.generate([Prompt()] * n, range(n))
    said = sum(isinstance(answer, Said) and answer.text == "she" for answer in answers)
    assert said == counts[5]
    assert tokenizer.decode([5]) == "she"


def test_what_was_drawn_has_the_probability_that_is_told() -> None:
    model, tokenizer = speaking.made("gpt2")
    for setting in ({}, {"temperature": 0.5}, {"top_k": 3}, {"top_p": 0.6}, {"greedy": True}):
        target = CausalLm((model, tokenizer), max_tokens=3, **setting)
        for seed in range(5):
            (answer,) = target.generate([Prompt("the nurse said")], [seed])
            if isinstance(answer, Said) and len(answer.text.split()) == answer.told["tokens"]:
                own = tokenizer(answer.text)["input_ids"]
                expected = plainly(model, tokenizer("the nurse said")["input_ids"], own)
                assert answer.told["log_probability"] == pytest.approx(expected, abs=1e-4)


def test_greedy_takes_the_likeliest_and_so_does_a_temperature_of_nothing() -> None:
    model, tokenizer = speaking.made("gpt2")
    ids = tokenizer("the nurse said")["input_ids"]
    with torch.no_grad():
        for _ in range(4):
            ids = [*ids, int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax())]
    made = [CausalLm((model, tokenizer), max_tokens=4, **how) for how in ({"greedy": True}, {"temperature": 0})]
    for target in made:
        (answer,) = target.generate([Prompt("the nurse said")], [9])
        assert isinstance(answer, Said)
        assert tokenizer.decode(ids[3 : 3 + answer.told["tokens"]], skip_special_tokens=True) == answer.text  # type: ignore[operator]


def test_it_stops_at_a_string_and_leaves_it_out() -> None:
    free = CausalLm(speaking.saved("gpt2"), max_tokens=12)
    for seed in range(20):
        (answer,) = free.generate([Prompt("the")], [seed])
        words = answer.text.split() if isinstance(answer, Said) else []
        if len(words) > 3 and words[0] != words[2]:
            (cut,) = CausalLm(speaking.saved("gpt2"), max_tokens=12, stop=words[2]).generate([Prompt("the")], [seed])
            assert isinstance(cut, Said)
            assert cut.text.split() == words[: words.index(words[2])]
            return
    pytest.fail("nothing long was said")


@pytest.mark.parametrize("name", ["gpt2", "spelling"])
def test_decisions_have_the_chances_of_all_their_tokens(name: str) -> None:
    model, tokenizer = speaking.made(name)
    options = ("he", "she was here", "the nurse")
    asks = ["the judge said that", "old", "the poet was"]
    target = CausalLm(speaking.saved(name))
    answers = target.decide([Prompt(ask, options=options) for ask in asks], [0, 1, 2])
    for ask, answer in zip(asks, answers, strict=True):
        assert isinstance(answer, Said)
        context = tokenizer(ask)["input_ids"]
        chances = [
            exp(plainly(model, context, tokenizer(f"{ask} {option}")["input_ids"][len(context) :]))
            for option in options
        ]
        assert [answer.told[f"P({option})"] for option in options] == pytest.approx(chances, rel=1e-4)
        assert answer.told["mass"] == pytest.approx(sum(chances), rel=1e-4)
    drawn = Counter(a.text for a in target.decide([Prompt("old", options=("he", "she"))] * 600, range(600)))  # type: ignore[union-attr]
    (likely,) = CausalLm(speaking.saved(name), greedy=True).decide([Prompt("old", options=("he", "she"))], [5])
    he, she = (float(likely.told[f"P({option})"]) for option in ("he", "she"))  # type: ignore[union-attr,arg-type]
    assert likely.text == ("he" if he >= she else "she")  # type: ignore[union-attr]
    assert chisquare([drawn["he"], drawn["she"]], [600 * he / (he + she), 600 * she / (he + she)]).pvalue > 1e-3


def test_a_chat_is_put_as_the_template_says() -> None:
    model, tokenizer = speaking.made("chat")
    target = CausalLm(speaking.saved("chat"))
    turns = (("the nurse", "he was"),)
    put = "said the judge that the nurse that he was that old that she"
    (decided,) = target.decide([Prompt("old", given="the judge", turns=turns, options=("here", "old"))], [0])
    context = tokenizer(put)["input_ids"]
    expected = [exp(plainly(model, context, tokenizer(option)["input_ids"])) for option in ("here", "old")]
    assert [decided.told["P(here)"], decided.told["P(old)"]] == pytest.approx(expected, rel=1e-4)  # type: ignore[union-attr]
    (scored,) = target.score([Prompt("was here", given="he", turns=turns)], [0])
    context = tokenizer("the nurse that he was that he that she")["input_ids"]
    expected_log = plainly(model, context, tokenizer("was here")["input_ids"])
    assert scored.told["log_probability"] == pytest.approx(expected_log, abs=1e-4)  # type: ignore[union-attr]
    plain = CausalLm(speaking.saved("chat"), chat=False)
    bare = plain.decide([Prompt("the judge the nurse he was old", options=("here", "old"))], [0])
    joined = plain.decide([Prompt("old", given="the judge", turns=turns, options=("here", "old"))], [0])
    assert joined == bare


def test_a_head_tells_where_it_looked() -> None:
    target = CausalLm(speaking.saved("gpt2"), attention=(1, 0), max_tokens=3)
    (made,), (scored,) = target.generate([Prompt("the nurse said")], [1]), target.score([Prompt("he was")], [0])
    for answer in (made, scored):
        assert isinstance(answer, Said)
        looks = answer.attention
        assert looks is not None
        assert looks.rows == looks.columns
        assert [sum(row) for row in looks.weights] == pytest.approx([1] * len(looks.rows), abs=1e-5)
        assert looks.weights[0][1:] == [0] * (len(looks.rows) - 1)
    assert scored.attention.rows == ("[BOS]", "he", "was")  # type: ignore[union-attr]
    plain = CausalLm(speaking.saved("gpt2"), max_tokens=3).generate([Prompt("the nurse said")], [1])[0]
    assert plain.text == made.text  # type: ignore[union-attr]


def test_a_live_model_is_known_by_its_weights_and_its_words() -> None:
    live = speaking.made("gpt2")
    assert CausalLm(live).fingerprint == CausalLm(speaking.made("gpt2")).fingerprint
    assert CausalLm(live).fingerprint != CausalLm((live[0], speaking.made("chat")[1])).fingerprint
    assert CausalLm(live).title == "a live GPT2LMHeadModel"
    with pytest.raises(InputError, match="cannot be sent"):
        pickle.dumps(CausalLm(live))


def test_unknown_words_are_refused_and_the_others_answered() -> None:
    prompts = [Prompt("the blorb"), Prompt("the nurse")]
    target = CausalLm(speaking.saved("gpt2"))
    for verb in ("generate", "score", "embed"):
        one, two = getattr(target, verb)(prompts, [1, 2])
        assert one == Refusal("it does not know: blorb")
        assert speaking.near([two], getattr(target, verb)(prompts[1:], [2]))


def test_the_probability_of_all_two_word_answers_is_that_of_the_first_word() -> None:
    words = (*speaking.SIGNS, *speaking.WORDS)
    target = CausalLm(speaking.saved("gpt2"))
    known = [word for word in words if not word.startswith("[UNK")]
    pairs = target.score([Prompt(f"she {word}", given="the") for word in known], [0] * len(known))
    first = target.score([Prompt("she", given="the")], [0])[0]
    total = sum(exp(float(answer.told["log_probability"])) for answer in pairs)  # type: ignore[union-attr,arg-type]
    lacks = target.decide([Prompt("the she", options=tuple(known))], [0])[0]
    share = float(lacks.told["mass"])  # type: ignore[union-attr,arg-type]
    assert log(total) == pytest.approx(float(first.told["log_probability"]) + log(share), abs=1e-4)  # type: ignore[union-attr,arg-type]


LONG = " ".join(["the"] * 25)
SAID_OF = {
    "is 25 tokens, and gpt2-0 reads 24": lambda made: made.score([Prompt(LONG)], [0]),
    "reads 24: the rest would be ignored": lambda made: made.generate([Prompt(LONG)], [0]),
    "There are no words to score": lambda made: made.score([Prompt("", given="he")], [0]),
    "There are no options to choose from": lambda made: made.decide([Prompt("he")], [0]),
    "cannot spell the option 'blorb'": lambda made: made.decide([Prompt("he", options=("she", "blorb"))], [0]),
    "Options are different words": lambda made: made.decide([Prompt("he", options=("she", "she"))], [0]),
    "has a picture": lambda made: made.generate([Prompt("he", image=tiny.picture(8))], [0]),
    "has no chat template": lambda made: CausalLm(made.model, chat=True).generate([Prompt("he")], [0]),
    "no words to embed": lambda made: made.embed([Prompt("")], [0]),
    "has 2 layers of 2 heads": lambda made: CausalLm(made.model, attention=(2, 0)).score([Prompt("he")], [0]),
    "Open it with attn_implementation='eager'": lambda made: CausalLm(speaking.made("gpt2"), attention=(0, 0)).score(
        [Prompt("he")], [0]
    ),
    "temperature is -1": lambda made: CausalLm(made.model, temperature=-1),
    "top_p is 0": lambda made: CausalLm(made.model, top_p=0),
    "Give a folder, a hub id, or a live model with its tokenizer": lambda made: CausalLm(speaking.made("gpt2")[0]),
    "cannot fill_mask. It can: generate, score, embed, decide.": lambda made: made.fill_mask([Prompt("he")], [0]),
}


@pytest.mark.parametrize("words", SAID_OF)
def test_it_says_what_is_wrong_in_a_line(words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID_OF[words](CausalLm(speaking.saved("gpt2")))
    assert words in str(told.value)
    assert "\n" not in str(told.value)
