"""Verdicts that a sceptic once got out of auditkit and should not have got."""

from __future__ import annotations

import numpy as np
import pytest

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.detectors.attribution import Ingroup
from auditkit.detectors.automation import Deployment
from auditkit.detectors.disparity import ErrorRates, SelectionRate
from auditkit.detectors.implicit import LabelSemantics
from auditkit.detectors.selection import Composition, Frame, Refusal
from auditkit.rules import Enough, NoWorse, Policy, Within


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_decision_never_spelled_like_the_outcome_is_refused() -> None:
    gold = np.where(rng().random(400) < 0.5, "yes", "no")
    with pytest.raises(InputError, match="Spell both alike"):
        auditkit.audit(None, Deployment("yes"), outcome=gold, human=gold, model=(gold == "yes").astype(int))


def test_frame_with_shared_units_is_not_assessed() -> None:
    x = rng().standard_normal(2_000)
    report = auditkit.audit(
        None, Frame("1"), selected=(x > 0.5).astype(int), feature=x, unit=np.repeat(np.arange(20), 100)
    )
    assert not report.findings
    assert "independent" in report.not_assessed[0].because


def test_shared_units_widen_every_gap_and_are_counted() -> None:
    """Rows of a unit that are copies of one another are worth one: within strata, over all groups, and in both odds."""
    draw = rng(2)
    once = {
        "group": np.repeat(["a", "b"], 300),
        "outcome": draw.integers(0, 2, 600),
        "prediction": draw.integers(0, 2, 600),
        "context": draw.integers(0, 3, 600),
    }
    copies = {role: np.repeat(values, 5) for role, values in once.items()}
    detectors = [SelectionRate("1", within=True, gap=True), ErrorRates("1", equalized_odds="worst")]
    reports = [
        auditkit.audit(None, detectors, **roles)
        for roles in (once, copies, {**copies, "unit": np.repeat(np.arange(600), 5)})
    ]
    assert not any(report.not_assessed for report in reports)
    wanted = ("standardised within", "max-min gap", "equalized odds")
    for name in wanted:
        rows, blind, units = (next(f.estimate for f in r.findings if name in f.estimand) for r in reports)
        widths = [e.interval(0.95).high - e.interval(0.95).low for e in (rows, blind, units)]
        assert widths[1] < 0.7 * widths[0]
        assert widths[2] == pytest.approx(widths[0], rel=0.05)
        assert (rows.clusters, blind.clusters) == (None, None)
        assert 100 < units.clusters <= 300


def test_groups_without_any_outcome_make_no_gap() -> None:
    roles = {"group": [*"ab" * 20, *[None] * 40], "outcome": [*[None] * 40, *[0, 1] * 20], "context": ["x"] * 80}
    report = auditkit.audit(None, SelectionRate("1", within=True, gap=True), **roles)
    assert all(f.estimate.value is None and f.estimate.reason for f in report.findings)


def test_clusters_are_counted_on_the_smaller_side() -> None:
    draw = rng(3)
    group = np.repeat(["a", "b"], [2_000, 80])
    unit = np.concatenate([np.arange(2_000) // 40, 1_000 + np.arange(80) // 40])
    outcome = np.where(group == "a", draw.random(2_080) < 0.2, draw.random(2_080) < 0.9).astype(int)
    report = auditkit.audit(None, SelectionRate("1"), group=group, outcome=outcome, unit=unit)
    assert {f.estimate.clusters for f in report.findings} == {2}
    assert auditkit.gate(report).outcome is Outcome.INCONCLUSIVE


def test_weights_of_mean_one_are_still_weights() -> None:
    x = rng(4).standard_normal(1_000)
    report = auditkit.audit(None, Frame("1"), selected=(x > 0).astype(int), feature=x, weight=np.tile([0.5, 1.5], 500))
    assert "weights" in report.not_assessed[0].because


@pytest.mark.parametrize(("detector", "role"), [(SelectionRate("1"), "outcome"), (Refusal("1"), "responded")])
def test_a_group_without_outcomes_is_told_and_not_forgotten(detector: object, role: str) -> None:
    values = [*[1, 1, 0, 0] * 200, *[None] * 100]
    report = auditkit.audit(None, detector, group=[*"ab" * 400, *"c" * 100], **{role: values})
    silent = [f for f in report.findings if f.level == "c"]
    assert silent
    assert all(f.estimate.value is None and f.estimate.reason for f in silent)
    assert auditkit.gate(report).outcome is Outcome.NOT_ASSESSED


def test_twelve_people_decide_nothing_in_any_reading() -> None:
    draw = rng(5)
    group = np.repeat(["a", "b"], [1_000, 12])
    truth = draw.integers(0, 2, 1_012)
    said = np.where(group == "b", 1 - truth, truth)
    detectors = [SelectionRate("1", gap=True), ErrorRates("1", equalized_odds="worst")]
    report = auditkit.audit(None, detectors, group=group, outcome=truth, prediction=said)
    assert Outcome.FAIL not in {verdict.outcome for verdict in auditkit.gate(report).verdicts}


def test_an_unrelated_rater_does_not_make_a_preference_identified() -> None:
    draw = rng(6)
    rows = [
        (f"r{i}", "A", c, int(draw.random() < (0.7 if c == "A" else 0.4)))
        for i in range(10)
        for c in "AB"
        for _ in range(40)
    ]
    rows += [("x", "external", "A", 1), ("x", "external", "A", 0)]
    columns = dict(zip(("rater", "rater_group", "candidate_group", "outcome"), zip(*rows, strict=True), strict=True))
    report = auditkit.audit(None, Ingroup("1", raters="sampled"), **{k: list(v) for k, v in columns.items()})
    assert not report.findings
    assert "not identified" in report.not_assessed[0].because


def test_the_clearest_flip_is_seen() -> None:
    rows = [("west", "shake", "no"), ("west", "nod", "yes"), ("east", "shake", "yes"), ("east", "nod", "no")] * 200
    columns = {role: [row[i] for row in rows] for i, role in enumerate(("group", "feature", "outcome"))}
    report = auditkit.audit(None, LabelSemantics("shake", "no"), **columns)
    assert any("flipped" in f.sentence for f in report.findings)
    assert auditkit.gate(report).outcome is Outcome.FAIL


def test_missing_gold_withholds_the_verdict_on_recall() -> None:
    draw = rng(7)
    gold, human = draw.random(4_000) < 0.2, draw.random(4_000) < 0.3
    model = draw.random(4_000) < 0.3
    seen = np.where(human | model, np.where(gold, "yes", "no"), None)
    words = {k: np.where(v, "yes", "no") for k, v in (("human", human), ("model", model))}
    report = auditkit.audit(None, Deployment("yes"), outcome=seen, **words)
    recall = next(f for f in report.findings if f.estimand == "recall difference")
    assert {cap.withholds for cap in recall.caps} == {"PASS", "FAIL"}


def test_two_detectors_cannot_tell_one_finding() -> None:
    one, two = ({"value": {"a": p, "b": 1 - p}, "why": "w", "source": s} for p, s in ((0.5, "census"), (0.6, "market")))
    both = [Composition(auditkit.Reference(**reference)) for reference in (one, two)]
    with pytest.raises(InputError, match="tell the same finding"):
        auditkit.audit(None, both, group=["a", "b"] * 50)


def test_an_improvement_is_not_worse() -> None:
    def deployed(recall: float, seed: int) -> auditkit.Report:
        draw = rng(seed)
        gold = draw.random(8_000) < 0.5
        human, model = (np.where(gold, draw.random(8_000) < r, draw.random(8_000) < 0.1) for r in (0.8, recall))
        words = {k: np.where(v, "yes", "no") for k, v in (("outcome", gold), ("human", human), ("model", model))}
        return auditkit.audit(None, Deployment("yes"), deployed=["model"] * 8_000, **words)

    policy = Policy((NoWorse(0.02, estimand="recall*"),))
    better = auditkit.gate(deployed(0.95, 1), policy, baseline=deployed(0.80, 2))
    assert better.outcome is Outcome.PASS
    worse = auditkit.gate(deployed(0.60, 1), policy, baseline=deployed(0.80, 2))
    assert worse.outcome is Outcome.FAIL


def test_what_is_short_names_its_own_need() -> None:
    report = auditkit.audit(group=["a"] * 200 + ["b"] * 100, outcome=[0, 1] * 150)
    verdict = auditkit.gate(report, Policy((Within(0.2), Enough(n_eff=500)))).verdicts[0]
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.needed == 1_500


@pytest.mark.slow
@pytest.mark.parametrize(("old_n", "new_n"), [(500, 500), (500, 5_000), (200, 20_000), (4_000, 4_000)])
def test_worse_by_exactly_the_margin_seldom_passes(old_n: int, new_n: int) -> None:
    from auditkit.core.evidence import Tally
    from auditkit.core.report import Recipe, Report

    def told(p: float, n: int, draw: np.random.Generator) -> Report:
        x, y = int(draw.binomial(n, 0.5)), int(draw.binomial(n, p))
        cells = {("a", "1"): x, ("a", "0"): n - x, ("b", "1"): y, ("b", "0"): n - y}
        findings = SelectionRate("1").examine(Tally.of_cells(("group", "outcome"), cells))
        return Report(tuple(f for f in findings if f.scale == "difference"), (), Recipe("r", n, {}, (), {}, {}))

    draw = rng(old_n + new_n)
    policy = Policy((NoWorse(0.05),))
    passed = [
        auditkit.gate(told(0.55, new_n, draw), policy, baseline=told(0.50, old_n, draw)).passed for _ in range(600)
    ]
    assert np.mean(passed) <= 0.07
