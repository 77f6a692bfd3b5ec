"""The gate does not flip on noise, and does not go green on absence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import auditkit
from auditkit import gate
from auditkit.core.estimate import LEVELS, Estimate
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, Margin, NotAssessed
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Recipe, Report
from auditkit.detectors.disparity import SelectionRate
from auditkit.rules import Assessed, Enough, NoWorse, Policy, Within

RUNS = 3_000


def report_of(hits: tuple[int, int], n: int) -> Report:
    (x, y) = hits
    cells = {("a", "1"): x, ("a", "0"): n - x, ("b", "1"): y, ("b", "0"): n - y}
    told = SelectionRate(favourable="1").examine(Tally.of_cells(("group", "outcome"), cells))
    return Report(tuple(f for f in told if isinstance(f, Finding)), (), Recipe("sim", 2 * n, {}, (), {}, {}))


def failures(p: float, q: float, n: int, runs: int) -> float:
    rng = np.random.default_rng([n, 11])
    drawn = zip(rng.binomial(n // 2, p, runs).tolist(), rng.binomial(n // 2, q, runs).tolist(), strict=True)
    policy = Policy((Within(0.05),))
    return float(np.mean([gate(report_of(hits, n // 2), policy).outcome is Outcome.FAIL for hits in drawn]))


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 1_000])
def test_a_fair_pair_fails_at_most_one_time_in_a_hundred(n: int) -> None:
    assert failures(0.3, 0.3, n, RUNS) <= 0.01


@pytest.mark.slow
def test_a_gap_of_fifteen_points_fails_almost_always() -> None:
    assert failures(0.30, 0.45, 2_000, RUNS) >= 0.98


def test_a_fair_pair_seldom_fails_quick() -> None:
    assert failures(0.3, 0.3, 300, 200) <= 0.03


def finding(value: float, se: float, **more: object) -> Finding:
    from statistics import NormalDist

    z = [NormalDist().inv_cdf((1 + level) / 2) for level in LEVELS]
    estimate = Estimate(
        value, tuple(value - q * se for q in z), tuple(value + q * se for q in z), 1_000, 500.0, "normal"
    )
    parts = {
        "code": "disparity.selection_rate",
        "estimand": "gap",
        "level": "a",
        "versus": "b",
        "sentence": "s",
        "margin": Margin.within(0.05),
    }
    return Finding(**{**parts, "estimate": estimate, **more})


def report(*findings: Finding, silent: tuple[NotAssessed, ...] = ()) -> Report:
    return Report(findings, silent, Recipe("r", 1_000, {}, (), {}, {}))


def test_no_findings_is_never_green() -> None:
    assert gate(report()).exit_code == 3
    assert gate(report(), Policy((Within(0.05),))).outcome is Outcome.NOT_ASSESSED
    assert gate(report(finding(0, 0.001), silent=(NotAssessed("disparity.error_rates", "no column"),))).exit_code == 3


def test_a_renamed_detector_is_missed() -> None:
    policy = Policy((Within(0.05), Assessed(("selection.*",))))
    assert gate(report(finding(0, 0.001)), policy).outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("value", "se", "outcome"),
    [
        (0.0, 0.01, Outcome.PASS),
        (0.0, 0.04, Outcome.INCONCLUSIVE),
        (0.2, 0.02, Outcome.FAIL),
        (0.06, 0.02, Outcome.INCONCLUSIVE),
    ],
)
def test_the_four_verdicts(value: float, se: float, outcome: Outcome) -> None:
    judgement = gate(report(finding(value, se)))
    assert judgement.of(finding(value, se).key)[0].outcome is outcome
    assert Judgement.from_json(judgement.to_json()) == judgement


def test_significant_but_inside_the_margin_is_a_pass() -> None:
    assert gate(report(finding(0.02, 0.005))).outcome is Outcome.PASS


def test_holm_allows_for_everything_judged() -> None:
    alone = finding(0.12, 0.03)
    p = alone.estimate.p_above(0.05)
    assert 0.01 < p < 0.05
    others = [finding(0.0, 0.03, level=f"g{i}") for i in range(20)]
    assert gate(report(alone)).outcome is Outcome.FAIL
    assert Outcome.FAIL not in {v.outcome for v in gate(report(alone, *others)).verdicts}
    none = Policy(multiplicity="none")
    assert gate(report(alone, *others), none).outcome is Outcome.FAIL


def test_the_needed_rows_settle_it() -> None:
    verdict = gate(report_of((60, 60), 200), Policy((Within(0.05),))).verdicts[0]
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.needed is not None
    n = verdict.needed // 2
    rng = np.random.default_rng(5)
    drawn = zip(rng.binomial(n, 0.3, 200).tolist(), rng.binomial(n, 0.3, 200).tolist(), strict=True)
    passed = np.mean([gate(report_of(hits, n), Policy((Within(0.05),))).passed for hits in drawn])
    assert 0.7 < passed < 0.98


def test_every_fail_says_what_would_change_it_and_it_does() -> None:
    first = report_of((300, 600), 1_000)
    verdict = next(v for v in gate(first, Policy((Within(0.05),))).verdicts if v.outcome is Outcome.FAIL)
    margin, outcomes = verdict.changes
    edge = float(margin.split("at least ")[1].split(" ")[0])
    assert gate(first, Policy((Within(edge + 0.002),))).outcome is not Outcome.FAIL
    assert gate(first, Policy((Within(edge - 0.002),))).outcome is Outcome.FAIL
    k = int(outcomes.split(" of ")[0].replace(",", ""))
    assert gate(report_of((300, 600 - k), 1_000), Policy((Within(0.05),))).outcome is not Outcome.FAIL
    assert gate(report_of((300, 601 - k), 1_000), Policy((Within(0.05),))).outcome is Outcome.FAIL


def test_small_slices_decide_nothing() -> None:
    small = report_of((0, 18), 18)
    assert gate(small).outcome is Outcome.INCONCLUSIVE
    assert gate(small, Policy((Within(0.05), Enough(n_eff=5)))).outcome is Outcome.FAIL


def test_no_worse_than_the_baseline() -> None:
    policy = Policy((NoWorse(0.05),))
    old = report(finding(0.02, 0.005))
    assert gate(report(finding(0.02, 0.005)), policy, baseline=old).outcome is Outcome.PASS
    assert gate(report(finding(-0.03, 0.005)), policy, baseline=old).outcome is Outcome.PASS
    assert gate(report(finding(0.15, 0.005)), policy, baseline=old).outcome is Outcome.FAIL
    assert gate(report(finding(0.15, 0.005, level="new")), policy, baseline=old).outcome is Outcome.NOT_ASSESSED
    with pytest.raises(auditkit.AuditkitError, match="needs a baseline"):
        gate(old, policy)


def test_inconclusive_can_be_a_warning() -> None:
    astride = report(finding(0.0, 0.04))
    assert gate(astride).exit_code == 3
    assert gate(astride, {"inconclusive": "warn"}).exit_code == 0


def test_a_detector_without_a_card_turns_no_gate_that_does_not_name_it() -> None:
    bad = finding(0.5, 0.001, code="their.own")
    good = finding(0.0, 0.001)
    told = gate(report(good, bad, silent=(NotAssessed("their.own", "no column"),)))
    assert told.outcome is Outcome.PASS
    assert told.experimental == ("their.own",)
    assert told.unjudged == (bad.key,)
    assert gate(report(bad)).outcome is Outcome.NOT_ASSESSED
    for named in (Policy((Within(0.05), Within(0.05, "their.own"))), Policy((Within(0.05, "their.own"),))):
        judged = gate(report(good, bad), named)
        assert judged.outcome is Outcome.FAIL
        assert not judged.experimental
    assert gate(report(good, bad), Policy((Within(0.05, "their.*"),))).outcome is not Outcome.FAIL
    silent = report(good, silent=(NotAssessed("their.own", "no column"),))
    assert gate(silent, Policy((Within(0.05), Assessed(("their.own",))))).outcome is Outcome.NOT_ASSESSED


def test_the_worst_case_of_those_who_did_not_answer_withholds_a_verdict() -> None:
    sure, hurt = finding(0.0, 0.001), finding(0.2, 0.01)
    for told, kept, lost in ((sure, Outcome.PASS, Outcome.INCONCLUSIVE), (hurt, Outcome.FAIL, Outcome.INCONCLUSIVE)):
        narrow = finding(told.estimate.value, 0.002, code="selection.bounds", margin=None)
        wide = finding(told.estimate.value, 0.2, code="selection.bounds", margin=None)
        assert gate(report(told, narrow)).of(told.key)[0].outcome is kept
        verdict = gate(report(told, wide)).of(told.key)[0]
        assert verdict.outcome is lost
        assert "did not answer" in verdict.sentence


def test_a_detector_whose_findings_were_deleted_is_missed() -> None:
    asked = ({"code": "disparity.selection_rate"}, {"code": "disparity.error_rates"}, {"code": "their.own"})
    whole = report(finding(0.0, 0.001), finding(0.3, 0.01, code="disparity.error_rates"))
    whole = replace(whole, recipe=replace(whole.recipe, detectors=asked))
    assert gate(whole).outcome is Outcome.FAIL
    told = gate(replace(whole, findings=whole.findings[:1]))
    assert told.outcome is Outcome.NOT_ASSESSED
    assert any("disparity.error_rates was asked" in v.sentence for v in told.verdicts)
    assert not any("their.own was asked" in v.sentence for v in told.verdicts)


def test_a_policy_that_forgets_to_ask_is_not_green_on_absence() -> None:
    silent = report(finding(0.0, 0.001), silent=(NotAssessed("disparity.error_rates", "only one group"),))
    assert gate(silent, {"rules": [{"rule": "within", "margin": 0.1}]}).exit_code == 3


def test_experimental_bounds_withhold_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hurt = finding(0.2, 0.01)
    wide = finding(0.2, 0.2, code="selection.bounds", margin=None)
    monkeypatch.setattr("auditkit.catalog.experimental", lambda code: code == "selection.bounds")
    assert gate(report(hurt, wide)).outcome is Outcome.FAIL


def test_a_pass_of_a_lopsided_margin_claims_no_more_than_that() -> None:
    """Inside (-0.9, 0.05) nothing larger than 0.05 is ruled out."""
    from tests.baselining.worlds import finding, report

    lopsided = finding(-0.5, margin=Margin(-0.9, 0.05))
    (verdict,) = gate(report(lopsided)).of(lopsided.key)
    assert verdict.outcome is Outcome.PASS
    assert verdict.sentence == "A value below -0.9 or above 0.05 ruled out at 95 %."


@pytest.mark.parametrize("size", [1e-300, 0.05, 1e155, 9e299])
@pytest.mark.parametrize("scale", ["difference", "ratio"])
@pytest.mark.parametrize("margin", [Margin.within(0.05), Margin(-1.0, -0.5), Margin(0.0, 1e-300)])
def test_no_number_that_a_report_may_hold_breaks_the_gate(size: float, scale: str, margin: Margin) -> None:
    finding = report_of((40, 60), 100).findings[0]
    curve = ((-size,) * len(LEVELS), (size,) * len(LEVELS))
    estimate = Estimate(size / 2, *curve, 200, 200.0, "forged")
    forged = replace(finding, estimate=estimate, scale=scale, margin=margin, recount=False)
    report = Report((forged,), (), Recipe("sim", 200, {}, (), {}, {}))
    assert gate(report).exit_code in (0, 1, 3)
    assert gate(Report.from_json(report.to_json())).outcome is gate(report).outcome
