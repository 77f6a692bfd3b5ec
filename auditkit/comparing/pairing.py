"""Which units do two reports share, in which cells, and do their ids name the same people?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.comparing.paired import FEWEST, few_in_both, stopped
from auditkit.core.evidence import Ints, Tally
from auditkit.core.report import Report

SEAM = 30
"""Of n pairs √n/30 may differ in what people keep, as records that were corrected: of two samples in files sorted by
group, paired line by line, that few do in .02 to .14 (50 to 100,000 people, a tenth to half of them in the group)."""
KEPT = ("group", "context", "feature", "truth")
"""What stays with a person whatever a model decides of them; the outcome too, where a model's prediction is beside."""
SAID = ("prediction", "score", "model")
KEYS = "their units were hashed with different keys (AUDITKIT_UNIT_KEY)"
UNKEPT = "one of the reports keeps no units"
STOPPED = "a run was stopped by its questions, whose intervals allow for that alone"
STRANGE = "so they do not name the same people"
STRANGERS = (
    f"of {{:,}} ids that both reports have, {{:,}} stand for somebody of another {{}} in the other, {STRANGE} (row "
    "numbers do not, once rows were dropped or sorted). Name units by what stays with them"
)


class Shared(NamedTuple):
    """The pairs of cells that units have in the older and the newer report, (t,) each, and how many units each; how
    many units of each cell are in that report alone, (cells,); and what the cells are called on the axes that both
    reports have, so that cells of one name are one place, (cells,)."""

    was: Ints
    now: Ints
    n: Ints
    only_was: Ints
    only_now: Ints
    name_was: Ints
    name_now: Ints


def shared(new: Report, old: Report) -> Shared | str:
    """Which cells the units of both reports are in, or why that says nothing."""
    if new.units is None or old.units is None or new.cells is None or old.cells is None:
        return UNKEPT
    if new.units.key != old.units.key:
        return KEYS
    if stopped(new) or stopped(old):
        return STOPPED
    _, ours, theirs = np.intersect1d(new.units.digests, old.units.digests, return_indices=True)
    if len(ours) < FEWEST:
        return few_in_both(len(ours))
    at = old.units.cells[theirs] * (1 << 32) + new.units.cells[ours]
    pairs, n = np.unique(at, return_counts=True)
    was, now = pairs >> 32, pairs & 0xFFFFFFFF
    if why := strangers(old.cells, new.cells, was, now, n):
        return why
    both = [axis for axis in old.cells.axes if axis in new.cells]
    return Shared(was, now, n, _only(old.cells, was, n), _only(new.cells, now, n), *_names(old.cells, new.cells, both))


def _only(cells: Tally, at: Ints, n: Ints) -> Ints:
    """Units of each cell that are not among those at some."""
    return cells.n - np.bincount(at, n, len(cells)).astype(np.int64)


def strangers(old: Tally, new: Tally, was: Ints, now: Ints, n: Ints) -> str:
    """Why ids that two reports share name different people: what people keep is not the same in nearly all pairs.

    Of ids that pair by accident, as row numbers of two files do, groups agree by chance alone, Σ p² for shares p; in
    files that are sorted by group they agree but at the seams, which are elsewhere in two samples. Nothing is said
    where all are alike in what they keep.
    """
    fixed = [*KEPT, *(("outcome",) if any(_role(axis) in SAID for axis in new.axes) else ())]
    stay = [axis for axis in old.axes if _role(axis) in fixed and axis in new]
    before, after = _names(old, new, stay)
    apart = int(n[before[was] != after[now]].sum())
    if apart <= math.isqrt(int(n.sum())) // SEAM:
        return ""
    by = [axis for axis in stay if _apart(old, new, axis, was, now, n)]
    return STRANGERS.format(int(n.sum()), apart, " or ".join(dict.fromkeys(old.name_of(axis) for axis in by)))


def _apart(old: Tally, new: Tally, axis: str, was: Ints, now: Ints, n: Ints) -> bool:
    before, after = _names(old, new, [axis])
    return bool(n[before[was] != after[now]].sum())


def _role(axis: str) -> str:
    return axis.split(":")[0]


def _names(old: Tally, new: Tally, axes: Sequence[str]) -> tuple[Ints, Ints]:
    """Numbers that two cells share exactly where they have the same levels on these axes."""
    columns: list[NDArray[np.int64]] = []
    for axis in axes:
        place = {level: k for k, level in enumerate(dict.fromkeys((*old.levels_of(axis), *new.levels_of(axis))))}
        both = [
            np.array([place[level] for level in one.levels_of(axis)], np.int64)[one.codes[:, one.index(axis)]]
            for one in (old, new)
        ]
        columns.append(np.concatenate(both))
    codes = np.array(columns, np.int64).reshape(len(axes), len(old) + len(new)).T
    names = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1) if axes else np.zeros(len(codes), np.int64)
    return names[: len(old)], names[len(old) :]
