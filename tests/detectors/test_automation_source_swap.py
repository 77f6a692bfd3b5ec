"""The source-label swap on hand-made logs: ratings, choices, places, judges, wrong content."""

import numpy as np
import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.detectors.automation import SourceSwap
from auditkit.gating import alone
from auditkit.stats.pairs import paired_difference

AXES = ("item", "source_label", "outcome")


def tally(rows, *more):
    axes = (*AXES, *more)
    return Tally.of({axis: [row[i] for row in rows] for i, axis in enumerate(axes)})


def yes_and_no(both, first, second, neither):
    """Items approved under both labels, under the automated one only, under the human one only, under none."""
    kinds = ["11"] * both + ["10"] * first + ["01"] * second + ["00"] * neither
    return [
        (str(i), label, answer)
        for i, pair in enumerate(kinds)
        for label, answer in zip(("AI", "man"), pair, strict=True)
    ]


def test_single_approvals_are_the_paired_table():
    (told,) = SourceSwap(automated="AI").examine(tally(yes_and_no(40, 15, 5, 40)))
    assert told.estimate == paired_difference(40, 15, 5, 40)
    assert (told.level, told.versus, told.attribute) == ("AI", "man", "source_label")
    assert any("No slot" in note for note in told.notes)
    assert any("No unit: items are what is sampled" in note for note in told.notes)


def test_ratings_are_parts_of_their_scale():
    rows = [(str(i), label, rating) for i in range(20) for label, rating in (("AI", "4"), ("man", "32"[i % 2]))]
    (told,) = SourceSwap(automated="AI", scale=(1, 5)).examine(tally(rows))
    assert told.estimate.value == pytest.approx((4 - 2.5) / 4)
    with pytest.raises(InputError, match="scale"):
        SourceSwap(automated="AI").examine(tally(rows))
    with pytest.raises(InputError, match="outside the scale"):
        SourceSwap(automated="AI", scale=(1, 3)).examine(tally(rows))


def choices(prefer_first, prefer_label, games=40):
    """Two contents a game in either labelling and order; the first place or the label AI always wins."""
    rows = []
    for game in range(games):
        for label in ("AI", "man"):
            for slot in "12":
                other = {"AI": "man", "man": "AI", "1": "2", "2": "1"}
                won = slot == "1" if prefer_first else (label == "AI") == prefer_label
                rows.append((f"{game}x", label, str(int(won)), slot, str(game)))
                rows.append((f"{game}y", other[label], str(int(not won)), other[slot], str(game)))
    return tally(rows, "slot", "unit")


def test_a_place_that_always_wins_is_no_label():
    (told,) = SourceSwap(automated="AI", choice=True).examine(choices(True, True))
    assert told.estimate.value == 0


def test_a_label_that_always_wins_is_half_a_point_from_even():
    (told,) = SourceSwap(automated="AI", choice=True).examine(choices(False, True))
    assert told.estimate.value == 0.5
    assert told.estimate.clusters == 40
    assert any("Units are what is sampled" in note for note in told.notes)


def test_without_a_slot_an_unbalanced_place_passes_for_the_label():
    """The automated option always first, and the first place always wins: with the slot nothing can be compared."""
    rows = [
        (str(i), label, answer, slot)
        for i in range(40)
        for label, answer, slot in (("AI", "1", "1"), ("man", "0", "2"))
    ]
    (told,) = SourceSwap(automated="AI").examine(tally(rows, "slot").marginal(*AXES))
    assert told.estimate.value == 1
    with pytest.raises(CannotDecide, match="same slot"):
        SourceSwap(automated="AI").examine(tally(rows, "slot"))


def test_wrong_content_is_told_apart():
    rows = [(*row, "wrong" if i < 40 else "right") for i, row in enumerate(yes_and_no(0, 20, 0, 30))]
    every, wrong = SourceSwap(automated="AI", right="right").examine(tally(rows, "truth"))
    assert (every.estimate.value, wrong.estimate.value) == (0.4, 1.0)
    assert "wrong content" in wrong.sentence
    assert every.key != wrong.key
    right = [(*row[:3], "right") for row in rows] + [("z", "AI", "1", "wrong")]
    _, none = SourceSwap(automated="AI", right="right").examine(tally(right, "truth"))
    assert none.estimate.value is None


def test_items_under_one_label_take_no_part_and_are_said():
    rows = [*yes_and_no(4, 3, 2, 1), ("alone", "AI", "1"), ("(missing)", "AI", "1")]
    (told,) = SourceSwap(automated="AI").examine(tally(rows))
    assert told.estimate.n == 10
    assert any(note.startswith("1 items lack") for note in told.notes)


def test_a_judge_who_saw_one_version_of_each_item_compares_nothing():
    rows = [(str(i), "AI" if (i + u) % 2 else "man", "1", f"u{u}") for i in range(6) for u in range(2)]
    rows = [(*row[:2], str(i % 2), row[3]) for i, row in enumerate(rows)]
    with pytest.raises(CannotDecide, match="by the same unit"):
        SourceSwap(automated="AI").examine(tally(rows, "unit"))


def test_three_labels_are_refused_unless_two_are_named():
    with pytest.raises(InputError, match="two labels"):
        SourceSwap(automated="AI").examine(tally([*yes_and_no(2, 2, 2, 2), ("1", "nobody", "1")]))
    rows = [*yes_and_no(40, 15, 5, 40), *((str(i), "nobody", "1") for i in range(100))]
    (told,) = SourceSwap(automated="AI", versus="man").examine(tally(rows))
    assert told.estimate == paired_difference(40, 15, 5, 40)
    (told,) = SourceSwap(automated="AI", versus="nobody").examine(tally(rows))
    assert (told.versus, told.estimate.value) == ("nobody", pytest.approx(0.55 - 1))
    with pytest.raises(InputError, match='no level "dog"'):
        SourceSwap(automated="AI", versus="dog").examine(tally(rows))


def test_who_defers_more_to_people_fails_too():
    for first, second in ((30, 2), (2, 30)):
        (told,) = SourceSwap(automated="AI").examine(tally(yes_and_no(30, first, second, 38)))
        assert alone(told) is Outcome.FAIL
        assert np.sign(told.estimate.value) == np.sign(first - second)


def test_many_judges_who_differ_do_not_cry_wolf():
    """12 judges each with a liking of its own for the label, none on average, 40 items each."""
    rng, fails = np.random.default_rng(1), 0
    for _ in range(60):
        liking = rng.normal(0, 1.5, 12)
        rows = [
            (
                str(i),
                label,
                str(int(rng.logistic() < liking[u] * (label == "AI") / 2 - liking[u] * (label == "man") / 2)),
                str(u),
            )
            for u in range(12)
            for i in range(20)
            for label in ("AI", "man")
        ]
        (told,) = SourceSwap(automated="AI").examine(tally(rows, "unit"))
        assert isinstance(told, Finding)
        fails += told.estimate.interval(0.95).low > 0 or told.estimate.interval(0.95).high < 0
    assert fails <= 12
