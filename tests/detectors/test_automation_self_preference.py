"""Self-preference on hand-made choices: quality explains, or it does not."""

import numpy as np
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.detectors.automation import SelfPreference
from auditkit.stats.choices import preference

DETECTOR = SelfPreference(machine="bot")


def rows(machine, quality, **more):
    """One item a choice: whether the machine's was chosen, and by how much it was better."""
    n = len(machine)
    columns = {
        "item": [str(i) for i in range(n)] * 2,
        "origin": ["bot"] * n + ["pen"] * n,
        "outcome": [str(int(x)) for x in machine] + [str(1 - int(x)) for x in machine],
    } | more
    return Rows.of(columns, {"quality": [*quality, *np.zeros(n)]})


def drawn(seed, n=800, alpha=0.0, mean=0.0):
    rng = np.random.default_rng(seed)
    x = mean + rng.standard_normal(n)
    return (rng.logistic(size=n) < alpha + x).astype(int), x


def test_what_is_told_is_the_intercept_and_the_share():
    y, x = drawn(1, alpha=0.8)
    adjusted, crude = DETECTOR.examine(rows(y, x))
    assert adjusted.estimate == preference(y, 1 - y, x).share
    assert crude.estimate.value == pytest.approx(y.mean() - 0.5)
    assert (adjusted.counts[0].hits, crude.margin) == (y.sum(), None)
    assert "Γ" in adjusted.sentence
    assert any("No slot" in note for note in adjusted.notes)
    assert any("Consistent with" in note for note in adjusted.notes)


def test_better_machines_are_no_preference():
    y, x = drawn(2, mean=1.0)
    adjusted, crude = DETECTOR.examine(rows(y, x))
    assert crude.estimate.lower[4] > 0.1
    low, high, _ = adjusted.estimate.interval(0.999)
    assert low < 0 < high


def test_a_machine_that_is_always_chosen_is_a_preference():
    adjusted, _ = DETECTOR.examine(rows(np.r_[np.ones(300), [0] * 0], np.random.default_rng(3).standard_normal(300)))
    assert adjusted.estimate.interval(0.99).low > 0.4
    assert adjusted.estimate.method == "conditional logit, Firth"


def test_one_judge_of_a_hundred_choices_is_one_unit():
    y, x = drawn(4, n=200, alpha=1.0)
    judged = rows(y, x, unit=["a"] * 100 + ["b"] * 100 + ["a"] * 100 + ["b"] * 100)
    adjusted, _ = DETECTOR.examine(judged)
    assert adjusted.estimate.clusters == 2
    assert adjusted.estimate.interval(0.95).high - adjusted.estimate.interval(0.95).low > 0.1


def test_items_without_a_choice_take_no_part_and_are_said():
    y, x = drawn(5, n=50)
    broken = rows(y, x) + Rows.of(
        {"item": ["t", "t", "u"], "origin": ["bot", "pen", "bot"], "outcome": ["1", "1", "1"]},
        {"quality": [0.0, 0.0, 0.0]},
    )
    told = DETECTOR.examine(broken)
    assert told[0].estimate.n == 50
    assert any(note.startswith("2 items") for note in told[0].notes)


def test_what_cannot_be_decided():
    y, x = drawn(6, n=50)
    whole = rows(y, x)
    for part in (whole.where("origin", "bot"), whole.where("item", "none")):
        with pytest.raises(CannotDecide):
            DETECTOR.examine(part)
    with pytest.raises(InputError, match="two origins"):
        DETECTOR.examine(whole + Rows.of({"item": ["9"], "origin": ["cat"], "outcome": ["1"]}, {"quality": [1.0]}))
    with pytest.raises(CannotDecide):
        DETECTOR.examine(rows(y, np.full(50, np.nan)))
    slots = rows(y, x, slot=["1", "2", "3", "1", "2"] * 20)
    with pytest.raises(InputError, match="two slots"):
        DETECTOR.examine(slots)


def test_through_the_front_door():
    y, x = drawn(7, n=120)
    bag = rows(y, x)
    table = {axis: bag.column(axis).tolist() for axis in bag.axes} | {"blind": bag.number("quality").tolist()}
    report = audit(table, [DETECTOR], item="item", origin="origin", outcome="outcome", quality="blind")
    assert report.findings[0].estimate.value == pytest.approx(preference(y, 1 - y, x).share.value)
