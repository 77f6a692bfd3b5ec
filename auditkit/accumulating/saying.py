"""What a state says: which reports count, which do not and why, and which FAIL stands."""

from __future__ import annotations

from dataclasses import replace

from auditkit.accumulating.histories import History
from auditkit.accumulating.models import Model, Standing, View
from auditkit.core.finding import Key, Margin
from auditkit.core.judgement import Notice, Outcome, Verdict
from auditkit.formats.words import interval, number, short
from auditkit.rules import Ratio
from auditkit.settling import outside

ABOUT = "state"
NAMED = 3
CONTRARY = (
    "All {:,} reports together pass, and this one fails by itself, which is hardly chance. If it is another model, "
    "give it another fingerprint or subject; if what is asked of it has changed, begin another state."
)
CLEARED_BY = "later reports on which it passes"
SHARED = {
    "cells": "it counts the same rows in every cell as an earlier one, so it is taken for the same answers",
    "draws": "its run has model, prompts and seed of one that was counted: the same answers again, or more of them",
    "prompts": "it asks prompts that were asked before, and its roles say that prompts are the sample. Ask others, or "
    "audit without unit, which settles these prompts alone",
}
SUBJECT = "No run is named, so the subject {} stands for the model: give another model another subject."
OTHERS = (
    "The state holds {} other {} ({}), {}. If these are nights of one model, give them one name: "
    'subject = "..." under [data] of the plan, or audit(..., subject=...).'
)
SILENT = (
    "This report says nothing new: it has another seed and yet the same counts in every cell as an earlier one, which "
    "is hardly chance. Does the target answer the same whatever the seed?"
)
BASELINE = "no_worse is judged on each report alone, and may err at each: all reports share the baseline's own error."


def notices_of(model: Model, view: View, no_worse: bool) -> tuple[Notice, ...]:
    """How many reports count, why this one does not where it does not, and which questions began anew."""
    named = [SUBJECT.format(view.subject)] if view.subject else []
    named += [_others(view.others)] if view.others else []
    said = [_counted(model, view), *named, *(_otherwise(key, history) for key, history in view.otherwise)]
    return tuple(Notice(ABOUT, sentence) for sentence in ([*said, BASELINE] if no_worse else said))


def _others(names: tuple[str, ...]) -> str:
    many = ("subject", "a model of its own") if len(names) == 1 else ("subjects", "each a model of its own")
    told = ", ".join([*(short(name, 40) for name in names[:NAMED]), *(["..."] if len(names) > NAMED else [])])
    return OTHERS.format(len(names), many[0], told, many[1])


def _counted(model: Model, view: View) -> str:
    count, place = len(model.reports), sorted(model.reports).index(view.report) + 1
    many = "1 report counts" if count == 1 else f"{count:,} reports count together"
    if view.silent:
        return f"{SILENT} In all {many}."
    if view.new:
        return f"On this model {many}."
    if view.shared:
        return f"This report is not added: {SHARED[view.shared]} (report {place:,} on this model). In all {many}."
    return f"This report was counted before, as number {place:,} on this model, and adds nothing. In all {many}."


def _otherwise(key: Key, history: History) -> str:
    many, do = ("1 report", "does") if history.nights == 1 else (f"{history.nights:,} reports", "do")
    where = f"{key.estimand} of {key.level} against {key.versus}"
    return (
        f"{where}: {many} judged it by another margin ({_margin(history.margin)}) or setting, and {do} not count here."
    )


def together(verdict: Verdict, history: History, alone_outside: bool) -> Verdict:
    """A verdict on all reports, saying so; no PASS where the report that is judged fails by itself."""
    if not history.nights:
        return verdict
    verdict = replace(verdict, sentence=f"{_pooled(verdict, history)} {verdict.sentence}")
    if history.nights == 1:
        return verdict
    if verdict.outcome is Outcome.PASS and alone_outside:
        sentence = f"{_pooled(verdict, history)} {CONTRARY.format(history.nights)}"
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, sentence=sentence)
    interval, margin = verdict.fail_interval, verdict.margin
    beyond = interval is not None and margin is not None and outside(interval, margin)
    return replace(verdict, changes=verdict.changes if beyond else ())


def _pooled(verdict: Verdict, history: History) -> str:
    """The number that is judged, of all reports, which is not the one that this report shows."""
    scale = "ratio" if verdict.rule == Ratio.name else "difference"
    signed = verdict.margin is None or verdict.margin.low is None or verdict.margin.low <= 0
    many = "1 report so far" if history.nights == 1 else f"{history.nights:,} reports together"
    value = history.value(scale)
    if value is None:
        return f"Of {many}, {history.n:,} rows:"
    shown = f"{number(value, scale, signed)} {interval(verdict.pass_interval, scale, signed)} at 90 %"
    return f"Of {many} {shown}, {history.n:,} rows."


def stood(verdict: Verdict, ago: int) -> Verdict:
    """What is no PASS is the FAIL that it was."""
    sentence = f"It failed {_when(ago)}, and no later evidence has passed it: {verdict.sentence}"
    return replace(verdict, outcome=Outcome.FAIL, sentence=sentence, changes=(CLEARED_BY,))


def unasked(standing: Standing, ago: int) -> Verdict:
    """A FAIL that stands although nothing asks about it any more."""
    sentence = (
        f"It failed {_when(ago)}, and nothing in this report or policy asks about it any more: a FAIL clears only by a "
        "PASS, not by a new name. Ask about it again, accept it in the baseline, or keep another state."
    )
    return Verdict(standing.rule, Outcome.FAIL, sentence, standing.key, changes=(CLEARED_BY,))


def _when(ago: int) -> str:
    if ago <= 0:
        return "at this report" if ago == 0 else "at a later report"
    return "1 report ago" if ago == 1 else f"{ago:,} reports ago"


def _margin(margin: Margin) -> str:
    low, high = margin
    if low is None or high is None:
        return f"at most {high:.4g}" if low is None else f"at least {low:.4g}"
    return f"{low:.4g} to {high:.4g}".replace("-", "−")
