"""Candidates are ranked by judgement, and told apart only where chance does not: by simulation."""

from __future__ import annotations

from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.discovering import Audited, Candidate, Comparison
from auditkit.lifecycle.discovering.claims import _nearer


def normal(value: float, error: float) -> Estimate:
    """An estimate with the curve of a normal one."""
    half = [error * z for z in QUANTILES]
    lower, upper = tuple(value - h for h in half), tuple(value + h for h in half)
    return Estimate(value, lower, upper, 1000, 1000.0, "normal")


def finding(estimate: Estimate) -> Any:
    return SimpleNamespace(estimate=estimate, null=0.0, scale="difference")


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.8])
@pytest.mark.parametrize(
    ("place", "margin"),
    [
        *(((a, b), Margin.within(0.05)) for a, b in ((0.0, 0.0), (0.06, 0.06), (0.06, -0.06), (0.01, -0.01))),
        *(((a, a), Margin.at_most(0.05)) for a in (0.0, 0.06)),
        ((-0.06, -0.02), Margin.at_most(0.05)),  # an excess alone is bias, and neither has any
    ],
)
def test_of_two_alike_neither_is_called_less_biased_more_often_than_alpha(
    rho: float, place: tuple[float, float], margin: Margin
) -> None:
    rng, error, n = np.random.default_rng(3), 0.02, 700
    cover = error**2 * np.array([[1, rho], [rho, 1]])
    called = 0
    for a, b in rng.multivariate_normal(place, cover, n):
        shift = normal(b - a, error * float(np.sqrt(2 - 2 * rho)))
        both = finding(normal(a, error)), finding(normal(b, error))
        called += min(_nearer(*both, shift, margin, way) for way in (1.0, -1.0)) <= 0.05
    assert called / n <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / n)


def test_one_that_is_far_less_biased_is_called_so_whatever_the_sign() -> None:
    for a, b in ((0.0, 0.2), (0.0, -0.2), (0.05, -0.2)):
        both = finding(normal(a, 0.02)), finding(normal(b, 0.02))
        shift = normal(b - a, 0.028)
        z = min(abs(b - a) / 0.028, abs(a + b) / 0.04)  # the less sure of both; the sum errs as if both erred together
        p = 2 * (1 - NormalDist().cdf(z))
        assert _nearer(*both, shift, Margin.within(0.05), 1.0) == pytest.approx(max(p, 1e-5), abs=2e-6)
        assert _nearer(*both, shift, Margin.within(0.05), -1.0) == 1.0
    undefined = Estimate.undefined("nothing")
    assert _nearer(finding(undefined), finding(normal(0.2, 0.02)), undefined, Margin.within(0.05), 1.0) == 1.0


def audited(value: float, error: float, margin: float = 0.05) -> Audited:
    """A candidate with one finding, judged as `gate` judges it: PASS by its 90 %, FAIL by its 95 % interval."""
    e = normal(value, error)
    low, high = -margin, margin
    outcome = Outcome.PASS if e.interval(0.90).inside(low, high) else Outcome.INCONCLUSIVE
    wide = e.interval(0.95)
    if (wide.low or 0) > high or (wide.high or 0) < low:
        outcome = Outcome.FAIL
    verdict = SimpleNamespace(key="k", margin=Margin(low, high), outcome=outcome)
    report: Any = SimpleNamespace(findings=[SimpleNamespace(key="k", estimate=e)])
    judgement: Any = SimpleNamespace(outcome=outcome, verdicts=[verdict], passed=outcome is Outcome.PASS)
    return Audited(Candidate("m", "folder", "m"), "m", report, judgement)


def test_choosing_the_best_of_several_on_the_margin_errs_at_most_in_twenty() -> None:
    rng, k, n = np.random.default_rng(5), 8, 1_500
    passes = chosen = 0
    for values in rng.normal(0.05, 0.01, (n, k)):
        several = Comparison("", tuple(audited(value, 0.01) for value in values))
        passes += any(one.outcome is Outcome.PASS for one in several.audited)
        chosen += several.exit_code == 0
    assert passes / n > 0.25  # what a bare PASS would come to: 1 - .95^8 is a third
    assert chosen / n <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / n)


def test_of_one_candidate_the_choice_is_its_judgement() -> None:
    rng = np.random.default_rng(9)
    for value in rng.normal(0.03, 0.02, 300):
        one = audited(value, 0.01)
        assert bool(Comparison("", (one,)).chosen) == (one.outcome is Outcome.PASS)


def test_ranks_follow_judgements_and_never_estimates() -> None:
    wide, fair, bad, sure = audited(0.0, 0.1), audited(0.02, 0.001), audited(0.2, 0.01), audited(0.0, 0.001)
    several = Comparison("", (bad, wide, fair, sure))
    assert [(rank, one) for rank, one in several.ranked] == [(1, fair), (1, sure), (3, wide), (4, bad)]
    assert several.exit_code == 0
    assert Comparison("", (bad, bad)).exit_code == 1
    assert Comparison("", (bad, wide)).exit_code == 3
