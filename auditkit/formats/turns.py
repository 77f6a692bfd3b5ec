"""A turn as it is told: every finding before and after a change on one axis, and what the change cost, with words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditkit.core.estimate import Estimate, Interval
from auditkit.core.finding import Finding, Key
from auditkit.core.judgement import GRAVITY, Judgement, Notice, Outcome
from auditkit.formats.beside import Beside, Moved, Shared
from auditkit.formats.costed import Costed, settling
from auditkit.formats.intervals import Figure, Row, figure_of, held_to
from auditkit.formats.summary import Silence, Summary
from auditkit.formats.words import count, exact, interval, is_signed, number, outcome_word

BEFORE, AFTER = "before", "after"
MARKS = {Outcome.FAIL: "◆", Outcome.INCONCLUSIVE: "○", Outcome.NOT_ASSESSED: "◌", Outcome.PASS: "●", None: "·"}
MOST = 12
"""How many comparisons and silences are told one by one."""
FLAGS = "unit=", "keep_units"
"""What reasons name that tell a flag; a turn has none, for each phase says itself which rows belong together."""
UNCHARGED = "No margin was set for these: they are told, and not judged."
NONE_MEASURED = "No cost was measured. A change whose cost nobody measured is not assessed, and never a pass."


@dataclass(frozen=True, slots=True)
class Shift:
    """One comparison before and after: two rows on one axis, their verdicts, how far it moved, and why it is judged so.

    `numbers` are estimate and 95 % interval of either row, in words.
    """

    title: str
    figure: Figure
    was: Outcome | None
    now: Outcome | None
    numbers: tuple[str, str]
    margin: str
    moved: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """What one quality lost, on an axis with what it may lose, and all of it in words."""

    name: str
    figure: Figure
    outcome: Outcome | None
    before: str
    after: str
    lost: str
    margin: str
    paired: bool
    sentence: str


@dataclass(frozen=True)
class Turned:
    """All that any page, text or table says of a turn.

    `done` says what the change did, with its limits. `shifts` are the comparisons that a rule judged before or after,
    the gravest first; `described` the others; `lone` what only one of both reports tells, with why; `differences` how
    both were made differently, but for what was changed; `unsaid` what all this does not say.
    """

    what: str
    was: Outcome
    now: Outcome
    cost: Outcome | None
    outcome: Outcome
    exit_code: int
    headline: str
    shifts: tuple[Shift, ...]
    described: tuple[Shift, ...]
    lone: tuple[tuple[str, str, Outcome | None], ...]
    prices: tuple[Price, ...]
    silences: tuple[Silence, ...]
    differences: tuple[Notice, ...]
    unsaid: tuple[str, ...]
    reports: tuple[str, str]
    done: tuple[str, ...] = ()

    @property
    def costlier(self) -> bool:
        """Whether what it cost is graver than the audit after it, and so makes the outcome."""
        return self.outcome is not self.now

    @property
    def paid(self) -> str:
        """The word for what it cost, also where nobody measured it."""
        return outcome_word(self.cost) if self.prices else "Not measured"

    @property
    def charged(self) -> tuple[Price, ...]:
        """The costs that have a margin, and are judged."""
        return tuple(price for price in self.prices if price.outcome is not None)

    @property
    def uncharged(self) -> tuple[Price, ...]:
        """The costs that are told, and not judged."""
        return tuple(price for price in self.prices if price.outcome is None)


def turned(
    what: str,
    both: Beside,
    judged: tuple[Judgement, Judgement],
    after: Summary,
    costs: Sequence[Costed],
    outcome: Outcome,
    exit_code: int,
    differences: tuple[Notice, ...],
    done: tuple[str, ...],
) -> Turned:
    """A turn from two reports beside each other, named "before" and "after", what was judged of both, and the costs."""
    moves = {move.key: move for move in both.changes[0].moves}
    shifts = [_shift(one, moves.get(one.finding.key)) for one in both.several]
    spoken = [shift for shift in shifts if shift.was is not None or shift.now is not None]
    priced = tuple(_price(cost) for cost in costs)
    charged = _gravest([cost.outcome for cost in costs])
    return Turned(
        what,
        judged[0].outcome,
        judged[1].outcome,
        charged,
        outcome,
        exit_code,
        _headline(judged[0].outcome, judged[1].outcome, charged, outcome, bool(costs)),
        tuple(sorted(spoken, key=_grave)),
        tuple(shift for shift in shifts if shift not in spoken),
        tuple(_only(one) for one in both.lone),
        priced,
        after.silences,
        differences,
        tuple(_unsaid(list(both.changes[0].moves), costs)),
        (judged[0].report_hash, judged[1].report_hash),
        done,
    )


def _gravest(outcomes: Sequence[Outcome | None]) -> Outcome | None:
    return next((outcome for outcome in GRAVITY if outcome in outcomes), None)


def _grave(shift: Shift) -> tuple[int, int]:
    order = (*GRAVITY, None)
    return order.index(shift.now), order.index(shift.was)


def _headline(was: Outcome, now: Outcome, cost: Outcome | None, outcome: Outcome, measured: bool) -> str:
    before, after = outcome_word(was).lower(), outcome_word(now).lower()
    moved = f"audit stays {after}" if was is now else f"audit goes from {before} to {after}"
    paid = (outcome_word(cost) if measured else "Not measured").upper()
    moved = f"The {moved}" if outcome is now else f"Audit {after.upper()}, cost {paid}: the {moved}"
    match cost:
        case Outcome.PASS:
            return f"{moved}, within what it may cost."
        case Outcome.FAIL:
            return f"{moved}, and it costs more than it may."
        case Outcome.INCONCLUSIVE:
            return f"{moved}; whether it costs more than it may is not settled."
        case Outcome.NOT_ASSESSED:
            return f"{moved}; what it cost could not be assessed."
    told = "no margin was set for what it cost" if measured else "nobody measured what it cost"
    return f"{moved}; {told}, and that is not a pass."


def _shift(one: Shared, move: Moved | None) -> Shift:
    (old, _), (new, verdicts) = one.told[BEFORE], one.told[AFTER]
    said = tuple(
        f"{verdict.rule}: {verdict.sentence}" if len(verdicts) > 1 else verdict.sentence for verdict in verdicts
    )
    moved = "" if move is None else _way(move)
    figure = one.figure
    return Shift(
        one.title,
        figure,
        one.outcome(BEFORE),
        one.outcome(AFTER),
        (_numbers(old), _numbers(new)),
        held_to(new, verdicts),
        moved,
        said,
    )


def _numbers(finding: Finding) -> str:
    signed, e = is_signed(finding), finding.estimate
    if e.value is None:
        return f"undefined ({e.reason or 'no reason is told'})"
    return f"{number(e.value, finding.scale, signed)} {interval(e.interval(0.95), finding.scale, signed)}"


def _way(move: Moved) -> str:
    """How much closer to no bias it is, or farther; of ratios in their logarithm."""
    change, span = move.change, move.interval
    how = "paired" if move.paired else "of independent reports"
    if move.way == "untold" or change is None:
        return f"How far it moved is undefined: {move.shift.reason or 'one of both is undefined'}."
    log = " of the logarithm" if move.scale == "ratio" else ""
    back = Interval(None if span.high is None else -span.high, None if span.low is None else -span.low, span.level)
    if move.way == "better":
        return (
            f"Closer to no bias by {number(-change, signed=False)}{log} {interval(back, signed=False)} at 90 %, {how}."
        )
    if move.way == "worse":
        grown = f"{number(change, signed=False)}{log} {interval(span, signed=False)}"
        return f"Farther from no bias by {grown} at 90 %, {how}."
    told = f"{number(change)}{log} {interval(span)}"
    return f"No change beyond noise: its distance from no bias changed by {told} at 90 %, {how}."


def _only(one: Shared) -> tuple[str, str, Outcome | None]:
    there, lacking = next(iter(one.told)), next(iter(one.lacking.items()))
    outcome = one.outcome(there)
    said = f"only {there} ({outcome_word(outcome).lower()}); not {lacking[0]}: {lacking[1]}"
    return one.title, said, outcome


def _price(cost: Costed) -> Price:
    wide, narrow, e = cost.lost.interval(0.95), cost.lost.interval(0.90), cost.lost
    key, ends = Key("cost", cost.name, "lost", "", ""), (wide.low, wide.high, narrow.low, narrow.high)
    row = Row(0, key, cost.name, e.value, *ends, 0.0, None, cost.margin, cost.outcome, e.n, e.reason)
    margin = "no margin was set" if cost.margin is None else f"may lose {exact(cost.margin)}"
    figure = figure_of(("cost", "", cost.name, "difference"), [row])
    return Price(
        cost.name,
        figure,
        cost.outcome,
        _quality(cost.before),
        _quality(cost.after),
        _quality(e, signed=True),
        margin,
        cost.paired,
        _verdict(cost, wide),
    )


def _quality(e: Estimate, signed: bool = False) -> str:
    if e.value is None:
        return f"undefined ({e.reason or 'no reason is told'})"
    return f"{number(e.value, signed=signed)} {interval(e.interval(0.95), signed=signed)}"


def _verdict(cost: Costed, wide: Interval) -> str:
    match cost.outcome:
        case Outcome.PASS:
            return f"A loss of more than {exact(cost.margin or 0.0)} is ruled out at 95 %."
        case Outcome.FAIL:
            return f"It lost at least {number(wide.low)} at 95 %, more than the {exact(cost.margin or 0.0)} it may."
        case Outcome.INCONCLUSIVE:
            return f"The interval of the loss reaches across what it may lose.{settling(cost)}"
        case Outcome.NOT_ASSESSED:
            return f"Cannot be judged: {cost.lost.reason or 'the loss is undefined'}."
    return "It is told, and not judged."


def _unsaid(moves: Sequence[Moved], costs: Sequence[Costed]) -> Iterator[str]:
    yield (
        "A pass rules out bias larger than its margin at 95 %, in what these reports measure. It is not proof of none, "
        "and says nothing of other groups, texts or uses."
    )
    apart = [move for move in moves if not move.paired and move.way != "untold"]
    if apart:
        why = apart[0].because
        because = "" if not why or any(flag in why for flag in FLAGS) else f" Of the first: {why}."
        yield (
            f"{count(len(apart))} of {count(len(moves))} comparisons are taken as independent, which is conservative "
            f"where the same rows stand behind both.{because}"
        )
    yield (
        NONE_MEASURED if not costs else "Each cost is judged by itself, and only of the qualities that are named here."
    )
