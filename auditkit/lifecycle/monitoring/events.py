"""Events as they arrive, a column at a time, and how they are counted: by level, and nothing dropped unsaid."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.roles import MISSING
from auditkit.levels import spelled
from auditkit.lifecycle.monitoring.rules import Question

Codes = NDArray[np.int_]


@dataclass(frozen=True)
class Events:
    """A stretch of a stream: the columns that are watched, and the number, from 1, of its first event."""

    columns: Mapping[str, Sequence[Any]]
    n: int
    first: int = 1
    known: dict[str, tuple[Codes, dict[str, int]]] = field(default_factory=dict, compare=False)

    @property
    def numbers(self) -> Floats:
        """The number of every event (T,)."""
        return np.arange(self.first, self.first + self.n, dtype=float)

    def coded(self, column: str) -> tuple[Codes, dict[str, int]]:
        """The code of every event's level (T,), -1 where it is missing, and the code of each level."""
        if column not in self.known:
            values = self.columns[column]
            texts = values if all(type(v) is str and len(v) <= 200 for v in values) else spelled(_plain(values), column)
            codes: dict[str, int] = {MISSING: -1, "": -1}
            place = [codes.setdefault(text, len(codes) - 2) for text in texts]
            self.known[column] = np.array(place, int), codes
        return self.known[column]

    def numeric(self, column: str, support: tuple[float, float]) -> Floats:
        """A score of every event (T,), NaN where it is missing; raises `InputError` for what is none."""
        told = [math.nan if v is None or v == "" else v for v in self.columns[column]]
        try:
            values = np.array([float(v) for v in told])
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f'The column "{column}" holds what is no number: {error!s:.100}.') from error
        outside = np.flatnonzero((values < support[0]) | (values > support[1]))
        if len(outside):
            at = int(outside[0])
            raise InputError(
                f'Event {self.first + at:,} has {values[at]:g} as its "{column}", outside [{support[0]:g}, '
                f"{support[1]:g}]. Give the rule the low and the high that a score can have."
            )
        return values


@dataclass(frozen=True)
class Answers:
    """What the events answer to a question: which of them do (T,), what (T,), and for two groups which (T,).

    0 is the first group, 1 the second; of "the rest" each group has a number of its own, the same in every stretch.
    """

    answered: NDArray[np.bool_]
    values: Floats
    groups: Codes
    missing: int
    others: int


def answers(question: Question, events: Events) -> Answers:
    """The answers of events to a question; who has nothing in a column is `missing`, who is of no watched group is one
    of the `others`."""
    values, answered = _asked(question, events)
    groups, ours = np.zeros(events.n, int), np.ones(events.n, bool)
    if question.group is not None:
        codes, levels = events.coded(question.group)
        answered = answered & (codes >= 0)
        if question.pair is None:
            ours = codes == levels.get(question.within or "", -2)
        else:
            first, second = question.pair
            texts = (text.encode("utf-8", "replace") for text in list(levels)[2:])  # after the two that are missing
            numbers = np.array([*(1 + zlib.crc32(text) for text in texts), 1], int)
            groups = np.where(codes == levels.get(first, -2), 0, numbers[codes] if second is None else 1)
            ours = np.ones(events.n, bool) if second is None else (groups == 0) | (codes == levels.get(second, -2))
    return Answers(answered & ours, values, groups, int((~answered).sum()), int((answered & ~ours).sum()))


def _asked(question: Question, events: Events) -> tuple[Floats, NDArray[np.bool_]]:
    column = question.columns[0]
    if question.ask == "score":
        values = events.numeric(column, question.support)
        return values, ~np.isnan(values)
    codes, levels = events.coded(column)
    if question.ask == "missing":
        return (codes < 0).astype(float), np.ones(events.n, bool)
    if question.ask == "share":
        return (codes == levels.get(question.level, -2)).astype(float), codes >= 0
    others, theirs = events.coded(question.columns[1])
    translated = np.array([theirs.get(level, -2) for level in sorted(levels, key=lambda level: levels[level])][2:])
    same = np.zeros(events.n, bool)
    if len(translated):
        same = (codes >= 0) & (translated[np.maximum(codes, 0)] == others)
    return same.astype(float), (codes >= 0) & (others >= 0)


def _plain(values: Sequence[Any]) -> list[Any]:
    """Lists and tables, which are no level and cannot be hashed, by their type's name: `level` refuses them by it."""
    for value in values:
        if isinstance(value, (list, dict)):
            what = "a list" if isinstance(value, list) else "a table"
            raise InputError(
                f"An event holds {what} where a level is wanted: {value!r:.80}. Name a column of one value."
            )
    return list(values)
