"""What a plan will never be told, whatever its data: the sentence that is worth most before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from auditkit.core.detector import labels
from auditkit.core.errors import nearest
from auditkit.core.report import Report
from auditkit.core.roles import Roles
from auditkit.formats.words import quiet
from auditkit.powering.studies import Study
from auditkit.questioning import BOUNDS
from auditkit.rules import Assessed, Enough, Policy, Rule

NEVER = "NOT_ASSESSED"


def silences(studies: Mapping[str, Study], policy: Policy, roles: Roles) -> Iterator[str]:
    """A sentence for each rule that nothing answers, each detector that nothing judges, each role that is lacking."""
    for title, study in studies.items():
        yield from _lacking(title, study, roles)
    for rule in policy.rules:
        yield from _unanswered(rule, tuple(studies.values()))
    for title, study in studies.items():
        report = study.report(0.0, study.size, 0)
        for item in report.not_assessed:
            yield f"{title}{f', {item.estimand}' if item.estimand else ''}: not assessed: {quiet(item.because)}."
        if report.findings and not study.fair:
            yield f"{title}: {_unjudged(study, report)}."
    if not any(study.fair for study in studies.values()):
        yield f"Nothing of this plan is judged: {NEVER}. Set a margin, for example with within."


def _lacking(title: str, study: Study, roles: Roles) -> Iterator[str]:
    detector = study.supposed.detector
    lacking = [role for role in (*detector.needs, *filter(None, (detector.measures,))) if role not in roles]
    if lacking:
        what = "a column" if len(lacking) == 1 else "columns"
        yield f"{title} needs {what} for {labels(lacking)}, which [roles] lacks: auditkit run refuses this plan."


def _unanswered(rule: Rule, studies: Sequence[Study]) -> Iterator[str]:
    """Why a rule has nothing to judge."""
    codes = [study.supposed.detector.code for study in studies]
    if isinstance(rule, Assessed):
        for pattern in rule.codes:
            if not any(fnmatchcase(code, pattern) for code in codes):
                hint = nearest(pattern, codes)
                yield f'assessed: no detector of this plan matches "{quiet(pattern)}": {NEVER}.{hint}'
        return
    if isinstance(rule, Enough) or any(rule is own for study in studies for own, _ in study.fair):
        return
    fields: dict[str, Any] = {name: getattr(rule, name, "*") for name in ("code", "estimand")}
    wanted = ", ".join(f'{name} "{quiet(pattern)}"' for name, pattern in fields.items() if pattern != "*")
    strict = rule.name == "no_worse" or any(getattr(rule, name, None) is not None for name in ("margin", "at_least"))
    if not wanted and not strict:
        return
    matched = [study for study in studies if fnmatchcase(study.supposed.detector.code, fields["code"])]
    told = {f.estimand for study in matched for f in study.report(0.0, study.size, 0).findings}
    hint = nearest(fields["estimand"], told) if matched else nearest(fields["code"], codes)
    what = f"{rule.name}{f' ({wanted})' if wanted else ''}"
    yield f"{what}: nothing in this plan matches: {NEVER if strict else 'it judges nothing'}.{hint}"


def _unjudged(study: Study, report: Report) -> str:
    """Why no rule judges anything that a detector tells."""
    if study.supposed.detector.code == BOUNDS:
        return "it gives no verdict of its own, and withholds those that silent rows could turn"
    if not study.heard:
        return "it is experimental, so that a rule judges it only where its code names it"
    if all(finding.margin is None for finding in report.findings):
        return "what it tells is descriptive, and no rule sets it a margin, so nothing of it is judged"
    return "no rule judges what it tells"
