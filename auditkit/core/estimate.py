"""A number that travels with its uncertainty: a value and its confidence curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEVELS = (0.80, 0.90, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9998, 0.99999)
"""The two-sided confidence levels that every estimate stores."""

WITHHELD = "withheld, "
"""What the reason of a value begins with that a copy for sharing leaves out."""

_NORMAL = NormalDist()
QUANTILES = tuple(_NORMAL.inv_cdf((1 + level) / 2) for level in LEVELS)
"""The standard normal quantile of each level: bounds are linear in it between stored levels."""


class Interval(NamedTuple):
    """A two-sided interval; `None` is an end that the method cannot bound at this level."""

    low: float | None
    high: float | None
    level: float

    def inside(self, low: float | None, high: float | None) -> bool:
        """Whether the interval lies wholly within (low, high); `None` there is no limit."""
        above = low is None or (self.low is not None and self.low > low)
        below = high is None or (self.high is not None and self.high < high)
        return above and below


class Wager(NamedTuple):
    """What bets on a margin had come to when a run was stopped: the e-values for being within (low, high), which a pass
    needs at 20 or more, and for being outside, each the largest so far. 1/e is a p-value at every stopping time."""

    low: float | None
    high: float | None
    e_pass: float
    e_fail: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its confidence curve: lower and upper bounds at every level of `LEVELS`.

    `n` counts rows, `n_eff` what they are worth after weights and clusters, `clusters` the independent units where rows
    share them; in a comparison both are those of the smaller side. An undefined value is `None` with a `reason`.
    `wagers` are the margins that a run was stopped for: there the e-values decide, at every other margin the curve,
    which is then a confidence sequence.

    >>> e = Estimate(0.5, (.4,) * 9, (.6,) * 9, n=100, n_eff=100.0, method="example")
    >>> e.interval(.95)
    Interval(low=0.4, high=0.6, level=0.95)
    """

    value: float | None
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    n: int
    n_eff: float
    method: str
    clusters: int | None = None
    reason: str | None = None
    wagers: tuple[Wager, ...] = ()

    @classmethod
    def undefined(cls, reason: str, n: int = 0, method: str = "none") -> Estimate:
        """An estimate that does not exist, and why."""
        nothing = (None,) * len(LEVELS)
        return cls(None, nothing, nothing, n, float(n), method, reason=reason)

    @property
    def withheld(self) -> bool:
        """Whether there was a value, and a copy for sharing leaves it out.

        >>> Estimate.undefined("withheld, for somebody asked so").withheld, Estimate.undefined("no rows").withheld
        (True, False)
        """
        return self.value is None and (self.reason or "").startswith(WITHHELD)

    def wager(self, low: float | None, high: float | None) -> Wager | None:
        """The bets on exactly this margin, where there were any."""
        return next((wager for wager in self.wagers if (wager.low, wager.high) == (low, high)), None)

    def interval(self, level: float = 0.95) -> Interval:
        """The interval at a confidence level, interpolated linearly in the level's normal quantile.

        Below the lowest stored level the curve runs to the value itself; above the highest nothing is known.
        """
        return Interval(self._bound(self.lower, level), self._bound(self.upper, level), level)

    def spelled(self, form: str = ".3f") -> str:
        """The value and its 95 % interval in figures of one form, for a sentence.

        >>> Estimate.undefined("no rows").spelled()
        'undefined [undefined, undefined]'
        """
        figures = (self.value, *self.interval(0.95)[:2])
        value, low, high = ("undefined" if x is None else f"{x:{form}}".replace("-", "−") for x in figures)
        return f"{value} [{low}, {high}]"

    def p_above(self, margin: float) -> float:
        """Two-sided p against "at most `margin`": 1 minus the level whose lower bound touches the margin."""
        return _touching(self.value, self.lower, margin, 1.0)

    def p_below(self, margin: float) -> float:
        """Two-sided p against "at least `margin`": 1 minus the level whose upper bound touches the margin."""
        return _touching(self.value, self.upper, margin, -1.0)

    def standard_error(self, scale: str = "difference") -> float | None:
        """The half width of the 90 % interval over 1.645; on the log scale for ratios."""
        low, high, _ = self.interval(0.90)
        if low is None or high is None or (scale == "ratio" and low <= 0):
            return None
        width = math.log(high / low) if scale == "ratio" else high - low
        return width / (2 * QUANTILES[1])

    def _bound(self, bounds: tuple[float | None, ...], level: float) -> float | None:
        if not 0 < level < 1:
            raise ValueError(f"A confidence level lies between 0 and 1; this one is {level}.")
        if level > LEVELS[-1]:
            return None
        if level in LEVELS:
            return bounds[LEVELS.index(level)]
        knots, heights = (0.0, *QUANTILES), (self.value, *bounds)
        z = _NORMAL.inv_cdf((1 + level) / 2)
        right = next(i for i, knot in enumerate(knots) if knot >= z)
        a, b = heights[right - 1], heights[right]
        if a is None or b is None:
            return None
        return a + (b - a) * (z - knots[right - 1]) / (knots[right] - knots[right - 1])


def _touching(value: float | None, bounds: tuple[float | None, ...], margin: float, side: float) -> float:
    """Walk outwards from the value to the first bound that is no longer beyond the margin."""
    knot, height = 0.0, value
    if height is not None and side * (height - margin) <= 0:
        return 1.0
    for z, bound in zip(QUANTILES, bounds, strict=True):
        if bound is None:
            break
        if side * (bound - margin) <= 0:
            if height is None:
                return 1.0
            return _two_sided(knot + (z - knot) * (height - margin) / (height - bound))
        knot, height = z, bound
    return _two_sided(knot)


def _two_sided(z: float) -> float:
    """Rounded, so that a p which is a stored level exactly is not above it by the last bit."""
    return round(2 * (1 - _NORMAL.cdf(z)), 12)


def estimates(
    value: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    n: ArrayLike,
    n_eff: ArrayLike,
    method: str,
    clusters: Sequence[int] | int | None = None,
    reasons: Sequence[str | None] | str | None = None,
) -> tuple[Estimate, ...]:
    """Turn arrays into estimates: `value` (k,), `lower` and `upper` (len(LEVELS), k); NaN and infinity become null.

    `reasons` says why a value is undefined: one for all, or one each. It is kept only where the value is null.
    """
    values: list[Any] = _finite(np.atleast_1d(np.asarray(value, float)))
    count = len(values)
    lows = _finite(np.asarray(lower, float).reshape(len(LEVELS), count).T)
    highs = _finite(np.asarray(upper, float).reshape(len(LEVELS), count).T)
    ns = np.broadcast_to(np.asarray(n), count).tolist()
    effective = np.broadcast_to(np.asarray(n_eff, float), count).tolist()
    units = clusters if isinstance(clusters, (list, tuple)) else [clusters] * count
    why = reasons if isinstance(reasons, (list, tuple)) else [reasons] * count
    return tuple(
        Estimate(v, tuple(lo), tuple(hi), int(m), float(e), method, c, None if v is not None else r)
        for v, lo, hi, m, e, c, r in zip(values, lows, highs, ns, effective, units, why, strict=True)
    )


def _finite(array: Floats) -> list[Any]:
    """Nested lists with `None` where the number is not finite."""
    if np.isfinite(array).all():
        return array.tolist()  # type: ignore[no-any-return]  # numpy types tolist() of any shape as Any
    out = array.astype(object)
    out[~np.isfinite(array)] = None
    return out.tolist()  # type: ignore[no-any-return]  # as above
