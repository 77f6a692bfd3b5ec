"""How many rows to collect: until shares are a reference's, and until an interval is as narrow as it should be."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.stats.quotas import up
from auditkit.stats.sample_sizes import critical


class TopUp(NamedTuple):
    """Rows to collect of each level (K,): for the shares alone, and for the interval too."""

    for_shares: NDArray[np.int64]
    for_interval: NDArray[np.int64]


def half_width(share: float, n: float, level: float = 0.95) -> float:
    """Half the width of Wilson's (1927) interval of a share seen in n rows: z √(p(1 - p)/n + z²/4n²) / (1 + z²/n).

    >>> round(half_width(.5, 100), 4)
    0.0962
    """
    z = critical(level)
    return z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)


def rows_for_half_width(share: float, half: float, level: float = 0.95) -> int:
    """The fewest rows at which Wilson's interval of this share reaches at most `half` to each side of its middle.

    `share` is what is expected to be seen. Raises `InputError` for a half width outside (0, .5).

    >>> rows_for_half_width(.5, .05), rows_for_half_width(.1, .05), rows_for_half_width(.5, .0962)
    (381, 141, 100)
    """
    if not 0 < half < 0.5 or not 0 <= share <= 1:
        raise InputError(f"Half an interval lies between 0 and .5, a share in [0, 1]; these are {half} and {share}.")
    low, high = 0, 1
    while half_width(share, high, level) > half:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if half_width(share, middle, level) > half else (low, middle)
    return high


def top_up(rows: ArrayLike, shares: ArrayLike, half: float | None = None, level: float = 0.95) -> TopUp:
    """Rows (K,) to collect of each level of a context, so that none has to go and each has its share.

    With `half` so many rows in all that every level's share has an interval of this half width, at what is now the
    reference; `None` asks for the shares alone.

    >>> [part.tolist() for part in top_up([90, 10], [.5, .5], half=.05)]
    [[0, 80], [101, 181]]
    """
    have, share = np.asarray(rows, np.int64), np.asarray(shares, float)
    wanted = up(have, share)
    least = 0 if half is None else max(rows_for_half_width(float(q), half, level) for q in share if q > 0)
    grown = wanted
    if least > int(wanted.sum()):
        grown = np.maximum(wanted, np.ceil(np.round(least * share, 9)).astype(np.int64))
    return TopUp(wanted - have, grown - have)
