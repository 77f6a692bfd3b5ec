"""A standing in sentences, for whoever reads the mail that cron sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditkit.core.estimate import Estimate
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome
from auditkit.formats.words import count, interval, margin, number, percent, quiet, short
from auditkit.lifecycle.monitoring.standing import Line, Standing
from auditkit.stats.pairing import OLDEST

MARKS = {Outcome.FAIL: "◆ Alarm", Outcome.PASS: "● No alarm", Outcome.NOT_ASSESSED: "◌ Too little"}
INDENT = " " * 14
DRIFT = (
    f"The rest were met up to {OLDEST} events before: what a rate moves for all meanwhile, if by more than the margin "
    "and the same way whenever the group comes, would pass for a gap."
)
RUNS, NEVER, STRANGE = "◌ In turns", "◌ Never seen", "◌ Undeclared"
WAYS = {"above": "upwards", "below": "downwards"}


def told(standing: Standing) -> str:
    """A standing as plain text: the alarms first, then what is quiet, then what could not be watched."""
    rows = [_head(standing), ""]
    for line in sorted(standing.lines, key=lambda one: list(MARKS).index(one.outcome) if one.n else 2):
        rows += [f"{mark(line, standing):<{len(INDENT)}}{_about(line)}", *(INDENT + said for said in sentences(line))]
    rows.append("")
    rows += [quiet(note) for note in standing.notes]
    rows += [acknowledged(said) for said in standing.acknowledged[-5:]]
    rows += list(_closing(standing))
    return "\n".join(rows) + "\n"


def _head(standing: Standing) -> str:
    of = f"{quiet(standing.source)}: " if standing.source else ""
    return f"{of}{count(standing.events)} events, {count(standing.new)} of them new. {headline(standing)}"


def headline(standing: Standing) -> str:
    """Whether there is an alarm, and what could not be told, in a sentence."""
    alarms = [line for line in standing.lines if line.outcome is Outcome.FAIL]
    silent = [line for line in standing.lines if line.outcome is Outcome.NOT_ASSESSED]
    if alarms:
        said = f"{len(alarms)} of {len(standing.lines)} questions raised an alarm."
    elif silent or not standing.events:
        little = sum(not _over(line, standing) for line in silent)
        why = (
            "have groups in turns, which cannot be compared"
            if all(line.in_runs for line in silent)
            else "ask for what was never seen"
            if standing.events and all(line.unseen for line in silent)
            else "declare less than what came"
            if standing.events and all(line.undeclared for line in silent)
            else "have seen too little to tell"
        )
        said = f"No alarm, and {little} of {len(standing.lines)} questions {why}."
        if over := len(silent) - little:
            more = f" and {little} have seen too little to tell" if little else ""
            said = f"No alarm, but of {len(standing.lines)} questions the horizon of {over} is over{more}."
    else:
        said = "No alarm."
    return said


def _over(line: Line, standing: Standing) -> bool:
    """Whether more has been seen than this watch of a rule was begun for."""
    return standing.events - line.since > standing.horizon


def mark(line: Line, standing: Standing) -> str:
    """The shape and the word of a question."""
    silent = line.outcome is Outcome.NOT_ASSESSED
    if silent and line.in_runs:
        return RUNS
    if silent and line.unseen and standing.events:
        return NEVER
    if silent and line.undeclared:
        return STRANGE
    return "◌ Over" if silent and _over(line, standing) else MARKS[line.outcome]


def _about(line: Line) -> str:
    peak, bar = f"{evidence(line.peak)} at its peak", f"alarm at {count(line.threshold)}"
    return f"{named(line)}: evidence {evidence(line.e_value)}, {peak}, {bar}"


def named(line: Line) -> str:
    """A rule and the question that it asks."""
    return f"{short(quiet(line.rule), 60)} · {short(quiet(line.question), 60)}"


def evidence(e: float) -> str:
    """Evidence as it is said: what is next to nothing, or beyond all doubt, is cut."""
    if not 0.01 <= e <= 1e6:
        return "below 0.01" if e < 1 else "above 1,000,000"
    return f"{e:.2g}" if e < 10 else f"{e:,.0f}"


def sentences(line: Line) -> Iterator[str]:
    """How a question stands: the alarm and when it began, the estimates, who was compared and who was not."""
    signed = bool(line.rates)
    scale = "difference"
    if line.alarm_at is not None:
        where = margin(Margin(*line.margin))
        yield f"It left {where} {WAYS[line.side or 'above']}; the alarm was at event {count(line.alarm_at)}."
        yield _began(line)
        if line.question.endswith(" - the rest"):
            yield DRIFT
    if line.n:
        yield (
            f"Lately, from event {count(line.lately_from + 1)}: {_estimate(line.lately, scale, signed)}; "
            f"in all: {_estimate(line.estimate, scale, signed)}; {count(line.n)} "
            f"{'pairs' if line.rates else 'observations'}, margin {margin(Margin(*line.margin))}."
        )
    if line.unseen and line.missing is not None:
        yield f"Never seen, so no quiet is told: {', '.join(short(quiet(one), 40) for one in line.unseen)}."
    if line.undeclared:
        told = ", ".join(short(quiet(one), 40) for one in line.undeclared)
        yield f"Not among its values, so no quiet is told: {told}."
    if line.rates and not any(n for _, n, _ in line.rates):
        yield f"Nothing seen of either{f' since event {count(line.since)}' if line.since else ''}."
    elif line.rates:
        if line.n:
            yield "That is the difference between people who arrive at about the same time."
        yield (
            "Of all who came: "
            + "; ".join(
                f"{short(quiet(name), 40)} {number(rate, signed=False)} of {count(n)}" for name, n, rate in line.rates
            )
            + "."
        )
    if left := _left_out(line):
        yield f"Not bet on: {'; '.join(left)}."


def _began(line: Line) -> str:
    change = line.change
    if change is None:
        return "When it began is not told: no single lasting change accounts for what came."
    return (
        f"It began between events {count(change.after)} and {count(change.until)} ({percent(change.level)}), "
        f"most likely near {count(change.likely)}."
    )


def _estimate(estimate: Estimate, scale: str, signed: bool) -> str:
    return f"{number(estimate.value, scale, signed)} {interval(estimate.interval(0.95), scale, signed)}"


def _left_out(line: Line) -> list[str]:
    left = [f"{100 * line.missing:.1f} % of events, where something is missing"] if line.missing else []
    told = (
        (line.others, "of other groups"),
        (line.passed, "that waited too long for the other group"),
        (line.mixed, "of another group than their unit"),
        (line.counted, "that came before the sizes of the pairs were chosen"),
        (line.apart, "that came in turns, or at the seam of two"),
        (line.waiting, "that still wait for the other group"),
    )
    return left + [f"{count(n)} {what}" for n, what in told if n]


def acknowledged(said: Mapping[str, Any]) -> str:
    """Who answered for an alarm, when and why."""
    whose = f"Acknowledged after event {count(said['after'])} by {said['owner']}: {said['rule']}"
    return quiet(f"{whose}, for: {said['reason']}. A new watch of it began then.")


def _closing(standing: Standing) -> Iterator[str]:
    if alarms := [line.rule for line in standing.lines if line.outcome is Outcome.FAIL]:
        yield (
            f"An alarm stays until somebody answers for it: --acknowledge {short(quiet(alarms[0]), 60)!r} --reason "
            "TEXT --owner NAME begins a new watch of the rule."
        )
    yield f"{promise(standing)} No alarm is no proof that nothing changed. Intervals: confidence sequences at 95 %."


def promise(standing: Standing) -> str:
    """What is promised of false alarms."""
    again = len(standing.acknowledged)
    if not again:
        return (
            f"While every margin holds, any alarm at all in {count(standing.horizon)} events has probability at most "
            f"{standing.alpha:g}."
        )
    return (
        f"{count(again)} {'alarm was' if again == 1 else 'alarms were'} acknowledged and a new watch begun: while the "
        f"margins hold again, any false alarm in {count(standing.until)} events has probability at most "
        f"{standing.bound:.3g}, which is {standing.alpha:g} and a rule's part of it once more for each new watch of it."
    )
