"""How much do two reports on the same units vary together, where each row is a unit and both keep its cell?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.comparing.paired import FEWEST, few_in_both, stopped
from auditkit.comparing.rereading import STUMBLES, Asked, Values, asked, unlike
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints, Tally
from auditkit.core.finding import Finding, Key, Scale
from auditkit.core.report import Report
from auditkit.gathering import axes_of

MOST = 400
"""Cells that are read again, each with one unit more."""
UNSEEN = 3
"""Units of each level that may have changed unseen: of none that did among n, up to 3/n do at 95 % (Hanley &
Lippman-Hand 1983)."""
KEYS = "their units were hashed with different keys (AUDITKIT_UNIT_KEY)"


class Together(NamedTuple):
    """The correlation of a finding's two estimates, and the units of both reports that it comes from."""

    correlation: float
    units: int


class _Moved(NamedTuple):
    """By how much a finding, a ratio by its logarithm, moves with one unit more in each cell of its report; by how much
    at most with a unit of each compared level in another cell; and the variance that its units make of it."""

    by: Floats
    most: Sequence[float]
    variance: float


class _Shared(NamedTuple):
    """The pairs of cells that units have in the older and the newer report, and how many units each."""

    was: Ints
    now: Ints
    n: Ints


def correlations(new: Report, old: Report) -> Mapping[Key, Together | str]:
    """For each finding that both tell: how its estimates vary together, or why that cannot be read from the cells.

    An estimate's influence ψ(c) is how it moves with one unit more in cell c, so its variance is Σ ψ² over the units of
    its report, and the covariance Σ ψ_old ψ_new over those of both. Three units of either compared level are taken to
    have changed unseen, and a unit's change moves the finding by up to s there: (Σ ψ_old ψ_new - 3/2 Σ s²)/√(V_old
    V_new), never made negative by that alone. V is at least what the estimate's own 90 % interval says, so that noise
    which is not sampling is not taken for shared. For a difference of two rates this is as Newcombe's (1998b) method
    10 for paired proportions, with Bonett & Price's (2012) pseudo-counts in place of his continuity correction.
    """
    keys = {finding.key: finding for finding in old.findings}
    both = [(finding, keys[finding.key]) for finding in new.findings if finding.key in keys]
    shared = _shared(new, old)
    if not both:
        return {}
    if isinstance(shared, str):
        return {finding.key: shared for finding, _ in both}
    now, was = (_moved(report, mine) for report, mine in zip((new, old), zip(*both, strict=True), strict=True))
    silent = "no detector of its recipe tells it"
    return {
        one.key: _together(one, other, now.get(one.key, silent), was.get(one.key, silent), shared)
        for one, other in both
    }


def _shared(new: Report, old: Report) -> _Shared | str:
    """Which cells the units of both reports are in, or why that says nothing."""
    if new.units is None or old.units is None:
        return "one of the reports keeps no units"
    if new.units.key != old.units.key:
        return KEYS
    if stopped(new) or stopped(old):
        return "a run was stopped by its questions, whose intervals allow for that alone"
    _, ours, theirs = np.intersect1d(new.units.digests, old.units.digests, return_indices=True)
    if len(ours) < FEWEST:
        return few_in_both(len(ours))
    at = old.units.cells[theirs] * (1 << 32) + new.units.cells[ours]
    pairs, n = np.unique(at, return_counts=True)
    return _Shared(pairs >> 32, pairs & 0xFFFFFFFF, n)


def _moved(report: Report, mine: Sequence[Finding]) -> Mapping[Key, _Moved | str]:
    """How findings of one report move with its cells, by detector; or why that cannot be told."""
    told: dict[Key, _Moved | str] = {}
    for table in report.recipe.detectors:
        ask, some = asked(report, table), [one for one in mine if one.code == str(table.get("code", ""))]
        if isinstance(ask, str):
            told |= {one.key: ask for one in some}
        elif some:
            told |= _read_again(report, ask, some)
    return told


def _read_again(report: Report, ask: Asked, mine: Sequence[Finding]) -> Mapping[Key, _Moved | str]:
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
    return {one.key: unlike(one, whole) or _movement(one, cells, whole, more, place) for one in mine}


def _with_one(cells: Tally, place: int) -> Tally:
    more = cells.n + (np.arange(len(cells)) == place)
    return replace(cells, n=more, w=more.astype(float), w2=more.astype(float))


def _movement(one: Finding, cells: Tally, whole: Values, more: Sequence[Values], place: Ints) -> _Moved | str:
    along = [_along(values.get(one.key), one.scale) for values in (whole, *more)]
    known = [value for value in along if value is not None]
    if len(known) < len(along):
        return "with another unit it would be undefined"
    by = np.array(known[1:]) - known[0]
    most = [float(np.ptp(by[level])) if level.any() else 0.0 for level in _levels(one, cells)]
    return _Moved(by[place], most, float((cells.n * by**2).sum()))


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


def _error(finding: Finding, moved: _Moved) -> float:
    return max(math.sqrt(moved.variance), finding.estimate.standard_error(finding.scale) or math.inf)


def _together(new: Finding, old: Finding, now: _Moved | str, was: _Moved | str, shared: _Shared) -> Together | str:
    """The correlation of one finding's two estimates."""
    for moved, finding in ((now, new), (was, old)):
        if isinstance(moved, str):
            return moved
        if finding.estimate.clusters is not None:
            return f"its interval rests on {finding.estimate.clusters:,} clusters, which are not its units"
        if finding.null_expectation is not None:
            return "it is a largest or a total difference, whose noise is not that of its units"
    assert not isinstance(now, str)
    assert not isinstance(was, str)
    unseen = [max(pair) for pair in zip(now.most, was.most, strict=True)]
    spread = _error(new, now) * _error(old, was)
    if min(unseen) <= 0 or not spread > 0:
        return "in one of the levels that are compared all are alike, so how units move it cannot be seen"
    common = float((shared.n * was.by[shared.was] * now.by[shared.now]).sum())
    held = min(common, max(common - UNSEEN / 2 * sum(most**2 for most in unseen), 0.0))
    return Together(min(max(held / spread, -1.0), 1.0), int(shared.n.sum()))
