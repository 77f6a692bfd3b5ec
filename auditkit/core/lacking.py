"""Which detectors read what some rows lack, and of which attributes that tells where these are few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import UNIT
from auditkit.core.disclosure import POOLED
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.roles import MISSING

Bools = NDArray[np.bool_]


class Lacking(NamedTuple):
    """`codes` are the detectors whose rows the counted cells do not tell of: some lack a score. `few` are the
    attributes of which they tell, beside the cells or one another, that fewer than the threshold do."""

    codes: frozenset[str]
    few: frozenset[str]


About = tuple[str, str, frozenset[str]]
"""Of which groups of which attribute, in which stratum."""


class _Totals(NamedTuple):
    """What cells say of some groups: how many rows they have, also where something is known; and of each level of what
    else is counted how many there are, of how many."""

    whole: frozenset[int]
    parts: frozenset[tuple[int, int]]

    def tell(self, one: _Told) -> bool:
        """Whether a number of rows that a finding tells is one of these."""
        return one.n in self.whole or any(one.n == part for part, _ in self.parts)


class _Told(NamedTuple):
    """How many rows a finding tells of, and how many of them are hits, where it says so."""

    n: int
    hits: int | None

    def near(self, other: _Told, k: int) -> bool:
        """Whether one of the two may be of the same rows as the other but for a few."""
        if self.hits is None or other.hits is None:
            return 0 < abs(self.n - other.n) < k
        hits, rest = self.hits - other.hits, self.n - self.hits - other.n + other.hits
        return hits * rest >= 0 and any(0 < abs(apart) < k for apart in (hits, rest, hits + rest))


def lacking(findings: Sequence[Finding], cells: Tally, k: int) -> Lacking:
    """The detectors that tell a number of rows which is no sum of the cells, and where one tells of a few rows.

    Two numbers of the same groups that differ, by fewer than `k`, tell that a few rows have what the one counts and
    lack what the other counts. A coincidence is taken for one: it withholds more, never less. Of groups of several
    columns see `_beside`.
    """
    by = {f.attribute: _by(cells, f.attribute) for f in findings}
    told = [(f.code, about, one) for f in findings for about, one in _told(f)]
    sums = {about: _totals(*by[about[0]], about[1], about[2]) for about in {about for _, about, _ in told}}
    codes = frozenset(code for code, about, one in told if not sums[about].tell(one))
    read: dict[About, set[_Told]] = {}
    for code, about, one in told:
        if code in codes:
            read.setdefault(about, set()).add(one)
    few = {about[0] for about, some in read.items() if _few(some, sums[about], k)}
    asked = {f.attribute: by[f.attribute] for f in findings if f.code in codes and by[f.attribute][1]}
    return Lacking(codes, frozenset(few | _beside({name: at for name, at in asked.items() if name not in few})))


def _beside(asked: Mapping[str, tuple[Tally, str]]) -> set[str]:
    """The attributes that are not told beside others, since nobody knows how many of their joint rows are read.

    Where one group lies in another, two numbers that are large leave a few over. Two attributes of which every
    combination has rows are told together: a joint count may be anything up to the lesser of its two sums. Else only
    the one of the fewest groups is.
    """
    ranked = sorted(asked, key=lambda name: (len(asked[name][0].levels_of(asked[name][1])), name))
    if len(ranked) == 2 and _full(*(asked[name] for name in ranked)):
        return set()
    return set(ranked[1:])


def _full(one: tuple[Tally, str], other: tuple[Tally, str]) -> bool:
    """Whether every combination of two columns of groups has rows wherever anybody is, contexts and units summed."""
    cells, axes = one[0], (one[1], other[1])
    if not all(axis in cells for axis in axes):
        return False
    rest = [axis for axis in cells.axes if axis.split(":")[0] not in ("group", "context", UNIT)]
    every = len(cells.levels_of(axes[0])) * len(cells.levels_of(axes[1])) * len(cells.folded(*rest)[0])
    return len(cells.folded(*axes, *rest)[0]) == every


def _few(read: set[_Told], totals: _Totals, k: int) -> bool:
    """Whether what is read of some groups lies a few rows from what is counted of them, or from what else is read."""
    counted = {_Told(n, None) for n in (*totals.whole, *(part for part, _ in totals.parts))}
    counted |= {_Told(n, part) for part, n in totals.parts}
    return any(one.near(other, k) for one in read for other in (*counted, *read))


def _told(f: Finding) -> Iterator[tuple[About, _Told]]:
    for count in f.counts:
        if count.n:
            yield (f.attribute, f.stratum, _groups(f, count.label)), _Told(count.n, count.hits)
    if f.estimate.n:
        labels = {count.label for count in f.counts} or {f.level, f.versus}
        scope = frozenset({"*"}) if POOLED in labels else frozenset(labels)
        yield (f.attribute, f.stratum, scope), _Told(f.estimate.n, None)


def _groups(f: Finding, label: str) -> frozenset[str]:
    """The groups that a label is of; "*" is all, and "-a" all but a."""
    return frozenset({f"-{f.level}"}) if label == POOLED else frozenset({label})


def _by(cells: Tally, attribute: str) -> tuple[Tally, str]:
    """The cells with one axis for the groups of an attribute; its name is empty where no column of groups is meant."""
    groups = [axis for axis in cells.axes if axis.split(":")[0] == "group"]
    if len(groups) > 1 and attribute == " × ".join(cells.name_of(axis) for axis in groups):
        return cells.crossed(groups, "group:crossed"), "group:crossed"
    return cells, next((axis for axis in groups if cells.name_of(axis) == attribute), "")


def _totals(cells: Tally, axis: str, stratum: str, groups: frozenset[str]) -> _Totals:
    """The sums that cells have of some groups; of labels that are none, those of all rows."""
    rows = np.ones(len(cells), bool)
    if axis:
        levels = cells.levels_of(axis)
        out = {f"-{level}" for level in levels} & groups
        wanted = [i for i, level in enumerate(levels) if level in groups or (out and f"-{level}" not in out)]
        if wanted:
            rows = np.isin(cells.codes[:, cells.index(axis)], wanted)
    if stratum and "context" in cells:
        named = [i for i, level in enumerate(cells.levels_of("context")) if stratum.endswith(level)]
        rows &= np.isin(cells.codes[:, cells.index("context")], named)
    others = [other for other in cells.axes if other != UNIT and other.split(":")[0] != "group"]
    whole = _whole(cells, rows, others)
    return _Totals(whole, frozenset((part, n) for part in _parts(cells, rows, others) for n in whole if part <= n))


def _whole(cells: Tally, rows: Bools, axes: Sequence[str]) -> frozenset[int]:
    """How many rows there are, also without those that lack one thing or several."""
    has = {axis: ~_at(cells, axis, MISSING) for axis in axes if MISSING in cells.levels_of(axis)}
    some = [chosen for n in range(min(len(has), 3) + 1) for chosen in combinations(has.values(), n)]
    return frozenset(int(cells.n[np.logical_and.reduce([rows, *chosen])].sum()) for chosen in some)


def _parts(cells: Tally, rows: Bools, axes: Sequence[str]) -> frozenset[int]:
    """How many rows there are of each level of everything else that is counted."""
    return frozenset(
        int(n) for axis in axes for n in np.bincount(cells.codes[rows, cells.index(axis)], cells.n[rows]) if n
    )


def _at(cells: Tally, axis: str, level: str) -> Bools:
    return np.asarray(cells.codes[:, cells.index(axis)] == cells.levels_of(axis).index(level))
