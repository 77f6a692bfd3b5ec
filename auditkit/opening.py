"""read_report() and judged(): a saved report with the judgement beside it, as they were written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.finding import Key
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.gating import gate, hash_of
from auditkit.loading import load
from auditkit.rules import Policy
from auditkit.sealing import untouched


def read_report(path: Path) -> Report:
    """A report from its file; raises `InputError` for anything else: a judgement, a report that was tampered with."""
    untouched(path)
    found = load(path)
    if not isinstance(found, Report):
        raise InputError(f"{path} is a judgement, and a report was expected. Pass the report.json beside it.")
    return found


def judged(report: Report, beside: Path) -> tuple[Judgement, str]:
    """The judgement in a file where it is of this report and its own policy says the same, else why it was not used.

    Another is then in its place: of its own policy where that can be read, else of the default one.
    """
    if not beside.is_file():
        return gate(report), ""
    try:
        untouched(beside)
        saved = load(beside)
    except InputError as error:
        return gate(report), f"{error} Judged by the default policy instead."
    if not isinstance(saved, Judgement) or saved.report_hash != hash_of(report):
        return gate(report), f"{beside} is not of this report. Judged by the default policy instead."
    try:
        policy = _own(saved)
    except (ValueError, TypeError, ArithmeticError, RecursionError, InputError) as error:
        why = f"{beside} holds no policy that this version reads: {error}"
        return gate(report), f"{why} Judged by the default policy instead."
    return _asked_again(report, saved, policy)


def _own(saved: Judgement) -> Policy:
    """The policy that a judgement holds; raises `InputError` where it is another than the one that it names."""
    policy = Policy.from_dict(saved.policy)
    if policy.hash != saved.policy_hash:
        raise InputError(f"it names {saved.policy_hash:.12} and holds {policy.hash:.12}.")
    return policy


def _asked_again(report: Report, saved: Judgement, policy: Policy) -> tuple[Judgement, str]:
    """A saved judgement where its own policy says the same of the report, else what that says, and why.

    One that knew a baseline or a state knew more than lies here, and is taken as it is.
    """
    if saved.baseline_hash or saved.notices:
        return saved, ""
    fresh = gate(report, policy)
    if _said(fresh) == _said(saved):
        return saved, ""
    says = f"judgement.json says {saved.outcome.value}, and its own policy says {fresh.outcome.value} of this report."
    return fresh, f"{says} Judged again by that policy."


def _said(judgement: Judgement) -> tuple[Outcome, bool, Counter[tuple[Key | None, Outcome]]]:
    verdicts = Counter((verdict.key, verdict.outcome) for verdict in judgement.verdicts)
    return judgement.outcome, judgement.warn, verdicts
