"""When did the change begin? A confidence set for the moment at which a mean left its margin, after an alarm."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.core.estimate import Floats
from auditkit.stats.capital import Side
from auditkit.stats.histories import History
from auditkit.stats.late_bettors import log_sum
from auditkit.stats.monitoring import Monitor

FRACTIONS = np.geomspace(0.01, 0.9, 12)


class Change(NamedTuple):
    """The change began after event `after` and not later than event `until`; `likely` is the best single guess."""

    after: int
    until: int
    likely: int
    level: float = 0.95


def change(monitor: Monitor, history: History, level: float = 0.95) -> Change | None:
    """When the mean left the margin on the alarmed side; `None` before an alarm, or where no moment is left.

    Of every moment T the claim H_T is tested that the mean was within the margin before T and has been beyond its edge
    m on the alarmed side ever since. Half of a stake is held by the monitor's own bettors of that side until T, half by
    bettors who start at T against "the mean is at least m" (at most, below):

        M_s = 1/2 E_s + 1/2 for s <= T,    M_s = 1/2 E_T + 1/2 F_{T,s} for s > T.

    Under H_T M is a non-negative supermartingale from 1, so it ever reaches 1/α' with probability at most α' = 1 -
    level, and T is kept until it has. So whenever one looks, P(an alarm, and a set that misses T) <= α', not divided by
    the probability of an alarm, which is near 1 where the change is large and lasts (compare Saha & Ramdas 2025 on
    inference for change points after detection, who condition on it). It is for one lasting change: where the mean came
    back, or where it moved more than once, the claim is false for every T and the set may be anything, or empty.

    T is placed in a bin of the history: E until its beginning and F from its end both hold for every T in between. F is
    bounded from below by the moments of the bins, by the poorest stream that has them (`ConfidenceSequence`). Beyond
    the horizon bins are joined, and each joining may cost another α'. Likely is the split of the history into two means
    that leaves the least variance, among the moments kept.
    """
    if monitor.alarm_side is None or not history.bins:
        return None
    which = [side.side for side in monitor.sides].index(monitor.alarm_side)
    table, bar = history.table(), math.log(2 / (1 - level))
    ruled_out = math.log(2 / (1 - level) - 1)  # what the side must hold before T
    ahead = _against(table, monitor, which, history)
    behind = np.r_[0.0, table[:-1, 5 + which]]
    kept = (ahead < bar) & (behind < ruled_out)
    if not kept.any():
        return None
    borders = table[:, 0] * history.width
    first, last = np.flatnonzero(kept)[[0, -1]]
    begin = 0 if first == 0 else int((table[first - 1, 0] + 1) * history.width)
    until = int(min(borders[last] + history.width, monitor.clock))
    if monitor.alarm_at is not None and (monitor.alarm_log_e or 0.0) >= ruled_out:
        until = min(until, monitor.alarm_at)
    return Change(min(begin, until), until, _likely(table, history, kept, monitor.alarm_side, monitor.clock), level)


def _against(table: Floats, monitor: Monitor, which: int, history: History) -> Floats:
    """For each bin, the largest log F so far of bettors who start at its end against "still beyond the margin"."""
    side, width = monitor.sides[which], history.high - history.low
    m = (side.boundary - history.low) / width
    bets = -FRACTIONS / (1 - m) if side.side == "above" else FRACTIONS / m
    sums = np.vstack([np.zeros(4), np.add.accumulate(table[:, 1:5], axis=0)])
    largest = np.zeros(len(table))
    for begin in range(1, len(table)):
        least = _least(sums[begin + 1 :] - sums[begin], m, bets)
        largest[begin - 1] = max(0.0, float((log_sum(least.T) - math.log(len(bets))).max()))
    return largest


def _least(moments: Floats, m: float, bets: Floats) -> Floats:
    """The least log capital (stretches, bets) of constant bets on y - m that streams with these moments can leave.

    As in `ConfidenceSequence`: the poorest stream of these n, Σy, Σy², Σy³ has only 0, c and 1 in it.
    """
    n, one, two, three = (moments[:, k] for k in range(4))
    between = np.maximum(one - two, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        c = np.where(between > 1e-9, np.clip((two - three) / between, 0.0, 1.0), 0.5)
        often = np.where((c > 0) & (c < 1), np.minimum(between / (c * (1 - c)), n), 0.0)
    ones = np.clip(one - often * c, 0.0, np.maximum(n - often, 0.0))
    counts = np.stack([np.maximum(n - often - ones, 0.0), often, ones], axis=1)
    values = np.stack([np.zeros_like(c), c, np.ones_like(c)], axis=1)
    logs: Floats = (np.log1p(bets[None, :, None] * (values - m)[:, None, :]) * counts[:, None, :]).sum(axis=-1)
    return logs


def _likely(table: Floats, history: History, kept: NDArray[np.bool_], side: Side, clock: int) -> int:
    """The end of an event's stretch after which the mean is another: the split that explains most, where it is kept."""
    n, total = np.cumsum(table[:, 1]), np.cumsum(table[:, 2])
    n_before, sum_before = np.r_[0.0, n[:-1]], np.r_[0.0, total[:-1]]
    n_after, sum_after = n[-1] - n_before, total[-1] - sum_before
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(n_before > 0, sum_after / n_after - sum_before / n_before, 0.0)
    explained = n_before * n_after / n[-1] * moved**2
    rising = moved > 0 if side == "above" else moved < 0
    best = int(np.where(kept & rising, explained, np.where(kept, -1.0, -2.0)).argmax())
    return int(min(table[best, 0] * history.width, clock))
