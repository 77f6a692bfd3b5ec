"""Watching a stream for a change that comes late: e-processes that start anew, mixed over their starts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.capital import LARGEST, Capital
from auditkit.stats.stopping import Gate, average


@dataclass(frozen=True, slots=True)
class Monitor:
    """Has a bounded mean left (low, high), at whatever time? An alarm at most α of the time, ever, while it has not.

    A bettor who starts at the first event has spent the stake when a change comes late. So the stake is split over B =
    horizon / block starts, one at the beginning of every block of events, each idle until then:

        E_t = (1/B) Σ_b K_t^(b),    K_t^(b) = 1 for t <= b·block,

    which is an e-process since each K^(b) is one (a mixture of starting times, as in Shin, Ramdas & Rinaldo 2024). The
    alarm is at E_t >= 1/α and stays. The horizon must be declared: it costs log B of capital, and after it no bettor
    starts any more, though the last go on. `started` holds the bettors of each block begun so far. An event is one
    observation: where two groups are drawn in pairs, a block of 500 pairs is one of 1,000 rows.

    >>> monitor = Monitor.on(None, 0.1, horizon=5000, block=500)
    >>> quiet = monitor.update([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] * 200)
    >>> quiet.alarm_at, quiet.update([0, 1] * 200).alarm_at - quiet.n < 100
    (None, True)
    """

    fresh: tuple[Capital, ...]
    block: int
    starts: int
    alpha: float
    started: tuple[tuple[Capital, ...], ...] = ()
    n: int = 0
    log_e: float = 0.0
    log_peak: float = 0.0
    alarm_at: int | None = None

    @classmethod
    def on(
        cls,
        low: float | None,
        high: float | None,
        *,
        support: tuple[float, float] = (0.0, 1.0),
        horizon: int,
        block: int = 1000,
        alpha: float = 0.05,
    ) -> Monitor:
        """A monitor that has seen nothing yet; raises `InputError` for a margin, horizon or α that makes no sense."""
        if horizon < 1 or block < 1:
            raise InputError(f"A horizon and a block count events; these are {horizon} and {block}.")
        gate = Gate.on(low, high, support=support, alpha=alpha)
        return cls(gate.outward, block, math.ceil(horizon / block), gate.alpha)

    @property
    def e_value(self) -> float:
        """The evidence now that the mean has left the margin."""
        return math.exp(min(self.log_e, LARGEST))

    def update(self, x: ArrayLike) -> Monitor:
        """The monitor after further events, a number or an array (T,) in order of arrival.

        Raises `InputError` for an event that is missing or outside the support.
        """
        values = np.atleast_1d(np.asarray(x, float)).ravel()
        if not len(values):
            return self
        started, mixed = [], np.full(len(values), -np.inf)
        for bettors, idle in self._blocks(len(values)):
            moved, paths = zip(*(bettor.follow(values[idle:]) for bettor in bettors), strict=True)
            started += [moved] if idle < len(values) else []
            mixed = _stake(mixed, paths, idle)
        return self._after(tuple(started), mixed - math.log(self.starts))

    def log_path(self, x: ArrayLike) -> Floats:
        """Log E after each event of many streams at once, `x` (..., T), each of them going on from this state."""
        values = np.asarray(x, float)
        mixed = np.full(values.shape, -np.inf)
        for bettors, idle in self._blocks(values.shape[-1]):
            mixed = _stake(mixed, [bettor.log_path(values[..., idle:]) for bettor in bettors], idle)
        return mixed - math.log(self.starts)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, for JSON."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        started = [[bettor.to_dict() for bettor in bettors] for bettors in self.started]
        return parts | {"fresh": [bettor.to_dict() for bettor in self.fresh], "started": started}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Monitor:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            started = tuple(tuple(map(Capital.from_dict, bettors)) for bettors in data["started"])
            return cls(**{**data, "fresh": tuple(map(Capital.from_dict, data["fresh"])), "started": started})
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"This is not the state of a monitor: {type(error).__name__}: {error}.") from error

    def _blocks(self, length: int) -> Iterator[tuple[tuple[Capital, ...], int]]:
        """The bettors of every block, and how many of the next `length` events they sit out."""
        for b in range(self.starts):
            bettors = self.started[b] if b < len(self.started) else self.fresh
            yield bettors, min(max(b * self.block - self.n, 0), length)

    def _after(self, started: tuple[tuple[Capital, ...], ...], path: Floats) -> Monitor:
        reached = np.flatnonzero(path >= -math.log(self.alpha))
        alarm = self.n + int(reached[0]) + 1 if len(reached) else None
        return replace(
            self,
            started=started,
            n=self.n + len(path),
            log_e=float(path[-1]),
            log_peak=max(self.log_peak, float(path.max())),
            alarm_at=alarm if self.alarm_at is None else self.alarm_at,
        )


def _stake(mixed: Floats, paths: Sequence[Floats], idle: int) -> Floats:
    """Add the bettors of one block, worth 1 while idle; one block at a time, so that no split changes a bit."""
    own = np.zeros_like(mixed)
    own[..., idle:] = average(paths)
    summed: Floats = np.logaddexp(mixed, own)
    return summed
