"""Which values came: a rule that asks for one that never did is not quiet, it is not assessed.

Unless the rule says all values that there can be and that its own may never come (`rules.Declared`): then it is not
quiet as soon as one comes that it does not name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from auditkit.core.errors import nearest
from auditkit.formats.words import short
from auditkit.lifecycle.monitoring.events import Events
from auditkit.lifecycle.monitoring.rules import Question, Rate, Rule
from auditkit.lifecycle.monitoring.strands import Strand
from auditkit.lifecycle.monitoring.watch import Watch

MOST, LENGTH = 20, 60
"""Values of a column that no rule asks for and that are kept all the same, and characters of each."""

Seen = Mapping[str, tuple[str, ...]]


def asked(question: Question) -> tuple[tuple[str, str], ...]:
    """The columns and values that have to come before a question can be answered."""
    own = question.ask == "share" and not question.declared
    told = [(question.columns[0], question.level)] if own else []
    if question.group is not None:
        told += [(question.group, level) for level in question.levels if level is not None]
    return tuple(told)


def wanted(watch: Watch) -> dict[str, dict[str, None]]:
    """The values that a watch asks for or declares, by column, in its order."""
    told: dict[str, dict[str, None]] = {}
    for rule in watch.rules:
        for question in watch.questions(rule):
            declared = ((question.columns[0], level) for level in question.declared)
            for column, level in (*asked(question), *declared):
                told.setdefault(column, {})[level] = None
    return told


def see(seen: Seen, watch: Watch, events: Events) -> Seen:
    """What has come after further events: every value that is asked for, and the first `MOST` others."""
    return {column: _met(seen.get(column, ()), own, events.coded(column)[1]) for column, own in wanted(watch).items()}


def _met(known: tuple[str, ...], own: Collection[str], levels: Mapping[str, int]) -> tuple[str, ...]:
    told = dict.fromkeys(known)
    room = MOST - sum(level not in own for level in known)
    for level, code in levels.items():  # in the order in which they came, so that no cut changes it
        if code < 0:
            continue
        name = level if level in own else _cut(level, own)
        if name in told or (level not in own and not room):
            continue
        told[name] = None
        room -= level not in own
    return tuple(told)


def _cut(level: str, own: Collection[str]) -> str:
    """A value that no rule asks for, cut, and never to one that a rule does ask for."""
    told = level if len(level) <= LENGTH else f"{level[: LENGTH - 1]}…"
    while told in own:
        told += "…"
    return told


def read_seen(data: Any, watch: Watch, strands: Mapping[str, Sequence[Strand]]) -> Seen:
    """What was kept; of a state that kept none what its strands tell. Raises `ValueError` for anything else."""
    own = wanted(watch)
    if data is None:
        if any(question.declared for rule in watch.rules for question in watch.questions(rule)):
            raise ValueError("what was seen is not kept, and a rule declares all that can be")
        met = [pair for rule in watch.rules for pair in _told_by(watch.questions(rule), strands[rule.name])]
        return {column: tuple(level for level in levels if (column, level) in met) for column, levels in own.items()}
    if not isinstance(data, dict) or not set(data) <= set(own):
        raise ValueError("what was seen is of other columns than the watch's")
    for column, levels in data.items():
        others = [level for level in levels if level not in own[column]]
        if not isinstance(levels, list) or not all(type(level) is str for level in levels) or len(others) > MOST:
            raise ValueError("what was seen is no list of values")
    return {column: tuple(data.get(column, ())) for column in own}


def _told_by(questions: Sequence[Question], strands: Sequence[Strand]) -> Iterator[tuple[str, str]]:
    for question, strand in zip(questions, strands, strict=True):
        if question.ask == "share" and sum(strand.hits) > 0:
            yield question.columns[0], question.level
        if question.group is not None:
            counted = zip(question.levels, strand.counts, strict=False)
            yield from ((question.group, level) for level, n in counted if level and n)


def unseen(question: Question, seen: Seen) -> tuple[str, ...]:
    """The values that a question asks for and that never came."""
    return tuple(level for column, level in asked(question) if level not in seen.get(column, ()))


def undeclared(question: Question, seen: Seen) -> tuple[str, ...]:
    """The values that came and are not among those that a question declares."""
    came = seen.get(question.columns[0], ()) if question.declared else ()
    return tuple(level for level in came if level not in question.declared)


def strange(watch: Watch, seen: Seen) -> Iterator[str]:
    """A sentence for every rule that something came of which it does not declare."""
    for rule in watch.rules:
        question = watch.questions(rule)[0]
        where = f'{rule.name} ("{question.columns[0]}")'
        if came := undeclared(question, seen):
            meant = next((said for level in came if (said := nearest(level, question.declared))), "")
            yield (
                f"{where}: not among its values, and came: {_listed(came)}.{meant} So its own value may be one of "
                "these, and no quiet is told. With other values it is another watch: give it another --state, of a new "
                "folder."
            )


def absent(watch: Watch, seen: Seen) -> Iterator[str]:
    """A sentence for every rule and column in which something that it asks for never came."""
    for rule in watch.rules:
        pairs = dict.fromkeys(pair for question in watch.questions(rule) for pair in asked(question))
        for column in dict.fromkeys(column for column, _ in pairs):
            came = seen.get(column, ())
            gone = [level for of, level in pairs if of == column and level not in came]
            if gone:
                more = f"{_instead(gone, came)}{_if_none(rule, column)}"
                yield f'{rule.name} ("{column}"): never seen: {_listed(gone)}{more}'


def _if_none(rule: Rule, column: str) -> str:
    """How to say that a share of 0 is meant, of a rule whose margin holds one."""
    meant = isinstance(rule, Rate) and column == rule.outcome and rule.reference <= rule.margin
    return (
        f" If it may never come: values = [...], all that {short(column, 40)} can have, and may_never_come = true."
        if meant
        else ""
    )


def _instead(gone: Sequence[str], came: Sequence[str]) -> str:
    others = f"; seen: {_listed(came)}" if came else ""
    meant = next((said for level in gone if (said := nearest(level, came))), "")
    return f"{others}.{meant}"


def _listed(levels: Sequence[str]) -> str:
    more = ", …" if len(levels) > MOST else ""
    return ", ".join(short(level, LENGTH) for level in levels[:MOST]) + more
