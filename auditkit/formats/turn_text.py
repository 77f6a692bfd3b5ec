"""A turn in plain text, for a terminal or a log: what moved, what it cost, and what that does not say."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from auditkit.core.judgement import Outcome
from auditkit.formats.turns import MARKS, MOST, NONE_MEASURED, UNCHARGED, Price, Shift, Turned
from auditkit.formats.words import count, outcome_word, quiet, short

WIDE = 100
"""Letters of a line."""


def turn_text(told: Turned) -> str:
    """A turn in plain text of a hundred letters a line: no colour, no control characters, nothing that a log obeys."""
    paid = f", cost {MARKS[told.cost or Outcome.NOT_ASSESSED]} {told.paid.upper()}" if told.costlier else ""
    verdict = f"{'audit ' if paid else ''}{_mark(told.was)} -> {_mark(told.now)}{paid}"
    lines = [f"{verdict}  {short(quiet(told.what), 200)}", *_said(told.headline, 2)]
    lines += ["", "What was done"] if told.done else []
    for sentence in told.done:
        lines += _said(sentence, 2, "· ")
    lines += ["", "What moved"] if told.shifts else ["", "Nothing that a rule could judge stands in both reports."]
    for shift in told.shifts[:MOST]:
        lines += _moved_lines(shift)
    if len(told.shifts) > MOST:
        lines += [f"  and {count(len(told.shifts) - MOST)} more, in turn.html"]
    for title, why, _ in told.lone[:MOST]:
        lines += _said(f"{title}: {why}", 2, "· ")
    lines += ["", "What it cost"]
    for price in told.charged:
        lines += _cost_lines(price)
    for price in told.uncharged:
        lines += _said(f"{price.name}: {price.before} before, {price.after} after, lost {price.lost}", 2, "· ")
    lines += _said(UNCHARGED, 4) if told.uncharged else []
    lines += [] if told.prices else _said(NONE_MEASURED, 2, "◌ ")
    silences = [f"{one.source}: {one.because}" for one in told.silences]
    lines += ["", "What was not assessed after it, and why"] if silences else []
    for sentence in silences[:MOST]:
        lines += _said(sentence, 2, "◌ ")
    lines += ["", "What this does not say"]
    for sentence in told.unsaid:
        lines += _said(sentence, 2, "· ")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _moved_lines(shift: Shift) -> Iterator[str]:
    word = f"{MARKS[shift.was]} -> {MARKS[shift.now]} "
    yield from _said(f"{shift.title} ({outcome_word(shift.was)} -> {outcome_word(shift.now)})", 2, word)
    room = 2 + len(word)
    yield from _said(f"before {shift.numbers[0]}, after {shift.numbers[1]}, margin {shift.margin}", room)
    yield from _said(shift.moved, room)
    for sentence in shift.said:
        yield from _said(sentence, room)


def _cost_lines(price: Price) -> Iterator[str]:
    yield from _said(
        f"{price.name}: {price.before} before, {price.after} after ({outcome_word(price.outcome)})",
        2,
        f"{MARKS[price.outcome]} ",
    )
    lost = f"lost {price.lost}, {price.margin}, {'paired' if price.paired else 'of independent samples'}"
    yield from _said(lost, 4)
    yield from _said(price.sentence, 4)


def _said(sentence: str, room: int, before: str = "") -> list[str]:
    """A sentence in lines, set in; what stands before its first line pushes the others in too."""
    first, rest, kept = " " * room + before, " " * (room + len(before)), "\x00%"  # a number stays with its sign
    lines = wrap(
        quiet(sentence).replace(" %", kept),
        WIDE,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
    return [line.replace(kept, " %") for line in lines]


def _mark(outcome: Outcome) -> str:
    return f"{MARKS[outcome]} {outcome_word(outcome).upper()}"
