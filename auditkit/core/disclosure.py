"""Which groups of a table may be shown, so that no small cell can be had back from what is?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import UNIT, Ints
from auditkit.core.evidence import Tally
from auditkit.core.protection import protected

POOLED = "all others"
"""What the other side of a comparison is called where it is every other group."""
_CROSSED = "group:crossed"
_SPLITS = ("context", UNIT)
"""Axes that a comparison of whole groups sums out."""
MANY = 8
"""Attributes of more than so many are not tried in every combination."""


class Shown(NamedTuple):
    """What may be told of the groups of one attribute.

    `whole`: its finest table, by all that was counted of it, has no small cell, so neither has any sum or difference of
    nested sums. Else `levels` are the groups whose own counts, summed over contexts, give no hidden cell away, also not
    beside those of all the others together.
    """

    whole: bool
    levels: frozenset[str]


def shown(cells: Tally, k: int, asked: Collection[str] | None = None) -> dict[str, Shown]:
    """What may be told by attribute: the columns of groups, and all of them crossed; "" is all that was counted.

    A cell is small where it has rows or units, and fewer than `k`. A group with a small cell is hidden, and others with
    it until at least two are and together have `k` or more in every cell that anybody is in: then each hidden count
    could be anything from none to their sum, which is no closer than `k` (complementary suppression; Cox 1980). Where
    several attributes are told, one's groups may be sums or parts of the others': as many attributes are kept, and of
    as few groups, as leave every set of fewer than `k` rows room, also for one who knows which cells are empty (see
    `protected`); of the others all groups are hidden. `asked` are the attributes that a report tells of; all if `None`.

    >>> cells = {("a", "1"): 90, ("a", "0"): 90, ("b", "1"): 30, ("b", "0"): 30, ("c", "1"): 3, ("c", "0"): 4}
    >>> told = shown(Tally.of_cells(("group", "outcome"), cells), 10)["group"]
    >>> told.whole, sorted(told.levels)
    (False, ['a'])
    """
    groups = [axis for axis in cells.axes if axis.split(":")[0] == "group"]
    rest = [axis for axis in cells.axes if axis not in groups]
    fine, coarse = ([axis for axis in rest if axis not in out] for out in ((UNIT,), _SPLITS))
    parts: dict[str, tuple[str, ...]] = {cells.name_of(axis): (axis,) for axis in groups}
    if len(groups) > 1:
        parts[" × ".join(parts)] = tuple(groups)
    wanted = [name for name in parts if asked is None or name in asked]
    told = {}
    for name, axes in parts.items():
        labels, counts = table(cells, axes, coarse)
        single = len(axes) == 1 or wanted == [name]
        hidden = _hidden(counts, k, alone=single and UNIT not in cells and POOLED not in labels)
        levels = frozenset(label for label, out in zip(labels, hidden, strict=True) if not out)
        told[name] = Shown(not _small(table(cells, axes, fine)[1], k).any(), levels)
    told |= _apart(told, cells, {name: parts[name] for name in wanted}, coarse, k)
    every = [axis for axis in cells.axes if axis != UNIT]
    return {**told, "": Shown(not _small(table(cells, (), every)[1], k).any(), frozenset())}


def table(cells: Tally, group: Sequence[str], rest: Sequence[str]) -> tuple[list[str], Ints]:
    """The groups, and how many are in each by everything else (groups, cells): rows, or units where those are fewer."""
    if len(group) > 1:
        return table(cells.crossed(group, _CROSSED), [_CROSSED], rest)
    held = cells.marginal(*group, *rest)
    labels = list(held.levels_of(group[0])) if group else [""]
    row = held.codes[:, held.index(group[0])] if group else np.zeros(len(held), np.int64)
    _, column = np.unique(held.codes[:, [held.index(axis) for axis in rest]], axis=0, return_inverse=True)
    shape = len(labels), int(column.max(initial=-1)) + 1
    place = row * shape[1] + column.reshape(-1)
    counts = np.bincount(place, held.n, shape[0] * shape[1]).astype(np.int64)
    if UNIT in held:
        counts = np.minimum(counts, np.bincount(place, minlength=shape[0] * shape[1]))
    return labels, counts.reshape(shape)


def _small(counts: Ints, k: int) -> NDArray[np.bool_]:
    return np.asarray((counts > 0) & (counts < k), bool)


def _hidden(counts: Ints, k: int, alone: bool) -> NDArray[np.bool_]:
    """Which groups (rows of `counts`) are hidden: those with a small cell, and the least of others that cover them."""
    hidden = np.asarray(_small(counts, k).any(axis=1))
    if not hidden.any():
        return hidden
    inhabited = counts.sum(axis=0) > 0
    for i in np.argsort(counts.sum(axis=1), kind="stable") if alone else ():
        if hidden.sum() > 1 and (counts[hidden].sum(axis=0)[inhabited] >= k).all():
            return hidden
        hidden[i] = True
    return np.ones_like(hidden)


def _apart(
    told: Mapping[str, Shown], cells: Tally, parts: Mapping[str, tuple[str, ...]], coarse: Sequence[str], k: int
) -> dict[str, Shown]:
    """The attributes that have to be hidden beside the others."""
    open_ = {name: axes for name, axes in parts.items() if told[name].whole or told[name].levels}
    if len(open_) < 2:
        return {}
    tables = list(_columns(told, cells, open_, coarse))
    for keep in _choices(open_, cells):
        at = [list(open_).index(name) for name in keep]
        if len(keep) == 1 or all(protected(n, sums[:, at], k) for n, sums in tables):
            return {name: Shown(False, frozenset()) for name in open_ if name not in keep}
    return {name: Shown(False, frozenset()) for name in open_}


def _choices(open_: Mapping[str, tuple[str, ...]], cells: Tally) -> Iterator[tuple[str, ...]]:
    """Which attributes to keep, the most first, then those of the fewest groups; crossings go before their parts.

    Of very many attributes one is left off at a time.
    """
    size = {name: (len(axes), sum(len(cells.levels_of(axis)) for axis in axes)) for name, axes in open_.items()}
    ranked = sorted(open_, key=lambda name: (*size[name], name))
    for n in range(len(ranked), 0, -1):
        if len(ranked) > MANY:
            yield tuple(ranked[:n])
        else:
            yield from sorted(combinations(ranked, n), key=lambda some: tuple(sorted(size[name] for name in some)))


def _columns(
    told: Mapping[str, Shown], cells: Tally, parts: Mapping[str, tuple[str, ...]], coarse: Sequence[str]
) -> Iterator[tuple[Ints, Ints]]:
    """The counts of the finest cells, and in which sum of each attribute each is: by everything that no sum adds up.

    A whole attribute is told by context too; of another all hidden groups are one sum. Of a crossing all are shown.
    """
    axes = [axis for axis in cells.axes if axis != UNIT]
    held = cells.folded(*axes)[0]
    n = _least(cells, axes)

    def by(*of: str) -> Ints:
        column = held.codes[:, [axes.index(axis) for axis in of]]
        return np.unique(column, axis=0, return_inverse=True)[1].reshape(-1)

    sums = []
    for name, at in parts.items():
        levels = told[name].levels
        code = by(*at, *(axis for axis in axes if axis == "context" and told[name].whole))
        if len(at) == 1 and not told[name].whole:
            hidden = [i for i, label in enumerate(held.levels_of(at[0])) if label not in levels]
            code = np.where(np.isin(held.codes[:, axes.index(at[0])], hidden), -1, code)
        sums.append(code)
    where = by(*coarse)
    for column in range(int(where.max(initial=-1)) + 1):
        mine = where == column
        yield n[mine], np.column_stack(sums)[mine]


def _least(cells: Tally, axes: Sequence[str]) -> Ints:
    """How many rows are in each cell of these axes, or units where those are fewer."""
    held, place = cells.folded(*axes)
    counts = np.bincount(place, cells.n, len(held)).astype(np.int64)
    return np.minimum(counts, np.bincount(place, minlength=len(held))) if UNIT in cells else counts
