"""What does another policy change? Two judgements of one report beside each other, as rows and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from auditkit import Finding, Judgement, Outcome, Report, Verdict
from auditkit.baselining import Baseline
from auditkit.rendering import gravest, held_to, ranked, words
from dashboards.parts.comparison import verdict as verdict_word

SOON = 30
"""Days before an acceptance expires in which that is said."""
SAME = "as before"
WORDS, NUMBERS = ("estimate", "95 % interval"), ("scale", "estimate", "95 % low", "95 % high")
"""The columns of an estimate on the screen, and in a file."""
EXITS = {
    0: "A pipeline goes on.",
    1: "A pipeline stops.",
    3: "A pipeline stops: absence of evidence is not a pass.",
}
Row = dict[str, Any]


def exit_words(judgement: Judgement) -> str:
    """What the exit code does to a pipeline."""
    if judgement.exit_code == 0 and judgement.outcome is not Outcome.PASS:
        return "A pipeline goes on, for the policy only warns of what is inconclusive."
    return EXITS[judgement.exit_code]


def finding_rows(report: Report, before: Judgement, after: Judgement, plainly: bool = False) -> list[Row]:
    """A row a finding, what changed its verdict first, then as the judgement orders them; then what is about none.

    Estimate and interval are in words; `plainly`, as numbers for a file, each in a column of its own.
    """
    was = {finding.key: gravest(verdicts) for finding, verdicts in ranked(report, before)}
    estimate = _numbers if plainly else _words
    rows = [_row(finding, verdicts, was[finding.key], estimate(finding)) for finding, verdicts in ranked(report, after)]
    rows.sort(key=lambda row: row["change"] == SAME)
    blank = dict.fromkeys(NUMBERS) if plainly else dict.fromkeys(WORDS, "")
    return rows + [_standing(verdict, before, blank) for verdict in after.verdicts if verdict.key not in was]


def change(was: Outcome | None, now: Outcome | None) -> str:
    """What became of a verdict, in words.

    >>> change(Outcome.FAIL, Outcome.PASS), change(None, None)
    ('was Fail', 'as before')
    """
    return SAME if was is now else f"was {words.outcome_word(was)}"


def flips(rows: Iterable[Mapping[str, Any]]) -> str:
    """How many verdicts changed, and from what to what."""
    turned = Counter((str(row["before"])[2:], str(row["verdict"])[2:]) for row in rows if row["change"] != SAME)
    if not turned:
        return "No verdict changes."
    n = turned.total()
    told = ", ".join(f"{words.count(k)} from {was} to {now}" for (was, now), k in turned.most_common())
    return f"{words.count(n)} {'verdict changes' if n == 1 else 'verdicts change'}: {told}."


def effort_rows(report: Report, judgement: Judgement) -> list[Row]:
    """A row for each verdict that is inconclusive, the one that the fewest more rows settle first."""
    rows = [
        _effort(finding, verdict)
        for finding, verdicts in ranked(report, judgement)
        for verdict in verdicts
        if verdict.outcome is Outcome.INCONCLUSIVE
    ]
    return sorted(rows, key=lambda row: (row["more rows"] is None, row["more rows"] or 0))


def acceptance_rows(baseline: Baseline, judgement: Judgement, today: date) -> list[Row]:
    """A row for everything that somebody answers for, the first to expire first."""
    covering = {verdict.accepted for verdict in judgement.verdicts}
    rows = [
        {
            "comparison": _about(one.rule, one.key),
            "expires": one.expires.isoformat(),
            "days left": (one.expires - today).days,
            "state": days_left(one.expires, today),
            "covers": "its verdict" if one in covering else "nothing",
            "owner": one.owner,
            "reason": one.reason,
        }
        for one in baseline.accepted
    ]
    return sorted(rows, key=lambda row: str(row["expires"]))


def days_left(expires: date, today: date) -> str:
    """How long an acceptance holds, in words.

    >>> days_left(date(2027, 1, 31), date(2027, 1, 30)), days_left(date(2027, 1, 31), date(2027, 2, 10))
    ('expires soon: 1 day left', 'expired 10 days ago')
    """
    left = (expires - today).days
    days = f"{abs(left):,} {'day' if abs(left) == 1 else 'days'}"
    if left < 0:
        return f"expired {days} ago"
    if left == 0:
        return "expires today"
    return f"expires soon: {days} left" if left < SOON else f"{days} left"


def _words(finding: Finding) -> Row:
    """An estimate and its interval as they are read."""
    signed, span = words.is_signed(finding), finding.interval(0.95)
    told = words.number(finding.estimate.value, finding.scale, signed), words.interval(span, finding.scale, signed)
    return dict(zip(WORDS, told, strict=True))


def _numbers(finding: Finding) -> Row:
    """An estimate and the ends of its interval as they are counted with; an end that is open is empty."""
    span = finding.interval(0.95)
    return dict(zip(NUMBERS, (finding.scale, finding.estimate.value, span.low, span.high), strict=True))


def _row(finding: Finding, verdicts: tuple[Verdict, ...], was: Outcome | None, estimate: Row) -> Row:
    now = gravest(verdicts)
    return {
        "change": change(was, now),
        "verdict": verdict_word(now),
        "before": verdict_word(was),
        "comparison": words.comparison(finding),
        "of": finding.estimand,
        "by": finding.attribute,
        **estimate,
        "margin": held_to(finding, verdicts),
        "rows": finding.estimate.n,
        "accepted by": ", ".join(dict.fromkeys(v.accepted.owner for v in verdicts if v.accepted is not None)),
        "why": " ".join(dict.fromkeys(verdict.sentence for verdict in verdicts)),
    }


def _standing(verdict: Verdict, before: Judgement, estimate: Row) -> Row:
    """A verdict that is about no finding of the report."""
    was = gravest(v for v in before.verdicts if v.fingerprint == verdict.fingerprint)
    told = {
        "change": change(was, verdict.outcome),
        "verdict": verdict_word(verdict.outcome),
        "before": verdict_word(was),
    }
    blank = {"of": "", "by": "", **estimate, "margin": "", "rows": None, "accepted by": ""}
    return {**told, "comparison": f"the rule {verdict.rule}", **blank, "why": verdict.sentence}


def _effort(finding: Finding, verdict: Verdict) -> Row:
    now = finding.estimate.n
    more = None if verdict.needed is None else max(verdict.needed - now, 1)
    return {
        "comparison": words.comparison(finding),
        "of": finding.estimand,
        "rule": verdict.rule,
        "rows now": now,
        "rows in all": verdict.needed,
        "more rows": more,
        "what settles it": _otherwise(verdict) if more is None else f"about {more:,} more",
        "why": verdict.sentence,
    }


def _otherwise(verdict: Verdict) -> str:
    """What an undecided verdict waits for that is not a number of rows."""
    waits = {
        "need more reports": "more reports",
        "need more answers": "more answers",
        "Holm's": "an earlier comparison",
    }
    return next((what for word, what in waits.items() if word in verdict.sentence), "no realistic number")


def _about(rule: str, key: Any) -> str:
    against = f" against {key.versus}" if key.versus else ""
    where = f", by {key.stratum.replace('|', ', ')}" if key.stratum else ""
    return f"{rule}: {key.estimand} of {key.level}{against}{where}"
