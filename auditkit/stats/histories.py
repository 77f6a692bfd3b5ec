"""The history of a stream in a few bins: moments of what came, and how much the bettors held, at most and then."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Floats
from auditkit.stats.sequences import ConfidenceSequence

_PLACES = 1000


@dataclass(frozen=True, slots=True)
class History:
    """Bins of `width` events each: n, Σy, Σy², Σy³ of y = (x - low)/(high - low), and the peak of each side's log E.

    The width is horizon / most, so within the horizon no bin ever changes its borders; beyond it neighbours are joined
    whenever there would be more than `most`. `bins` has a row for each bin with anything in it: its number, the four
    moments, and the largest log E of either side from the beginning until its end, cut down to three decimals. `held`
    has the number of each bin and log E at its end, cut down likewise, since it was told: for a picture.

    >>> history = History.over(100, (-1.0, 1.0), most=10).update([0, 1, -1], [3, 12, 14], [[0.0, 0.4, 0.1]])
    >>> history.width, history.bins[1]
    (10, (1, 2, 1.0, 1.0, 1.0, 0.4))
    """

    width: int
    most: int
    low: float
    high: float
    bins: tuple[tuple[float, ...], ...] = ()
    held: tuple[tuple[float, float], ...] = ()

    @classmethod
    def over(cls, horizon: int, support: tuple[float, float], most: int = 512) -> History:
        """A history that has seen nothing yet."""
        if most < 2:
            raise InputError(f"A history has at least two bins; this one has {most}.")
        return cls(max(math.ceil(horizon / most), 1), most, float(support[0]), float(support[1]))

    def update(self, x: Any, at: Any, by_side: Any, log_e: Any = ()) -> History:
        """The history after observations (T,) at events (T,), with log E of each side after each (sides, T), and that
        of all together (T,), where it is to be held."""
        values, events, held = np.asarray(x, float), np.asarray(at, float), np.atleast_2d(np.asarray(by_side, float))
        whole, history = np.asarray(log_e, float), self
        while len(values):
            inside = int(np.searchsorted(events, history.width * history.most, side="right"))
            if not inside:
                history = history._joined()
                continue
            history = history._added(values[:inside], events[:inside], held[:, :inside])
            history = history._holding(events[: len(whole)][:inside], whole[:inside])
            values, events, held, whole = values[inside:], events[inside:], held[:, inside:], whole[inside:]
        return history

    def until(self, number: float) -> History:
        """As it was at the end of the bin of a number."""
        rows = tuple(row for row in self.bins if row[0] <= number)
        return replace(self, bins=rows, held=tuple(one for one in self.held if one[0] <= number))

    def table(self) -> Floats:
        """The bins (bins, 5 + sides): number, n, three moments, peaks."""
        return np.array(self.bins, float).reshape(len(self.bins), -1)

    def since(self, event: int) -> Estimate:
        """The mean of what came in the bins after an event, with a confidence sequence that began there.

        It holds at every look for a stretch whose beginning was not chosen by its values, while the mean is one number.
        """
        rows = [row for row in self.bins if row[0] * self.width >= event]
        n = int(sum(row[1] for row in rows))
        one, two, three = (math.fsum(row[2 + power] for row in rows) for power in range(3))
        mirrored = (n - one, n - 2 * one + two, n - 3 * one + 3 * two - three)
        width = self.high - self.low
        ends = (tuple(max(m, 0.0) * width ** (p + 1) for p, m in enumerate(e)) for e in ((one, two, three), mirrored))
        return ConfidenceSequence(self.low, self.high, n, *ends).estimate()

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, for JSON."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return parts | {name: [list(row) for row in parts[name]] for name in ("bins", "held")}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> History:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            rows = {name: tuple(tuple(row) for row in data.get(name, ())) for name in ("bins", "held")}
            return cls(**{**data, **rows})
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError(f"This is not the history of a stream: {type(error).__name__}: {error}.") from error

    def _added(self, values: Floats, events: Floats, held: Floats) -> History:
        y = np.clip((values - self.low) / (self.high - self.low), 0, 1)
        numbers = ((events - 1) // self.width).astype(int)
        peaks = np.floor(np.maximum.accumulate(held, axis=1) * _PLACES) / _PLACES
        rows = list(self.bins)
        for number in np.unique(numbers).tolist():
            own = np.flatnonzero(numbers == number)
            last = rows[-1] if rows else (-1, *[0] * 4, *[0.0] * len(held))
            start: tuple[float, ...] = (0, 0.0, 0.0, 0.0)
            if last[0] == number:
                start = rows.pop()[1:5]
            moments = (_sum(start[1 + k], y[own] ** (k + 1)) for k in range(3))
            top = (max(before, float(now)) for before, now in zip(last[5:], peaks[:, own[-1]], strict=True))
            rows.append((number, int(start[0]) + len(own), *moments, *top))
        return replace(self, bins=tuple(rows))

    def _holding(self, events: Floats, log_e: Floats) -> History:
        """With log E at the end of each bin."""
        if not len(log_e):
            return self
        numbers = ((events - 1) // self.width).astype(int)
        last = np.flatnonzero(np.diff(numbers, append=-1))
        ends = np.floor(log_e[last] * _PLACES) / _PLACES
        now = dict(zip(numbers[last].tolist(), ends.tolist(), strict=True))
        return replace(self, held=tuple((dict(self.held) | now).items()))

    def _joined(self) -> History:
        """Neighbours joined, in bins of twice the width."""
        rows: list[tuple[float, ...]] = []
        for row in self.bins:
            number = int(row[0]) // 2
            if rows and rows[-1][0] == number:
                before = rows.pop()
                row = (row[0], *(a + b for a, b in zip(before[1:5], row[1:5], strict=True)), *row[5:])
            rows.append((number, *row[1:]))
        held = {int(number) // 2: log_e for number, log_e in self.held}
        return replace(self, width=2 * self.width, bins=tuple(rows), held=tuple(held.items()))


def _sum(start: float, values: Floats) -> float:
    """A sum strictly in order, so that no split of the stream changes a bit."""
    return float(np.add.accumulate(np.r_[start, values])[-1])
