"""gate(): a policy and a report give a judgement."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Interval
from auditkit.core.finding import Cap, Margin
from auditkit.core.judgement import GRAVITY, Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.rules import Policy, Question, Rule
from auditkit.stats.contrasts import outcomes_to_change
from auditkit.stats.multiplicity import holm

ALPHA = 0.05
NOTHING = "Nothing to judge: every finding is descriptive, and the policy sets no margin. Set one, for example within."
PASS_LEVEL = 1 - 2 * ALPHA
REACH = (NormalDist().inv_cdf(1 - ALPHA) + NormalDist().inv_cdf(0.90), NormalDist().inv_cdf(0.90))
UNREALISTIC = 10_000  # times the rows at hand (or 1,000): beyond it "no realistic number" is the honest answer


def gate(
    report: Report | str | Path,
    policy: Policy | Rule | Mapping[str, Any] | str | Path | None = None,
    *,
    baseline: Report | str | Path | None = None,
) -> Judgement:
    """Judge a report by a policy.

    PASS: the 90 % interval lies inside the margin (two one-sided tests at 5 %; Schuirmann 1987). FAIL: the interval at
    the Holm-adjusted level (Holm 1979, over all findings judged) lies wholly outside. Else INCONCLUSIVE, with the
    number of rows that settles it. Nothing to judge is NOT_ASSESSED, never a pass.

    Raises `PolicyError` for a policy that cannot be read, `InputError` for a report that cannot.
    """
    report, policy = _read(report), Policy.read(policy)
    old = None if baseline is None else _read(baseline)
    said = [item for rule in policy.rules for item in rule.ask(report, old)]
    questions = [item for item in said if isinstance(item, Question)]
    verdicts = [item for item in said if isinstance(item, Verdict)]
    verdicts += _answers(questions, policy)
    judged = {verdict.key for verdict in verdicts}
    if not questions and all(verdict.outcome is Outcome.PASS for verdict in verdicts):
        verdicts = [Verdict("policy", Outcome.NOT_ASSESSED, NOTHING)]
    return Judgement(
        tuple(sorted(verdicts, key=lambda verdict: GRAVITY.index(verdict.outcome))),
        policy.to_dict(),
        policy.hash,
        hashlib.sha256(report.to_json().encode()).hexdigest(),
        tuple(finding.key for finding in report.findings if finding.key not in judged),
        policy.inconclusive == "warn",
    )


def _read(source: Report | str | Path) -> Report:
    if isinstance(source, Report):
        return source
    if not isinstance(source, (str, Path)):
        raise InputError(f"gate() needs a report or the path of one, and got {type(source).__name__}.")
    path = Path(source)
    try:
        return Report.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The report {path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _answers(questions: Sequence[Question], policy: Policy) -> list[Verdict]:
    """Answer all questions together, since Holm's level for one depends on the others; surest bias first."""
    caps = [(*q.finding.caps, *(cap for rule in policy.rules for cap in rule.caps(q.finding))) for q in questions]
    testable = [i for i, held in enumerate(caps) if not _withheld(held, "FAIL")]
    p = np.array([_p(q) for q in questions], float)
    levels = np.full(len(questions), 1 - ALPHA)
    failed = np.zeros(len(questions), bool)
    if testable and policy.multiplicity == "holm":
        failed[testable], levels[testable] = holm(p[testable], ALPHA)
    else:
        failed[testable] = p[testable] <= ALPHA
    verdicts = [
        _verdict(q, held, bool(fail), float(level), float(each))
        for q, held, fail, level, each in zip(questions, caps, failed, levels, p, strict=True)
    ]
    verdicts = _with_changes(questions, verdicts)
    order = sorted(range(len(verdicts)), key=lambda i: -questions[i].finding.excess(questions[i].margin))
    return [verdicts[i] for i in order]


def _p(q: Question) -> float:
    """Two-sided p against the margin: 1 minus the level at which the nearer bound touches it."""
    sides = [q.estimate.p_above(q.margin.high)] if q.margin.high is not None else []
    sides += [q.estimate.p_below(q.margin.low)] if q.margin.low is not None else []
    return min(sides, default=1.0)


def _withheld(caps: Sequence[Cap], verdict: str) -> list[str]:
    return list(dict.fromkeys(cap.because for cap in caps if cap.withholds == verdict))


def _verdict(q: Question, caps: Sequence[Cap], failed: bool, level: float, p: float) -> Verdict:
    inner, outer = q.estimate.interval(PASS_LEVEL), q.estimate.interval(level)

    def say(outcome: Outcome, sentence: str, needed: int | None = None) -> Verdict:
        return Verdict(q.rule, outcome, sentence, q.finding.key, q.margin, inner, outer, level, p, needed)

    if q.estimate.value is None and inner.low is None and inner.high is None:
        why = q.estimate.reason or "the estimate is undefined"
        return say(Outcome.NOT_ASSESSED, f"Cannot be judged: {why}.")
    if failed and not _withheld(caps, "FAIL"):
        return say(Outcome.FAIL, _failing(q, outer))
    bounded = (inner.low is not None or q.margin.low is None) and (inner.high is not None or q.margin.high is None)
    if bounded and inner.inside(*q.margin) and not _withheld(caps, "PASS"):
        return say(Outcome.PASS, f"{_ruled_out(q)} ruled out at 95 %.")
    needed = _needed(q, caps, level)
    return say(Outcome.INCONCLUSIVE, _undecided(q, caps, needed), needed)


def _ruled_out(q: Question) -> str:
    low, high = q.margin
    if q.rule == "no_worse":
        return f"A change for the worse of more than {high:.3g}"
    if q.finding.scale == "ratio":
        return (
            f"Bias beyond a ratio of {low:.2f} to {high:.2f}" if low and high else f"A ratio beyond {low or high:.2f}"
        )
    if low == 0 or high == 0:
        return f"A value {'below' if low == 0 else 'above'} 0"
    size = f"{abs(high if high is not None else low or 0):.3g}"
    return f"Bias larger than {size}"


def _failing(q: Question, outer: Interval) -> str:
    low, high, level = outer
    above = q.margin.high is not None and low is not None and low > q.margin.high
    bound, edge, word = (low, q.margin.high, "at least") if above else (high, q.margin.low, "at most")
    return f"It is {word} {_number(bound)} at {100 * level:.4g} %, beyond the margin of {_number(edge)}."


def _undecided(q: Question, caps: Sequence[Cap], needed: int | None) -> str:
    held = list(dict.fromkeys(_withheld(caps, "FAIL") + _withheld(caps, "PASS")))
    because = f"Cannot be decided: {'; '.join(held)}." if held else "The interval reaches across the margin."
    if needed is None:
        identified = "More rows would not help." if held else "No realistic number of rows settles it."
        return f"{because} {identified}"
    group = q.finding.counts[0] if q.finding.counts else None
    more = f"About {max(needed - q.estimate.n, 1):,} more rows settle it ({needed:,} in all, {q.estimate.n:,} now"
    if group is None or not group.n or not q.estimate.n:
        return f"{because} {more})."
    share = math.ceil(needed * group.n / q.estimate.n)
    return f"{because} {more}; of {group.label} {share:,}, now {group.n:,})."


def _needed(q: Question, caps: Sequence[Cap], level: float) -> int | None:
    """Rows that settle it at the present estimate: n [(z_α + z_β) se / distance to the margin]², power 90 %.

    `None` where the estimate sits on the margin, or what is missing is not rows.
    """
    e, small = q.estimate, [cap for cap in caps if cap in q.finding.caps]
    if small or e.value is None:
        return None
    floor = e.n * 30 / e.n_eff if 0 < e.n_eff < 30 else 0.0
    se, distance = e.standard_error(q.finding.scale if q.rule != "no_worse" else "difference"), _distance(q)
    least = math.ceil(floor) if floor > e.n else None
    if se is None or distance is None or distance == 0:
        return least
    reach = REACH[0] if distance > 0 else NormalDist().inv_cdf((1 + level) / 2) + REACH[1]
    rows = e.n * (reach * se / distance) ** 2
    if rows > UNREALISTIC * max(e.n, 1_000):
        return least
    return max(math.ceil(rows), math.ceil(floor), e.n + 1)


def _distance(q: Question) -> float | None:
    """From the estimate to the nearest edge of the margin: positive inside, negative outside."""
    log = q.finding.scale == "ratio" and q.rule != "no_worse"
    value = q.estimate.value
    if value is None or (log and value <= 0):
        return None
    at = math.log if log else float
    sides = [at(q.margin.high) - at(value)] if q.margin.high is not None else []
    sides += [at(value) - at(q.margin.low)] if q.margin.low is not None else []
    return min(sides, default=None)


def _with_changes(questions: Sequence[Question], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Say of every fail what would change it: the margin that tips it, and how many outcomes."""
    out = list(verdicts)
    counted = [
        i
        for i, (q, v) in enumerate(zip(questions, verdicts, strict=True))
        if v.outcome is Outcome.FAIL and q.finding.recount and q.rule != "no_worse" and len(q.finding.counts) == 2
    ]
    changed: dict[int, int | None] = {}
    if counted:
        pairs = [(questions[i].finding.counts[0], questions[i].finding.counts[1]) for i in counted]
        scales, margins = ([questions[i].finding.scale for i in counted], [questions[i].margin for i in counted])
        levels = [verdicts[i].fail_level or 1 - ALPHA for i in counted]
        changed = dict(zip(counted, outcomes_to_change(pairs, scales, margins, levels), strict=True))
    for i, (q, v) in enumerate(zip(questions, verdicts, strict=True)):
        if v.outcome is Outcome.FAIL:
            said = [_tipping_margin(q.margin, v.fail_interval)]
            if (k := changed.get(i)) is not None:
                group = q.finding.counts[0]
                said.append(f"{k:,} of the {group.n:,} outcomes of {group.label} being otherwise")
            out[i] = replace(v, changes=tuple(said))
    return out


def _number(x: float | None) -> str:
    return "unbounded" if x is None else f"{x:.3g}".replace("-", "−")


def _tipping_margin(margin: Margin, interval: Interval | None) -> str:
    low, high = (interval.low, interval.high) if interval is not None else (None, None)
    if margin.high is not None and low is not None and low > margin.high:
        return f"a margin of at least {_number(low)} instead of {_number(margin.high)}"
    edge = margin.low if margin.low is not None else 0.0
    return f"a margin of at most {_number(high if high is not None else edge)} instead of {_number(edge)}"
