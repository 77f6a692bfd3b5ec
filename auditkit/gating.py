"""gate(): a policy and a report give a judgement."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.accepting import accept
from auditkit.accumulating import State
from auditkit.comparing import differences
from auditkit.comparing.by_unit import by_unit
from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.finding import Cap, Finding
from auditkit.core.judgement import GRAVITY, Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.questioning import BOUNDS, ask
from auditkit.recounting import contradicting
from auditkit.rules import Assessed, Enough, Policy, Question, Rule, Shortfall, has_interval, known
from auditkit.rules.no_worse import unchanged
from auditkit.sealing import text_of, untouched
from auditkit.settling import ALPHA, needed, with_changes
from auditkit.stats.multiplicity import holm
from auditkit.wording import changed, failing, nothing, ruled_out, undecided, withheld

PASS_LEVEL = 1 - 2 * ALPHA
EDITED = "Cannot be judged: its interval is not the one that its own counts make. The report was edited; audit again."
SAME = "The report holds the baseline's own evidence: nothing changed."
UNANSWERED = "those who did not answer could make it otherwise (selection.bounds)"


def gate(
    report: Report | str | Path,
    policy: Policy | Rule | Mapping[str, Any] | str | Path | None = None,
    *,
    baseline: Baseline | Report | str | Path | None = None,
    state: State | None = None,
    today: date | None = None,
) -> Judgement:
    """Judge a report by a policy.

    PASS: the 90 % interval lies inside the margin (two one-sided tests at 5 %; Schuirmann 1987). FAIL: the interval at
    the Holm-adjusted level (Holm 1979, over all findings judged) lies wholly outside. Else INCONCLUSIVE, with the
    number of rows that settles it. Nothing to judge is NOT_ASSESSED, never a pass.

    On a fair model a run is red at most once in twenty, however many comparisons. For a bias that sits exactly on its
    margin that holds as far as each interval does at Holm's level: two rates have exact limits there, so that thirty
    rows against a thousand and rates of a few in a hundred are red no more often, fifty comparisons at once.

    With a `baseline` everything that changed since is listed, what the baseline told must still be told, and what
    somebody accepted of it turns no pipeline until the day it expires (`today` is the day, by default this one). What
    `no_worse` asks is answered by unit where both reports are on the same units, else as of independent reports. With a
    `state` the evidence of earlier reports on the same model counts too, and a FAIL clears only by a PASS.

    Raises `PolicyError` for a policy that cannot be read, `InputError` for a report or a baseline that cannot.

    >>> from auditkit.auditing import audit
    >>> fair = audit(group=["a", "b"] * 4_000, outcome=[1, 1, 0, 0] * 2_000)
    >>> str(gate(fair).outcome), str(gate(audit(group=["a", "b"] * 4_000, outcome=[1, 0] * 4_000)).outcome)
    ('PASS', 'FAIL')
    """
    report = opened(report)
    return judgement_of(report, hash_of(report), Policy.read(policy), _compared_with(baseline), state, today)


def judgement_of(
    report: Report,
    named: str,
    policy: Policy,
    old: Baseline | None,
    state: State | None = None,
    today: date | None = None,
) -> Judgement:
    """`gate` of what is read already: the report, what a judgement calls it, the policy and the baseline."""
    asked = ask(report, policy, None if old is None else old.report)
    worst = () if BOUNDS in asked.experimental else tuple(f for f in report.findings if f.code == BOUNDS)
    answered, paired = (asked.questions, ()) if old is None else by_unit(asked.questions, report, old.report)
    questions = [_bounded(question, worst) for question in answered]
    edited = contradicting(question.finding for question in questions)
    sound = [question for question in questions if question.finding.key not in edited]
    unsound = [_edited(question) for question in questions if question.finding.key in edited]
    if state is not None:
        state = state.seen(report, sound)
        sound = [state.told(question) for question in sound]
    verdicts = _agreed(_once(asked.verdicts), [*unsound, *_answers(sound, policy)])
    if state is not None:
        verdicts = state.stands(verdicts)
    judged = {verdict.key for verdict in verdicts}
    if not questions and all(verdict.outcome is Outcome.PASS for verdict in verdicts):
        verdicts = [Verdict("policy", Outcome.NOT_ASSESSED, nothing(report))]
    notices = () if state is None else state.notices(policy)
    if old is not None:
        look = 0 if state is None or state.view is None else state.view.report
        verdicts, lapsed = accept(verdicts, report, old, today or date.today(), look)
        notices = (*notices, *paired, *differences(report, policy, old), *lapsed)
    return Judgement(
        tuple(sorted(verdicts, key=lambda verdict: GRAVITY.index(verdict.outcome))),
        policy.to_dict(),
        policy.hash,
        named,
        tuple(finding.key for finding in report.findings if finding.key not in judged),
        policy.inconclusive == "warn",
        tuple(code for code in asked.experimental if code not in {key.code for key in judged if key}),
        notices,
        old.hash if old is not None else "",
    )


def hash_of(report: Report) -> str:
    """What a judgement calls the report that it is of."""
    return hashlib.sha256(report.to_json().encode()).hexdigest()


def opened(source: Report | str | Path) -> Report:
    """A report, or the one in a file; raises `InputError` for a file that cannot be read, holds none or was changed."""
    if isinstance(source, Report):
        return source
    text = _text(source, "report")
    untouched(Path(source))
    return Report.from_json(text)


def _compared_with(source: Baseline | Report | str | Path | None) -> Baseline | None:
    if source is None or isinstance(source, Baseline):
        return source
    return Baseline(source) if isinstance(source, Report) else Baseline.from_json(_text(source, "baseline"))


def _text(source: str | Path, what: str) -> str:
    if not isinstance(source, (str, Path)):
        raise InputError(f"gate() needs a {what} or the path of one, and got {type(source).__name__}.")
    return text_of(Path(source), f"The {what} {source}")


def _bounded(q: Question, bounds: Sequence[Finding]) -> Question:
    """Withhold from a finding the verdicts that the worst case of those who did not answer would not share."""
    worst = next((f.estimate for f in bounds if f.key[1:] == q.finding.key[1:]), None)
    if worst is None:
        return q
    caps = []
    if not worst.interval(PASS_LEVEL).inside(*q.margin):
        caps.append(Cap("PASS", UNANSWERED))
    if _p(q._replace(estimate=worst)) > ALPHA:
        caps.append(Cap("FAIL", UNANSWERED))
    return q._replace(finding=replace(q.finding, caps=(*q.finding.caps, *caps)))


def _once(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Two rules that miss the same finding say so once."""
    return list({(v.key, v.outcome, v.sentence): v for v in reversed(verdicts)}.values())[::-1]


def _agreed(standing: Sequence[Verdict], answers: Sequence[Verdict]) -> list[Verdict]:
    """All verdicts, of which `assessed` contradicts none and repeats none: what another rule was asked it leaves to
    that, and it passes only where every rule had something to look at."""
    told = {verdict.key for verdict in answers}
    said = [verdict for verdict in standing if verdict.rule != Assessed.name or verdict.key not in told - {None}]
    void = any(verdict.outcome is Outcome.NOT_ASSESSED for verdict in (*said, *answers))
    vain = (Assessed.name, Outcome.PASS) if void else None
    return [*(verdict for verdict in said if (verdict.rule, verdict.outcome) != vain), *answers]


def _edited(q: Question) -> Verdict:
    return Verdict(q.rule, Outcome.NOT_ASSESSED, EDITED, q.finding.key, q.margin)


def _answers(questions: Sequence[Question], policy: Policy) -> list[Verdict]:
    """Answer all questions together, since Holm's level for one depends on the others; surest bias first."""
    lacks = [tuple(lack for rule in policy.rules for lack in rule.short_of(q.estimate)) for q in questions]
    testable = [
        i
        for i, q in enumerate(questions)
        if known(q.estimate) and not lacks[i] and not withheld(q.finding.caps, "FAIL")
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
    verdicts = with_changes(questions, verdicts)
    order = sorted(range(len(verdicts)), key=lambda i: -questions[i].finding.excess(questions[i].margin))
    return [verdicts[i] for i in order]


def _p(q: Question) -> float:
    """Two-sided p against the margin: 1 minus the level at which the nearer bound touches it, or 1/e where it was bet
    on (Ville 1939)."""
    wager = q.estimate.wager(*q.margin)
    if wager is not None:
        return 1 / max(wager.e_fail, 1.0)
    sides = [q.estimate.p_above(q.margin.high)] if q.margin.high is not None else []
    sides += [q.estimate.p_below(q.margin.low)] if q.margin.low is not None else []
    return min(sides, default=1.0)


def _verdict(q: Question, lacks: Sequence[Shortfall], failed: bool, level: float, p: float) -> Verdict:
    inner, outer = q.estimate.interval(PASS_LEVEL), q.estimate.interval(level)

    def say(outcome: Outcome, sentence: str, needed: int | None = None) -> Verdict:
        said = f"{changed(q, inner)}{sentence}"
        return Verdict(q.rule, outcome, said, q.finding.key, q.margin, inner, outer, level, p, needed)

    outcome = _outcome(q, lacks, failed)
    if outcome is Outcome.NOT_ASSESSED:
        void = "the estimate is undefined" if q.estimate.value is None else "it has a value and no interval"
        return say(outcome, f"Cannot be judged: {q.estimate.reason or void}.")
    if outcome is Outcome.FAIL:
        return say(outcome, failing(q, outer, p))
    if outcome is Outcome.PASS:
        return say(outcome, SAME if unchanged(q) else f"{ruled_out(q)} ruled out at 95 %.")
    enough = needed(q, lacks, level)
    return say(outcome, undecided(q, lacks, outer, enough), enough)


def _outcome(q: Question, lacks: Sequence[Shortfall], failed: bool) -> Outcome:
    """What is said of a question once it is known whether it failed at its level."""
    if not known(q.estimate):
        return Outcome.NOT_ASSESSED
    if failed:
        return Outcome.FAIL
    if unchanged(q):
        return Outcome.PASS
    if not (has_interval(q.estimate) or lacks or q.finding.caps):
        return Outcome.NOT_ASSESSED
    inner = q.estimate.interval(PASS_LEVEL)
    wager = q.estimate.wager(*q.margin)
    if wager is not None:
        return (
            Outcome.PASS
            if wager.e_pass >= 1 / ALPHA and not lacks and not withheld(q.finding.caps, "PASS")
            else Outcome.INCONCLUSIVE
        )
    bounded = (inner.low is not None or q.margin.low is None) and (inner.high is not None or q.margin.high is None)
    free = not lacks and not withheld(q.finding.caps, "PASS")
    return Outcome.PASS if bounded and inner.inside(*q.margin) and free else Outcome.INCONCLUSIVE


def alone(finding: Finding) -> Outcome | None:
    """What the default policy says of one finding judged by itself; `None` where it suggests no margin."""
    if finding.margin is None:
        return None
    q = Question("within", finding, finding.estimate, finding.margin)
    return by_itself(q, Enough().short_of(finding.estimate), ALPHA)


def by_itself(q: Question, lacks: Sequence[Shortfall], alpha: float) -> Outcome:
    """What is said of one question whose FAIL is tested at `alpha`, whatever else is asked."""
    free = not lacks and not withheld(q.finding.caps, "FAIL")
    return _outcome(q, lacks, known(q.estimate) and free and _p(q) <= alpha)
