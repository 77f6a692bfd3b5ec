"""Estimate after estimate as one test: what fixed-sample confidence curves, night by night, come to as bets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from auditkit.core.estimate import LEVELS, QUANTILES, Estimate

BETS = (0.125, 0.25, 0.5, 1.0, 2.0)
"""The constant bets λ of the mixture. A bet is best where nights drift by λ standard errors each; none relies on tails
beyond what an interval is calibrated for (λ = 2 lives on z of about 2)."""

WORST = -8.0
"""A night speaks no more strongly against a bettor than this: further out nothing is computable, and nothing lost."""

SHY = 0.02
"""Taken off every z: what a curve that is known at nine levels may err the same way every night, where rates are rare
and nights small. It costs 3 % of the nights where a night is worth a z of .7."""

SMALL = 0.4
"""Over √n_eff it is taken off where that is more than `SHY`: where the smaller of two groups has few rows a night, its
skewness errs the same way every night. Without it 200 nights of 60 rows against 6 pass wrongly in 11 of 100 histories.
"""

_NORMAL = NormalDist()
_BETS = np.array(BETS)
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Purse:
    """What a bettor holds after so many nights who bets z after z that an effect is not beyond an edge.

    A night's z is the normal quantile of 1 - p, p the night's one-sided p for the claim that is bet against. Given the
    past p is valid, so z is at most standard normal and E exp(λz - λ²/2) <= 1: a p-to-e calibrator for every λ (Vovk &
    Wang 2021). Products over nights are a test supermartingale, and so is their average over `BETS`,

        K_T = mean_j exp(λ_j S - T λ_j² / 2),    S = z_1 + ... + z_T,

    so P(sup_T K_T >= 1/α) <= α (Ville 1939): one may look every night. `shyness` is taken off every z. With several
    claims the capital is the average over them too, against all of them at once.

    A share `late` of the stake waits: late/(t(t - 1)) of it is first bet on night t. What comes to be so after a
    thousand nights is then told some nights later, and not another thousand (as Shiryaev and Roberts do for quality).

    `logs` are the log capitals of the bets, claim by claim; `log_peak` is the largest log K so far.

    >>> purse = Purse.of(1).after([2.0]).after([2.5])
    >>> purse.nights, round(purse.peak, 1)
    (2, 36.1)
    """

    logs: tuple[tuple[float, ...], ...]
    late: float = 0.0
    nights: int = 0
    log_peak: float = 0.0

    @classmethod
    def of(cls, claims: int, late: float = 0.0) -> Purse:
        """A bettor against so many claims who has seen nothing yet."""
        return cls(((0.0,) * len(BETS),) * claims, late)

    @property
    def peak(self) -> float:
        """The largest capital so far."""
        return math.exp(min(self.log_peak, 700.0))

    def after(self, z: Sequence[float], shy: float = SHY) -> Purse:
        """The purse after one more night, a z for each claim, off which `shy` is taken."""
        night, held = self.nights + 1, np.array(self.logs)
        if night == 1:
            held = held + math.log(1 - self.late)
        elif self.late:
            held = np.logaddexp(held, math.log(self.late / (night * (night - 1))))
        held = held + _BETS * (np.array(z)[:, None] - shy) - _BETS**2 / 2
        top = max(float(held.max()), 0.0)
        capital = float(np.exp(held - top).mean()) + self.late / night * math.exp(-top)
        peak = max(self.log_peak, top + math.log(capital))
        return Purse(tuple(map(tuple, held.tolist())), self.late, night, peak)

    def until(self, z: Sequence[float], stake: float, shy: float = SHY, most: int = 1_000) -> int | None:
        """How many more nights of these z, one for each claim, until the capital is `stake`; `None` beyond `most`.

        What waits is left out, so it may come sooner.

        >>> Purse.of(1).after([2.0]).until([2.5], 36), Purse.of(1).until([0.0], 20)
        (1, None)
        """
        nights = np.arange(1, most + 1)
        step = _BETS * (np.array(z)[:, None] - shy) - _BETS**2 / 2
        logs = (np.array(self.logs) + nights[:, None, None] * step).reshape(most, -1)
        top = logs.max(axis=1)
        rich = top + np.log(np.exp(logs - top[:, None]).mean(axis=1)) >= math.log(stake)
        return int(nights[rich.argmax()]) if rich.any() else None


def shyness(n_eff: float) -> float:
    """What is taken off a night's z: `SHY`, or more where the night is small.

    >>> shyness(400), shyness(25)
    (0.02, 0.08)
    """
    return max(SHY, SMALL / math.sqrt(max(n_eff, 1.0)))


@lru_cache(maxsize=1 << 12)
def confidence_sequence(nights: int) -> tuple[float, ...]:
    """How many standard errors of a night, summed over nights, the interval reaches at each of `LEVELS` either way.

    The sum of z at which a bettor has 2/(1 - level): with T equal nights the interval is mean ± c se / T, at every T.

    >>> [round(c, 1) for c in confidence_sequence(30)[:3]]  # a sample whose size was fixed beforehand: 7.0, 9.0, 10.7
    [14.9, 16.6, 18.1]
    """
    wanted = np.log(2 / (1 - np.array(LEVELS)))
    low, high = np.zeros(len(LEVELS)), np.full(len(LEVELS), 10.0 + 3 * nights + 10 * math.sqrt(nights))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        logs = _BETS[:, None] * middle - nights * _BETS[:, None] ** 2 / 2
        top = logs.max(axis=0)
        rich = top + np.log(np.exp(logs - top).mean(axis=0)) >= wanted
        low, high = np.where(rich, low, middle), np.where(rich, middle, high)
    return tuple((high + SHY * nights).tolist())


def z_below(estimate: Estimate, edge: float, scale: str = "difference") -> float | None:
    """How strongly an estimate speaks for "below the edge": the normal quantile at which its upper bound touches it.

    Never more than the last stored level says; against the bettor it goes on with the last slope down to `WORST`.
    Within the innermost interval the curve is a parabola through lower bound, value and upper bound (two that rise,
    where one would not): a chord would err the same way every night. `None` where the estimate has no bound at all.

    >>> e = Estimate(0.0, tuple(-.1 * q for q in QUANTILES), tuple(.1 * q for q in QUANTILES), 100, 100.0, "example")
    >>> round(z_below(e, .15), 6), round(z_below(e, 9.), 2), round(z_below(e, -.6), 6)
    (1.5, 4.42, -6.0)
    """
    curve = _curve(estimate, scale)
    return None if curve is None else _least(curve, _height(edge, scale))


def z_above(estimate: Estimate, edge: float, scale: str = "difference") -> float | None:
    """How strongly an estimate speaks for "above the edge": `z_below`, mirrored.

    >>> e = Estimate(0.0, tuple(-.1 * q for q in QUANTILES), tuple(.1 * q for q in QUANTILES), 100, 100.0, "example")
    >>> round(z_above(e, -.15), 6)
    1.5
    """
    curve = _curve(estimate, scale)
    if curve is None:
        return None
    return _least([(-z, -height) for z, height in reversed(curve)], -_height(edge, scale))


def z_of(e_value: float) -> float:
    """The z of a night that was bet on itself: 1/e, e the largest e-value so far, is its p (Ville 1939).

    >>> round(z_of(20), 3), z_of(1)
    (1.645, -8.0)
    """
    return max(-_NORMAL.inv_cdf(1 / e_value), WORST) if e_value > 1 else WORST


Curve = list[tuple[float, float]]


def _curve(estimate: Estimate, scale: str) -> Curve | None:
    """The confidence curve from its last known lower bound to its last known upper one, by normal quantile.

    A value that is null beside a bound lies beyond it, as a ratio to a rate of 0 does.
    """
    lower, upper = _known(estimate.lower, scale), _known(estimate.upper, scale)
    if not lower and not upper:
        return None
    middle: Curve = []
    if estimate.value is not None:
        middle = [(0.0, _height(estimate.value, scale))]
    elif not (lower and upper):
        middle = [(0.0, math.inf if lower else -math.inf)]
    return [(-z, height) for z, height in reversed(lower)] + middle + upper


def _known(bounds: Sequence[float | None], scale: str) -> Curve:
    known = next((i for i, bound in enumerate(bounds) if bound is None), len(bounds))
    return [(z, _height(b, scale)) for z, b in zip(QUANTILES, bounds[:known], strict=False) if b is not None]


def _height(x: float, scale: str) -> float:
    if scale != "ratio":
        return x
    return math.log(x) if x > 0 else -math.inf


def _least(curve: Curve, edge: float) -> float:
    """The least z at which the curve, rising in z, is at or above the edge."""
    i = next((k for k, (_, height) in enumerate(curve) if height >= edge), None)
    if i is None:
        return min(curve[-1][0], QUANTILES[-1])
    if i == 0:
        (z, height), (further, higher) = curve[0], curve[min(1, len(curve) - 1)]
        if height == edge:
            return z
        slope = (higher - height) / (further - z) if further > z else 0.0
        return max(z - (height - edge) / slope, WORST) if 0 < slope < math.inf else WORST
    return _between(curve, i, edge)


def _between(curve: Curve, i: int, edge: float) -> float:
    """Where the curve meets the edge between two of its points: on a parabola next to the value, else on the chord."""
    (left, below), (right, above) = curve[i - 1], curve[i]
    if math.isinf(below) or math.isinf(above):
        return left
    at = next((k for k in (i - 1, i) if curve[k][0] == 0 and 0 < k < len(curve) - 1), None)
    if at is None or math.isinf(curve[at - 1][1]) or math.isinf(curve[at + 1][1]):
        return left + (right - left) * (edge - below) / (above - below)
    value = curve[at][1]
    sides = [abs(curve[k][1] - value) / QUANTILES[0] for k in (at - 1, at + 1)]
    slope = min(sum(sides) / 2, 2 * min(sides))  # the parabola's through all three points, as long as it rises
    bend = (sides[i > at] - slope) / QUANTILES[0]
    far = abs(edge - value)
    root = slope + math.sqrt(max(slope * slope + 4 * bend * far, 0.0))
    return math.copysign(2 * far / root if root else 0.0, edge - value)
