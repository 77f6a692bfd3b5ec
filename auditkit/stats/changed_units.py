"""How far an effect moved where only few of the units that it rests on did: limits of sums of rare changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from auditkit.core.estimate import LEVELS, QUANTILES, Floats

UNSEEN = 3
"""Changes of either way that none seen leaves possible, at 95 %: of none among n, up to 3/n (Hanley & Lippman-Hand
1983)."""
_TAIL = np.array([(1 - level) / 2 for level in LEVELS])
_Z = np.array(QUANTILES)


class Arms(NamedTuple):
    """How far below and above a value its limits lie, at each level: (levels,) each."""

    below: Floats
    above: Floats


def rare_sum(weights: ArrayLike, counts: ArrayLike, heaviest: float) -> Arms:
    """The arms of Σ w x, x Poisson counts (k,) with weights w > 0 (k,), by gamma limits (Fay & Feuer 1997).

    With y = Σ w x, v = Σ w² x and w_M the weight of the `heaviest` that may happen, seen or not: the lower limit is the
    gamma quantile of shape y²/v and scale v/y, the upper that of shape (y + w_M)²/(v + w_M²) and scale (v + w_M²)/(y +
    w_M). With one weight these are Garwood's exact limits; with several none that is known covers less than it says.

    >>> arms = rare_sum([], [], .01)
    >>> round(float(arms.above[1]), 3)  # none seen: three times the heaviest, at 95 % of one side
    0.03
    >>> [round(float(arm[2]), 3) for arm in rare_sum([1.0], [10], 1.0)]  # 10 events: 4.795 to 18.390 (Garwood 1936)
    [5.205, 8.39]
    """
    w, x = np.asarray(weights, float), np.asarray(counts, float)
    y, v = float(w @ x), float(w**2 @ x)
    more, varied = y + heaviest, v + heaviest**2
    low = v / y * gammaincinv(y**2 / v, _TAIL) if v > 0 else np.zeros(len(_TAIL))
    high = varied / more * gammaincinv(more**2 / varied, 1 - _TAIL)
    return Arms(*(np.asarray(arm, np.float64) for arm in (y - low, high - y)))


def net_change(moves: ArrayLike, counts: ArrayLike, variance: float, heaviest: float) -> Arms:
    """The arms of an effect's change Σ h x, where x (k,) units changed in a way that moves it by h (k,), up or down.

    Ups less downs, each by `rare_sum`, by square-and-add (MOVER; Zou & Donner 2008): the lower arm is √(below_up² +
    above_down²). Of many that change the counts are no longer Poisson: the arms are √((V + g)/(P + g)) times as long,
    g = max(3, 2 z²) w_M², `variance` V being that of the change and P = Σ h² x, and of V > P, where also those who stay
    move it, z² (V - P) is added in squares. With 3 for all levels, where 88 of 100 change one way, the lower limit at
    99.9 % would miss .0053; so it misses less than .0001.

    >>> below, above = net_change([.01, -.01], [4, 1], 5e-4, .01)
    >>> round(.03 - float(below[1]), 3), round(.03 + float(above[1]), 3)
    (-0.016, 0.082)
    """
    h, x = np.asarray(moves, float), np.asarray(counts, float)
    up, down = (rare_sum(side * h[side * h > 0], x[side * h > 0], heaviest) for side in (1, -1))
    guard, poisson = np.maximum(UNSEEN, 2 * _Z**2) * heaviest**2, float(h**2 @ x)
    fewer = np.minimum((variance + guard) / (poisson + guard), 1.0)
    others = _Z**2 * max(variance - poisson, 0.0)
    below, above = (
        np.sqrt(fewer * (a**2 + b**2) + others) for a, b in ((up.below, down.above), (up.above, down.below))
    )
    return Arms(below, above)
