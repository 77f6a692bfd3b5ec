"""Correspondence on hand-made vignettes: cues everybody likes, lenient judges, and who is neutral."""

import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.detectors.attribution import Correspondence
from auditkit.stats.pairs import paired_difference

RATED = Correspondence(neutral="none", scale=(0, 10))


def ratings(own=0, liked=0, lenient=0, items=12):
    """Vignettes of base 2 or 3; academics rate "ac" by `own` higher, all by `liked`; academics all by `lenient`."""
    rows = []
    for i in range(items):
        for who in ("ac", "none"):
            for cue in ("ac", "no"):
                bonus = (own + lenient if who == "ac" and cue == "ac" else lenient if who == "ac" else 0) + liked * (
                    cue == "ac"
                )
                rows.append((str(i), who, cue, str(2 + i % 2 + bonus)))
    return rows


def tally(rows, axes=("item", "rater_group", "candidate_group", "outcome")):
    return Tally.of({axis: [row[i] for row in rows] for i, axis in enumerate(axes)})


@pytest.mark.parametrize(("liked", "lenient"), [(0, 0), (3, 0), (0, 3), (2, 1)])
def test_only_the_own_cue_in_excess_of_neutral_judges_is_judged(liked, lenient):
    beyond, raw = RATED.examine(tally(ratings(2, liked, lenient)))
    assert beyond.estimate.value == pytest.approx(0.2)
    assert raw.estimate.value == pytest.approx((2 + liked) / 10)
    assert (beyond.margin is None, raw.margin is None) == (False, True)


def test_neutral_judges_may_be_an_arm():
    rows = [(item, cue, score, "none" if who == "none" else "told") for item, who, cue, score in ratings(2, 1)]
    evidence = tally(rows, ("item", "candidate_group", "outcome", "arm"))
    beyond, raw = Correspondence(neutral="none", own="ac", scale=(0, 10)).examine(evidence)
    assert (beyond.estimate.value, raw.estimate.value) == (pytest.approx(0.2), pytest.approx(0.3))


def test_decisions_of_one_group_of_judges_are_the_paired_table_and_say_what_is_not_known():
    kinds = ["11"] * 30 + ["10"] * 12 + ["01"] * 4 + ["00"] * 14
    rows = [
        (str(i), "ac", cue, answer)
        for i, pair in enumerate(kinds)
        for cue, answer in zip(("ac", "no"), pair, strict=True)
    ]
    (told,) = Correspondence().examine(tally(rows))
    assert told.estimate == paired_difference(30, 12, 4, 14)
    assert any("everybody shares" in note for note in told.notes)
    assert (told.level, told.versus) == ("ac", "no")


def test_several_other_cues_are_pooled_and_a_third_group_of_judges_is_left_alone():
    rows = [
        (str(i), who, cue, str(5 + (who == cue)))
        for i in range(9)
        for who in ("a", "b", "x")
        for cue in ("a", "b", "c")
    ]
    told = Correspondence(scale=(0, 10)).examine(tally(rows))
    assert [(f.level, f.versus, round(f.estimate.value, 3)) for f in told] == [
        ("a", "the other groups", 0.1),
        ("b", "the other groups", 0.1),
    ]


def test_units_are_clusters_and_a_judge_who_cannot_be_neutral_too_is_said():
    rows = [(*row, f"{row[1]}{int(row[0]) % 3}") for row in ratings(2)]
    told = RATED.examine(tally(rows, ("item", "rater_group", "candidate_group", "outcome", "unit")))
    assert isinstance(told[0], NotAssessed)
    assert isinstance(told[1], Finding)
    assert told[1].estimate.clusters == 3


def test_incomplete_vignettes_take_no_part_and_are_said():
    rows = [*ratings(1), ("alone", "ac", "ac", "9"), ("alone", "none", "ac", "(missing)")]
    beyond, raw = RATED.examine(tally(rows))
    assert beyond.estimate.n == raw.estimate.n == 12
    assert any(note.startswith("1 items") for note in beyond.notes)


def test_what_cannot_be_decided():
    with pytest.raises(CannotDecide, match="the same cue"):
        RATED.examine(tally([row for row in ratings() if row[2] == "ac"]))
    with pytest.raises(InputError, match="Spell both alike"):
        RATED.examine(tally([(i, who.upper(), cue, y) for i, who, cue, y in ratings()]))
    with pytest.raises(InputError, match="scale"):
        Correspondence().examine(tally(ratings(2)))
    with pytest.raises(InputError, match="own"):
        Correspondence(scale=(0, 10)).examine(tally(ratings(2)).marginal("item", "candidate_group", "outcome"))


def test_where_nobody_is_a_judge_the_sentence_speaks_of_the_cue():
    rows = [("1", "we", "1"), ("1", "they", "0"), ("2", "we", "1"), ("2", "they", "1")]
    axes = ("item", "candidate_group", "outcome")
    (told,) = Correspondence(own="we", favourable="1").examine(tally(rows, axes))
    assert told.sentence.startswith('"we" is favoured over "they": a difference of +50.0 points')
    judged = [("1", "ac", "ac", "1"), ("1", "ac", "no", "0"), ("2", "ac", "ac", "1"), ("2", "ac", "no", "1")]
    (told,) = Correspondence(favourable="1").examine(tally(judged))
    assert told.sentence.startswith("Judges of ac favour their own group's cue: ")
