"""How often was each category selected, or scored above the median, and what is that over the highest such rate?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from auditkit.core.estimate import Interval
from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING

SMALL = 0.02
"""The share of the data below which the rules let a category be left out of the ratios, with a justification."""
CROSSED = "group"
NOTHING = Interval(None, None, 0.95)


@dataclass(frozen=True, slots=True)
class Category:
    """One category: how many were assessed, how many of them selected or above the median, and the impact ratio.

    `low` and `high` are the 95 % interval of the ratio, `p` an exact test against the highest rate; `None` where there
    is none. `share` is that of the data, `small` says that it is under 2 %.
    """

    name: str
    applicants: int
    hits: int
    rate: float
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    share: float
    small: bool

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the ratio."""
        return Interval(self.low, self.high, 0.95)


@dataclass(frozen=True, slots=True)
class Table:
    """The categories of one attribute, or of an intersection, and how many people are of unknown category."""

    attributes: tuple[str, ...]
    highest: str
    categories: tuple[Category, ...]
    unknown: int

    @property
    def name(self) -> str:
        """What the table is by."""
        return " × ".join(self.attributes)

    @property
    def applicants(self) -> int:
        """Everybody whose category is known."""
        return sum(category.applicants for category in self.categories)


@dataclass(frozen=True, slots=True)
class Counted:
    """People by group axes and by an event, some of whose levels are hits; `alone` where the counts say all there is
    to know of the uncertainty, `bounded` where it can be said at all."""

    tally: Tally
    axes: tuple[str, ...]
    event: str
    hits: tuple[str, ...]
    alone: bool = True
    bounded: bool = True


def people(cells: Tally) -> Tally:
    """The same cells without weights: the rules count applicants, not what they stand for."""
    return replace(cells, w=cells.n.astype(float), w2=cells.n.astype(float), weighted=False, top=None)


def above_median(cells: Tally, axis: str) -> tuple[float, tuple[str, ...]] | None:
    """The median of all rows' numbers, and the levels above it; `None` where the levels are no numbers, or only two.

    >>> above_median(Tally.of({"score": ["1", "2", "2", "9"]}), "score")
    (2.0, ('9',))
    """
    known = cells.without(axis, MISSING)
    numbers = _numbers(known.levels_of(axis))
    if len(numbers) < 3:
        return None
    upto = np.cumsum(known.cube(axis, of="n"))
    middle = np.searchsorted(upto, [(upto[-1] + 1) // 2, upto[-1] // 2 + 1])
    median = float(np.mean([numbers[i] for i in middle]))
    return median, tuple(x for x, number in zip(known.levels_of(axis), numbers, strict=True) if number > median)


def tables(counted: Counted) -> Iterator[Table]:
    """A table for each attribute, for each two of them, and for all of them together; none without a known category."""
    axes = counted.axes
    crossings = [*combinations(axes, 2), *([axes] if len(axes) > 2 else [])]
    for chosen in [*((axis,) for axis in axes), *crossings]:
        names = tuple(counted.tally.name_of(axis) for axis in chosen)
        tally = counted.tally if len(chosen) == 1 else counted.tally.crossed(chosen, CROSSED)
        axis = chosen[0] if len(chosen) == 1 else CROSSED
        known = tally.without(counted.event, MISSING).marginal(axis, counted.event)
        if any(level != MISSING for level in known.levels_of(axis)):
            yield _table(counted, known, axis, names)


def _numbers(levels: Sequence[str]) -> list[float]:
    """The levels as numbers, smallest first as levels are; none where one of them is no number."""
    try:
        found = [float(level) for level in levels]
    except ValueError:
        return []
    return found if np.isfinite(found).all() else []


def _table(counted: Counted, tally: Tally, axis: str, names: tuple[str, ...]) -> Table:
    rows = _by_level(tally, axis)
    hits = _by_level(tally.where(counted.event, *counted.hits), axis)
    unknown = rows.pop(MISSING, 0)
    rates = {level: hits.get(level, 0) / n for level, n in rows.items()}
    highest = max(rates, key=lambda level: rates[level])
    bounds = _intervals(counted, tally, axis, highest)
    data = sum(rows.values()) + unknown

    def category(level: str) -> Category:
        n, k, best = rows[level], hits.get(level, 0), rates[highest]
        low, high, _ = bounds.get(level, NOTHING)
        exact = level != highest and counted.alone and counted.bounded
        p = _fisher((k, n), (hits.get(highest, 0), rows[highest])) if exact else None
        ratio = rates[level] / best if best > 0 else None
        return Category(level, n, k, rates[level], ratio, low, high, p, n / data, n / data < SMALL)

    return Table(names, highest, tuple(category(level) for level in rows), unknown)


def _by_level(tally: Tally, axis: str) -> dict[str, int]:
    return dict(zip(tally.levels_of(axis), tally.cube(axis, of="n").astype(int).tolist(), strict=True))


def _intervals(counted: Counted, tally: Tally, axis: str, highest: str) -> Mapping[str, Interval]:
    """The 95 % interval of each ratio against the highest rate (MOVER-R), by cluster where units share rows."""
    from auditkit.stats.clusters import sample
    from auditkit.stats.contrasts import compare

    if not counted.bounded:
        return {}
    s = sample(tally, axis, counted.event, counted.hits)
    return {pair.level: pair.ratio.interval(0.95) for pair in compare(s, highest)}


def _fisher(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Fisher's exact test, two-sided, of two rates."""
    from scipy.stats import fisher_exact

    return float(fisher_exact(np.array([[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]))[1])
