"""Waves of answering: by hand, capped as a proxy, and what is no wave."""

import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING
from auditkit.detectors.selection import Resistance

HAND = {("1", "1"): 60, ("1", "0"): 40, ("2", "1"): 20, ("2", "0"): 30, (MISSING, MISSING): 50}


def told(cells, **fields):
    return {f.estimand: f for f in Resistance(**fields).examine(Tally.of_cells(("position", "outcome"), cells))}


def test_by_hand():
    """.60 at the first attempt, .40 at the second: .20 ahead, where a quarter of 200 would be."""
    found = told(HAND)
    assert {name: round(f.estimate.value, 6) for name, f in found.items()} == {
        "slope per attempt": -0.2,
        "last-first difference": -0.2,
        "extrapolated rate": 0.2,
        "extrapolated bias": round(0.25 * (80 / 150 - 0.2), 6),
    }
    assert (found["last-first difference"].level, found["last-first difference"].versus) == ("2", "1")
    assert all(f.margin is None and f.caps[0].withholds == "PASS" for f in found.values())
    assert "25.0 % who never answered" in found["extrapolated rate"].sentence


def test_answers_without_an_attempt_are_neither_answered_nor_silent():
    found = told(HAND | {(MISSING, "1"): 500})
    assert found["extrapolated bias"].estimate == told(HAND)["extrapolated bias"].estimate


def test_attempts_are_in_the_order_of_numbers():
    cells = {(str(k), y): 10 for k in (2, 10, 1) for y in ("1", "0")}
    assert told(cells)["last-first difference"].level == "10"


def test_braces_in_a_level_are_only_text():
    cells = {("1", "{x}"): 9, ("1", "{}"): 9, ("2", "{x}"): 9, ("2", "{}"): 9, (MISSING, MISSING): 9}
    assert '"{x}"' in told(cells, favourable="{x}")["extrapolated rate"].sentence


def test_who_is_said_not_to_have_answered_is_silent():
    columns = {"position": ["1", "1", "2", "2", "2"], "outcome": ["1", "0", "1", "0", "0"]}
    responded = ["yes", "yes", "yes", "yes", "no"]
    tally = Tally.of(columns | {"responded": responded}, n=[60, 40, 20, 30, 50])
    assert [f.estimate.value for f in Resistance().examine(tally)] == pytest.approx(
        [f.estimate.value for f in told(HAND).values()]
    )


def test_what_is_no_wave():
    with pytest.raises(InputError, match="Number them"):
        told({("late", "1"): 5, ("early", "0"): 5})
    with pytest.raises(CannotDecide, match="fewer than two"):
        told({("1", "1"): 5, ("1", "0"): 5})
    with pytest.raises(CannotDecide, match="100 positions"):
        told({(str(k), y): 1 for k in range(100) for y in ("0", "1")})
