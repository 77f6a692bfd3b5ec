"""How a watch stands: what every rule has seen, what it bets, whether it alarms, and since when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from auditkit.core.errors import nearest
from auditkit.core.estimate import Estimate
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.monitoring.rules import Question
from auditkit.lifecycle.monitoring.seen import absent, strange, undeclared, unseen
from auditkit.lifecycle.monitoring.state import State
from auditkit.lifecycle.monitoring.strands import Strand
from auditkit.lifecycle.monitoring.units import BLIND
from auditkit.stats.change_points import Change
from auditkit.stats.pairing import OLDEST

ENOUGH = 30
"""Observations without which nothing is said to be quiet, as in the rule `enough` of a gate."""
IN_TURNS = (
    "{} ({}): the two groups come in turns, so most who could be compared stand on the two sides of a seam, all of the "
    "one before all of the other. There a gap and a rate that moves in step with the turns are the same, and nothing "
    "that is seen tells them apart: not assessed. Nobody is compared over a seam; {:,} events went by like that. Feed "
    "the events in the order in which people came: it is assessed again when the groups mix."
)
IN_RUNS = (
    "{} ({}): the groups come in runs so long, or one of the rest does, that only those at the seams could be "
    "compared, one always after the same other, and what a rate does meanwhile would pass for a gap. So nobody is "
    "compared now, and no quiet is told; up to {:,} events went by like that. It is compared again when a turn of the "
    "groups takes {} events or less: feed the events in the order in which people came."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a rule: what it has seen, the evidence that its margin was left, and the alarm.

    `n` counts what was betted on: events, pairs or units. `e_value` and `peak` are held against `threshold`; `estimate`
    is of all since this watch of the rule began, `lately` of the last two blocks, after the event `lately_from`; both
    are confidence sequences at 95 %, for a mean that is one number meanwhile. `rates` are those of each group. In a
    comparison both intervals are for the difference between those who arrive at about the same time, which the rates
    of all need not differ by. `counted` only chose the sizes of the pairs, `apart` came while the groups took turns
    too long for any to be met, or at the seam of two turns, and `in_runs` says that they do now. `unseen` are values
    asked for that never came, `undeclared` those that came though the rule says all that can.
    """

    rule: str
    question: str
    outcome: Outcome
    n: int
    e_value: float
    peak: float
    threshold: float
    margin: tuple[float | None, float | None]
    alarm_at: int | None
    side: str | None
    change: Change | None
    estimate: Estimate
    lately: Estimate
    lately_from: int
    rates: tuple[tuple[str, int, float | None], ...]
    since: int
    missing: float | None
    others: int
    waiting: int
    passed: int
    mixed: int
    counted: int
    apart: int
    in_runs: bool
    unseen: tuple[str, ...]
    undeclared: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, for JSON."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told |= {"outcome": self.outcome.value, "change": None if self.change is None else self.change._asdict()}
        told |= {name: _interval(getattr(self, name)) for name in ("estimate", "lately")}
        return told


@dataclass(frozen=True)
class Standing:
    """How a watch stands after a look: FAIL with an alarm that nobody has acknowledged, NOT_ASSESSED where a rule has
    seen too little to be quiet about, or more than it was begun for, asks for what never came, or declares less than
    came, else PASS: no alarm, which is no proof that nothing changed."""

    source: str
    events: int
    new: int
    alpha: float
    horizon: int
    lines: tuple[Line, ...]
    acknowledged: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    digest: str

    @property
    def outcome(self) -> Outcome:
        """The gravest of the lines; NOT_ASSESSED without events."""
        outcomes = {line.outcome for line in self.lines}
        if Outcome.FAIL in outcomes:
            return Outcome.FAIL
        return Outcome.NOT_ASSESSED if Outcome.NOT_ASSESSED in outcomes or not self.events else Outcome.PASS

    @property
    def exit_code(self) -> int:
        """0 no alarm, 1 an alarm, 3 too little was seen, or more than the horizon."""
        return {Outcome.FAIL: 1, Outcome.PASS: 0}.get(self.outcome, 3)

    @property
    def bound(self) -> float:
        """The probability of any false alarm until `until`: alpha, and a rule's part again for each new watch of it."""
        again = [said["rule"] for said in self.acknowledged]
        return min(self.alpha + sum(again.count(line.rule) / line.threshold for line in self.lines), 1.0)

    @property
    def until(self) -> int:
        """The number of the event at which the horizon of the latest watch of a rule is over."""
        return self.horizon + max(line.since for line in self.lines)

    def to_json(self) -> str:
        """One line of JSON."""
        told = asdict(self) | {"lines": [line.to_dict() for line in self.lines]}
        told = {"outcome": self.outcome.value, "exit_code": self.exit_code, **told}
        told |= {"bound": self.bound, "until": self.until}
        text = json.dumps(told, ensure_ascii=True, allow_nan=False)
        return text + "\n"


def standing(state: State, source: str, new: int, seen: Sequence[str], notes: Sequence[str]) -> Standing:
    """How a state stands."""
    lines = [
        _line(rule.name, question, strand, state)
        for rule in state.watch.rules
        for question, strand in zip(state.watch.questions(rule), state.strands[rule.name], strict=True)
    ]
    told = [*notes, *_notes(state, lines, seen)]
    watch = state.watch
    return Standing(
        source,
        state.n,
        new,
        watch.alpha,
        watch.horizon,
        tuple(lines),
        state.acknowledged,
        tuple(told),
        state.position["chain"],
    )


def _line(rule: str, question: Question, strand: Strand, state: State) -> Line:
    monitor, pairing, events = strand.monitor, strand.pairing, state.n - strand.since
    never, strange_ones = unseen(question, state.seen), undeclared(question, state.seen)
    lately_from = _lately(strand, state)
    return Line(
        rule,
        question.name,
        _outcome(strand, state, never + strange_ones),
        monitor.n,
        monitor.e_value,
        monitor.peak,
        1 / monitor.alpha,
        (question.low, question.high),
        None if monitor.alarm_at is None else strand.since + monitor.alarm_at,
        monitor.alarm_side,
        strand.began(),
        strand.history.since(0),
        strand.history.since(lately_from),
        strand.since + lately_from,
        _rates(question, strand),
        strand.since,
        strand.missing / events if events else None,
        strand.others,
        0 if pairing is None else pairing.waits,
        0 if pairing is None else sum(pairing.passed),
        strand.mixed,
        0 if pairing is None else pairing.counted,
        0 if pairing is None else pairing.apart,
        pairing is not None and pairing.in_runs,
        never,
        strange_ones,
    )


def _lately(strand: Strand, state: State) -> int:
    """Where the bin begins with which the last two blocks do, counted as the strand counts."""
    width, seen = strand.history.width, state.n - strand.since
    begin = max(seen - 2 * state.watch.block, 0)
    return begin // width * width


def _outcome(strand: Strand, state: State, doubtful: tuple[str, ...]) -> Outcome:
    if strand.monitor.alarm_at is not None:
        return Outcome.FAIL
    blind = state.units is not None and state.units.blindness > BLIND
    blind |= bool(doubtful) or (strand.pairing is not None and strand.pairing.in_runs)
    if blind or state.n - strand.since > state.watch.horizon:  # no bettor starts any more: its quiet says nothing
        return Outcome.NOT_ASSESSED
    return Outcome.PASS if strand.monitor.n >= ENOUGH else Outcome.NOT_ASSESSED


def _rates(question: Question, strand: Strand) -> tuple[tuple[str, int, float | None], ...]:
    if question.pair is None:
        return ()
    names = (question.pair[0], question.pair[1] or "the rest")
    counted = zip(names, strand.counts, strand.hits, strict=True)
    return tuple((name, n, hits / n if n else None) for name, n, hits in counted)


def _interval(estimate: Estimate) -> dict[str, Any]:
    if estimate.value is None:
        return {"value": None, "low": None, "high": None, "n": estimate.n, "why": estimate.reason}
    low, high, level = estimate.interval(0.95)
    return {
        "value": estimate.value,
        "low": low,
        "high": high,
        "level": level,
        "n": estimate.n,
        "method": estimate.method,
    }


def _notes(state: State, lines: Sequence[Line], seen: Sequence[str]) -> list[str]:
    notes = []
    if not state.n:
        notes.append("There were no events at all, so nothing was watched.")
    for line in lines if state.n else ():
        if line.n == 0 and not line.in_runs:
            notes.append(
                f"{line.rule} ({line.question}) has seen nothing to bet on.{_misspelled(line.rule, state, seen)}"
            )
        elif line.outcome is Outcome.NOT_ASSESSED and line.n < ENOUGH and not line.in_runs:
            notes.append(f"{line.rule} ({line.question}) has seen {line.n}, and is quiet from {ENOUGH} on.")
        notes += _beside(line)
    if state.n:
        notes += [*absent(state.watch, state.seen), *strange(state.watch, state.seen)]
    notes += _in_runs(lines)
    over = [line.rule for line in lines if state.n - line.since > state.watch.horizon]
    if over:
        notes.append(
            f"The horizon of {state.watch.horizon:,} events is over for {', '.join(dict.fromkeys(over))}. No bettor "
            "starts any more, so a later change is found late or never, and no quiet is told. Begin a new watch: the "
            "same command with another --state, of a new folder, on the events that come from now on; a longer horizon "
            "is set in WATCH.toml."
        )
    if state.units is not None:
        told = state.units
        notes.append(
            f"A {state.watch.unit} counts once: {told.again:,} events of one that had its turn, or was taken for one, "
            f"were passed over, and {told.untold:,} that name none. Of new ones {100 * told.blindness:.1f} % are now "
            "taken for known."
        )
        if told.blindness > BLIND:
            notes.append(
                f"More than {100 * BLIND:.0f} % of new ones are taken for known, so what comes is hardly watched any "
                "more, and no quiet is told. Begin another watch with another --state."
            )
    return notes


def _in_runs(lines: Sequence[Line]) -> list[str]:
    """The rules whose groups come in runs too long to be compared now."""
    silent = [line for line in lines if line.in_runs]
    rules = dict.fromkeys(line.rule for line in silent)
    asked = {rule: [line for line in silent if line.rule == rule] for rule in rules}
    return [
        (IN_RUNS if some[0].question.endswith(" - the rest") else IN_TURNS).format(
            rule, ", ".join(one.question for one in some), max(one.apart for one in some), OLDEST
        )
        for rule, some in asked.items()
    ]


def _beside(line: Line) -> list[str]:
    """What the pairs of a comparison do not tell."""
    low, high = line.estimate.interval(0.95)[:2] if line.estimate.value is not None else (None, None)
    if not line.rates or low is None or high is None:
        return []
    notes, about = [], f"{line.rule} ({line.question})"
    first, second = (rate for _, _, rate in line.rates)
    if first is not None and second is not None and not low <= first - second <= high:
        notes.append(
            f"{about}: the rates of all differ by {first - second:+.3f}, and those of people who arrive at about the "
            f"same time by {line.estimate.value:+.3f} [{low:+.3f}, {high:+.3f}]. Only the second is watched: when the "
            "groups arrive, and what the rates are then, account for what lies between."
        )
    told = sum(n for _, n, _ in line.rates)
    if 2 * line.passed > told:
        notes.append(
            f"{about}: {line.passed:,} of {told:,} were passed over, more than half, for want of the other group near "
            "them. What is told is of those who met."
        )
    return notes


def _misspelled(rule: str, state: State, seen: Sequence[str]) -> str:
    """A column that no event had, with the nearest that one had."""
    columns = next(one.columns() for one in state.watch.rules if one.name == rule)
    absent = [column for column in columns if seen and column not in seen and column.split(".")[0] not in seen]
    if not absent:
        return ""
    return f' The first event has no "{absent[0]}". It has: {", ".join(map(str, seen[:20]))}.{nearest(absent[0], seen)}'
