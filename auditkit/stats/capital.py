"""Betting capital: what a gambler holds who bets, observation by observation, that a bounded mean is not as claimed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.plain import plain, restored

Side = Literal["above", "below"]

FRACTIONS = tuple(np.geomspace(0.004, 0.95, 16).tolist())
"""The constant bets of the mixture, as shares of the largest bet that can never be ruined."""

_BLOCK = 2048
LARGEST = 700.0
"""Log e-values are cut here when they are told as e-values, which would otherwise overflow."""


@dataclass(frozen=True, slots=True)
class Capital:
    """The e-process of one bettor against "the mean is at most m" (`side` "above") or "at least m" ("below").

    With m the `boundary`, X within [low, high] and constant bets λ_j, the capital after t observations is

        K_t = Σ_j w_j Π_{s≤t} (1 ± λ_j (X_s - m)),    λ_j = f_j / (m - low) above, f_j / (high - m) below.

    While the claim holds for every observation given those before it, K is a non-negative supermartingale from 1, so
    P(sup_t K_t >= 1/α) <= α (Ville 1939): it may be looked at after every observation and stopped at will. Half of the
    stake goes on one more bet, λ* = |alternative - m| / variance, where a design alternative is given (Waudby-Smith &
    Ramdas 2024). `bets`, `weights` and `log_capitals` have an entry for each bet; `log_peak` is the largest log K so
    far. The bets travel with the state, so a stored state goes on as it began.

    >>> capital = Capital.against(0.5, "above").update([1, 1, 1, 0, 1, 1, 1, 1, 1, 1])
    >>> capital.n, round(capital.e_value, 2), round(capital.peak, 2)
    (10, 6.15, 6.15)
    >>> capital == Capital.against(0.5, "above").update([1, 1, 1]).update(0).update([1, 1, 1, 1, 1, 1])
    True
    """

    boundary: float
    side: Side
    low: float
    high: float
    bets: tuple[float, ...]
    weights: tuple[float, ...]
    log_capitals: tuple[float, ...]
    n: int = 0
    log_e: float = 0.0
    log_peak: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.boundary < self.high):
            where = f"[{self.low:g}, {self.high:g}]"
            raise InputError(f"A boundary of {self.boundary:g} does not lie strictly inside the support {where}.")
        if self.side not in ("above", "below"):
            raise InputError(f'A bettor\'s side is "above" or "below"; this one is {self.side!r}.')
        if not len(self.bets) == len(self.weights) == len(self.log_capitals) > 0:
            raise InputError("Bets, weights and capitals must come in equal, positive numbers.")
        if not all(map(math.isfinite, (*self.bets, *self.log_capitals, self.log_e, self.log_peak))):
            raise InputError("Every bet and every log capital must be finite.")
        if min(self.bets) <= 0 or max(self.bets) * _reach(self.boundary, self.side, self.low, self.high) >= 1:
            raise InputError("A bet must be positive and too small to lose everything at once.")
        if min(self.weights) < 0 or abs(sum(self.weights) - 1) > 1e-9:
            raise InputError("The weights of the bets must be shares of 1.")

    @classmethod
    def against(
        cls,
        boundary: float,
        side: Side,
        support: tuple[float, float] = (0.0, 1.0),
        *,
        alternative: float | None = None,
        variance: float | None = None,
    ) -> Capital:
        """A bettor who has seen nothing yet, untuned or (with `alternative` and its `variance`) half tuned to them.

        Raises `InputError` where the boundary is not strictly inside the support or the design makes no sense.
        """
        low, high = map(float, support)
        reach = _reach(float(boundary), side, low, high)
        bets = tuple(f / reach if reach else math.inf for f in FRACTIONS)
        weights = (1 / len(bets),) * len(bets)
        if variance is not None and alternative is not None:
            bets = (*bets, _tuned(float(boundary), side, alternative, variance, bets[-1]))
            weights = (*(w / 2 for w in weights), 0.5)
        return cls(float(boundary), side, low, high, bets, weights, (0.0,) * len(bets))

    @property
    def e_value(self) -> float:
        """The capital now: evidence against the claim, for use at a stopping time."""
        return math.exp(min(self.log_e, LARGEST))

    @property
    def peak(self) -> float:
        """The largest capital so far: at least 1/α with probability at most α while the claim holds."""
        return math.exp(min(self.log_peak, LARGEST))

    def update(self, x: ArrayLike) -> Capital:
        """The state after further observations, a number or an array (T,) in order of arrival."""
        return self.follow(x)[0]

    def follow(self, x: ArrayLike) -> tuple[Capital, Floats]:
        """The state after further observations, and log K after each of them (T,).

        Raises `InputError` for an observation that is missing or outside the support.
        """
        logs, path = self._run(np.atleast_1d(np.asarray(x, float)).ravel())
        if not len(path):
            return self, path
        peak = max(self.log_peak, float(path.max()))
        return replace(self, log_capitals=logs, n=self.n + len(path), log_e=float(path[-1]), log_peak=peak), path

    def log_path(self, x: ArrayLike) -> Floats:
        """Log K after each observation of many streams at once, `x` (..., T), each of them going on from this state."""
        values = np.asarray(x, float)
        path = np.empty_like(values)
        for stream in np.ndindex(values.shape[:-1]):
            path[stream] = self._run(values[stream])[1]
        return path

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, for JSON."""
        return plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Capital:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        return restored(Capital, data, "a bettor")

    def _run(self, x: Floats) -> tuple[tuple[float, ...], Floats]:
        """The log capitals after a stream (T,), and log K after each of its observations."""
        slack = 1e-9 * (self.high - self.low)
        if not ((x >= self.low - slack) & (x <= self.high + slack)).all():
            raise InputError(f"An observation is missing or outside the support [{self.low:g}, {self.high:g}].")
        gain = np.clip(x, self.low, self.high) - self.boundary
        gain = gain if self.side == "above" else -gain
        logs, path = self.log_capitals, np.empty(len(x))
        for start in range(0, len(x), _BLOCK):
            grown = _grow(gain[start : start + _BLOCK], np.array(self.bets), logs)
            path[start : start + _BLOCK] = _mix(grown, np.array(self.weights))
            logs = tuple(grown[-1].tolist())
        return logs, path


def _grow(gain: Floats, bets: Floats, start: tuple[float, ...]) -> Floats:
    """Log capitals (T, J), summed strictly in order, so that no split of the stream changes a bit."""
    steps = np.empty((len(gain) + 1, len(bets)))
    steps[0] = start
    np.log1p(gain[:, None] * bets, out=steps[1:])
    grown: Floats = np.add.accumulate(steps, axis=0)[1:]
    return grown


def _mix(logs: Floats, weights: Floats) -> Floats:
    """Log of the weighted sum over the bets."""
    top = logs.max(axis=1)
    mixed: Floats = top + np.log((np.exp(logs - top[:, None]) * weights).sum(axis=1))
    return mixed


def _reach(boundary: float, side: Side, low: float, high: float) -> float:
    """How far an observation can go against the bettor."""
    return boundary - low if side == "above" else high - boundary


def _tuned(boundary: float, side: Side, alternative: float, variance: float, largest: float) -> float:
    """The bet that grows fastest, to second order, at the design alternative; never above the mixture's largest."""
    distance = alternative - boundary if side == "above" else boundary - alternative
    if not (variance > 0 and distance > 0):
        raise InputError(
            f"A design needs a positive variance and an alternative {side} {boundary:g}; "
            f"these are {variance:g} and {alternative:g}."
        )
    return float(min(distance / variance, largest))
