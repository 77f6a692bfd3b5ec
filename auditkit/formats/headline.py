"""What a judgement comes to in a sentence: what nobody answers for; and what is accepted, told as what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditkit.core.judgement import GRAVITY, Outcome, Verdict
from auditkit.formats.intervals import CHANGE, gravest
from auditkit.formats.words import count


def headline(outcome: Outcome, judged: Sequence[Sequence[Verdict]]) -> str:
    """What the verdicts that nobody answers for come to; and what is accepted, told as what it is."""
    accepted = [_held(each, judged) for each in GRAVITY]
    rest = _open(outcome, judged)
    return " ".join(filter(None, [rest, *accepted] if outcome is Outcome.FAIL else [*accepted, rest]))


def held(verdicts: Iterable[Verdict]) -> Outcome | None:
    """The gravest verdict that somebody answers for."""
    return gravest(verdict for verdict in verdicts if verdict.accepted is not None)


def unanswered(verdicts: Sequence[Verdict]) -> Outcome | None:
    """The gravest verdict that nobody answers for; a pass beside one that somebody answers for is none."""
    said = gravest(verdict for verdict in verdicts if verdict.accepted is None)
    return None if said is Outcome.PASS and held(verdicts) is not None else said


def _open(outcome: Outcome, judged: Sequence[Sequence[Verdict]]) -> str:
    n, whole = sum(unanswered(verdicts) is outcome for verdicts in judged), len(judged)
    fails = any(held(verdicts) is Outcome.FAIL for verdicts in judged)
    none_fails = "no other comparison fails" if fails else "no comparison fails"
    match outcome:
        case Outcome.FAIL if n:
            return f"{_bias(judged)} shows in {_of(n, whole)}."
        case Outcome.FAIL:
            return "A rule of the policy is broken."
        case Outcome.PASS if n or not whole:
            where = _of(n, whole) if n == whole else "the other one" if n == 1 else f"the other {count(n)}"
            return f"{_bias(judged)} is ruled out at 95 % in {where}."
        case Outcome.PASS:
            return ""
        case Outcome.INCONCLUSIVE:
            return f"These data cannot settle {_of(n, whole, either=True)}; {none_fails}."
        case _ if n == whole:
            return "Nothing could be judged, and silence is not a pass."
    return f"Part of what was asked could not be assessed, and silence is not a pass; {none_fails}."


def _held(outcome: Outcome, judged: Sequence[Sequence[Verdict]]) -> str:
    """What somebody answers for of one kind, and until when."""
    mine = [verdicts for verdicts in judged if held(verdicts) is outcome and unanswered(verdicts) is not outcome]
    if not mine:
        return ""
    days = sorted({v.accepted.expires for verdicts in mine for v in verdicts if v.accepted is not None})
    until = f"accepted until {days[0]}" + (", when the first of these expires" if len(days) > 1 else "")
    where = _of(len(mine), len(judged))
    match outcome:
        case Outcome.FAIL if any(unanswered(verdicts) is Outcome.FAIL for verdicts in judged):
            return f"It shows in {count(len(mine))} more, and is {until}."
        case Outcome.FAIL:
            return f"{_bias(judged)} shows in {where}, and is {until}."
        case Outcome.INCONCLUSIVE:
            return f"What these data cannot settle in {where} is {until}."
    return f"What could not be assessed in {where} is {until}."


def _bias(judged: Sequence[Sequence[Verdict]]) -> str:
    """What was tested for: where nothing but the change since a baseline was judged, that."""
    rules = {verdict.rule for verdicts in judged for verdict in verdicts}
    return f"{'A change for the worse' if rules == {CHANGE} else 'Bias'} larger than the margin"


def _of(n: int, whole: int, either: bool = False) -> str:
    if whole == 1:
        return "the one comparison judged"
    if n < whole:
        return f"{count(n)} of {count(whole)} comparisons"
    pair, many = ("either of the two", "any of the") if either else ("both", "all")
    return f"{pair} comparisons" if whole == 2 else f"{many} {count(whole)} comparisons"
