"""What the commands of the ratchet print: what changed, what is no pass, and who answers for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from auditkit.baselining import Move, moves
from auditkit.core.baseline import Baseline
from auditkit.core.estimate import Interval
from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Notice, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats import words
from auditkit.gating import gate
from auditkit.rules import Policy

WAYS = {
    "worse": "Worse beyond the noise of both reports",
    "better": "Better beyond the noise of both reports",
    "untold": "Cannot be compared",
}


class Section(NamedTuple):
    """A title and its lines."""

    title: str
    lines: Sequence[str]


def standing(
    baseline: Baseline, policy: Policy, first: str, notices: Sequence[Notice] = (), before: Baseline | None = None
) -> str:
    """What a baseline that was just written holds: its findings, what is accepted, and what is no pass; and what it
    lets be worse than the one `before` it."""
    judged = gate(baseline.report, policy, baseline=baseline)
    n = len(baseline.report.findings)
    whole = f"{first} {n:,} finding{'' if n == 1 else 's'}, policy {judged.policy_hash[:12]}. Commit it."
    since = Section("Since the baseline that it replaces", [f"{notice.about}: {notice.sentence}" for notice in notices])
    moved = [] if before is None else moves(baseline.report, before.report)
    worse = Section(f"{WAYS['worse']}, and the baseline from now on", [_line(m) for m in moved if m.way == "worse"])
    return f"{words.quiet(whole)}\n{_text([since, worse, *_verdicts(judged)])}"


def changed(report: Report, policy: Policy, baseline: Baseline, format: str) -> str:
    """What changed since a baseline, as a table, Markdown or JSON."""
    judged, moved = gate(report, policy, baseline=baseline), moves(report, baseline.report)
    was, now = ({finding.key: finding for finding in r.findings} for r in (baseline.report, report))
    gone, come = ([f for key, f in some.items() if key not in other] for some, other in ((was, now), (now, was)))
    if format == "json":
        return words.unobeyed(json.dumps(_record(judged, moved, come, gone), indent=1)) + "\n"
    said = [f"{notice.about}: {notice.sentence}" for notice in judged.notices]
    sections = [Section("Since the baseline", said or ["nothing in how it was made, judged or accepted"])]
    sections.append(Section("How findings were compared", _ways(moved)))
    sections += [Section(title, [_line(m) for m in moved if m.way == way]) for way, title in WAYS.items()]
    same = sum(move.way == "same" for move in moved)
    sections.append(Section("No change beyond the noise of both reports", [f"{same:,} of {len(moved):,} findings"]))
    sections += [Section(title, [_compared(f) for f in some]) for title, some in (("New", come), ("Vanished", gone))]
    return (_markdown if format == "md" else _text)([*sections, *_verdicts(judged)])


def _verdicts(judged: Judgement) -> list[Section]:
    """What is no pass, with the fingerprint by which it can be accepted."""
    held = [
        f"{_verdict(v)} Accepted by {v.accepted.owner} until {v.accepted.expires}: {v.accepted.reason}"
        for v in judged.accepted
        if v.accepted
    ]
    free = [_verdict(v) for v in judged.verdicts if v.outcome is not Outcome.PASS and v.accepted is None]
    return [Section("Accepted", held), Section("No pass, and nobody answers for it (--accept FINGERPRINT)", free)]


def _verdict(v: Verdict) -> str:
    return f"{v.fingerprint} {words.outcome_word(v.outcome)}, {v.rule}: {v.about}{v.sentence}"


def _compared(finding: Finding) -> str:
    where = f" by {finding.attribute}" if finding.attribute else ""
    return f"{finding.estimand}{where}: {words.comparison(finding)}"


def _line(move: Move) -> str:
    key, unit = move.key, " in its logarithm" if move.scale == "ratio" else ""
    where = f" by {key.stratum.replace('|', ', ')}" if key.stratum else ""
    against = f" against {key.versus}" if key.versus else ""
    was, now = (words.number(x, move.scale, signed=False) for x in (move.was, move.now))
    return f"{key.estimand}{where}, {key.level}{against}: was {was}, is {now}; {_grown(move, unit)}"


def _grown(move: Move, unit: str) -> str:
    """By how much it is further from no bias, or nearer to it, which no minus has to say."""
    low, high, level = move.interval
    if move.change is None or move.change >= 0:
        return f"{words.number(move.change)}{unit} further from no bias, 90 % {words.interval(move.interval)}"
    turned = Interval(None if high is None else -high, None if low is None else -low, level)
    return f"{words.number(-move.change, signed=False)}{unit} nearer to no bias, 90 % {words.interval(turned)}"


def _ways(moved: Sequence[Move]) -> list[str]:
    """How many findings were compared unit by unit, and why the others as of independent reports."""
    return [f"{n:,} of {len(moved):,} {how}" for how, n in Counter(map(_way, moved)).items()]


def _way(move: Move) -> str:
    if not move.paired:
        return f"as independent reports: {move.because}"
    how = move.shift.method
    return f"unit by unit ({how})" if "paired" in how else f"are of {how}"


def _text(sections: Sequence[Section]) -> str:
    lines = [line for section in sections for line in _printed(section, words.quiet, "{}:", "  {}")]
    return "".join(f"{line}\n" for line in lines)


def _markdown(sections: Sequence[Section]) -> str:
    told = [_printed(section, words.markdown, "### {}\n", "- {}") for section in sections if section.lines]
    return "\n".join("\n".join(lines) + "\n" for lines in told)


def _printed(section: Section, harmless: Callable[[object], str], title: str, line: str) -> list[str]:
    """A section's lines, made harmless; nothing where it has none."""
    head = [title.format(section.title)] if section.lines else []
    return [*head, *(line.format(harmless(text)) for text in section.lines)]


def _record(
    judged: Judgement, moved: Sequence[Move], come: Sequence[Finding], gone: Sequence[Finding]
) -> dict[str, Any]:
    return {
        "baseline_hash": judged.baseline_hash,
        "policy_hash": judged.policy_hash,
        "notices": [list(notice) for notice in judged.notices],
        "moves": [
            {
                "key": list(m.key),
                "way": m.way,
                "was": m.was,
                "now": m.now,
                "change": m.change,
                "interval": list(m.interval),
                "paired": m.paired,
                "because": m.because,
            }
            for m in moved
        ],
        "new": [list(finding.key) for finding in come],
        "vanished": [list(finding.key) for finding in gone],
        "verdicts": [{"fingerprint": v.fingerprint, **_short(v)} for v in judged.verdicts],
    }


def _short(v: Verdict) -> dict[str, Any]:
    told = {"rule": v.rule, "outcome": v.outcome.value, "key": v.key and list(v.key), "sentence": v.sentence}
    return told | ({} if v.accepted is None else {"accepted": v.accepted.to_dict()})
