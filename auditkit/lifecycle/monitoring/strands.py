"""One question of a rule as it stands: its e-process, its history, its pairs, and what could not be asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.lifecycle.monitoring.events import Answers, Codes, Events, answers
from auditkit.lifecycle.monitoring.rules import Question
from auditkit.lifecycle.monitoring.units import Runs
from auditkit.stats.change_points import Change, change
from auditkit.stats.histories import History
from auditkit.stats.monitoring import Monitor
from auditkit.stats.pairing import Pairing

BINS, MOST = 640, 256


@dataclass(frozen=True, slots=True)
class Strand:
    """The state of one question. `since` is the number of the event before the first that it saw.

    `missing` events had nothing in a column that it needs, `others` were of no watched group, `mixed` of another group
    than their unit; `hits` and `counts` are those of each group, and `open` the run of the unit that is speaking: sum,
    number and group.
    """

    monitor: Monitor
    history: History
    pairing: Pairing | None
    since: int
    missing: int = 0
    others: int = 0
    mixed: int = 0
    hits: tuple[float, float] = (0.0, 0.0)
    counts: tuple[int, int] = (0, 0)
    open: tuple[float, int, int] = (0.0, 0, 0)

    @classmethod
    def begun(cls, question: Question, horizon: int, block: int, since: int, of: int) -> Strand:
        """A strand that has seen nothing, one of `of` that share the room for histories."""
        monitor = Monitor.on(
            question.low,
            question.high,
            support=question.support,
            horizon=horizon,
            block=block,
            alpha=question.alpha,
            acceptable=question.acceptable,
            variance=question.variance,
        )
        history = History.over(horizon, question.support, most=max(min(BINS // of, MOST), 16))
        pairing = None if question.pair is None else Pairing(block, mixture=question.pair[1] is None)
        return cls(monitor, history, pairing, since)

    def follow(self, question: Question, events: Events, runs: Runs | None) -> Strand:
        """The strand after further events; with `runs` only units speak, each once."""
        found = answers(question, events)
        strand = replace(self, missing=self.missing + found.missing, others=self.others + found.others)
        if runs is None:
            own = found.answered
            return strand._heard(found.values[own], found.groups[own], events.numbers[own])
        return strand._spoken(found, runs)

    def _spoken(self, found: Answers, runs: Runs) -> Strand:
        """Add to the open run, and hear the runs that have ended."""
        own = found.answered & (runs.run >= 0)
        total, n, group = self.open
        values, run, groups = found.values[own], runs.run[own], found.groups[own]
        number = len(runs.ends) + 1
        belongs = np.full(number, -1)
        first, at = np.unique(run, return_index=True)
        belongs[first] = groups[at]
        if n:
            belongs[0] = group
        ours = np.minimum(groups, 1) == np.minimum(belongs[run], 1)
        sums = np.bincount(np.r_[0, run[ours]], np.r_[total, values[ours]], minlength=number)
        counts = np.bincount(run[ours], minlength=number)
        counts[0] += n
        ended = np.flatnonzero(counts[:-1] > 0)
        left = (float(sums[-1]), int(counts[-1]), max(int(belongs[-1]), 0) if counts[-1] else 0)
        strand = replace(self, open=left, mixed=self.mixed + int((~ours).sum()))
        return strand._heard(sums[ended] / counts[ended], belongs[ended], runs.ends[ended])

    def _heard(self, values: Floats, groups: Codes, numbers: Floats) -> Strand:
        """Bet on what was heard, at the numbers of its events since this strand began."""
        hits, counts = [], []
        for g in (0, 1):
            own = values[np.minimum(groups, 1) == g]
            hits.append(float(np.add.accumulate(np.r_[self.hits[g], own])[-1]))
            counts.append(self.counts[g] + len(own))
        at, pairing = numbers - self.since, self.pairing
        if pairing is not None:
            pairing, met = pairing.update(values, groups, at)
            values, at = met.x, met.at
        monitor, path = self.monitor.follow(values, at)
        history = self.history.update(values, at, path.by_side, path.log_e)
        told = {"hits": (hits[0], hits[1]), "counts": (counts[0], counts[1])}
        return replace(self, monitor=monitor, history=history, pairing=pairing, **told)  # type: ignore[arg-type]  # told are its own fields

    def began(self) -> Change | None:
        """When what the alarm is about began, in events of the stream; `None` as in `stats.change_points.change`."""
        found, by = change(self.monitor, self.history), self.since
        return found and found._replace(after=found.after + by, until=found.until + by, likely=found.likely + by)

    def unlike(self, begun: Strand) -> str:
        """What of it is not as in a strand of the same question that has seen nothing, nor as its own peak says.

        The bets are powers that another machine may round otherwise.
        """
        mine, theirs = self.monitor, begun.monitor
        if (mine.alpha, mine.block, mine.starts) != (theirs.alpha, theirs.block, theirs.starts):
            return "alpha, block or horizon"
        if [(s.boundary, s.side, s.low, s.high) for s in mine.sides] != [
            (s.boundary, s.side, s.low, s.high) for s in theirs.sides
        ]:
            return "boundary, side or support"
        for own, other in zip(mine.sides, theirs.sides, strict=True):
            pairs = zip((*own.bets, *own.weights), (*other.bets, *other.weights), strict=True)
            if not all(math.isclose(a, b, rel_tol=1e-9) for a, b in pairs):
                return "bets"
        if (mine.alarm_at is not None) != (mine.log_peak >= -math.log(mine.alpha)):
            return "alarm, at the peak that it has,"
        past, empty = self.history, begun.history
        if (past.most, past.low, past.high, past.width % empty.width) != (empty.most, empty.low, empty.high, 0):
            return "history"
        met = [None if one is None else (one.block, one.mixture) for one in (self.pairing, begun.pairing)]
        return "" if met[0] == met[1] else "pairing"

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, for JSON."""
        parts: dict[str, Any] = {"monitor": self.monitor.to_dict(), "history": self.history.to_dict()}
        parts["pairing"] = None if self.pairing is None else self.pairing.to_dict()
        parts |= {name: getattr(self, name) for name in ("since", "missing", "others", "mixed")}
        return parts | {"hits": list(self.hits), "counts": list(self.counts), "open": list(self.open)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Strand:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            parts: dict[str, Any] = dict(data)
            parts["monitor"] = Monitor.from_dict(data["monitor"])
            parts["history"] = History.from_dict(data["history"])
            parts["pairing"] = None if data["pairing"] is None else Pairing.from_dict(data["pairing"])
            parts |= {name: tuple(data[name]) for name in ("hits", "counts", "open")}
            return cls(**parts)
        except (TypeError, LookupError, ValueError, ArithmeticError, AttributeError) as error:
            raise InputError(f"This is not the state of a question: {type(error).__name__}: {error}.") from error
