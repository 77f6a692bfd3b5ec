"""How much does a finding move with one unit more in a cell of its report?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.comparing.rereading import STUMBLES, Asked, Values, asked, unlike
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints, Tally
from auditkit.core.finding import Finding, Key, Scale
from auditkit.core.report import Report
from auditkit.gathering import axes_of

MOST = 400
"""Cells that are read again, each with one unit more."""
SILENT = "no detector of its recipe tells it"


class Influence(NamedTuple):
    """By how much a finding, a ratio by its logarithm, moves with one unit more in each cell of its report, (cells,);
    by how much at most with a unit of each compared level in another cell; the cells of these levels, (cells,) each;
    and the variance that the units make of it."""

    by: Floats
    most: Sequence[float]
    levels: Sequence[NDArray[np.bool_]]
    variance: float


def influences(report: Report, mine: Sequence[Finding]) -> Mapping[Key, Influence | str]:
    """How findings of one report move with its cells, by detector; or why that cannot be told."""
    told: dict[Key, Influence | str] = {one.key: SILENT for one in mine}
    for table in report.recipe.detectors:
        ask, some = asked(report, table), [one for one in mine if one.code == str(table.get("code", ""))]
        if isinstance(ask, str):
            told |= {one.key: ask for one in some}
        elif some:
            told |= _read_again(report, ask, some)
    return told


def _read_again(report: Report, ask: Asked, mine: Sequence[Finding]) -> Mapping[Key, Influence | str]:
    """What a detector tells of its cells, and of them with one unit more in each."""
    assert report.cells is not None  # units are kept of cells
    axes = [axis for axis in axes_of(ask.detector, ask.roles) if axis in report.cells]
    cells, place = report.cells.folded(*axes)
    if len(cells) > MOST:
        return {one.key: f"its {len(cells):,} cells are too many to be read again one by one" for one in mine}
    try:
        whole, *more = (ask.values(one) for one in (cells, *(_with_one(cells, c) for c in range(len(cells)))))
    except STUMBLES as error:
        return {one.key: f"its detector cannot read the cells again: {error}" for one in mine}
    return {one.key: unlike(one, whole) or _influence(one, cells, whole, more, place) for one in mine}


def _with_one(cells: Tally, place: int) -> Tally:
    more = cells.n + (np.arange(len(cells)) == place)
    return replace(cells, n=more, w=more.astype(float), w2=more.astype(float), top=None)


def _influence(one: Finding, cells: Tally, whole: Values, more: Sequence[Values], place: Ints) -> Influence | str:
    along = [_along(values.get(one.key), one.scale) for values in (whole, *more)]
    known = [value for value in along if value is not None]
    if len(known) < len(along):
        return "with another unit it would be undefined"
    by, levels = np.array(known[1:]) - known[0], _levels(one, cells)
    most = [float(np.ptp(by[level])) if level.any() else 0.0 for level in levels]
    return Influence(by[place], most, [level[place] for level in levels], float((cells.n * by**2).sum()))


def _along(value: float | None, scale: Scale) -> float | None:
    if scale == "difference" or value is None:
        return value
    return math.log(value) if value > 0 else None


def _levels(one: Finding, cells: Tally) -> list[NDArray[np.bool_]]:
    """Which cells are of either level that is compared; where that is not known, both times any."""
    every = np.ones(len(cells), bool)
    axis = next((i for i, name in enumerate(cells.names) if name == one.attribute), None)
    if axis is None or one.level not in cells.levels[axis]:
        return [every, every]
    level, levels = cells.codes[:, axis], cells.levels[axis]
    mine = level == levels.index(one.level)
    return [mine, level == levels.index(one.versus) if one.versus in levels else ~mine]
