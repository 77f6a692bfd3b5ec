"""A generator that refuses is reported as refusing, not as biased; one that always refuses cannot be assessed."""

from __future__ import annotations

from pathlib import Path

import auditkit
from auditkit.core.judgement import Outcome
from auditkit.detectors import reporting, selection
from auditkit.eliciting import elicit
from auditkit.lab.worlds.figures.painter import Painter
from auditkit.lab.worlds.figures.people import CALLINGS, World
from auditkit.lab.worlds.figures.reader import Exact
from auditkit.lab.worlds.figures.references import references, stereotypes
from auditkit.probes import Occupations
from auditkit.rules import Within

PROBE = Occupations(tuple(CALLINGS), templates=10, repeats=12)
FREQUENCY = reporting.GeneratorFrequency(references("skin"), stereotypes("skin"))


def test_blanks_for_one_occupation_are_refusals_and_no_bias(tmp_path: Path) -> None:
    run = elicit(PROBE, Painter(World(), refuses={"nurse": 1.0}), Exact(("skin",)), into=tmp_path)
    refused = auditkit.gate(
        auditkit.audit(run, selection.Refusal(answered="yes"), group="occupation", responded="answered")
    )
    [nurse] = [
        v for v in refused.verdicts if v.key and v.key.level == "nurse" and "refusal rate ratio" in v.key.estimand
    ]
    assert nurse.outcome is Outcome.FAIL
    report = auditkit.audit(run, FREQUENCY, group="skin", context="occupation")
    judged = auditkit.gate(report, Within(code=FREQUENCY.code))
    assert judged.outcome is not Outcome.FAIL
    [headline] = [finding for finding in report.findings if finding.margin]
    assert abs(headline.estimate.value or 1) < 0.05


def test_nothing_but_blanks_is_not_assessed(tmp_path: Path) -> None:
    run = elicit(PROBE, Painter(World(), refuses=dict.fromkeys(CALLINGS, 1.0)), Exact(("skin",)), into=tmp_path)
    report = auditkit.audit(run, FREQUENCY, group="skin", context="occupation")
    assert not report.findings
    assert auditkit.gate(report).outcome is Outcome.NOT_ASSESSED
