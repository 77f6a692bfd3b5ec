"""Which findings came and went, and which stand on another footing: margin, reference, basis, method, caps, rows."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from auditkit.comparing.naming import comparisons, counted, moved, named
from auditkit.core.finding import Finding, Margin, NotAssessed, Reference
from auditkit.core.judgement import Notice
from auditkit.core.report import Report
from auditkit.formats.words import margin
from auditkit.rules import Policy

Pair = tuple[Finding, Finding]
WORTH = 0.10
"""Rows that are worth this much more or less than they were are told."""


def finding_changes(new: Report, old: Report, policy: Policy) -> tuple[Notice, ...]:
    """What is told no more, what is told for the first time, and what is told otherwise, a sentence a kind."""
    was, now = ({finding.key: finding for finding in report.findings} for report in (old, new))
    both = [(now[key], finding) for key, finding in was.items() if key in now]
    gone = [finding for key, finding in was.items() if key not in now]
    come = [finding for key, finding in now.items() if key not in was]
    told = [*_listed(gone, "no longer tells"), *_repeated(new, old), *_footing(both), *_caps(both), *_worth(both)]
    told += [*_short(both, policy), *_listed(come, "now tells"), *_silences(new, old)]
    return tuple(told)  # what can be as many as somebody likes comes last: a summary has only so much room


def _repeated(new: Report, old: Report) -> list[Notice]:
    """Findings of one and the same comparison, of which only the last is compared with the baseline."""
    was, now = (Counter(finding.key for finding in report.findings) for report in (old, new))
    last = {finding.key: finding for finding in new.findings}
    more = [finding for key, finding in last.items() if now[key] > max(was[key], 1)]
    return [Notice("findings", f"The same comparison is told more than once, {_of(more)}.")] if more else []


def _listed(findings: Sequence[Finding], verb: str) -> list[Notice]:
    """By detector, how many came or went and the first of them; a verdict or the report names each."""
    by: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by[finding.code].append(finding)
    return [
        Notice("findings", f"{code} {verb} {counted(len(some), 'finding')}: {comparisons(some)}.")
        for code, some in by.items()
    ]


def _silences(new: Report, old: Report) -> list[Notice]:
    """What is newly not assessed; and what was not, of which nothing at all is said any more."""

    def about(item: NotAssessed) -> str:
        return " of ".join(filter(None, (item.code, item.estimand, item.attribute)))

    was, now = ({about(item): item for item in report.not_assessed} for report in (old, new))
    before = {finding.key for finding in old.findings}
    come = [finding for finding in new.findings if finding.key not in before]

    def answered(item: NotAssessed) -> bool:
        mine = [f for f in come if f.code == item.code and item.attribute in ("", f.attribute)]
        return any(item.estimand in ("", f.estimand) for f in mine)

    said = [f"Newly not assessed: {what}, since {item.because}" for what, item in now.items() if what not in was]
    hushed = [what for what, item in was.items() if what not in now and not answered(item)]
    said += [f"Was not assessed, and is not mentioned any more: {named(hushed)}."] if hushed else []
    return [Notice("findings", sentence) for sentence in said]


ASPECTS: Mapping[str, Callable[[Finding], str]] = {
    "margin that is suggested": lambda f: margin(f.margin, f.scale),
    "reference": lambda f: _reference(f.reference),
    "basis": lambda f: f.basis,
    "value without bias": lambda f: "" if f.reference else f"{f.null:g}",
    "scale": lambda f: f.scale,
    "method": lambda f: f.estimate.method,
    "interval": lambda f: "made by its counts alone" if f.recount else "not made by its counts alone",
    "margin that was bet on": lambda f: ", ".join(margin(Margin(w.low, w.high), f.scale) for w in f.estimate.wagers),
}


def _footing(both: Sequence[Pair]) -> list[Notice]:
    """What findings rest on, one sentence for all that changed alike."""
    changed: dict[tuple[str, str, str, str], list[Finding]] = defaultdict(list)
    for new, old in both:
        for what, tell in ASPECTS.items():
            was, now = tell(old), tell(new)
            if was != now:
                changed[old.code, what, was, now].append(new)
    return [
        Notice("findings", f"The {what} of {code} {moved(was, now)}, {_of(some)}.")
        for (code, what, was, now), some in changed.items()
    ]


def _reference(reference: Reference | None) -> str:
    if reference is None:
        return ""
    told = reference.value
    shares = ", ".join(f"{k} {v:.4g}" for k, v in sorted(told.items())) if isinstance(told, Mapping) else f"{told:.4g}"
    sample = f", {reference.n:,} rows" if reference.n is not None else ""
    return f"{shares} ({reference.why}, {reference.source}{sample})"


def _caps(both: Sequence[Pair]) -> list[Notice]:
    """Verdicts that are newly withheld, or no longer, and why; numbers aside, since they change with the rows."""
    changed: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    because: dict[tuple[str, ...], str] = {}
    for new, old in both:
        was, now = ({(cap.withholds, _sans_numbers(cap.because)): cap.because for cap in f.caps} for f in (old, new))
        for word, some, others in (("now", now, was), ("no longer", was, now)):
            for kind in [kind for kind in some if kind not in others]:
                changed[old.code, word, *kind].append(new)
                because.setdefault((old.code, word, *kind), some[kind])
    return [
        Notice("findings", f"{which[0]} {which[1]} withholds {which[2]}, since {because[which]}, {_of(some)}.")
        for which, some in changed.items()
    ]


def _sans_numbers(text: str) -> str:
    return re.sub(r"\d[\d,.]*", "#", text)


def _worth(both: Sequence[Pair]) -> list[Notice]:
    """Findings whose rows are worth less, or more, than the same rows were."""
    ratio = [(new, _per_row(new) / _per_row(old)) for new, old in both if _per_row(old) > 0]
    less, more = ([f for f, r in ratio if r < 1 - WORTH], [f for f, r in ratio if r > 1 + WORTH])
    return [
        Notice(
            "rows",
            f"Rows are worth {word} by more than {100 * WORTH:.0f} % (weights, units, smaller side), {_of(some)}.",
        )
        for word, some in (("less", less), ("more", more))
        if some
    ]


def _per_row(finding: Finding) -> float:
    return finding.estimate.n_eff / finding.estimate.n if finding.estimate.n else 0.0


def _short(both: Sequence[Pair], policy: Policy) -> list[Notice]:
    """Findings that no longer have as many rows or clusters as the policy asks for, and had them in the baseline."""

    def lacking(finding: Finding) -> bool:
        return any(rule.short_of(finding.estimate) for rule in policy.rules)

    short = [new for new, old in both if lacking(new) and not lacking(old)]
    return [Notice("rows", f"Too few rows for a verdict by this policy, {_of(short)}.")] if short else []


def _of(findings: Sequence[Finding]) -> str:
    return f"in {counted(len(findings), 'finding')}: {comparisons(findings)}"
