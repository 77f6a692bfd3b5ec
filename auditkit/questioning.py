"""What the rules of a policy ask of a report, and what they can say without asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditkit import catalog
from auditkit.core.judgement import Verdict
from auditkit.core.report import Report
from auditkit.rules import Policy, Question, Rule

BOUNDS = "selection.bounds"


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions to be answered together, the verdicts that needed none, and the detectors that were not heard."""

    questions: tuple[Question, ...]
    verdicts: tuple[Verdict, ...]
    experimental: tuple[str, ...]


def ask(report: Report, policy: Policy, baseline: Report | None = None) -> Asked:
    """Everything that a policy's rules ask of a report; no rule hears an experimental detector that it does not name.

    >>> from auditkit.auditing import audit
    >>> report = audit(group=["a"] * 50 + ["b"] * 50, outcome=[1, 0] * 50)
    >>> [question.rule for question in ask(report, Policy()).questions]
    ['within', 'ratio']
    """
    told = [item.code for r in (report, baseline) if r for items in (r.findings, r.not_assessed) for item in items]
    told += [str(detector.get("code", "")) for r in (report, baseline) if r for detector in r.recipe.detectors]
    experimental = tuple(code for code in sorted(set(told)) if catalog.experimental(code))
    said = [
        item
        for rule in policy.rules
        for item in rule.ask(_heard(rule, report, experimental), baseline and _heard(rule, baseline, experimental))
    ]
    questions = tuple(item for item in said if isinstance(item, Question) and item.finding.code != BOUNDS)
    return Asked(questions, tuple(item for item in said if isinstance(item, Verdict)), experimental)


def _heard(rule: Rule, report: Report, experimental: Sequence[str]) -> Report:
    """What a rule is shown: not what experimental detectors say, unless it names them."""
    deaf = {code for code in experimental if code not in (getattr(rule, "code", ""), *getattr(rule, "codes", ()))}
    if not deaf:
        return report
    findings = tuple(finding for finding in report.findings if finding.code not in deaf)
    silent = tuple(item for item in report.not_assessed if item.code not in deaf)
    asked = tuple(detector for detector in report.recipe.detectors if detector.get("code") not in deaf)
    recipe = replace(report.recipe, detectors=asked)
    return replace(report, findings=findings, not_assessed=silent, recipe=recipe)
