"""What settles a verdict that bets decide is said in reports and in stakes, never in rows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditkit.accumulating import State
from auditkit.core.estimate import QUANTILES, Estimate, Wager
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.words import settled_by
from auditkit.gating import gate
from auditkit.rules import Policy, Question, Within
from auditkit.settling import needed
from auditkit.stats.nights import Purse
from auditkit.wording import STOPPED, undecided
from tests.accumulating.nightly import POLICY, judged, night, run_of

BETS = re.compile(
    r"Bets need more reports: stake multiplied by ([\d,.]+), and ([\d,]+) settles it\. About ([\d,]+) more reports? "
)
LARGE = night(1038, 1470, 3_000)
"""34.6 % against 49.0 % of 6,000 rows."""


def undone(verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.outcome is Outcome.INCONCLUSIVE]


def beyond(verdict: Verdict) -> bool:
    interval, margin = verdict.fail_interval, verdict.margin
    assert interval is not None
    assert margin is not None
    assert interval.low is not None
    assert margin.high is not None
    return interval.low > margin.high


def several(edges: int) -> Policy:
    """So many questions of one report: Holm asks of the first for 20 times as much."""
    return Policy(tuple(Within(0.05 + k / 10_000) for k in range(edges)))


def test_an_interval_that_is_outside_waits_for_stakes_and_not_for_rows() -> None:
    told = undone(gate(LARGE, several(4), state=State()).verdicts)
    assert told
    assert all(map(beyond, told))
    for verdict in told:
        assert verdict.needed is None
        assert "row settles" not in verdict.sentence
        assert "rows settle" not in verdict.sentence
    smallest = min(told, key=lambda verdict: verdict.p or 1.0)
    assert "Holm" not in smallest.sentence
    found = BETS.search(smallest.sentence)
    assert found is not None
    stake, wanted = float(found[1]), float(found[2])
    assert smallest.p == pytest.approx(1 / stake, rel=0.01)
    assert wanted == 80
    assert smallest.fail_level == pytest.approx(1 - 1 / wanted)
    assert stake < wanted


def test_as_many_more_reports_as_are_said_settle_it_and_one_fewer_does_not() -> None:
    for report, policy, outcome in [
        (night(80, 100, 200), POLICY, Outcome.FAIL),
        (night(600, 603, 1_500), POLICY, Outcome.PASS),
        (night(1038, 1470, 3_000), several(4), Outcome.FAIL),
    ]:
        state, judgement = run_of([report], policy)
        (first, *_) = sorted(undone(judgement.verdicts), key=lambda verdict: verdict.p or 1.0)
        found = BETS.search(first.sentence)
        assert found is not None, first.sentence
        n = 1
        while True:
            state, judgement = judged(state, varied(report, n), policy)
            now = next(v for v in judgement.verdicts if (v.key, v.margin) == (first.key, first.margin))
            if now.outcome is not Outcome.INCONCLUSIVE:
                break
            n += 1
        assert now.outcome is outcome
        assert n in (int(found[3]), int(found[3]) - 1)  # what waits of the stake may bring it sooner


def varied(report: Report, n: int) -> Report:
    """The same rates from other rows: the cells are all that tells it from an answer that was counted."""
    assert report.cells is not None
    cells = replace(report.cells, levels=tuple((*axis, f"unseen {n}") for axis in report.cells.levels))
    return replace(report, cells=cells)


def test_the_reports_of_a_purse_are_those_that_it_takes() -> None:
    for z, stake in [([1.0], 20.0), ([0.3], 100.0), ([1.5, -1.0], 80.0)]:
        purse = Purse.of(len(z)).after(z)
        told = purse.until(z, stake)
        assert told is not None
        for _ in range(told - 1):
            purse = purse.after(z)
        assert purse.peak < stake
        assert purse.after(z).peak >= stake
    assert Purse.of(1).after([1.0]).until([0.0], 20.0) is None


def test_at_the_margin_no_number_of_reports_is_made_up() -> None:
    _, judgement = run_of([night(80, 90, 200)])
    (verdict,) = undone(judgement.verdicts)
    assert verdict.needed is None
    assert "No realistic number of reports like these does." in verdict.sentence
    assert "No realistic number of rows" not in verdict.sentence


def asked(value: float, se: float, wager: Wager | None = None) -> Question:
    lower, upper = (tuple(value + side * se * q for q in QUANTILES) for side in (-1, 1))
    estimate = Estimate(value, lower, upper, 500, 500.0, "example", wagers=() if wager is None else (wager,))
    finding = Finding("c.d", "gap", "a", "b", "said", estimate, margin=Margin.within(0.05))
    return Question("within", finding, estimate, Margin.within(0.05))


def test_a_run_that_was_bet_on_says_answers_and_not_that_the_interval_reaches_across() -> None:
    q = asked(0.3, 0.02, Wager(-0.05, 0.05, 1.0, 12.34))
    assert needed(q, (), 0.95) is None
    told = undecided(q, (), q.estimate.interval(0.95), None)
    assert told == "Bets need more answers: stake multiplied by 12.3, and 20 settles it."
    inside = asked(0.0, 0.01, Wager(-0.05, 0.05, 3.0, 1.0))
    told = undecided(inside, (), inside.estimate.interval(0.95), needed(inside, (), 0.95))
    assert told == "Bets need more answers: stake multiplied by 3.0, and 20 settles it."


def test_holms_order_is_the_reason_only_where_it_is() -> None:
    """Two sided limits, not bets: the second is outside at its level, and the first is not."""
    q = asked(0.3, 0.05)
    assert needed(q, (), 0.95) is None
    assert undecided(q, (), q.estimate.interval(0.95), None) == STOPPED
    across = asked(0.07, 0.05)
    more = needed(across, (), 0.95)
    assert more is not None
    assert undecided(across, (), across.estimate.interval(0.95), more).startswith("The interval reaches across")
    for sentence in (STOPPED, "Bets need more answers: stake multiplied by 3.0, and 20 settles it."):
        assert settled_by(Verdict("within", Outcome.INCONCLUSIVE, sentence)) == ""
    enough = asked(0.3, 0.02, Wager(-0.05, 0.05, 1.0, 25.0))
    assert undecided(enough, (), enough.estimate.interval(0.95), None) == STOPPED
