"""A margin judges intervals: what has a value and none is described, and never inconclusive for ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import auditkit
from auditkit.core.estimate import LEVELS
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome
from auditkit.core.report import Report
from auditkit.detectors.disparity import Calibration
from auditkit.formats.summary import summarise
from auditkit.rules import Assessed, NoWorse, Policy, Ratio, Rule, Within

ERROR = "expected calibration error"


@pytest.fixture(scope="module")
def calibrated() -> Report:
    """Twenty thousand rows of scores that are chances."""
    draw = np.random.default_rng(1)
    scores = draw.beta(2, 2, 20_000)
    return auditkit.audit(
        None,
        Calibration("1"),
        group=draw.choice(["a", "b"], 20_000),
        outcome=(draw.random(20_000) < scores).astype(int),
        score=scores,
    )


def test_the_policy_of_the_manual_passes_calibrated_scores(calibrated: Report) -> None:
    judgement = auditkit.gate(calibrated, Policy((Within(0.05), Ratio(0.8), Assessed())))
    assert judgement.outcome is Outcome.PASS
    assert {key.estimand for key in judgement.unjudged} == {ERROR}
    said = f"{ERROR}: described, not judged, for a margin judges an interval and there is none."
    assert said in summarise(calibrated, judgement).missing


@pytest.mark.parametrize("rule", [Within(0.05, estimand=ERROR), NoWorse(0.05, estimand=ERROR)])
def test_a_rule_that_names_nothing_else_is_never_green(calibrated: Report, rule: Rule) -> None:
    other = replace(calibrated, recipe=replace(calibrated.recipe, rows=1))
    judgement = auditkit.gate(calibrated, Policy((rule,)), baseline=other)
    (said,) = [v for v in judgement.verdicts if v.rule == rule.name]
    assert said.outcome is Outcome.NOT_ASSESSED
    assert "no interval" in said.sentence


def test_what_has_a_margin_and_lost_its_interval_is_not_assessed(calibrated: Report) -> None:
    nothing = (None,) * len(LEVELS)
    first = next(f for f in calibrated.findings if f.margin == Margin.within(0.05))
    lost = replace(first, estimate=replace(first.estimate, lower=nothing, upper=nothing))
    judgement = auditkit.gate(replace(calibrated, findings=(lost,)), Policy((Within(),)))
    (said,) = judgement.of(lost.key)
    assert (said.outcome, said.sentence) == (
        Outcome.NOT_ASSESSED,
        "Cannot be judged: it has a value and no interval.",
    )
