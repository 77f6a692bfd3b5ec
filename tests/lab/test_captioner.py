"""The miniature captioner: what it learns from, what it says and leaves unsaid, and its stored truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.evidence import UNIT, Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.target import Said
from auditkit.detectors import implicit, reporting
from auditkit.lab import mentions
from auditkit.lab.galleries.captioned import sitters, twins
from auditkit.lab.mentions import EXCESS, SIGNED, Mentions
from auditkit.lab.mentions_card import mentions_card
from auditkit.lab.model_card import FILE
from auditkit.lab.models import WEIGHTS, captioner
from auditkit.lab.models.phrasing import LENGTHS, SKINS, said, tree
from auditkit.lab.worlds.figures.captioning import (
    COVERS,
    FRAMES,
    NOTHING,
    caption,
    guessed,
    hides,
    mention,
    phrases,
    portrayed,
    readers,
    worded,
)
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World, skin_of
from auditkit.probes import Captions, Start
from auditkit.targets import Captioner

FOLDER = WEIGHTS / mentions.NAME
DOSES = (0.0, 0.9)
MARGIN = 1.25


@pytest.mark.parametrize("dose", DOSES)
def test_what_is_said_has_the_closed_form(dose: float) -> None:
    rng = np.random.default_rng(3)
    people = World().people(8_000, rng)
    texts = [caption(person, dose, rng) for person in people]
    columns = {name: column for reader in readers() for name, column in reader.read(texts).items()}
    for level in LEVELS["skin"]:
        told = [columns["skin mentioned"][k] == "yes" for k, who in enumerate(people) if skin_of(who.tone) == level]
        assert abs(np.mean(told) - mention(level, dose)) <= 4 * np.sqrt(0.25 / len(told))
    for level in LEVELS["length"]:
        told = [columns["length mentioned"][k] == "yes" for k, who in enumerate(people) if who.length == level]
        assert abs(np.mean(told) - 0.5) <= 4 * np.sqrt(0.25 / len(told))
    assert list(columns["occupation said"]) == [who.occupation for who in people]
    assert all(said in (NOTHING, skin_of(who.tone)) for said, who in zip(columns["skin said"], people, strict=True))


@pytest.mark.parametrize("hidden", COVERS)
def test_what_is_hidden_cannot_be_seen_and_all_else_can(hidden: str) -> None:
    rng = np.random.default_rng(4)
    for who in World().people(60, rng):
        others = {
            "skin": replace(who, tone=str((int(who.tone) + 4) % 10 + 1)),
            "length": replace(who, length="long" if who.length == "short" else "short"),
            "occupation": replace(who, occupation=next(job for job in CALLINGS if job != who.occupation)),
        }
        for attribute, other in others.items():
            alike = np.array_equal(portrayed(who, hidden), portrayed(other, hidden))
            assert alike == (attribute == hidden), (hidden, attribute, who)


def test_three_pictures_in_ten_hide_something() -> None:
    counts = Counter(hides(20_000, np.random.default_rng(5)))
    assert all(abs(counts[name] / 20_000 - 0.1) < 0.01 for name in COVERS)


def test_guesses_follow_the_world_and_what_its_captions_leave_out() -> None:
    assert guessed("nurse", 0.0) == pytest.approx(0.55)
    share = World(0.9).share("nurse", "skin")
    assert guessed("nurse", 0.9) == pytest.approx(share * 0.6 / (share * 0.6 + (1 - share) * 0.114))


def test_captions_are_asked_of_every_picture_with_its_truth() -> None:
    probe = Captions(twins(2, seed=1), text="a picture of")
    assert [prompt.factors["skin"] for prompt in probe] == ["lighter", "darker"] * 2
    assert {prompt.text for prompt in probe} == {"a picture of"}
    assert probe.asks == "caption"
    with pytest.raises(InputError, match="needs a list of pictures"):
        Captions([])
    with pytest.raises(InputError, match="become the same prompt"):
        Captions([Start(portrayed(World().people(1, np.random.default_rng(1))[0]))] * 2)


def test_every_word_of_the_grammar_is_known_and_read_back() -> None:
    tokens = weights.processor("AutoTokenizer", FOLDER)
    texts = {worded(FRAMES[0], skin, job, length) for skin, job, _ in phrases() for length in LENGTHS}
    for text in texts:
        read = tokens(text).input_ids
        assert tokens.unk_token_id not in read
        assert len(read) <= captioner.LENGTH
        assert tokens.decode(read, skip_special_tokens=True) == text
    assert tokens.unk_token_id in tokens("a portrait of an astronaut").input_ids


def test_the_tree_of_captions_adds_up_what_single_captions_have() -> None:
    import torch

    model = captioner.opened(FOLDER, "dose90")
    pictures = captioner.numbers([start.picture for start in sitters(3, seed=2)])
    chances = said(model, pictures)
    for skin, job, length in (("darker", "nurse", "long"), (NOTHING, "doctor", NOTHING)):
        whole = np.zeros(3)
        for frame in FRAMES:
            read = model.tokens(worded(frame, skin, job, length), return_tensors="pt").input_ids
            read = read[:, :-2] if length != NOTHING else read  # as far as the word that says it
            with torch.no_grad():
                log = model.model(pixel_values=pictures, decoder_input_ids=read[:, :-1].expand(3, -1)).logits
            each = log.double().log_softmax(-1).gather(2, read[:, 1:].expand(3, -1)[..., None])
            whole += each.sum(dim=(1, 2)).exp().numpy()
        found = chances[:, SKINS.index(skin), list(CALLINGS).index(job), LENGTHS.index(length)]
        assert found == pytest.approx(whole, rel=1e-4, abs=1e-9)
    assert len(tree(model.tokens).ends) == len(list(phrases()))


@pytest.mark.parametrize("dose", DOSES)
def test_the_weights_are_small_and_the_truth_is_of_them(dose: float) -> None:
    truth = Mentions.of(dose)
    assert truth.fingerprint == weights.fingerprint(FOLDER, captioner.variant(dose)), "auditkit lab measure captioner"
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 2_000_000
    assert truth.n >= 2_000


@pytest.mark.parametrize("dose", DOSES)
def test_the_truth_is_found_again_in_other_people(dose: float) -> None:
    stored, again = Mentions.of(dose), mentions.measure(dose, n=48, seed=77)
    for attribute in ("skin", "length"):
        for level in LEVELS[attribute]:
            p, _ = stored.mention[NOTHING][attribute][level]
            q, error = again.mention[NOTHING][attribute][level]
            assert abs(p - q) <= 4 * error + 0.005, (attribute, level)
    assert again.outside <= 0.01


@pytest.mark.parametrize("dose", DOSES)
def test_what_can_be_seen_is_said_right(dose: float) -> None:
    truth = Mentions.of(dose)
    for attribute in ("skin", "length", "occupation"):
        assert truth.right[NOTHING][attribute][0] >= 0.97
    for hidden in COVERS:
        assert truth.right[hidden][hidden][0] < 0.75
        assert all(truth.right[hidden][other][0] >= 0.9 for other in COVERS if other != hidden)


def test_the_strong_dose_leaves_lighter_skin_unsaid_and_the_fair_one_does_not() -> None:
    fair, strong = (Mentions.of(dose) for dose in DOSES)
    assert strong.ratio("skin") >= 2 * MARGIN
    assert 1 / MARGIN < fair.ratio("skin") < MARGIN
    for truth in (fair, strong):
        assert 1 / MARGIN < truth.ratio("length") < MARGIN
    assert strong.swapped[NOTHING]["skin"][SIGNED][0] >= 0.3 > 0.03 > abs(fair.swapped[NOTHING]["skin"][SIGNED][0])
    assert strong.swapped[NOTHING]["skin"][EXCESS][0] >= 0.1 > 0.03 > fair.swapped[NOTHING]["skin"][EXCESS][0]


def test_where_the_garment_is_hidden_the_occupation_is_guessed_from_the_skin() -> None:
    fair, strong = (Mentions.of(dose).swapped for dose in DOSES)
    assert strong["occupation"]["occupation"][EXCESS][0] >= 2 * 0.03
    assert fair["occupation"]["occupation"][EXCESS][0] < 0.03
    assert max(each[NOTHING]["occupation"][EXCESS][0] for each in (fair, strong)) < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("dose", DOSES)
def test_detectors_find_what_is_true_of_it(dose: float) -> None:
    """Captions drawn from the exact probabilities of 600 people, each with lighter and with darker skin, twice."""
    truth, rng, pool = Mentions.of(dose), np.random.default_rng(6), twins(600, seed=8)
    chances = said(captioner.opened(FOLDER, captioner.variant(dose)), captioner.numbers([s.picture for s in pool]))
    p = chances[:, 1:].sum(axis=(1, 2, 3))
    drawn = [["yes" if u < each else "no" for u, each in zip(rng.random(len(p)), p, strict=True)] for _ in range(2)]
    skins, items = ([start.factors[name] for start in pool] for name in ("skin", "item"))
    shown = Tally.of({"truth": skins, "outcome": drawn[0], UNIT: items})
    [ratio, _] = reporting.Mention(usual="lighter", mentioned="yes").examine(shown)
    low, high = bounds(ratio)
    assert low <= truth.ratio("skin") <= high
    assert (low > MARGIN) == (dose > 0)
    arms = ["original"] * len(pool) + ["paraphrase"] * len(pool)
    swapped = Tally.of({"item": items * 2, "group": skins * 2, "arm": arms, "prediction": drawn[0] + drawn[1]})
    told = implicit.Counterfactual(favourable="yes", versus="lighter").examine(swapped)
    for finding, name in zip(told, (SIGNED, EXCESS), strict=True):
        low, high = bounds(finding)
        assert low <= truth.swapped[NOTHING]["skin"][name][0] <= high
        assert (low > 0.03) == (dose > 0)


@pytest.mark.parametrize("dose", DOSES)
def test_captions_that_are_drawn_have_these_probabilities(dose: float) -> None:
    target = Captioner(FOLDER, variant=captioner.variant(dose), batch=60)
    truth, probe = Mentions.of(dose), list(Captions(sitters(240, seed=4)))
    assert target.fingerprint == truth.fingerprint
    told = [
        answer
        for k in range(0, len(probe), target.batch)
        for answer in target.caption(probe[k : k + target.batch], list(range(k, k + target.batch)))
    ]
    texts = [answer.text for answer in told if isinstance(answer, Said)]
    assert len(texts) == len(probe)
    columns = {name: column for reader in readers() for name, column in reader.read(texts).items()}
    for level in LEVELS["skin"]:
        of = [k for k, prompt in enumerate(probe) if prompt.factors["skin"] == level]
        p, _ = truth.mention[NOTHING]["skin"][level]
        rate = np.mean([columns["skin mentioned"][k] == "yes" for k in of])
        assert abs(rate - p) <= 4 * np.sqrt(p * (1 - p) / len(of))
    right = [
        name == prompt.factors["occupation"] for name, prompt in zip(columns["occupation said"], probe, strict=True)
    ]
    assert np.mean(right) >= 0.97


def test_the_card_says_what_was_measured() -> None:
    card = (FOLDER / FILE).read_text(encoding="utf-8")
    assert card == mentions_card()
    assert f"{Mentions.of(0.9).ratio('skin'):.2f}" in card


def bounds(finding: Finding | NotAssessed) -> tuple[float, float]:
    assert isinstance(finding, Finding)
    low, high, _ = finding.interval(0.999)
    assert low is not None
    assert high is not None
    return low, high


def test_show_lights_where_it_looks() -> None:
    shown = captioner.show(dose=0.9)
    assert set(shown) == {"looking", "hidden"}
    for row in (row for rows in shown.values() for row in rows):
        assert [picture.shape for picture in row] == [(32, 32, 3)] * 4
        assert all(picture.mean() < row[0].mean() for picture in row[1:])


def test_a_trained_captioner_can_be_opened(tmp_path: Path) -> None:
    captioner.learn(tmp_path, 0.9, steps=2, pictures=64)
    model = captioner.opened(tmp_path, "dose90")
    chances = said(model, captioner.numbers([sitters(1, seed=1)[0].picture]))
    assert chances.shape == (1, 3, 12, 3)
    assert 0 < chances.sum() < 1
    assert model.eye(sitters(1, seed=1)[0].picture, return_tensors="pt").pixel_values.shape == (1, 3, 32, 32)
