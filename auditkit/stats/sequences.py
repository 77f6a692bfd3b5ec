"""Confidence sequences: intervals for a bounded mean that hold at every moment at which one looks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates

FRACTIONS = np.geomspace(0.0005, 0.95, 24)
"""The constant bets of the mixture, as shares of the largest that can never be ruined: for 10 to 10 million rows."""

_THRESHOLDS = np.log([2 / (1 - level) for level in LEVELS])
_METHOD = "betting confidence sequence"
_HALVINGS = 50
_APART = 1e-4
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """The moments of a bounded stream, and from them an estimate of its mean that may be looked at any time.

    Half the stake bets that the mean is larger than m, half that it is smaller; the interval at level 1 - α holds every
    m against which neither half has reached 1/α (hedged capital, Waudby-Smith & Ramdas 2024, with a mixture over
    constant bets f_j). Keeping that capital for every m would take a grid. But with y = X - low, w = high - low and any
    c, the cubic in y that meets log(1 - f + f y/(m - low)) at 0 and w and touches it at c lies below it everywhere, for
    the fourth derivative is negative. So among all streams with these n, Σy, Σy² and Σy³ the poorest bettor is one who
    saw only 0, w and c = (w Σy² - Σy³)/(w Σy - Σy²), and log K_j(m) is at least

        n [p_0 log(1 - f_j) + p_c log(1 - f_j + f_j c/(m - low)) + p_w log(1 - f_j + f_j w/(m - low))],

    with the three shares that give the same moments. The interval uses this bound: never too narrow, exact where the
    stream has the two ends of the support and one more value, and its state is seven numbers, the moments from either
    end. Valid whenever each X has the same mean given those before it. It does not depend on the order within the
    stream; nor is it intersected with earlier intervals.

    >>> sequence = ConfidenceSequence().update([0, 1, 1, 0, 1] * 40)
    >>> e = sequence.estimate()
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.6, 0.478, 0.713]
    """

    low: float = 0.0
    high: float = 1.0
    n: int = 0
    from_low: tuple[float, ...] = (0.0, 0.0, 0.0)
    from_high: tuple[float, ...] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InputError(f"The support [{self.low:g}, {self.high:g}] is empty or unbounded.")
        moments = (*self.from_low, *self.from_high)
        if self.n < 0 or len(moments) != 6 or not all(0 <= moment < math.inf for moment in moments):
            raise InputError("A confidence sequence has three moments from either end, none of them negative.")

    def update(self, x: ArrayLike) -> ConfidenceSequence:
        """The moments after further observations, a number or an array, in order of arrival.

        Raises `InputError` for an observation that is missing or outside the support.
        """
        values = np.atleast_1d(np.asarray(x, float)).ravel()
        slack = 1e-9 * (self.high - self.low)
        if not ((values >= self.low - slack) & (values <= self.high + slack)).all():
            raise InputError(f"An observation is missing or outside the support [{self.low:g}, {self.high:g}].")
        values = np.clip(values, self.low, self.high)
        ends = (_add(self.from_low, values - self.low), _add(self.from_high, self.high - values))
        return ConfidenceSequence(self.low, self.high, self.n + len(values), *ends)

    def estimate(self) -> Estimate:
        """Estimate the mean; every interval of the curve holds at every stopping time."""
        if not self.n:
            return Estimate.undefined("no observations", method=_METHOD)
        value, width = self.low + self.from_low[0] / self.n, self.high - self.low
        lower = np.minimum(self.low + _ruled_out(self.n, self.from_low, width), value)
        upper = np.maximum(self.high - _ruled_out(self.n, self.from_high, width), value)
        return estimates(value, lower[:, None], upper[:, None], n=self.n, n_eff=self.n, method=_METHOD)[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, for JSON."""
        return asdict(self) | {"from_low": list(self.from_low), "from_high": list(self.from_high)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ConfidenceSequence:
        """Read what `to_dict` wrote; raises `InputError` for anything else."""
        try:
            ends = (tuple(map(float, data[name])) for name in ("from_low", "from_high"))
            return cls(float(data["low"]), float(data["high"]), int(data["n"]), *ends)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"This is not the state of a confidence sequence: {error}.") from error


def _add(moments: tuple[float, ...], y: Floats) -> tuple[float, ...]:
    """Sums of the first three powers, summed strictly in order, so that no split of the stream changes a bit."""
    steps = np.stack([np.r_[before, y**power] for before, power in zip(moments, (1, 2, 3), strict=True)])
    return tuple(np.add.accumulate(steps, axis=1)[:, -1].tolist())


def _ruled_out(n: int, moments: tuple[float, ...], width: float) -> Floats:
    """At each level the largest m >= 0 that the bettor on "larger" has ruled out, by halving; 0 where there is none."""
    counts, values = _poorest(n, *(moment / width**power for power, moment in enumerate(moments, 1)))
    low, high = np.zeros(len(LEVELS)), np.full(len(LEVELS), moments[0] / n / width)
    for _ in range(_HALVINGS if high[0] > 0 else 0):
        m = (low + high) / 2
        rich = _log_capital(counts, values, m) >= _THRESHOLDS
        low, high = np.where(rich, m, low), np.where(rich, high, m)
    return low * width


def _poorest(n: int, total: float, squares: float, cubes: float) -> tuple[Floats, Floats]:
    """How often which of 0, c and 1 would have come in the poorest stream with these moments.

    Where rounding leaves no c, or too little of one that all but meets an end, the two ends alone: the poorest stream
    with this mean.
    """
    between, weighed = total - squares, squares - cubes
    c = weighed / between if between > 0 else 0.0
    often = min(between / (c * (1 - c)), float(n)) if 0 < c < 1 and c * (1 - c) > _APART else 0.0
    ones = min(max(total - often * c, 0.0), n - often)
    return np.array([n - often - ones, often, ones]), np.array([0.0, c, 1.0])


def _log_capital(counts: Floats, values: Floats, m: Floats) -> Floats:
    """Log of the capital, averaged over the bets, that a stream of these values leaves at each m (m,)."""
    bets = FRACTIONS[:, None]
    logs = np.log1p(bets * (values / np.maximum(m, _TINY)[:, None, None] - 1)) @ counts
    top = logs.max(axis=1)
    capital: Floats = top + np.log(np.exp(logs - top[:, None]).mean(axis=1))
    return capital
