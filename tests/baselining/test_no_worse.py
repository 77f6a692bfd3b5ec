"""Worse by exactly the margin passes one time in twenty; what did not change is as seldom called worse."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.comparing import moves
from auditkit.core.baseline import Baseline
from auditkit.core.estimate import Estimate, estimates
from auditkit.core.finding import Cap, Finding, Margin
from auditkit.core.judgement import Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.words import interval, number
from auditkit.gating import gate
from auditkit.rules import Enough, NoWorse, Policy, Within
from auditkit.rules.no_worse import UNCHANGED, change
from auditkit.stats.contrasts import mover_ratio, newcombe
from auditkit.stats.proportions import rates, wilson
from tests.baselining.worlds import RECIPE, estimate, finding, report

RUNS = 2_000
CHANGE = {"difference": 0.05, "ratio": 0.2}
SIDES = {
    ("difference", "two"): Margin.within(0.05),
    ("difference", "one"): Margin.at_most(0.05),
    ("ratio", "two"): Margin.ratio(0.8),
    ("ratio", "one"): Margin(None, 1.25),
}
RATIO = {"scale": "ratio", "null": 1.0, "margin": Margin.ratio(0.8)}


def drawn(
    p: float, q: float, n: int, draw: np.random.Generator, scale: str, margin: Margin, runs: int
) -> list[Finding]:
    """So many samples of two groups of n, each told as a detector tells it."""
    a, b = (wilson(rates(draw.binomial(n, rate, runs), np.full(runs, n))) for rate in (p, q))
    curve = newcombe(a, b) if scale == "difference" else mover_ratio(a, b)
    null = 1.0 if scale == "ratio" else 0.0
    told = estimates(*curve, n=2 * n, n_eff=n, method="simulated")
    return [finding(estimate=e, scale=scale, null=null, margin=margin) for e in told]


def measured(
    scale: str, side: str, bias: float, old_n: int, new_n: int, runs: int
) -> tuple[float, float, float, float]:
    """How often a change of exactly the margin passes and fails, and none is told as worse and as better."""
    draw, d, base = np.random.default_rng([old_n, new_n, int(100 * bias)]), CHANGE[scale], 0.3
    was, now = (base * math.exp(4 * bias + x) if scale == "ratio" else base + bias + x for x in (0.0, d))
    margin = SIDES[scale, side]
    old = drawn(was, base, old_n, draw, scale, margin, runs)
    grown, same = (drawn(rate, base, new_n, draw, scale, margin, runs) for rate in (now, was))
    moved = [change(b, a) for a, b in zip(old, grown, strict=True)]
    still = [change(b, a).interval(0.90) for a, b in zip(old, same, strict=True)]
    passed = np.mean([(high := c.interval(0.90).high) is not None and high < d for c in moved])
    failed = np.mean([(low := c.interval(0.95).low) is not None and low > d for c in moved])
    worse = np.mean([c.low is not None and c.low > 0 for c in still])
    better = np.mean([c.high is not None and c.high < 0 for c in still])
    return float(passed), float(failed), float(worse), float(better)


@pytest.mark.slow
@pytest.mark.parametrize(("old_n", "new_n"), [(500, 500), (200, 5_000)])
@pytest.mark.parametrize("bias", [0.0, 0.02, 0.15])
@pytest.mark.parametrize(("scale", "side"), SIDES)
def test_the_rates_are_as_promised(scale: str, side: str, bias: float, old_n: int, new_n: int) -> None:
    """5 % for a pass at the margin, 2.5 % for a fail there, 5 % for either way of moving where nothing moved.

    Four standard errors are to spare. Over 4,000 pairs of reports in each of 203 worlds (rates .05 to .6, 100 to 5,000
    rows, three biases, both scales, each side) the highest were 6.0, 3.2, 6.1 and 5.6 %.
    """
    spare = 4 * math.sqrt(0.05 * 0.95 / RUNS)
    for rate, promised in zip(measured(scale, side, bias, old_n, new_n, RUNS), (0.05, 0.025, 0.05, 0.05), strict=True):
        assert rate <= promised + spare


@pytest.mark.parametrize("bias", [0.0, 0.15])
def test_the_rates_are_as_promised_quick(bias: float) -> None:
    for rate in measured("difference", "two", bias, 500, 500, 300):
        assert rate <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 300)


def test_a_change_that_is_large_is_seen() -> None:
    passed, failed, *_ = measured("difference", "two", 0.15, 2_000, 2_000, 200)
    assert passed + failed < 0.3
    told = NoWorse(0.02)
    assert gate(report(finding(0.15, 0.01)), Policy((told,)), baseline=report(finding(0.05, 0.01))).exit_code == 1
    assert gate(report(finding(0.05, 0.01)), Policy((told,)), baseline=report(finding(0.15, 0.01))).exit_code == 0


@given(st.floats(-0.9, 0.9), st.floats(0.001, 0.3), st.sampled_from(list(SIDES)))
def test_the_same_data_are_never_called_worse_or_better(value: float, se: float, kind: tuple[str, str]) -> None:
    scale, _ = kind
    parts = {"scale": scale, "margin": SIDES[kind], **({"null": 1.0} if scale == "ratio" else {})}
    one = finding(1 + value if scale == "ratio" else value, se, **parts)
    (move,) = moves(report(one), report(one))
    assert move.way in ("same", "untold")
    judged = gate(report(one), Policy((NoWorse(1e-6),)), baseline=report(one))
    assert {verdict.outcome for verdict in judged.verdicts} == {Outcome.PASS}
    assert change(one, one).value in (0.0, None)


def test_it_says_that_reports_are_taken_as_independent() -> None:
    assert "independent reports" in change(finding(), finding()).method


def test_a_baseline_that_may_have_no_bias_excuses_none() -> None:
    for old in (finding(0.0, 0.01), finding(0.03, 0.01), finding(0.03, 0.03)):
        new = finding(0.06, 0.01)
        assert change(new, old).interval(0.90).high == pytest.approx(new.interval(0.90).high)


def test_the_baseline_says_what_no_bias_is() -> None:
    """A null that moves towards the bias, or a side that looks away from it, does not make it smaller."""
    old = finding(0.1, 0.01)
    for new in (finding(0.3, 0.01, null=0.3), finding(0.3, 0.01, margin=Margin.at_least(-0.05))):
        assert change(new, old).value == pytest.approx(0.2)
    assert "tells it as a difference" in (change(finding(1.3, 0.01, **RATIO), old).reason or "")


def test_a_ratio_that_reaches_zero_cannot_be_compared() -> None:
    zero = finding(1.0, 0.01, **RATIO)
    zero = replace(zero, estimate=replace(zero.estimate, lower=(0.0,) * 9))
    grown = change(zero, finding(1.0, 0.01, **RATIO))
    assert grown.lower == grown.upper == (None,) * 9
    other = replace(zero, counts=())
    assert gate(report(other), Policy((NoWorse(0.05),)), baseline=report(zero)).exit_code == 3


NOTHING = "The report holds the baseline's own evidence: nothing changed."
TIGHT = Policy((NoWorse(1e-6),))


def moved(judgement: Judgement) -> list[Verdict]:
    """What is said of the change since the baseline."""
    return [verdict for verdict in judgement.verdicts if verdict.rule == "no_worse"]


def test_a_report_that_is_the_baseline_passes_whatever_its_noise() -> None:
    same = report(finding(0.2, 0.3), finding(0.1, 0.2, level="c"))
    for old in (same, Baseline.from_json(Baseline(same).to_json())):
        judged = gate(same, TIGHT, baseline=old)
        assert judged.outcome is Outcome.PASS
        for verdict in moved(judged):
            assert verdict.sentence == f"The change since the baseline is 0. {NOTHING}"
            assert verdict.pass_interval == (0, 0, 0.9)


@pytest.mark.parametrize(
    "otherwise",
    [
        report(finding(0.2, 0.3), finding(0.1, 0.2, level="d")),
        report(finding(0.2, 0.3)),
        report(finding(0.2, 0.3), finding(0.1, 0.21, level="c")),
        report(finding(0.2, 0.3), finding(0.1, 0.2, level="c", counts=())),
        report(finding(0.2, 0.3), finding(0.1, 0.2, level="c"), recipe=replace(RECIPE, rows=1_001)),
        report(finding(0.2, 0.3), finding(0.1, 0.2, level="c"), recipe=replace(RECIPE, sources=())),
    ],
    ids=["another finding", "one fewer", "another interval", "other counts", "another row", "another run"],
)
def test_where_anything_differs_nothing_special_happens(otherwise: Report) -> None:
    same = report(finding(0.2, 0.3), finding(0.1, 0.2, level="c"))
    judged = gate(otherwise, TIGHT, baseline=same)
    assert Outcome.PASS not in {verdict.outcome for verdict in moved(judged)}
    assert not any(NOTHING in verdict.sentence for verdict in judged.verdicts)


def test_what_is_undefined_in_both_is_no_pass() -> None:
    none = report(finding(estimate=Estimate.undefined("no negatives")))
    judged = gate(none, TIGHT, baseline=none)
    assert judged.outcome is Outcome.NOT_ASSESSED


def test_few_rows_and_withheld_verdicts_change_nothing_in_what_did_not_change() -> None:
    few = finding(estimate=estimate(0.2, 0.3, n=10, n_eff=5), caps=(Cap("PASS", "of the frame"),))
    assert gate(report(few), Policy((NoWorse(0.02), Enough())), baseline=report(few)).outcome is Outcome.PASS


def test_no_method_of_a_report_stands_in_for_a_change() -> None:
    forged = finding(0.2, 0.01)
    forged = replace(forged, estimate=replace(forged.estimate, method=UNCHANGED))
    judged = gate(report(forged), Policy((NoWorse(0.02), Within(0.05))), baseline=report(finding(0.01, 0.01)))
    assert [v.outcome for v in judged.verdicts if v.rule in ("within", "no_worse")] == [Outcome.FAIL] * 2


@pytest.mark.parametrize(("value", "outcome"), [(0.0, "PASS"), (0.1, "INCONCLUSIVE"), (0.4, "FAIL")])
@pytest.mark.parametrize("scale", ["difference", "ratio"])
def test_every_sentence_names_the_change_and_its_interval(value: float, outcome: str, scale: str) -> None:
    parts = {} if scale == "difference" else RATIO
    new, old = finding(parts.get("null", 0.0) + value, 0.02, **parts), finding(parts.get("null", 0.0), 0.02, **parts)  # type: ignore[operator]
    (verdict,) = moved(gate(report(new), Policy((NoWorse(0.09),)), baseline=report(replace(old, counts=()))))
    shown, where = interval(verdict.pass_interval), ", in its logarithm," if scale == "ratio" else ""
    grown = number(change(new, old).value)
    said = f"The change since the baseline{where} is {grown} {shown} at 90 %, the margin at most 0.09. "
    assert verdict.outcome == outcome
    assert verdict.sentence.startswith(said)
    assert len(verdict.sentence) > len(said)
