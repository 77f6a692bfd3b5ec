"""Faces on a circle, whose chance of being taken for one another is known in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints

NOISE = 0.1


def wrapped_faces(
    n: int, spread: float, centre: float, images: Sequence[int], rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Draw n images (n, 2) and whose they are (n,): angles of people N(centre, spread²), of images .1 spread around.

    People have so many images each, in turn.
    """
    each = np.resize(np.asarray(images), n)
    person = np.repeat(np.arange(n), each)[:n]
    angle = centre + spread * (rng.standard_normal(n)[person] + NOISE * rng.standard_normal(n))
    return np.column_stack([np.cos(angle), np.sin(angle)]), person.astype(np.int64)


@lru_cache(maxsize=4096)
def true_ratio(scale: float, rate: float) -> float:
    """The false match rate of people `scale` times as far apart, at the angle where that of the others is `rate`.

    >>> true_ratio(1.0, .01), round(true_ratio(.5, .01), 2)
    (1.0, 2.0)
    """
    if scale == 1:
        return 1.0
    low, high = 0.0, np.pi
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of_match(middle, 1.0) < rate else (low, middle)
    return chance_of_match(high, scale) / rate


def chance_of_match(angle: float, spread: float) -> float:
    """P(two images of different people are less than this angle apart): theirs differ by N(0, 2 spread² (1 + .1²)).

    Wrapped around the circle, three times each way: enough for spreads up to 3.

    >>> round(chance_of_match(np.pi, 1.0), 12)
    1.0
    """
    turns = 2 * np.pi * np.arange(-3, 4)
    sd = spread * np.sqrt(2 * (1 + NOISE**2))
    return float((ndtr((turns + angle) / sd) - ndtr((turns - angle) / sd)).sum())
