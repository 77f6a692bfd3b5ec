"""The book: why every row is there, changed, weighted or gone, as one line a row; and what was said of each step."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from auditkit.core.errors import AuditkitError
from auditkit.formats.csv_table import inert
from auditkit.lifecycle.curating.dataset import Dataset

Action = Literal["kept", "dropped", "added", "changed", "weighted"]
ORDER = ("kept", "weighted", "changed", "added", "dropped")
"""Of several things that were done to a row the last of these is its action; every reason is told."""
COLUMNS = ("row", "hash", "action", "step", "reason", "of", "at", "weight")
ADDED = "new-{}"
MADE_SO = (
    "What a step has made equal is equal by construction: that the audit after finds no gap in it shows that the step "
    "was done, and nothing of the world, nor of a model that will learn from these data."
)


@dataclass(slots=True)
class Event:
    """What a step did to a row, and why; `of` is the other row that it has to do with."""

    action: Action
    step: str
    reason: str
    of: int | None = None


@dataclass
class Book:
    """Written by the steps of one curation, in their order; `n` rows were in the source."""

    n: int
    step: str = ""
    events: dict[int, list[Event]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    wanted: list[Mapping[str, Any]] = field(default_factory=list)

    def note(self, action: Action, rows: Iterable[int], reasons: Sequence[str] | str, of: Sequence[int] = ()) -> None:
        """Note what this step does to each of these rows."""
        for k, row in enumerate(rows):
            reason = reasons if isinstance(reasons, str) else reasons[k]
            self.events.setdefault(int(row), []).append(Event(action, self.step, reason, int(of[k]) if of else None))

    def say(self, sentence: str) -> None:
        """Say in a sentence what this step has done."""
        self.said.append(f"{self.step}: {sentence}")

    def limit(self, sentence: str) -> None:
        """Say what this step cannot do; once, however often."""
        if sentence not in self.limits:
            self.limits.append(sentence)

    @property
    def done(self) -> tuple[str, ...]:
        """What all steps have done, and then their limits."""
        return (*self.said, *(f"Limit: {sentence}" for sentence in self.limits))

    def action(self, row: int) -> Action:
        """What has become of a row, all in all."""
        done = [event.action for event in self.events.get(row, ())]
        return max(done, key=ORDER.index, default="kept")

    def counts(self, data: Dataset) -> Counter[str]:
        """How many rows have which action; those of the source that were dropped are "dropped", others "dropped new".

        Raises `AuditkitError` where the book does not balance: a row is there that was dropped, or is lost without a
        word.
        """
        told: Counter[str] = Counter()
        there = set(data.rows.tolist())
        for row in range(data.size):
            action = self.action(row)
            if (action == "dropped") == (row in there):
                raise AuditkitError(f"Row {row} is {action} in the book, and the data say otherwise: a bug in curate.")
            told["dropped new" if action == "dropped" and row >= self.n else action] += 1
        return told

    def table(self, data: Dataset, hashes: Sequence[str]) -> str:
        """`rows.csv`: first every row of the source in its order, then every row that was ever added."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        at = {row: k for k, row in enumerate(data.rows.tolist())}
        for row in range(data.size):
            place = at.get(row)
            weight = "" if place is None or data.weights is None else repr(round(float(data.weights[place]), 12))
            writer.writerow(self._line(row, hashes[row], "" if place is None else place, weight))
        return out.getvalue()

    def _line(self, row: int, content: str, at: int | str, weight: str) -> list[Any]:
        events, action = self.events.get(row, []), self.action(row)
        step = next((event.step for event in reversed(events) if event.action == action), "")
        of = next((event.of for event in events if event.of is not None and event.action in ("added", action)), None)
        reason = "; ".join(f"{event.step}: {event.reason}" if len(events) > 1 else event.reason for event in events)
        told = inert(reason or "nothing was done to it")
        return [self.name(row), content, action, step, told, "" if of is None else self.name(of), at, weight]

    def name(self, row: int) -> str:
        """A row of the source by its place there, one that was added by the order of adding."""
        return str(row) if row < self.n else ADDED.format(row - self.n)
