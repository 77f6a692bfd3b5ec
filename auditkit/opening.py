"""read_report() and judged(): a saved report with the judgement beside it, as they were written.

A judgement is had again: by its own policy, with the baseline where that lies here too; nothing else of it is used.
One that rests on what is not here is believed where a manifest says that auditkit wrote it, and else not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.finding import Key
from auditkit.core.judgement import Acceptance, Judgement, Outcome
from auditkit.core.report import Report, suppressed
from auditkit.core.wire import LONGEST as LONGEST  # whoever opens a report asks how large it may be
from auditkit.gating import gate, hash_of, judgement_of
from auditkit.loading import load
from auditkit.rules import Policy
from auditkit.sealing import ours, raw_bytes, standing, untouched

COMPARED = "auditkit.baseline.json"
"""The file of a baseline where it lies beside a judgement."""


def read_report(path: Path) -> Report:
    """A report from its file; raises `InputError` for anything else: a judgement, a report that was tampered with."""
    untouched(path)
    found = load(path)
    if not isinstance(found, Report):
        raise InputError(f"{path} is a judgement, and a report was expected. Pass the report.json beside it.")
    return found


def shared(report: Report, judgement: Judgement, k: int) -> tuple[Report, Judgement]:
    """The report without its cells of fewer than k rows, and what the judgement's own policy says of that copy."""
    copy = suppressed(report, k)
    return copy, gate(copy, Policy.from_dict(judgement.policy))


def sealed_at(report: Path) -> datetime | None:
    """When auditkit wrote a report as it is, by the manifest beside it; `None` where none says so.

    A file's own time is when it was copied, or checked out. Raises `InputError` for a manifest that was changed.
    """
    own, chain = ours(report), standing(report.parent)
    if own is None or chain is None:
        return None
    alike = takewhile(lambda entry: entry.artefacts.get(report.name) == own, reversed(chain.entries))
    try:
        return datetime.strptime(list(alike)[-1].time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


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
    return _asked_again(report, saved, policy, beside)


def _own(saved: Judgement) -> Policy:
    """The policy that a judgement holds; raises `InputError` where it is another than the one that it names."""
    policy = Policy.from_dict(saved.policy)
    if policy.hash != saved.policy_hash:
        raise InputError(f"it names {saved.policy_hash:.12} and holds {policy.hash:.12}.")
    return policy


def _asked_again(report: Report, saved: Judgement, policy: Policy, beside: Path) -> tuple[Judgement, str]:
    """What a saved judgement's own policy says of the report, and why that is not what was saved.

    One that knew more than lies here is taken as it is where auditkit wrote it; whoever else names a baseline or a
    state that nobody has could say anything. Of every other nothing is kept but the policy, and the commit that this
    was read from where auditkit wrote so.
    """
    rests, sealed = _rests_on(saved), ours(beside) is not None
    if rests and sealed:
        return saved, ""
    old = _compared_with(saved, beside)
    fresh = judgement_of(report, saved.report_hash, policy, old)
    fresh = replace(fresh, policy_from=saved.policy_from) if sealed else fresh
    if rests and old is None:
        says = f"judgement.json says {saved.outcome.value}, and is not checked: it rests on {rests} not here, and no"
        return fresh, f"{says} manifest says that auditkit wrote it. Judged by its own policy without that instead."
    if _said(fresh) == _said(saved):
        return fresh, ""
    says = f"judgement.json says {saved.outcome.value}, and its own policy says {fresh.outcome.value} of this report."
    return fresh, f"{says} Judged again by that policy."


def _rests_on(saved: Judgement) -> str:
    """What a judgement knew beside its report and its policy; nothing where that was all."""
    if saved.baseline_hash:
        return f"a baseline ({saved.baseline_hash:.12}) that is"
    return "a state or a baseline that is" if saved.notices else ""


def _compared_with(saved: Judgement, beside: Path) -> Baseline | None:
    """The baseline that a judgement names, where it lies beside it; what cannot be read is none."""
    place = beside.with_name(COMPARED)
    if not saved.baseline_hash or not place.exists():
        return None
    try:
        found = Baseline.from_json(raw_bytes(place, LONGEST).decode("utf-8", "replace"))
    except (InputError, OSError):
        return None
    return found if found.hash == saved.baseline_hash else None


def _said(judgement: Judgement) -> tuple[Outcome, bool, Counter[tuple[Key | None, Outcome, Acceptance | None]]]:
    verdicts = Counter((verdict.key, verdict.outcome, verdict.accepted) for verdict in judgement.verdicts)
    return judgement.outcome, judgement.warn, verdicts
