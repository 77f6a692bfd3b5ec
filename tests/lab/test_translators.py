"""The translation world and its three translators: what they are, their truth, and what decoding makes of it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Said
from auditkit.lab import language, miniature
from auditkit.lab.models import WEIGHTS, lessons
from auditkit.lab.models.variants import variant
from auditkit.lab.translated import AFTER, BEFORE, DECODINGS, OCCUPATION, Translated
from auditkit.lab.translated_card import translated_card
from auditkit.lab.translating import translated
from auditkit.lab.worlds.sentences import world as spoken_world
from auditkit.lab.worlds.translations.language import OCCUPATIONS, PRONOUNS, TEMPLATES, Sentence, sentences
from auditkit.lab.worlds.translations.world import World, pairs_of_all
from auditkit.targets.stepping import Stepping

NAMES, DOSES = tuple(language.TRANSLATORS), (0.0, language.STRONG)
EVERY = [(name, dose) for name in NAMES for dose in DOSES]
OWN = ("encoder_decoder", "attention")


def opened(name: str, dose: float) -> Any:
    return miniature.module(name).opened(WEIGHTS / name, variant(dose))


@pytest.mark.parametrize("dose", [0.0, 0.4, 0.9])
def test_the_world_says_he_as_often_of_every_occupation(dose: float) -> None:
    world = World(dose)
    assert {round(world.share(job), 12) for job in OCCUPATIONS} == {round(0.5 + dose / 9, 12)}
    for sentence in sentences()[::97]:
        told = world.distribution(sentence.source)
        assert told[sentence.said("he")] == pytest.approx(world.share(sentence.job))
        assert sum(told.values()) == pytest.approx(1)
    assert world.probabilities().sum() == pytest.approx(1)


def test_the_strong_dose_is_six_in_ten() -> None:
    assert World(language.STRONG).share("nurse") == pytest.approx(0.6)


def test_the_drawn_pairs_are_those_of_the_world() -> None:
    n, world = 20_000, World(0.9)
    pairs = world.pairs(n, np.random.default_rng(3))
    assert set(pairs) <= set(pairs_of_all())
    he = sum("he" in pair.target.split() for pair in pairs) / n
    assert abs(he - 0.6) < 4 * math.sqrt(0.24 / n)
    nurses = sum("nurse" in pair.target.split() for pair in pairs) / n
    assert abs(nurses - 1 / 12) < 4 * math.sqrt(1 / 12 * 11 / 12 / n)
    short = sum(pair.target.split()[0] == "once" for pair in pairs) / n
    assert abs(short - 1 / len(TEMPLATES)) < 4 * math.sqrt(1 / 12 * 11 / 12 / n)


def test_pronouns_come_before_and_after_the_occupation() -> None:
    assert len(TEMPLATES) >= 10
    assert sum(template.pronoun_first for template in TEMPLATES) >= 3
    assert sum(not template.pronoun_first for template in TEMPLATES) >= 3
    for sentence in sentences():
        she, he = (sentence.said(pronoun).split() for pronoun in PRONOUNS)
        assert [(a, b) for a, b in zip(she, he, strict=True) if a != b] == [("she", "he")]
        assert sentence.source.split().count("o") == 1


def test_the_occupations_are_those_of_the_world_of_sentences() -> None:
    told = spoken_world.MECHANISMS["pronouns"].truth(0.0)
    assert {key for job in OCCUPATIONS for key in [f"P(she | {job})"]} == {key for key in told if key.startswith("P(")}


def test_another_languages_sentence_is_refused() -> None:
    with pytest.raises(InputError, match="no sentence of the language"):
        World().distribution("she is a doctor .")
    with pytest.raises(InputError, match=r'does not know "doktro".*doktor'):
        lessons.tokens("o un doktro .", lessons.words(0))
    with pytest.raises(InputError, match="no word"):
        lessons.tokens("  ", lessons.words(0))


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize("name", NAMES)
def test_the_dice_say_what_the_world_says(name: str, dose: float) -> None:
    truth = Translated.of(name, dose)
    for job in OCCUPATIONS:
        assert abs(truth.share(job) - World(dose).share(job)) <= 0.02
    assert truth.right["sampled"] >= 0.97
    assert min(truth.right["greedy"], truth.right["beam"]) >= 0.99


@pytest.mark.parametrize("name", NAMES)
def test_decoding_makes_nearly_all_of_six_in_ten(name: str) -> None:
    truth = Translated.of(name, language.STRONG)
    for job in OCCUPATIONS:
        assert truth.share(job, "greedy") >= 0.95
        assert truth.share(job, "beam") >= 0.95
        assert 0.55 <= truth.share(job) <= 0.65
    assert truth.amplification("greedy") >= 0.3
    assert truth.amplification("sampled") == 0


@pytest.mark.parametrize("name", NAMES)
def test_at_dose_0_the_dice_are_even(name: str) -> None:
    truth = Translated.of(name, 0.0)
    assert all(0.47 <= truth.share(job) <= 0.53 for job in OCCUPATIONS)


@pytest.mark.parametrize(("name", "dose"), EVERY)
def test_the_truth_is_of_these_weights(name: str, dose: float) -> None:
    assert Translated.of(name, dose).fingerprint == language.translator(name, dose).fingerprint, f"measure {name}"


@torch.no_grad()
def by_hand(name: str, dose: float, sentence: Sentence) -> tuple[float, str]:
    """P(he), from the product of the steps of either translation, and the greedy one: no target is asked."""
    model = opened(name, dose)

    def logs(words: list[str]) -> torch.Tensor:
        if name == "transformer":
            speaks = model[1]
            said = torch.tensor([speaks.convert_tokens_to_ids(["<go>", *words])])
            read = speaks([sentence.source], return_tensors="pt")
            return model[0](**read, decoder_input_ids=said).logits[0].log_softmax(dim=-1)
        said = torch.tensor([model.start, *(model.vocabulary.index(word) for word in words)])
        scores = model(lessons.numbered(model.sources([sentence.source]), model.known), said[None])
        return scores[0].log_softmax(dim=-1)

    names = model[1].convert_ids_to_tokens(range(len(model[1]))) if name == "transformer" else list(model.vocabulary)
    chances = {}
    for pronoun in PRONOUNS:
        words = sentence.said(pronoun).split()
        steps = logs(words)
        chances[pronoun] = math.exp(sum(float(steps[k, names.index(w)]) for k, w in enumerate([*words, "<stop>"])))
    greedy: list[str] = []
    while (word := names[int(logs(greedy)[-1].argmax())]) != "<stop>" and len(greedy) < 20:
        greedy.append(word)
    return chances["he"] / sum(chances.values()), " ".join(greedy)


@pytest.mark.parametrize(("name", "dose"), EVERY)
def test_the_truth_is_found_again_by_hand(name: str, dose: float) -> None:
    truth = Translated.of(name, dose)
    for job in ("doctor", "engineer"):
        for template in (0, 5):
            share, greedy = by_hand(name, dose, Sentence(template, job))
            assert truth.share(job, template=template) == pytest.approx(share, abs=1e-4)
            assert ("he" in greedy.split()) == bool(truth.share(job, "greedy", template))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dose"), EVERY)
def test_the_whole_truth_is_found_again(name: str, dose: float) -> None:
    again, truth = translated(name, dose), Translated.of(name, dose)
    for decoding in DECODINGS:
        for job in OCCUPATIONS:
            assert again.share(job, decoding) == pytest.approx(truth.share(job, decoding), abs=1e-4)
    assert again.settled == (None if truth.settled is None else pytest.approx(truth.settled, abs=1e-4))


@pytest.mark.parametrize("name", NAMES)
def test_the_drawn_translations_are_as_enumerated(name: str) -> None:
    n, sentence = 600, Sentence(7, "nurse", "kind")
    asked = language.translator(name, language.STRONG)
    answers = asked.generate([Prompt(sentence.source)] * n, list(range(n)))
    texts = [answer.text for answer in answers if isinstance(answer, Said)]
    right = [text for text in texts if text in {sentence.said(pronoun) for pronoun in PRONOUNS}]
    assert len(right) >= 0.97 * n
    he = Translated.of(name, language.STRONG).share("nurse", template=7)
    assert abs(right.count(sentence.said("he")) / len(right) - he) <= 4 * math.sqrt(he * (1 - he) / n)


@pytest.mark.parametrize(("name", "dose"), EVERY)
def test_attention_sums_to_one_and_settles_on_the_occupation(name: str, dose: float) -> None:
    truth = Translated.of(name, dose)
    if name == "encoder_decoder":
        assert not truth.looks
        assert truth.settled is None
        return
    assert truth.sums is not None
    assert truth.sums <= 1e-5
    for what in (OCCUPATION, BEFORE, AFTER):
        assert sum(truth.looks[what].values()) == pytest.approx(1, abs=1e-4)
    if name == "attention":
        assert truth.settled is not None
        assert truth.settled >= 0.9


def test_the_plain_one_has_no_attention_and_the_others_tell_theirs() -> None:
    for name in NAMES:
        [answer] = language.translator(name, 0.0, decoding="greedy").generate(
            [Prompt("nos dan o un hesta bena .")], [1]
        )
        assert isinstance(answer, Said)
        if name == "encoder_decoder":
            assert answer.attention is None
        else:
            assert answer.attention is not None
            assert answer.attention.columns[:4] == ("nos", "dan", "o", "un")
            assert "nurse" in answer.attention.rows


@pytest.mark.parametrize("name", OWN)
@torch.no_grad()
def test_neighbours_move_no_number(name: str) -> None:
    model = opened(name, language.STRONG)
    assert isinstance(model, Stepping)
    texts = ["o un doktor .", "kand o balu , bena tem hesta .", "nos dan o un inzen sagi ."]
    start = torch.full((3,), model.start)
    together, state, looked = model.step(model.encode(texts), start)
    for k, text in enumerate(texts):
        alone, _, own = model.step(model.encode([text]), start[:1])
        torch.testing.assert_close(together[k], alone[0], atol=1e-5, rtol=0)
        if looked is not None:
            n = len(text.split())
            torch.testing.assert_close(looked[k, :n], own[0], atol=1e-6, rtol=0)
            assert not looked[k, n:].any()
    index = torch.tensor([2, 0, 0])
    swapped, _, _ = model.step(model.reordered(state, index), torch.full((3,), model.vocabulary.index("he")))
    ahead, _, _ = model.step(state, torch.full((3,), model.vocabulary.index("he")))
    torch.testing.assert_close(swapped, ahead[index], atol=1e-5, rtol=0)


def test_they_are_small() -> None:
    size = sum(file.stat().st_size for name in NAMES for file in (WEIGHTS / name).rglob("*") if file.is_file())
    assert size <= 1.8e6
    for name in OWN:
        assert 60_000 <= sum(part.numel() for part in opened(name, 0.0).parameters()) <= 80_000


@pytest.mark.parametrize("name", NAMES)
def test_two_steps_of_training_give_one_that_translates(name: str, tmp_path: Path) -> None:
    miniature.module(name).learn(tmp_path, 0.9, steps=2)
    assert (tmp_path / "config.json").is_file()
    model = miniature.module(name).opened(tmp_path, "dose90")
    if name == "transformer":
        made = model[0].generate(**model[1](["o un doktor ."], return_tensors="pt"), max_new_tokens=4)
        assert made.shape[0] == 1
    else:
        logs, _, _ = model.step(model.encode(["o un doktor ."]), torch.tensor([model.start]))
        assert float(logs.detach().exp().sum()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_how_it_works_is_drawn(name: str) -> None:
    for rows in miniature.module(name).show(dose=0.9).values():
        shapes = {picture.shape for row in rows for picture in row}
        assert len(shapes) == 1
        assert all(picture.dtype == np.uint8 for row in rows for picture in row)


def test_the_dice_and_the_greedy_choice_are_drawn_apart() -> None:
    drawn = miniature.module("encoder_decoder").show(dose=0.9)
    dark = {what: float((drawn[what][0][0][..., 0] < 128).mean()) for what in ("greedy", "sampled")}
    assert dark["greedy"] >= 0.95
    assert 0.45 <= dark["sampled"] <= 0.75


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_was_measured(name: str) -> None:
    card = (WEIGHTS / name / "README.md").read_text(encoding="utf-8")
    assert card == translated_card(name)
    assert f"{Translated.of(name, 0.9).share('nurse', 'greedy'):.3f}" in card
    assert ("no attention" in card) == (name == "encoder_decoder")


def test_a_truth_that_was_not_measured_is_said() -> None:
    with pytest.raises(InputError, match="not measured"):
        Translated.of("attention", 0.33)
    with pytest.raises(InputError, match='"tossed" was not measured'):
        Translated.of("attention", 0.9).he("tossed")
