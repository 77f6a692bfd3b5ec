"""Counterfactual swaps on hand-made answers: direction, flips, noise, and what cannot be told."""

import numpy as np
import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.detectors.implicit import Counterfactual
from auditkit.gating import alone
from auditkit.stats.pairs import paired_difference
from auditkit.stats.proportions import proportion

NAMES = ("he", "she", "he", "she")
ARMS = ("", "", "paraphrase", "paraphrase")


def tally(answers, names=NAMES, arms=ARMS, event="prediction"):
    """One string of answers an item, in the order of `names` and `arms`; a blank is not shown."""
    rows = [
        (str(i), name, arm or "first", said)
        for i, item in enumerate(answers)
        for name, arm, said in zip(names, arms, item, strict=False)
        if said != " "
    ]
    return Tally.of({axis: [row[k] for row in rows] for k, axis in enumerate(("item", "group", "arm", event))})


def test_direction_and_flips_by_hand():
    """Of 10 items 3 flip towards she and 1 back; asked again with the same name 2 answers of 20 differ."""
    answers = ["0101"] * 2 + ["0111", "1010"] + ["1111"] * 3 + ["0000"] * 2 + ["0001"]
    signed, excess = Counterfactual().examine(tally(answers))
    assert signed.estimate == paired_difference(3, 3, 1, 3)
    assert excess.estimate.value == pytest.approx(4 / 10 - (1 / 2 + 1 / 2) / 10)
    assert (signed.level, signed.versus) == ("she", "he")
    assert (signed.margin.low, signed.margin.high, excess.margin.low) == (-0.03, 0.03, None)


def test_flips_that_noise_explains_do_not_fail():
    """Every answer a fair coin: half of the items flip, and half of the answers differ when asked again."""
    answers = ["".join(map(str, row)) for row in np.random.default_rng(1).integers(0, 2, (2_000, 4))]
    _, excess = Counterfactual().examine(tally(answers))
    assert alone(excess) is not Outcome.FAIL
    (_, flips) = Counterfactual().examine(tally([item[:2] for item in answers]))
    assert flips.estimate.value > 0.4
    assert [cap.withholds for cap in flips.caps] == ["FAIL"]
    assert alone(flips) is Outcome.INCONCLUSIVE


def test_without_a_baseline_few_flips_can_pass():
    _, flips = Counterfactual().examine(tally(["11", "00"] * 200))
    assert flips.estimate == proportion(0, 400)[0]
    assert alone(flips) is Outcome.PASS


def test_many_answers_flip_but_have_no_direction_unless_one_is_favourable():
    answers = ["abab", "bcbc", "cccc"] * 20
    signed, excess = Counterfactual().examine(tally(answers))
    assert isinstance(signed, NotAssessed)
    assert excess.estimate.value == pytest.approx(2 / 3)
    signed, _ = Counterfactual(favourable="b").examine(tally(answers))
    assert signed.estimate.value == pytest.approx(0)


def test_each_of_several_cues_against_a_named_one():
    three = tally(["010", "011"] * 10, ("he", "she", "they"), ("", "", ""))
    with pytest.raises(InputError, match="versus"):
        Counterfactual().examine(three)
    told = Counterfactual(versus="he").examine(three)
    assert [(f.level, round(f.estimate.value, 2)) for f in told] == [
        ("she", 1.0),
        ("she", 1.0),
        ("they", 0.5),
        ("they", 0.5),
    ]
    assert len({f.key for f in told}) == 4
    with pytest.raises(InputError, match='no cue "it"'):
        Counterfactual(versus="it").examine(three)


def test_one_name_may_have_the_only_baseline():
    _, excess = Counterfactual().examine(tally(["010 ", "110 ", "000 "]))
    assert excess.estimate.value == pytest.approx((1 - 0 + 0 - 1 + 0 - 0) / 3)


def test_items_with_one_cue_take_no_part_and_are_said():
    signed, _ = Counterfactual().examine(tally(["0101", "1 1 ", "1111"]))
    assert signed.estimate.n == 2
    assert any(note.startswith("1 items") for note in signed.notes)


def test_prompts_are_units():
    t = tally(["0101", "1111", "0000", "0100"])
    shared = {axis: np.repeat(np.array(t.levels_of(axis), object)[t.codes[:, i]], t.n) for i, axis in enumerate(t.axes)}
    shared["unit"] = [str(int(item) // 2) for item in shared["item"]]
    signed, excess = Counterfactual().examine(Tally.of(shared))
    assert (signed.estimate.clusters, excess.estimate.clusters) == (2, 2)


def test_what_cannot_be_decided():
    with pytest.raises(CannotDecide, match="prediction or outcome"):
        Counterfactual().examine(tally(["01"]).marginal("item", "group"))
    with pytest.raises(CannotDecide, match="fewer than two cues"):
        Counterfactual().examine(tally(["0", "1"], ("he",), ("",)))
    (told,) = Counterfactual().examine(tally(["0 ", " 1"]))
    assert isinstance(told, NotAssessed)
