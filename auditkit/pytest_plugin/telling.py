"""A judgement in the words of a test's outcome: why it failed, a line for the summary, how two of them differ."""

from __future__ import annotations

from collections.abc import Mapping

from auditkit.core.finding import Finding, Key
from auditkit.core.judgement import Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.intervals import CHANGE
from auditkit.formats.summary import summarise
from auditkit.formats.words import interval, is_signed, margin, percent, quiet, settled_by

MOST = 5  # verdicts that a passing test only warns of, in the summary
MEANING = {
    Outcome.PASS: "PASS: bias larger than every margin was ruled out",
    Outcome.FAIL: "FAIL: something lies surely beyond its margin",
    Outcome.INCONCLUSIVE: "INCONCLUSIVE: the data are too few to decide",
    Outcome.NOT_ASSESSED: "NOT_ASSESSED: something that was asked for could not be looked at",
}
ASK = "audit.require(report, policy) names the findings behind it."


def failure(report: Report, judgement: Judgement) -> str:
    """Every verdict that is no pass, gravest first, with its finding, interval and margin; then what changed."""
    found = {finding.key: finding for finding in report.findings}
    lines = [
        f"{judgement.outcome}: {_foremost(judgement)}{quiet(report.recipe.subject)}, exit code {judgement.exit_code}, "
        f"policy {judgement.policy_hash[:12]}"
    ]
    gravest = [verdict for verdict in judgement.verdicts if verdict.outcome is not Outcome.PASS]
    lines += [f"  [{verdict.outcome}] {sentence(verdict, _finding(verdict, found))}" for verdict in gravest]
    return "\n".join(lines + [f"  {quiet(f'{notice.about}: {notice.sentence}')}" for notice in judgement.notices])


def named(test: str) -> str:
    """A test's name as pytest prints it; for the inside of a line, since at its start a log takes `::` for a command.

    >>> named("tests/test_hiring.py::test_it[##[error]x]")
    'tests/test_hiring.py::test_it[## [error]x]'
    """
    return "::".join(map(quiet, test.split("::")))


def _foremost(judgement: Judgement) -> str:
    """What the gravest verdict that nobody answers for is about, and how many more there are; nothing where all pass.

    Verdicts of one outcome on one finding are one.
    """
    grave = [v for v in judgement.verdicts if v.outcome is judgement.outcome is not Outcome.PASS and not v.accepted]
    about = list(dict.fromkeys(quiet(v.about or v.sentence).rstrip(":. ") for v in grave))
    more = f" and {len(about) - 1:,} more" if len(about) > 1 else ""
    return f"{about[0]}{more}; " if about else ""


def _finding(verdict: Verdict, found: Mapping[Key, Finding]) -> Finding | None:
    return None if verdict.key is None else found.get(verdict.key)


def sentence(verdict: Verdict, finding: Finding | None) -> str:
    """A verdict in one quiet line: what was found and said of it, the numbers, what would settle or change it."""
    parts = [verdict.about if finding is None else finding.sentence, verdict.sentence]
    bounds = verdict.fail_interval if verdict.outcome is Outcome.FAIL else verdict.pass_interval
    if finding is not None and bounds is not None and verdict.rule != CHANGE:  # whose sentence tells its own numbers
        shown = interval(bounds, finding.scale, is_signed(finding))
        parts.append(f"Interval {shown} at {percent(bounds.level)}, margin {margin(verdict.margin, finding.scale)}.")
    parts.append(settled_by(verdict))
    if verdict.changes:
        parts.append(f"What would change it: {'; '.join(verdict.changes)}.")
    if verdict.accepted is not None:
        answer = verdict.accepted
        parts.append(f"Accepted by {answer.owner} until {answer.expires}: {answer.reason}")
    return quiet(" ".join(filter(None, parts)))


def summary(report: Report, judgement: Judgement) -> list[str]:
    """One line on a judged report; below it, indented, what somebody accepted and what the policy only warns of."""
    counts = ", ".join(f"{n:,} {_word(outcome)}" for outcome, n in summarise(report, judgement).tally() if n)
    subject = f"{_foremost(judgement)}{quiet(report.recipe.subject)}"
    head = f"{judgement.outcome.value} {subject}: {counts or 'nothing judged'}, policy {judgement.policy_hash[:12]}"
    if not judgement.passed:
        return [head]
    found = {finding.key: finding for finding in report.findings}
    warned = [v for v in judgement.verdicts if v.outcome is not Outcome.PASS and v.accepted is None]
    lines = [f"  accepted: {sentence(v, _finding(v, found))}" for v in judgement.accepted]
    lines += [f"  only warned of: {sentence(v, _finding(v, found))}" for v in warned[:MOST]]
    more = [f"  only warned of: {len(warned) - MOST} more"] if len(warned) > MOST else []
    return [head, *lines, *more]


def _word(outcome: Outcome) -> str:
    return outcome.value.lower().replace("_", " ")


def apart(left: object, right: object) -> list[str] | None:
    """What two outcomes mean, or which verdicts two judgements do not share."""
    if isinstance(left, Outcome) and isinstance(right, Outcome):
        return [f"{left.value} == {right.value}", MEANING[left], MEANING[right], ASK]
    if not isinstance(left, Judgement) or not isinstance(right, Judgement):
        return None
    lines = [f"a judgement of {left.outcome.value} == a judgement of {right.outcome.value}"]
    for sign, one, other in (("-", left, right), ("+", right, left)):
        lines += [
            f"{sign} [{v.outcome.value}] {quiet(v.about + v.sentence)}" for v in one.verdicts if v not in other.verdicts
        ]
    for name in ("policy_hash", "report_hash", "baseline_hash"):
        if getattr(left, name) != getattr(right, name):
            lines.append(f"The {name.replace('_', ' ')} differs.")
    return lines
