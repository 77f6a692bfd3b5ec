"""Two releases on one test set, a row a person, are compared person by person where the reports keep who is where."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from auditkit.baselining import create, moves
from auditkit.comparing.kept_units import correlations
from auditkit.comparing.moves import Move
from auditkit.comparing.paired import TWICE, UNKEPT
from auditkit.comparing.pairing import KEYS, STRANGE
from auditkit.comparing.shifts import shift
from auditkit.core.errors import InputError
from auditkit.core.finding import Cap
from auditkit.core.judgement import Outcome
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.rules import NoWorse, Policy
from auditkit.rules.no_worse import same_evidence
from auditkit.stakes import OTHERS
from tests.baselining.people import counted, flipped, of_difference, of_the_change, people, releases, told


def by_key(new: Report, old: Report) -> dict[Any, Move]:
    return {move.key: move for move in moves(new, old)}


def width(move: Move) -> float:
    low, high, _ = move.shift.interval(0.95)
    assert low is not None
    assert high is not None
    return high - low


def test_every_rate_is_compared_person_by_person_and_far_surer() -> None:
    paired, alone = by_key(*releases()[::-1]), by_key(*releases(False)[::-1])
    assert {key.estimand.rsplit(" ", 1)[0] for key in paired} >= {"accuracy", "selection rate", "precision"}
    for key, move in paired.items():
        assert move.paired, move.because
        assert "1,200 in both reports" in move.shift.method
        assert alone[key].because == UNKEPT
        assert width(move) < 0.45 * width(alone[key])


def test_the_interval_is_that_of_resampled_rows() -> None:
    """Two thousand samples of people, each with all that both releases say of them."""
    _, group, outcome, first, second = people()
    rng, n = np.random.default_rng(1), len(group)
    drawn = rng.integers(0, n, (2_000, n))
    found = {move.key: move for move in moves(*releases()[::-1])}

    def gap(hit: Any, among: Any) -> Any:
        a, b = (((hit & among & (group == g))[drawn].sum(1) / (among & (group == g))[drawn].sum(1)) for g in "ba")
        return a - b

    every, sick = np.ones(n, bool), outcome == 1
    for estimand, hits, among in (
        ("selection rate difference", (first == 1, second == 1), (every, every)),
        ("accuracy difference", (first == outcome, second == outcome), (every, every)),
        ("false negative rate difference", (first == 0, second == 0), (sick, sick)),
        ("precision difference", (sick, sick), (first == 1, second == 1)),
    ):
        (move,) = (move for key, move in found.items() if key.estimand == estimand)
        was, now = (gap(hit, some) for hit, some in zip(hits, among, strict=True))
        error = move.shift.standard_error()
        assert error is not None
        assert 0.95 * np.std(now - was) < error < 1.25 * np.std(now - was)


def test_what_a_change_is_worth_is_read_off_the_cells() -> None:
    """By hand: a change from 0 to 1 moves the rate of one of n by 1/(n + 1), and the variance is that of McNemar."""
    n, (old, new) = 200, flipped(8, 4)
    (known,) = (one for key, one in correlations(new, old).items() if key.estimand.endswith("difference"))
    assert not isinstance(known, str)
    assert (known.units, known.fewest, known.alone) == (2 * n, n, (0.0, 0.0))
    assert known.moves * (n + 1) == pytest.approx([1, -1] if known.moves[0] > 0 else [-1, 1], abs=1e-9)
    assert sorted(known.counts) == [4, 8]
    assert known.heaviest == pytest.approx(1 / (n + 1))
    assert known.variance == pytest.approx((12 - 4**2 / n) / n**2, rel=2e-2)


def test_who_stays_moves_nothing_though_the_rate_moved() -> None:
    """Of forty who change one way the sum of what they are worth is the change, and nobody else is counted."""
    old, new = flipped(40, 0)
    for key, known in correlations(new, old).items():
        assert not isinstance(known, str)
        assert known.counts.tolist() == [40]
        was, now = (next(f.estimate.value for f in one.findings if f.key == key) for one in (old, new))
        assert was is not None
        assert now is not None
        moved = math.log(now / was) if key.estimand.endswith("ratio") else now - was
        assert float(known.moves @ known.counts) == pytest.approx(moved, rel=0.02)


def test_nobody_who_changed_is_no_proof_that_nobody_would() -> None:
    """As much as 3/n may have changed unseen in either group, but not in both of them at once."""
    low, high, _ = of_difference(*flipped(0, 0)).interval(0.90)
    assert high == pytest.approx(-math.log(0.05) / 201)
    assert low == pytest.approx(-high)


def test_people_of_only_one_report_count_there() -> None:
    """Half of either report are in both; who is in one alone is as independent as ever."""
    names, group, _, first, second = people()
    half, n = len(names) // 2, len(names)
    old = told(group[:-half], first[:-half], names[:-half])
    new = told(group[half // 2 :], second[half // 2 :], names[half // 2 :])
    move = next(move for move in moves(new, old) if move.scale == "difference")
    known = next(iter(correlations(new, old).values()))
    assert move.paired
    assert not isinstance(known, str)
    assert known.units == n - half - half // 2
    alone = width(replace(move, shift=shift(*(one.findings[0] for one in (new, old)))))
    assert 0.6 * alone < width(move) < alone
    few = told(group[-half - 5 :], second[-half - 5 :], names[-half - 5 :])
    assert {one.because for one in moves(few, old)} == {"only 5 units are in both, and fewer than 10 say too little"}


def test_another_key_is_another_name() -> None:
    names, group, _, first, second = people()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITKIT_UNIT_KEY", "a secret")
        old, again = (told(group, one, names) for one in (first, second))
        assert "hashed with AUDITKIT_UNIT_KEY" in old.recipe.notes[-1]
        patch.setenv("AUDITKIT_UNIT_KEY", "x" * 65)
        with pytest.raises(InputError, match="at most 64 bytes"):
            told(group, first, names)
    new = told(group, second, names)
    assert "hashed without a key" in new.recipe.notes[-1]
    assert all(move.paired for move in moves(again, old))
    assert {move.because for move in moves(new, old)} == {KEYS}
    assert "a secret" not in old.to_json()
    assert "person 7" not in old.to_json()


def test_what_cannot_be_paired_is_told_as_independent_and_why() -> None:
    old, new = releases()
    stop = replace(new, findings=tuple(replace(f, caps=(Cap("PASS", OTHERS),)) for f in new.findings))
    other = replace(new, findings=tuple(replace(f, null_expectation=0.1) for f in new.findings))
    asked = replace(new, recipe=replace(new.recipe, detectors=({"code": "disparity.error_rates", "strange": 1},)))
    for one, why in (
        (replace(new, units=None), UNKEPT),
        (stop, "a run was stopped by its questions"),
        (other, "it is a largest or a total difference"),
        (asked, "cannot be built again"),
        (replace(new, recipe=replace(new.recipe, roles={"group": ("race",)})), "cannot read the cells again"),
    ):
        said = [move for move in moves(one, old) if not move.paired]
        assert said
        assert all(why in move.because or "no detector of its recipe" in move.because for move in said)
        assert any(why in move.because for move in said)


def test_where_all_are_alike_nothing_is_read_off_the_units() -> None:
    names, group, _, first, second = people()
    never = [told(group, np.where(group == "b", 0, one), names) for one in (first, second)]
    assert {move.paired for move in moves(never[1], never[0])} == {False}
    assert any("all are alike" in move.because for move in moves(never[1], never[0]))


def test_a_gate_decides_by_the_units_what_independent_reports_leave_open() -> None:
    (old, new), (bare, other) = releases(), releases(False)
    assert of_the_change(new, old) == (
        {Outcome.PASS},
        ["1 change of 1 compared by unit."],
    )
    outcomes, said = of_the_change(other, bare)
    assert outcomes == {Outcome.INCONCLUSIVE}
    assert said == [f"1 change taken as between independent reports, which is less sure: {UNKEPT}."]


def test_a_release_that_is_worse_for_one_group_fails_by_its_units() -> None:
    names, group, *_ = people()
    nth = np.arange(len(names)) % 10
    was = (nth < np.where(group == "b", 6, 4)).astype(int)
    worse = np.where((group == "b") & (nth == 7) & (np.arange(len(names)) % 20 < 10), 1, was)
    reports = [[told(group, one, names, keep) for one in (was, worse)] for keep in (True, False)]
    policy = Policy((NoWorse(0.02, estimand="selection rate difference"),))
    by_units, alone = (gate(new, policy, baseline=old).verdicts for old, new in reports)
    assert Outcome.FAIL in {verdict.outcome for verdict in by_units if verdict.rule == "no_worse"}
    assert Outcome.FAIL not in {verdict.outcome for verdict in alone if verdict.rule == "no_worse"}


def test_two_models_that_decide_alike_on_few_people_may_differ_on_the_next() -> None:
    """Of 30 none changed, as at a rate of .08 none does in 8 of 100 samples: 3/30 may have changed unseen."""
    group = ["b"] * 30 + ["a"] * 70
    names, decided = [f"person {k}" for k in range(100)], np.arange(100) % 2
    old, new = (told(group, decided, names) for _ in range(2))
    policy = Policy((NoWorse(0.02, estimand="selection rate difference"),), "none")
    assert (old.findings, old.units, old.recipe) == (new.findings, new.units, new.recipe)
    assert not same_evidence(new, old)
    for before in (old, create(old, policy, keep_units=True)):
        (asked,) = (one for one in gate(new, policy, baseline=before).verdicts if one.rule == "no_worse")
        assert asked.outcome is Outcome.INCONCLUSIVE
    for move in moves(new, old):
        low, high, _ = move.shift.interval(0.90)
        assert low is not None
        assert high is not None
        assert low < 0 < high
    wide = Policy((NoWorse(0.2, estimand="selection rate difference"),), "none")
    assert {one.outcome for one in gate(new, wide, baseline=old).verdicts} == {Outcome.PASS}


def numbered(rng: np.random.Generator, n: int, ordered: bool) -> Report:
    """A sample of its own, named by the rows that were left of a file once every seventh was dropped."""
    group, decided = (rng.random(n) < 0.4).astype(int), (rng.random(n) < 0.3).astype(int)
    order = np.lexsort((decided, group)) if ordered else np.arange(n)
    rows = [row for row in range(2 * n) if row % 7][:n]
    return told(group[order], decided[order], map(str, rows))


@pytest.mark.parametrize("ordered", [False, True])
def test_ids_that_name_other_people_pair_nobody(ordered: bool) -> None:
    """Row numbers with gaps are ids like any other, but who stands there is of another group: by chance in half, or in
    files sorted by group at the seam."""
    rng = np.random.default_rng(5)
    old, new = (numbered(rng, 400, ordered) for _ in range(2))
    assert old.units is not None
    for move in moves(new, old):
        assert not move.paired
        assert STRANGE in move.because
        assert "of another group in the other" in move.because
    policy = Policy((NoWorse(0.05),), "none")
    (said,) = (notice.sentence for notice in gate(new, policy, baseline=old).notices if notice.about == "units")
    assert said.startswith("2 changes taken as between independent reports, which is less sure: of 400 ids")


def test_a_record_that_was_corrected_leaves_the_others_paired() -> None:
    names, group, _, first, second = people()
    corrected = np.where(np.arange(len(names)) == 7, "b" if group[7] == "a" else "a", group)
    assert all(move.paired for move in moves(told(corrected, second, names), told(group, first, names)))
    swapped = np.where(np.arange(len(names)) < 20, "b", group)
    assert not any(move.paired for move in moves(told(swapped, second, names), told(group, first, names)))


def test_who_has_another_outcome_is_somebody_else() -> None:
    """Groups agree here in every pair, gold outcomes by chance."""
    names, group, outcome, first, second = people()
    other = np.random.default_rng(1).permutation(outcome)
    old, new = (told(group, p, names, outcome=y.tolist()) for p, y in ((first, outcome), (second, other)))
    assert all("of another outcome in the other" in move.because for move in moves(new, old))


def test_a_unit_of_two_rows_in_one_report_alone_is_told() -> None:
    names, group, _, first, second = people()
    old = told(group, first, names)
    new = told(group, second, [names[1], *names[1:]])
    for keep in (old, told(group, first, names, keep=False)):
        assert {move.because for move in moves(new, keep)} == {TWICE.format("1 unit has")}


def simulated(rng: np.random.Generator, n: tuple[int, int], up: float, down: float, own: int) -> tuple[Report, Report]:
    """Two releases on n people of either group: at rates .4 and .3, of whom 0 becomes 1 and 1 becomes 0 at these rates
    in the first; in either report so many of each group that the other does not have."""
    group = np.repeat(["a", "b"], n)
    was = rng.random(len(group)) < np.where(group == "a", 0.4, 0.3)
    moved = rng.random(len(group)) < np.where(was, down, up) * (group == "a")
    extra, who = np.repeat(["a", "b"], own), np.arange(len(group))
    both = []
    for at, one in enumerate((was, was ^ moved)):
        rate = 0.4 + at * (0.6 * up - 0.4 * down)
        more = rng.random(2 * own) < np.where(extra == "a", rate, 0.3)
        names = [*map(str, who), *(f"{at} {k}" for k in range(2 * own))]
        both.append(counted([*group, *extra], [*one.astype(int), *more.astype(int)], names))
    return both[0], both[1]


def held(draws: int, seed: int, **world: Any) -> float:
    rng, truth = np.random.default_rng(seed), 0.6 * world["up"] - 0.4 * world["down"]
    hits = []
    for _ in range(draws):
        low, high, _ = of_difference(*simulated(rng, **world)[::-1]).interval(0.95)
        hits.append(low <= -truth <= high)
    return float(np.mean(hits))


WORLDS: dict[str, dict[str, Any]] = {
    "few people": {"n": (30, 40), "up": 0.1, "down": 0.1, "own": 0},
    "one way only": {"n": (200, 200), "up": 0.0, "down": 0.05, "own": 0},
    "half in both": {"n": (100, 100), "up": 0.05, "down": 0.05, "own": 100},
}


@pytest.mark.slow
def test_the_interval_holds_the_change_as_often_as_it_says() -> None:
    """Four standard errors are to spare. What many more worlds hold is told in `tests/stats/test_changed_units.py`."""
    each = [held(45, 6, **world) for world in WORLDS.values()]
    assert np.mean(each) >= 0.95 - 4 * math.sqrt(0.95 * 0.05 / 135)
