"""What somebody has accepted of a baseline, and what of it no longer holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date

from auditkit.core.baseline import Baseline
from auditkit.core.estimate import LEVELS
from auditkit.core.finding import Finding, Key
from auditkit.core.judgement import COVERED, Acceptance, Notice, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.rules.no_worse import change
from auditkit.settling import ALPHA


def accept(
    verdicts: Sequence[Verdict], report: Report, baseline: Baseline, today: date, look: int = 0
) -> tuple[list[Verdict], tuple[Notice, ...]]:
    """The verdicts, with who answers for those that are accepted; and every acceptance, whether or not it holds.

    An acceptance covers the verdict of the same rule on the same finding, where it is no worse than the one that was
    accepted (a FAIL is not what somebody accepted as undecided), until the day it expires, as long as the finding has
    not surely grown: it has where its distance from no bias exceeds the baseline's, one-sidedly at 5 % for
    all that is accepted together (Bonferroni). With a state this is the k-th `look`, and has 1/k(k + 1) of the 5 %, so
    that what has not changed is told outgrown with probability 5 % however often one looks; without, every report errs
    anew.
    """
    told, places = list(verdicts), defaultdict(list)
    for i, verdict in enumerate(told):
        places[verdict.rule, verdict.key].append(i)
    before = {finding.key: finding for finding in baseline.report.findings}
    found = defaultdict(list)
    for finding in report.findings:
        found[finding.key].append(finding)
    notices, sure = [], _sure(len({one.key for one in baseline.accepted}), look)
    for one in baseline.accepted:
        mine = places[one.rule, one.key]
        lapsed = _lapsed(one, {told[i].outcome for i in mine}, found, before, today, sure)
        for i in mine:
            if not lapsed and one.covers(told[i].outcome):
                told[i] = replace(told[i], accepted=one)
        notices.append(Notice("acceptance", f"{_title(one)} {lapsed or _holds(one)}"))
    return told, tuple(notices)


def _title(one: Acceptance) -> str:
    key = one.key
    where = f" by {key.stratum.replace('|', ', ')}" if key.stratum else ""
    against = f" against {key.versus}" if key.versus else ""
    return f"{one.rule} of {key.estimand}{where}, {key.level}{against}:"


def _holds(one: Acceptance) -> str:
    return f"accepted by {one.owner} until {one.expires}: {one.reason}"


def _lapsed(
    one: Acceptance,
    said: Set[Outcome],
    found: Mapping[Key, Sequence[Finding]],
    before: Mapping[Key, Finding],
    today: date,
    sure: float,
) -> str:
    """Why an acceptance does not hold; nothing where it does."""
    if one.key not in before:
        return f"{one.owner} accepted what the baseline does not tell, so it covers nothing. Remove it."
    if one.key not in found:
        return f"{one.owner} accepted what has vanished from the report. Remove it, or find out why."
    if today > one.expires:
        return f"what {one.owner} accepted expired on {one.expires}. Mend it, or accept it again with a reason."
    if not said:
        return f"{one.owner} accepted what the policy no longer judges. Remove it."
    if said == {Outcome.PASS}:
        return f"what {one.owner} accepted passes now, so it is no longer needed. Remove it."
    if not said & set(COVERED):
        return f"{one.owner} accepted what could not be assessed, and nobody can answer for that."
    if Outcome.FAIL in said and not one.covers(Outcome.FAIL):
        return f"it fails now, and {one.owner} accepted that it could not be decided. Mend it, or accept the failure."
    return next(filter(None, (_outgrown(one, new, before[one.key], sure) for new in found[one.key])), "")


def _sure(accepted: int, look: int) -> float:
    """The two-sided level at which each of so many has outgrown what was accepted, as far as curves know."""
    share = max(accepted, 1) * (look * (look + 1) or 1)
    return min(1 - 2 * ALPHA / share, LEVELS[-1])


def _outgrown(one: Acceptance, new: Finding, old: Finding, sure: float) -> str:
    """By how much a finding has surely outgrown what was accepted of it."""
    grown = change(new, old)
    if grown.value is None:
        return f"it cannot be told whether what {one.owner} accepted has grown: {grown.reason}. It covers nothing."
    known = [level for level, bound in zip(LEVELS, grown.lower, strict=True) if bound is not None]
    low = grown.interval(min(sure, known[-1])).low if known else None
    if low is None or low <= 0:
        return ""
    unit = " in its logarithm" if new.scale == "ratio" else ""
    return f"it has outgrown what {one.owner} accepted, by at least {low:.3g}{unit} at 95 %, so it is not covered."
