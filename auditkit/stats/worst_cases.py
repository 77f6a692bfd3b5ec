"""Worst cases of what was not observed: bounds that hold whatever the missing outcomes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from auditkit.core.comparison import Comparison
from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.evidence import Tally
from auditkit.core.finding import Scale
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Members, Sample, sample, union_rates
from auditkit.stats.contrasts import OTHERS, compare
from auditkit.stats.proportions import Curve, Rates, quantiles, wilson

Silence = float | None
"""The share of a side whose outcome is missing; `None` where it has no rows."""

_LEVEL = np.array(LEVELS)
_Z = quantiles(np.array([np.inf]))[:, 0]


def critical_values(width: ArrayLike) -> Floats:
    """The quantile c (levels, k) at which limits around both ends cover every point between them.

    Φ(c + width) - Φ(-c) = level, where `width` (k,) or (levels, k) is the distance of the ends in standard errors of
    the noisier one (Imbens & Manski 2004): the two-sided quantile where the ends meet, the one-sided where they are far
    apart.

    >>> critical_values([0., 1., 9.])[2].round(3).tolist()
    [1.96, 1.681, 1.645]
    """
    w = np.maximum(np.atleast_1d(np.asarray(width, float)), 0.0)
    w = np.broadcast_to(w, (len(LEVELS), w.shape[-1]))
    low, high = np.zeros(w.shape), np.broadcast_to(_Z[:, None], w.shape).copy()
    for _ in range(50):
        middle = (low + high) / 2
        short = ndtr(middle + w) - ndtr(-middle) < _LEVEL[:, None]
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return high


def between(lowest: Estimate, highest: Estimate, observed: float | None, scale: Scale = "difference") -> Estimate:
    """The interval for a number that lies somewhere between two estimated ends, both seen in the same rows.

    Each end's own arm, below the lowest and above the highest, is shortened by c/z, c by `critical_values`: the
    interval then holds any one value between the true ends with at least the stated confidence, and an end itself with
    just that. `observed` becomes its value, the number that the rows without the missing ones give; where there is
    none, the middle. Ratios are taken by their logarithms, so that a ratio turned over has its interval turned over;
    a highest end without a value, a ratio over 0, leaves that side without a bound.

    >>> from auditkit.stats.proportions import proportion
    >>> (least,), (most,) = proportion(21, 106), proportion(63, 106)  # 21 of 64 that were found, of 106
    >>> [round(end, 2) for end in between(least, most, 21 / 64).interval(.95)[:2]]
    [0.14, 0.67]
    """
    if lowest.value is None:
        return lowest
    ends = Curve.of([lowest, highest])
    value = ends.value.mean() if observed is None else observed
    with np.errstate(divide="ignore"):
        sides = [
            np.log(side) if scale == "ratio" else side for side in (ends.value, ends.lower[:, 0], ends.upper[:, 1])
        ]
    low, high = (np.exp(side) if scale == "ratio" else side for side in _widened(*sides))
    n, n_eff = min(lowest.n, highest.n), min(lowest.n_eff, highest.n_eff)
    method, units = f"worst cases, Imbens-Manski on {lowest.method}", lowest.clusters
    bounds, why = (low[:, None], high[:, None]), highest.reason
    return estimates(value, *bounds, n=n, n_eff=n_eff, method=method, clusters=units, reasons=why)[0]


def _widened(ends: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Limits around both ends (2,), given each end's own outer limits (levels,); an infinite end is its own limit."""
    with np.errstate(invalid="ignore", over="ignore"):
        down, up = ends[0] - low, high - ends[1]
        apart, noise = np.nan_to_num(ends[1] - ends[0], nan=np.inf), np.fmax(down, up) / _Z
        width = np.divide(apart, noise, out=np.full(len(LEVELS), np.inf), where=noise > 0)
        ratio = critical_values(np.nan_to_num(width, nan=0.0, posinf=1e9)[:, None])[:, 0] / _Z
        lower, upper = ends[0] - ratio * down, ends[1] + ratio * up
    return np.where(np.isinf(ends[0]), low, lower), np.where(np.isinf(ends[1]), high, upper)


@dataclass(frozen=True)
class Incomplete:
    """Rows whose outcome is missing for some: their cells, and the levels of a hit and of a miss among `event`."""

    tally: Tally
    group: str
    event: str
    hit: str
    miss: str

    def sample(self, groups: Sequence[str]) -> Sample:
        """The rates of those whose outcome is known."""
        return sample(self.tally, self.group, self.event, [self.hit], groups)

    def completed(self, groups: Sequence[str], favoured: Sequence[str]) -> Sample:
        """The rates if every missing outcome of the favoured groups were a hit and every other a miss."""
        ours, others = self.tally.where(self.group, *favoured), self.tally.without(self.group, *favoured)
        whole = ours.relabel(self.event, {MISSING: self.hit}) + others.relabel(self.event, {MISSING: self.miss})
        return sample(whole, self.group, self.event, [self.hit], groups)

    def rate(self, level: str) -> tuple[Estimate, Silence]:
        """The worst-case interval of a group's rate, and the share of the group whose outcome is missing."""
        part = replace(self, tally=self.tally.where(self.group, level))
        known, low, high = part.sample([level]), part.completed([level], ()), part.completed([level], [level])
        every = np.ones((1, 1), bool)
        told = [_rate(s, union_rates(s, every)) for s in (known, low, high)]
        return between(told[1], told[2], told[0].value), _silent(known, low, every[0])

    def comparison(self, pair: Comparison, groups: Sequence[str]) -> tuple[Estimate, Estimate, tuple[Silence, Silence]]:
        """The worst-case intervals of a difference and a ratio of two rates, and the missing share of either side."""
        rest = [name for name in groups if name != pair.level]
        versus = None if pair.versus == OTHERS else pair.versus
        low, high = self.completed(groups, rest), self.completed(groups, [pair.level])
        least, most = (
            next(c for c in compare(s, versus) if (c.level, c.versus) == (pair.level, pair.versus)) for s in (low, high)
        )
        own = np.array([name == pair.level for name in groups])
        others = ~own if versus is None else np.array([name == versus for name in groups])
        known = self.sample(groups)
        silent = _silent(known, low, own), _silent(known, low, others)
        difference = between(least.difference, most.difference, pair.difference.value)
        return difference, between(least.ratio, most.ratio, pair.ratio.value, "ratio"), silent


def silenced(tally: Tally, event: str, responded: str, answered: str) -> Tally:
    """The same rows, the outcome of those who are known not to have answered taken as missing."""
    silent = [level for level in tally.levels_of(responded) if level not in (answered, MISSING)]
    if not silent:
        return tally
    gone = tally.where(responded, *silent)
    return tally.without(responded, *silent) + gone.relabel(event, dict.fromkeys(gone.levels_of(event), MISSING))


def _rate(s: Sample, r: Rates) -> Estimate:
    units = None if s.cells is None else len(np.unique(s.cells.cluster))
    told = estimates(*wilson(r), n=r.n, n_eff=r.n_eff, method="Wilson", clusters=units, reasons="no rows")
    return told[0]


def _silent(known: Sample, whole: Sample, members: Members) -> Silence:
    total = float(members @ whole.w)
    return 1 - float(members @ known.w) / total if total > 0 else None


def offset_needed(difference: float | None, silent: Silence) -> float | None:
    """How much more often the silent share of a group must be hit than those of it who answered, for no gap to be left.

    -difference / silent, `difference` that of those who answered; `None` where it would have to exceed 1, or where
    nobody is silent.

    >>> offset_needed(-.1, .25)
    0.4
    """
    if not silent or difference is None or abs(difference) > silent:
        return None
    return -difference / silent
