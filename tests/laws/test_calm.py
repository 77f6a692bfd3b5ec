"""A gate on a fair model is calm: over runs, over nights, and run again it says the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import beta

from auditkit.accumulating import State
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.core.report import Recipe, Report
from auditkit.detectors.disparity import SelectionRate
from auditkit.gating import gate
from auditkit.rules import Policy, Within
from auditkit.stats.nights import BETS, shyness, z_above, z_below

RATE, MARGIN, CHECKS, NIGHTS = 0.3, 0.05, 50, 30
POLICY = Policy((Within(MARGIN),))
DETECTOR = SelectionRate(favourable="1")


@cache
def told(x: int, y: int, n: int) -> Finding:
    """The difference that the detector tells of x in n of group a and y in n of group b."""
    cells = {("a", "1"): x, ("a", "0"): n - x, ("b", "1"): y, ("b", "0"): n - y}
    found = DETECTOR.examine(Tally.of_cells(("group", "outcome"), cells))
    return next(f for f in found if isinstance(f, Finding) and f.scale == "difference")


def suite(hits: np.ndarray, n: int, run: str) -> Report:
    """A report on a model of which so many (checks, 2) were selected, each check of a group column of its own."""
    findings = tuple(replace(told(int(x), int(y), n), attribute=f"group {k}") for k, (x, y) in enumerate(hits))
    source = {"title": "model", "fingerprint": "f1", "prompts": "p1", "seed": run}
    return Report(findings, (), Recipe("model", 2 * n * len(hits), {}, (), {}, {}, sources=(source,)))


def runs(many: int, n: int, gap: float = 0.0, checks: int = CHECKS, seed: int = 1) -> Iterator[Report]:
    rng = np.random.default_rng([n, seed, many])
    for k in range(many):
        yield suite(rng.binomial(n, (RATE, RATE + gap), (checks, 2)), n, str(k))


def at_most(red: int, many: int) -> float:
    """Clopper and Pearson's upper 95 % bound of a share."""
    return 1.0 if red == many else float(beta.ppf(0.975, red + 1, many - red))


def red_of(many: int, n: int) -> tuple[int, int]:
    """Runs in which the gate fails, and in which somebody who reads p < .05 off each check would."""
    red = naive = 0
    for report in runs(many, n):
        red += gate(report, POLICY).exit_code == 1
        naive += any(f.interval(0.95).inside(0, None) or f.interval(0.95).inside(None, 0) for f in report.findings)
    return red, naive


@pytest.mark.slow
def test_two_thousand_runs_of_fifty_checks_on_a_fair_model(capsys: pytest.CaptureFixture[str]) -> None:
    """Table C of the specification, at its most restless sample size."""
    red, naive = red_of(2_000, 100)
    with capsys.disabled():
        print(f"\n{red} of 2,000 runs red: at most {100 * at_most(red, 2_000):.2f} % at 95 %; naive {naive / 20:.1f} %")
    assert at_most(red, 2_000) <= 0.05
    assert naive / 2_000 == pytest.approx(0.92, abs=0.04)


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 2_000])
def test_runs_of_fifty_checks_whose_truth_is_the_margin_are_seldom_red(n: int) -> None:
    """The least fair model that is still within: every check may err, and intervals are narrow enough to say so."""
    red = sum(gate(report, POLICY).exit_code == 1 for report in runs(600, n, gap=MARGIN))
    assert red >= 1
    assert at_most(red, 600) <= 0.05


def test_runs_of_fifty_checks_on_a_fair_model_are_not_red_quick() -> None:
    red, naive = red_of(60, 100)
    assert red <= 2
    assert naive > 45


def test_a_run_again_is_the_same_judgement() -> None:
    for report in runs(5, 500):
        assert gate(report, POLICY).to_json() == gate(Report.from_json(report.to_json()), POLICY).to_json()


def e_fail(hits: np.ndarray, n: int) -> np.ndarray:
    """What is held against "within the margin" after each night, largest so far: hits (nights, checks, 2), anew."""
    z = np.array(
        [
            [[z_below(e, -MARGIN), z_above(e, MARGIN)] for e in (told(int(x), int(y), n).estimate for x, y in night)]
            for night in hits
        ],
        float,
    )
    bets = np.array(BETS)
    held = np.zeros((*z.shape[1:], len(bets)))
    out = []
    for t, night in enumerate(z, start=1):
        held = (held + (0.75 if t == 1 else 0.25 / (t * (t - 1)))) * np.exp(
            (night[..., None] - shyness(n)) * bets - bets**2 / 2
        )
        out.append(held.mean(axis=(1, 2)) + 0.25 / t)
    return np.maximum.accumulate(out)


def history(gap: float, n: int, checks: int, seed: int) -> tuple[State, list[Report], np.ndarray, list[set[str]]]:
    """Thirty nights through the gate: the state, the reports, their hits, and which checks failed each night."""
    rng = np.random.default_rng([seed, n])
    hits = rng.binomial(n, (RATE, RATE + gap), (NIGHTS, checks, 2))
    state, reports, failed = State(), [suite(night, n, str(k)) for k, night in enumerate(hits)], []
    for report in reports:
        judgement = gate(report, POLICY, state=state)
        state = state.after(report, judgement, POLICY)
        failed.append({v.key.stratum for v in judgement.verdicts if v.key and v.outcome is Outcome.FAIL})
    return state, reports, hits, failed


@pytest.mark.parametrize(("gap", "seed"), [(0.0, 1), (0.15, 2)])
def test_the_gate_fails_exactly_when_the_bets_say_so(gap: float, seed: int) -> None:
    """So that what is simulated of the bets by the thousand (tests/stats/test_nights.py) holds of the gate."""
    n, checks = 60, 4
    _, _, hits, failed = history(gap, n, checks, seed)
    p = 1 / e_fail(hits, n)
    for night, names in zip(p, failed, strict=True):
        order = np.argsort(night, kind="stable")
        level = 0.05 / np.arange(checks, 0, -1)
        rejected = order[np.logical_and.accumulate(night[order] <= level)]
        assert names >= {f"group {k}" for k in rejected}
        assert gap or not names
    assert (gap > 0) == (len(failed[-1]) == checks)


def test_runs_again_change_neither_the_state_nor_what_it_says() -> None:
    state, reports, _, _ = history(0.1, 40, 3, 5)
    first = [gate(report, POLICY, state=state).to_json() for report in reports]
    for i in np.random.default_rng(1).permutation(NIGHTS).tolist():
        judgement = gate(reports[i], POLICY, state=state)
        assert judgement.to_json() == first[i]
        assert state.after(reports[i], judgement, POLICY) == state
    assert {gate(report, POLICY, state=state).exit_code for report in reports} == {
        gate(reports[-1], POLICY, state=state).exit_code
    }


@pytest.mark.slow
def test_thirty_nights_of_fifty_fair_checks_are_never_red() -> None:
    for seed in range(8):
        state, _, _, failed = history(0.0, 100, CHECKS, seed)
        assert not any(failed)
        assert state.reports == NIGHTS


def test_the_bets_are_read_from_the_findings_of_the_detector() -> None:
    assert math.isclose(z_above(told(30, 30, 100).estimate, 0.0) or 0.0, 0.0, abs_tol=1e-9)
