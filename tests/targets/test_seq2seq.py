"""Encoder-decoders: words drawn, greedy and by beams, of models of transformers and of one's own."""

from __future__ import annotations

import itertools
import pickle
from collections import Counter
from collections.abc import Sequence
from math import exp
from typing import Any

import pytest
import torch
from scipy.stats import chisquare

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal, Said
from auditkit.targets import Seq2Seq
from auditkit.targets.stepping import beamed, forced
from tests.targets import speaking, tiny

TEXTS = ("the nurse said", "he", "the old judge was here")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def plainly(name: str, source: str, own: Sequence[int]) -> float:
    """The log probability of tokens said of one source, all at once."""
    model, tokenizer = speaking.made(name)
    ids = torch.tensor([tokenizer(source)["input_ids"]])
    with torch.no_grad():
        scores = model(input_ids=ids, decoder_input_ids=torch.tensor([[0, *own[:-1]]])).logits[0].double()
    if name == "marian":
        scores[:, 0] = -torch.inf
    logs = scores.log_softmax(dim=1)
    return float(sum(logs[at, token] for at, token in enumerate(own)))


@pytest.mark.parametrize("name", ["t5", "marian"])
def test_scores_are_those_of_a_plain_loop(name: str) -> None:
    _, tokenizer = speaking.made(name)
    pairs = list(itertools.product(TEXTS, ("she was here", "he")))
    answers = Seq2Seq(speaking.saved(name)).score([Prompt(said, given=source) for source, said in pairs], [0] * 6)
    for (source, said), answer in zip(pairs, answers, strict=True):
        assert isinstance(answer, Said)
        own = tokenizer(said)["input_ids"][1:]
        assert answer.told["tokens"] == len(own)
        assert answer.told["log_probability"] == pytest.approx(plainly(name, source, own), abs=2e-5 * len(own))


@pytest.mark.parametrize("name", ["t5", "marian"])
@pytest.mark.parametrize("beams", [1, 3])
def test_greedy_and_beams_find_what_the_library_finds(name: str, beams: int) -> None:
    model, tokenizer = speaking.made(name)
    how: dict[str, Any] = {"decoding": "greedy"} if beams == 1 else {"decoding": "beam", "beams": beams}
    answers = Seq2Seq(speaking.saved(name), max_tokens=6, **how).generate([Prompt(text) for text in TEXTS], [0] * 3)
    for text, answer in zip(TEXTS, answers, strict=True):
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        found = model.generate(
            input_ids=ids, max_new_tokens=6, num_beams=beams, do_sample=False, length_penalty=0.0, early_stopping=False
        )[0]
        theirs = tokenizer.decode(found, skip_special_tokens=True)
        if isinstance(answer, Said):
            own = [token for token in found.tolist()[1:] if token != 0]
            assert answer.text == theirs or answer.told["log_probability"] >= plainly(name, text, own) - 1e-4
        else:
            assert theirs == ""


def test_many_beams_find_the_likeliest_of_all() -> None:
    model = speaking.stepper()
    words = range(len(model.vocabulary))
    every = [[1], *([a, 1] for a in words if a != 1), *([a, b] for a in words for b in words if a != 1)]
    with torch.no_grad():
        chances = forced(model, ["lo ra"] * len(every), every)
        (best,) = beamed(model, ["lo ra"], 300, 2)
    ended = [each for each in chances if each.tokens[-1] == 1]
    expected = max(ended, key=lambda each: each.log_probability)
    assert best.tokens == expected.tokens
    assert best.log_probability == pytest.approx(expected.log_probability, abs=1e-5)


def test_what_is_sampled_comes_as_often_as_the_model_believes() -> None:
    target, n = Seq2Seq(speaking.own(), max_tokens=1), 1500
    answers = target.generate([Prompt("lo mu")] * n, range(n))
    counts = Counter(answer.text if isinstance(answer, Said) else "stop" for answer in answers)
    model = speaking.stepper()
    with torch.no_grad():
        logs, _, _ = model.step(model.encode(["lo mu"]), torch.tensor([0]))
    chances = logs[0].double().softmax(dim=0).tolist()
    assert chisquare([counts[word] for word in model.vocabulary], [n * each for each in chances]).pvalue > 1e-3


@pytest.mark.parametrize(
    "make", [lambda: Seq2Seq(speaking.saved("marian"), max_tokens=6), lambda: Seq2Seq(speaking.own(), max_tokens=6)]
)
def test_an_answer_does_not_depend_on_its_neighbours(make: Any) -> None:
    target = make()
    texts = TEXTS if isinstance(target.model, type(tiny.PLACE)) else ("lo", "ra ti mu lo", "mu mu")
    prompts = [Prompt(text) for text in texts]
    together = target.generate(prompts, [5, 6, 7])
    assert speaking.near(together, target.generate(prompts[::-1], [7, 6, 5])[::-1])
    assert speaking.near(together, [target.generate([p], [s])[0] for p, s in zip(prompts, (5, 6, 7), strict=True)])


def test_attention_of_ones_own_model_is_what_it_says() -> None:
    live = speaking.stepper()
    prompts = [Prompt("lo ra ti mu"), Prompt("mu")]
    long, short = Seq2Seq(live, attention=True, decoding="greedy", max_tokens=4).generate(prompts, [1, 2])
    for answer, columns in ((long, ("lo", "ra", "ti", "mu")), (short, ("mu",))):
        assert isinstance(answer, Said)
        looks = answer.attention
        assert looks is not None
        assert (looks.columns, looks.of) == (columns, "decoder on source")
        assert looks.rows == tuple(answer.text.split())
        assert [sum(row) for row in looks.weights] == pytest.approx([1] * len(looks.rows), abs=1e-5)
    (none,) = Seq2Seq(speaking.stepper(0, False), attention=True, decoding="greedy").generate(prompts[:1], [1])
    assert isinstance(none, Said)
    assert none.attention is None
    (plain,) = Seq2Seq(live, decoding="greedy", max_tokens=4).generate(prompts[:1], [1])
    assert (plain.text, plain.attention) == (long.text, None)  # type: ignore[union-attr]


@pytest.mark.parametrize("decoding", ["sampled", "beam"])
def test_attention_of_transformers_is_the_mean_of_its_last_layer(decoding: Any) -> None:
    target = Seq2Seq(speaking.saved("marian"), attention=True, max_tokens=4, decoding=decoding)
    model, tokenizer = speaking.made("marian")
    (answer,) = target.generate([Prompt("he was here")], [3])
    assert isinstance(answer, Said)
    looks = answer.attention
    assert looks is not None
    own = [tokenizer.convert_tokens_to_ids(token) for token in looks.rows]
    model.set_attn_implementation("eager")
    with torch.no_grad():
        told = model(
            input_ids=torch.tensor([tokenizer("he was here")["input_ids"]]),
            decoder_input_ids=torch.tensor([[0, *own[:-1]]]),
            output_attentions=True,
        ).cross_attentions[-1]
    assert torch.allclose(torch.tensor(looks.weights).double(), told[0].mean(dim=0).double(), atol=1e-5)


def test_what_is_given_stands_before_the_words() -> None:
    target = Seq2Seq(speaking.saved("t5"), decoding="greedy")
    assert target.generate([Prompt("was here", given="he")], [0]) == target.generate([Prompt("he was here")], [0])


def test_chances_of_a_score_are_chances() -> None:
    model = speaking.stepper()
    words = [word for word in model.vocabulary if word != "stop"]
    answers = Seq2Seq(model).score([Prompt(word, given="ti") for word in words], [0] * len(words))
    assert 0 < sum(exp(float(answer.told["log_probability"])) for answer in answers) < 1  # type: ignore[union-attr,arg-type]


def test_unknown_words_are_refused_and_a_folder_travels() -> None:
    target = Seq2Seq(speaking.own(), max_tokens=3)
    one, two = target.generate([Prompt("blorb"), Prompt("lo")], [1, 2])
    assert one == Refusal("There is no word blorb.")
    there = pickle.loads(pickle.dumps(target))  # as a process pool sends it: bytes made on this line
    assert there.fingerprint == target.fingerprint != Seq2Seq(speaking.own(1)).fingerprint
    assert speaking.near(there.generate([Prompt("lo")], [2]), [two])
    assert target.score([Prompt("blorb", given="lo")], [0]) == [Refusal("it does not know: blorb")]
    assert Seq2Seq(speaking.stepper()).fingerprint == Seq2Seq(speaking.stepper()).fingerprint


SAID_OF = {
    'There is no decoding "beams". Did you mean "beam"?': lambda: Seq2Seq("a/b", decoding="beams"),  # type: ignore[arg-type]
    "Give at least 1": lambda: Seq2Seq("a/b", beams=0),
    "Leave the turns out": lambda: Seq2Seq(speaking.own()).generate([Prompt("lo", turns=(("a", "b"),))], [0]),
    "has no words": lambda: Seq2Seq(speaking.own()).generate([Prompt("")], [0]),
    "in score, a given": lambda: Seq2Seq(speaking.own()).score([Prompt("he")], [0]),
    "has a picture": lambda: Seq2Seq(speaking.own()).generate([Prompt("lo", image=tiny.picture(8))], [0]),
    "reads 24: the rest": lambda: Seq2Seq(speaking.saved("marian")).generate([Prompt(" ".join(["he"] * 30))], [0]),
    "was opened with attention that is not kept": lambda: Seq2Seq(speaking.made("t5"), attention=True).generate(
        [Prompt("he")], [0]
    ),
    "Give a folder, a hub id, or a live model": lambda: Seq2Seq(3),
    "cannot embed. It can: generate, score.": lambda: Seq2Seq(speaking.own()).embed([Prompt("lo")], [0]),
}


@pytest.mark.parametrize("words", SAID_OF)
def test_it_says_what_is_wrong_in_a_line(words: str) -> None:
    with pytest.raises(InputError) as told:
        SAID_OF[words]()
    assert words in str(told.value)
    assert "\n" not in str(told.value)
