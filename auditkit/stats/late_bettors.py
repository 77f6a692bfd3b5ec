"""Bettors who start one after the other on one boundary, held as one number a bet however many have started."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.capital import Capital, Side
from auditkit.stats.plain import plain, restored

BETS = 12
SMALLEST, LARGEST_FRACTION = 0.002, 0.95


@dataclass(frozen=True, slots=True)
class LateBettors:
    """What all who have started hold together, against "the mean is at most m" ("above") or "at least m" ("below").

    With S_j(t) = Σ_{s≤t} log(1 ± λ_j (X_s - m)) a bettor who starts after s has Σ_j w_j exp(S_j(t) - S_j(s)). So all of
    them together have

        Σ_j w_j exp(S_j(t)) A_j(t),    A_j(t) = Σ_{started b} exp(-S_j(s_b)),

    two numbers a bet: `logs` holds S_j, `starts` log A_j. The first starts at once.
    """

    boundary: float
    side: Side
    low: float
    high: float
    bets: tuple[float, ...]
    weights: tuple[float, ...]
    logs: tuple[float, ...]
    starts: tuple[float, ...]
    started: int = 1

    def __post_init__(self) -> None:
        Capital(self.boundary, self.side, self.low, self.high, self.bets, self.weights, self.logs)  # checks the bets
        if len(self.starts) != len(self.bets) or not all(map(math.isfinite, self.starts)) or self.started < 1:
            raise InputError("Bettors that have started hold a finite number for each bet.")

    @classmethod
    def against(
        cls,
        boundary: float,
        side: Side,
        support: tuple[float, float],
        *,
        longest: int,
        alternative: float | None = None,
        variance: float | None = None,
    ) -> LateBettors:
        """One bettor who has seen nothing yet; the smallest bet is one that can still win in `longest` observations.

        With `alternative` and `variance` half of the stake is tuned to them, as in `Capital.against`.
        """
        tuned = Capital.against(boundary, side, support, alternative=alternative, variance=variance)
        smallest = min(max(math.sqrt(2 / longest), SMALLEST), 0.1)
        largest = LARGEST_FRACTION / _reach(tuned)
        fractions = np.geomspace(smallest / LARGEST_FRACTION, 1.0, BETS)
        bets = (*(float(f * largest) for f in fractions),)
        weights = (1 / BETS,) * BETS
        if variance is not None and alternative is not None:
            bets, weights = (*bets, min(tuned.bets[-1], largest)), (*(w / 2 for w in weights), 0.5)
        zeros = (0.0,) * len(bets)
        return cls(tuned.boundary, side, tuned.low, tuned.high, bets, weights, zeros, zeros)

    def follow(self, x: Floats, started: Floats) -> tuple[LateBettors, Floats]:
        """Those who hold after further observations, and the log of what they hold after each (T,).

        `started` (T,) is how many bettors have started before each observation; it never falls.
        """
        gain = np.clip(x, self.low, self.high) - self.boundary
        steps = np.empty((len(self.bets), len(x) + 1))  # a row a bet, summed in order: no split changes a bit
        steps[:, 0] = self.logs
        np.multiply.outer(np.array(self.bets), gain if self.side == "above" else -gain, out=steps[:, 1:])
        np.log1p(steps[:, 1:], out=steps[:, 1:])
        grown = np.add.accumulate(steps, axis=1)
        weighed, starts, count = np.log(np.array(self.weights)), np.array(self.starts), self.started
        path = np.empty(len(x))
        cuts = [0, *(np.flatnonzero(np.diff(started)) + 1).tolist(), len(x)]
        for begin, end in pairwise(cuts):
            if (fresh := int(started[begin]) - count) > 0:
                starts = np.logaddexp(starts, math.log(fresh) - grown[:, begin])
                count = int(started[begin])
            path[begin:end] = log_sum(grown[:, begin + 1 : end + 1] + (weighed + starts)[:, None])
        moved = replace(self, logs=tuple(grown[:, -1].tolist()), starts=tuple(starts.tolist()), started=count)
        return moved, path

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings, for JSON."""
        return plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LateBettors:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        return restored(LateBettors, data, "bettors")


def log_sum(logs: Floats) -> Floats:
    """The log of the sum of exponentials over the first axis.

    >>> log_sum(np.log([[1.0], [2.0], [3.0]])).round(6).tolist() == [round(math.log(6), 6)]
    True
    """
    top = logs.max(axis=0)
    held = np.add.accumulate(np.exp(logs - top), axis=0)[-1]  # in order: a sum of one column would go in pairs
    summed: Floats = top + np.log(held)
    return summed


def _reach(capital: Capital) -> float:
    """How far an observation can go against the bettor."""
    return capital.boundary - capital.low if capital.side == "above" else capital.high - capital.boundary
