"""Watching a stream for a change that comes late: e-processes that start anew, mixed over their starts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.capital import LARGEST, Side
from auditkit.stats.late_bettors import LateBettors
from auditkit.stats.stopping import Gate, average


class Path(NamedTuple):
    """Log E after each observation (T,), and that of each side alone (sides, T)."""

    log_e: Floats
    by_side: Floats


@dataclass(frozen=True, slots=True)
class Monitor:
    """Has a bounded mean left (low, high), at whatever time? An alarm at most α of the time, ever, while it has not.

    A bettor who starts at the first event has spent the stake when a change comes late. So the stake is split over B =
    horizon / block starts, one at the beginning of every block of events, each idle until then:

        E_t = (1/B) Σ_b K_t^(b),    K_t^(b) = 1 for t <= b·block,

    which is an e-process since each K^(b) is one (a mixture of starting times, as in Shin, Ramdas & Rinaldo 2024). The
    alarm is at E_t >= 1/α and stays; `alarm_side` is the side that has more of E then, and `alarm_log_e`
    the log of what it has. The horizon must be declared: it
    costs log B of capital, and after it no bettor starts any more, though the last go on. What all bettors of a side
    hold is two numbers a bet (`LateBettors`), however many have started. `n` counts observations; `clock` is the number
    of the last event, where only some events are an observation.

    >>> monitor = Monitor.on(None, 0.1, horizon=5000, block=500)
    >>> quiet = monitor.update([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] * 200)
    >>> quiet.alarm_at, quiet.update([0, 1] * 200).alarm_at - quiet.n < 100
    (None, True)
    """

    sides: tuple[LateBettors, ...]
    block: int
    starts: int
    alpha: float
    n: int = 0
    clock: int = 0
    log_e: float = 0.0
    log_peak: float = 0.0
    alarm_at: int | None = None
    alarm_side: Side | None = None
    alarm_log_e: float | None = None

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
        acceptable: float | None = None,
        variance: float | None = None,
    ) -> Monitor:
        """A monitor that has seen nothing yet; `None` is no limit on that side.

        With the `variance` of one observation half of every stake is tuned to twice the margin, the mirror image at the
        edge of the `acceptable` value (by default the middle); a wrong guess costs time, never error. Raises
        `InputError` for a margin, horizon, design or α that makes no sense.
        """
        if horizon < 1 or block < 1:
            raise InputError(f"A horizon and a block count events; these are {horizon} and {block}.")
        gate = Gate.on(low, high, support=support, alpha=alpha, acceptable=acceptable)  # it checks them
        sides = []
        for edge in gate.outward:
            beyond = None if gate.acceptable is None else _clipped(2 * edge.boundary - gate.acceptable, support)
            design = {} if variance is None else {"alternative": beyond, "variance": variance}
            sides.append(LateBettors.against(edge.boundary, edge.side, support, longest=horizon, **design))
        return cls(tuple(sides), block, math.ceil(horizon / block), gate.alpha)

    @property
    def e_value(self) -> float:
        """The evidence now that the mean has left the margin."""
        return math.exp(min(self.log_e, LARGEST))

    @property
    def peak(self) -> float:
        """The largest evidence so far: at least 1/α with probability at most α while the mean stays within."""
        return math.exp(min(self.log_peak, LARGEST))

    def update(self, x: ArrayLike, at: ArrayLike | None = None) -> Monitor:
        """The monitor after further observations, a number or an array (T,) in order of arrival.

        `at` (T,) is the number of the event, from 1, at which each observation was complete; by default every event is
        one. Raises `InputError` for an observation that is missing or outside the support, and for numbers that fall.
        """
        return self.follow(x, at)[0]

    def follow(self, x: ArrayLike, at: ArrayLike | None = None) -> tuple[Monitor, Path]:
        """The monitor after further observations, and log E after each of them."""
        values = np.atleast_1d(np.asarray(x, float)).ravel()
        events = self._events(len(values), at)
        if not len(values):
            return self, Path(values, np.empty((len(self.sides), 0)))
        self._check(values)
        moved, path = self._run(values, events)
        n, clock = self.n + len(values), int(events[-1])
        peak = max(self.log_peak, float(path.log_e.max()))
        told = replace(self, sides=moved, n=n, clock=clock, log_e=float(path.log_e[-1]), log_peak=peak)
        return told._alarmed(path, events), path

    def log_path(self, x: ArrayLike) -> Floats:
        """Log E after each observation of many streams at once, `x` (..., T), each going on from this state."""
        values = np.asarray(x, float)
        path, events = np.empty_like(values), self._events(values.shape[-1], None)
        self._check(values)
        for stream in np.ndindex(values.shape[:-1]):
            path[stream] = self._run(values[stream], events)[1].log_e
        return path

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, for JSON."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return parts | {"sides": [side.to_dict() for side in self.sides]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Monitor:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            return cls(**{**data, "sides": tuple(map(LateBettors.from_dict, data["sides"]))})
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"This is not the state of a monitor: {type(error).__name__}: {error}.") from error

    def _events(self, length: int, at: ArrayLike | None) -> Floats:
        events = np.arange(self.clock + 1, self.clock + length + 1, dtype=float)
        if at is not None:
            events = np.atleast_1d(np.asarray(at, float)).ravel()
            if len(events) != length or (length and (events[0] < max(self.clock, 1) or (np.diff(events) < 0).any())):
                raise InputError("Every observation has the number of its event, and these never fall.")
        return events

    def _check(self, values: Floats) -> None:
        low, high = self.sides[0].low, self.sides[0].high
        slack = 1e-9 * (high - low)
        if not ((values >= low - slack) & (values <= high + slack)).all():
            raise InputError(f"An observation is missing or outside the support [{low:g}, {high:g}].")

    def _run(self, values: Floats, events: Floats) -> tuple[tuple[LateBettors, ...], Path]:
        if not len(values):
            return self.sides, Path(values, np.empty((len(self.sides), 0)))
        started = np.minimum((events - 1) // self.block + 1, self.starts)
        with np.errstate(divide="ignore"):
            idle = np.log(self.starts - started)
        moved, paths = zip(*(side.follow(values, started) for side in self.sides), strict=True)
        by_side = np.stack([np.logaddexp(path, idle) - math.log(self.starts) for path in paths])
        return moved, Path(average(list(by_side)), by_side)

    def _alarmed(self, path: Path, events: Floats) -> Monitor:
        reached = np.flatnonzero(path.log_e >= -math.log(self.alpha))
        if self.alarm_at is not None or not len(reached):
            return self
        first = int(reached[0])
        which = int(path.by_side[:, first].argmax())
        held = float(path.by_side[which, first])
        return replace(self, alarm_at=int(events[first]), alarm_side=self.sides[which].side, alarm_log_e=held)


def _clipped(value: float, support: tuple[float, float]) -> float:
    return min(max(value, support[0]), support[1])
