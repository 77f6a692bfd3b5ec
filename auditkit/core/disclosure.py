"""Which groups of a table may be shown, so that no small cell can be had back from what is?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import UNIT, Ints
from auditkit.core.evidence import Tally

POOLED = "all others"
"""What the other side of a comparison is called where it is every other group."""
_CROSSED = "group:crossed"
_SPLITS = ("context", UNIT)
"""Axes that a comparison of whole groups sums out."""


class Shown(NamedTuple):
    """What may be told of the groups of one attribute.

    `whole`: its finest table, by all that was counted of it, has no small cell, so neither has any sum or difference of
    nested sums. Else `levels` are the groups whose own counts, summed over contexts, give no hidden cell away, also not
    beside those of all the others together.
    """

    whole: bool
    levels: frozenset[str]


def shown(cells: Tally, k: int) -> dict[str, Shown]:
    """What may be told by attribute: the columns of groups, and all of them crossed; "" is all that was counted.

    A cell is small where it has rows or units, and fewer than `k`. A group with a small cell is hidden, and others with
    it until at least two are and together have `k` or more in every cell that anybody is in: then each hidden count
    could be anything from none to their sum, which is no closer than `k` (complementary suppression; Cox 1980). Where
    there are several attributes all groups are hidden, since the margins of one may be sums of the other's.

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
    told = {}
    for name, axes in parts.items():
        labels, counts = table(cells, axes, coarse)
        hidden = _hidden(counts, k, alone=len(groups) == 1 and UNIT not in cells and POOLED not in labels)
        levels = frozenset(label for label, out in zip(labels, hidden, strict=True) if not out)
        told[name] = Shown(not _small(table(cells, axes, fine)[1], k).any(), levels)
    for one, other in combinations(groups, 2):
        _apart(told, cells, one, other, coarse, k)
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


def _apart(told: dict[str, Shown], cells: Tally, one: str, other: str, rest: Sequence[str], k: int) -> None:
    """Hide an attribute whose groups nest in another's and leave a few over: whoever knows that takes one from the
    other."""
    names = [cells.name_of(axis) for axis in (one, other)]
    if not all(told[name].levels for name in names):
        return
    joint = _joint(cells, one, other, rest)
    if any(_leftover(part, k) for part in (joint, joint.transpose(1, 0, 2))):
        told[names[int(joint.shape[1] > joint.shape[0])]] = Shown(False, frozenset())


def _joint(cells: Tally, one: str, other: str, rest: Sequence[str]) -> Ints:
    """Rows by two axes and every combination of the rest, and by the two alone (levels, levels, combinations + 1)."""
    held = cells.folded(one, other, *rest)[0]
    _, column = np.unique(held.codes[:, [held.index(axis) for axis in rest]], axis=0, return_inverse=True)
    joint = np.zeros((len(held.levels_of(one)), len(held.levels_of(other)), int(column.max(initial=-1)) + 2), np.int64)
    np.add.at(joint, (held.codes[:, held.index(one)], held.codes[:, held.index(other)], column.reshape(-1)), held.n)
    joint[:, :, -1] = joint.sum(axis=2)
    return joint


def _leftover(joint: Ints, k: int) -> bool:
    """Whether a level of the first axis, less the levels of the second that lie wholly in it, is a few rows."""
    within = joint * (joint == joint.sum(axis=0, keepdims=True))
    return bool(_small(joint.sum(axis=1) - within.sum(axis=1), k).any())
