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

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.estimate import Interval
from auditkit.core.finding import Cap, Finding, Margin
from auditkit.core.judgement import GRAVITY, Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.rules import Enough, Policy, Question, Rule, Shortfall
from auditkit.stats.contrasts import outcomes_to_change
from auditkit.stats.multiplicity import holm

ALPHA = 0.05
NOTHING = "Nothing to judge: every finding is descriptive, and the policy sets no margin. Set one, for example within."
PASS_LEVEL = 1 - 2 * ALPHA
POWER = 0.90
NORMAL = NormalDist()
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
    told = [item.code for r in (report, old) if r for items in (r.findings, r.not_assessed) for item in items]
    experimental = [code for code in sorted(set(told)) if catalog.experimental(code)]
    said = [
        item
        for rule in policy.rules
        for item in rule.ask(_heard(rule, report, experimental), old and _heard(rule, old, experimental))
    ]
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
        tuple(code for code in experimental if code not in {key.code for key in judged if key}),
    )


def _heard(rule: Rule, report: Report, experimental: Sequence[str]) -> Report:
    """What a rule is shown: not what experimental detectors say, unless it names them."""
    deaf = {code for code in experimental if code not in (getattr(rule, "code", ""), *getattr(rule, "codes", ()))}
    if not deaf:
        return report
    findings = tuple(finding for finding in report.findings if finding.code not in deaf)
    silent = tuple(item for item in report.not_assessed if item.code not in deaf)
    return replace(report, findings=findings, not_assessed=silent)


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
    lacks = [tuple(lack for rule in policy.rules for lack in rule.short_of(q.estimate)) for q in questions]
    testable = [
        i for i, q in enumerate(questions) if _known(q) and not lacks[i] and not _withheld(q.finding.caps, "FAIL")
    ]
    p = np.array([_p(q) for q in questions], float)
    levels = np.full(len(questions), 1 - ALPHA)
    failed = np.zeros(len(questions), bool)
    if testable and policy.multiplicity == "holm":
        failed[testable], levels[testable] = holm(p[testable], ALPHA)
    else:
        failed[testable] = p[testable] <= ALPHA
    verdicts = [
        _verdict(q, lack, bool(fail), float(level), float(each))
        for q, lack, fail, level, each in zip(questions, lacks, failed, levels, p, strict=True)
    ]
    verdicts = _with_changes(questions, verdicts)
    order = sorted(range(len(verdicts)), key=lambda i: -questions[i].finding.excess(questions[i].margin))
    return [verdicts[i] for i in order]


def _known(q: Question) -> bool:
    """Whether there is anything to test: a value or at least a bound."""
    return q.estimate.value is not None or any(b is not None for b in (*q.estimate.lower, *q.estimate.upper))


def _p(q: Question) -> float:
    """Two-sided p against the margin: 1 minus the level at which the nearer bound touches it."""
    sides = [q.estimate.p_above(q.margin.high)] if q.margin.high is not None else []
    sides += [q.estimate.p_below(q.margin.low)] if q.margin.low is not None else []
    return min(sides, default=1.0)


def _withheld(caps: Sequence[Cap], verdict: str) -> list[str]:
    """Why a verdict is withheld."""
    return list(dict.fromkeys(cap.because for cap in caps if cap.withholds == verdict))


def _verdict(q: Question, lacks: Sequence[Shortfall], failed: bool, level: float, p: float) -> Verdict:
    inner, outer = q.estimate.interval(PASS_LEVEL), q.estimate.interval(level)

    def say(outcome: Outcome, sentence: str, needed: int | None = None) -> Verdict:
        return Verdict(q.rule, outcome, sentence, q.finding.key, q.margin, inner, outer, level, p, needed)

    outcome = _outcome(q, lacks, failed)
    if outcome is Outcome.NOT_ASSESSED:
        return say(outcome, f"Cannot be judged: {q.estimate.reason or 'the estimate is undefined'}.")
    if outcome is Outcome.FAIL:
        return say(outcome, _failing(q, outer))
    if outcome is Outcome.PASS:
        return say(outcome, f"{_ruled_out(q)} ruled out at 95 %.")
    needed = _needed(q, lacks, level)
    return say(outcome, _undecided(q, lacks, outer, needed), needed)


def _outcome(q: Question, lacks: Sequence[Shortfall], failed: bool) -> Outcome:
    """What is said of a question once it is known whether it failed at its level."""
    if not _known(q):
        return Outcome.NOT_ASSESSED
    if failed:
        return Outcome.FAIL
    inner = q.estimate.interval(PASS_LEVEL)
    bounded = (inner.low is not None or q.margin.low is None) and (inner.high is not None or q.margin.high is None)
    free = not lacks and not _withheld(q.finding.caps, "PASS")
    return Outcome.PASS if bounded and inner.inside(*q.margin) and free else Outcome.INCONCLUSIVE


def alone(finding: Finding) -> Outcome | None:
    """What the default policy says of one finding judged by itself; `None` where it suggests no margin."""
    if finding.margin is None:
        return None
    q = Question("within", finding, finding.estimate, finding.margin)
    lacks = Enough().short_of(finding.estimate)
    free = not lacks and not _withheld(finding.caps, "FAIL")
    return _outcome(q, lacks, _known(q) and free and _p(q) <= ALPHA)


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


def _undecided(q: Question, lacks: Sequence[Shortfall], outer: Interval, needed: int | None) -> str:
    caps = q.finding.caps
    held = list(dict.fromkeys([lack.because for lack in lacks] + _withheld(caps, "FAIL") + _withheld(caps, "PASS")))
    because = "The interval reaches across the margin."
    if held:
        because = f"Cannot be decided: {'; '.join(held)}."
    elif (q.margin.high is not None and outer.low is not None and outer.low > q.margin.high) or (
        q.margin.low is not None and outer.high is not None and outer.high < q.margin.low
    ):
        because = "It is outside at its own level, but Holm's order stops at an earlier comparison."
    if needed is None:
        identified = "More rows would not help." if caps else "No realistic number of rows settles it."
        return f"{because} {identified}"
    group = q.finding.counts[0] if q.finding.counts else None
    extra = max(needed - q.estimate.n, 1)
    more = f"About {extra:,} more {'row settles' if extra == 1 else 'rows settle'} it"
    more += f" ({needed:,} in all, {q.estimate.n:,} now"
    if group is None or not group.n or not q.estimate.n:
        return f"{because} {more})."
    share = math.ceil(needed * group.n / q.estimate.n)
    return f"{because} {more}; of {group.label} {share:,}, now {group.n:,})."


def _needed(q: Question, lacks: Sequence[Shortfall], level: float) -> int | None:
    """Rows that settle it at the present estimate and mix, with power 90 %.

    n [(z_α + z_β) se / distance to the margin]² for a fail; for a pass the n at which both one-sided tests reject, and
    never fewer than what is short. `None` where the estimate sits on the margin, or what is missing is not rows.
    """
    e = q.estimate
    if q.finding.caps or e.value is None or any(lack.factor == 0 for lack in lacks):
        return None
    floor = e.n * max((lack.factor for lack in lacks), default=0.0)
    least = math.ceil(floor) if lacks else None
    se = e.standard_error(q.finding.scale if q.rule != "no_worse" else "difference")
    edges = _distances(q)
    if se is None or not edges or min(edges) == 0 or se == 0:
        return least
    outside = NORMAL.inv_cdf((1 + level) / 2) + NORMAL.inv_cdf(POWER)
    factor = (outside * se / min(edges)) ** 2 if min(edges) < 0 else _inside(edges, se)
    if e.n * factor > UNREALISTIC * max(e.n, 1_000):
        return least
    return max(math.ceil(e.n * factor), math.ceil(floor), e.n + 1)


def _inside(edges: Sequence[float], se: float) -> float:
    """How many times the data make every one-sided test at 5 % reject together with probability POWER."""
    low, high = 0.0, 1e12
    for _ in range(100):
        middle = (low + high) / 2 if high < 1 else math.sqrt(max(low, 1e-6) * high)
        z = [NORMAL.cdf(edge * math.sqrt(middle) / se - NORMAL.inv_cdf(1 - ALPHA)) for edge in edges]
        low, high = (low, middle) if sum(z) - (len(z) - 1) >= POWER else (middle, high)
    return high


def _distances(q: Question) -> list[float]:
    """From the estimate to the edges of the margin: positive inside, negative outside."""
    log = q.finding.scale == "ratio" and q.rule != "no_worse"
    value = q.estimate.value
    if value is None or (log and value <= 0):
        return []
    at = math.log if log else float
    edges = [] if q.margin.high is None else [at(q.margin.high) - at(value)]
    return edges if q.margin.low is None else [*edges, at(value) - at(q.margin.low)]


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
