"""What would a finding be in two reports on the same units, were some of these units left out of both?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from auditkit.comparing.rereading import STUMBLES, Asked, Values, asked, unlike
from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Ints, Tally
from auditkit.core.finding import Finding, Key
from auditkit.core.report import Report
from auditkit.stakes import OTHERS
from auditkit.stats.proportions import quantiles

BY = (UNIT, "item")
"""What rows may share: where there is no unit, the rows of one item are those that depend on one another."""
FEWEST, SHARED = 10, 0.5
"""Units that both reports must have, and the share of all units that these must be."""
THIN, QUARTER = 3, 0.25
"""Groups of units that each of the compared levels must have, and their share of all.

Of 5 units beside 35 the few make nearly all of the variance, so only a draw in which they happen to make little is not
lumpy: 90 % intervals held the truth in .78 to .86 of those, of 10 beside 30 in .91 to .92, of 3 beside 9 in .97 to .99.
"""
FEW, MANY, CELLS = 20, 40, 400_000
"""Groups of units that are left out in turn: as many as keep the cells that are read again to so many, within these."""
SHARING = "units share rows"
NOTHING = 1e-12
"""What leaving out must change to say a thing."""
UNKEPT = (
    "each row is a unit of its own, and not both reports keep which cell it is in: audit both with keep_units=True "
    "(--keep-units, keep_units in a plan; baseline create --keep-units)"
)
UNSAID = "their cells do not both say which unit a row is of (audit with unit=, and keep_units where each row is one)"
TWICE = "in one of the reports {} more than one row, and in the other each row is a unit of its own"


class LeftOut(NamedTuple):
    """A finding's estimate in the older and the newer report without each group of units that says something of it.

    `fewest` is how many groups of units the thinner of the two levels has that are compared, in the thinner report.
    """

    was: Floats
    now: Floats
    fewest: int


def left_out(new: Report, old: Report) -> Mapping[Key, LeftOut | str]:
    """For each finding that both reports tell: its estimates without each group of units, or why there are none.

    Units (else items) are left out one by one; more than 40 of them (20 where cells are many) in groups of one size,
    drawn by a hash of the unit's name (Kott 2001). A unit that only one report has is left out of that one. Names that
    two reports share by accident do no harm where what stands behind them is unrelated, for then the variances add; of
    row numbers of two files that are sorted by what is counted it is not, and the intervals are too narrow.
    """
    keys = {finding.key: finding for finding in old.findings}
    both = [(finding, keys[finding.key]) for finding in new.findings if finding.key in keys]
    shared = _groups(new, old)
    if isinstance(shared, str):
        return {finding.key: shared for finding, _ in both}
    axis, groups = shared
    tables = [_replicates(one, one.cells, axis, groups) for one in (new, old) if one.cells is not None]
    return {one.key: _paired(one, other, *tables) for one, other in both}


def by_jackknife(value: float, without: Floats, n: int, n_eff: float, fewest: int) -> Estimate:
    """An estimate with Student's t, its variance (G - 1)/G Σ (θ_g - θ)² (Efron & Stein 1981).

    Its degrees of freedom are the groups of the thinner level less 1, for where units lie in one level each the few of
    that one make most of the variance: G - 1 would cover 90 % where 3 units stand against 7.

    >>> e = by_jackknife(2.0, np.array([1.75, 2.0, 2.25, 2.0]), 4, 4.0, 4)  # the mean of 2.75, 2, 1.25, 2
    >>> round(e.interval(.95).high - 2, 3)  # t of .975 on 3, times s/√4
    0.974
    """
    g = len(without)
    half = quantiles(np.array([min(g, fewest) - 1.0]))[:, 0] * np.sqrt((g - 1) / g * ((without - value) ** 2).sum())
    method = f"jackknife, {g} groups of units, paired reports"
    return estimates(value, value - half, value + half, n=n, n_eff=n_eff, method=method, clusters=g)[0]


def too_lumpy(value: float, without: Floats) -> bool:
    """Whether a handful of the groups make nearly all of the variance, so that the next one could make it another.

    (Σ d²)²/Σ d⁴ is how many groups do; a third of them where they are normal. Of no variance there is nothing to read.
    So 95 % intervals of pairs that agree in 65 to 97 of 100 hold the truth in at least 94 %, measured over 20 to 2,000.
    """
    squares = (without - value) ** 2
    total = float(squares.sum())
    return total < 1e-24 or total**2 / float((squares**2).sum()) < len(without) / 8


def _groups(new: Report, old: Report) -> tuple[str, Mapping[str, int]] | str:
    """The axis whose levels are the units and the group of each, or why the two reports have none."""
    if all(_alone(report) for report in (new, old)):
        return UNKEPT
    if new.cells is None or old.cells is None:
        return "one of the reports keeps no cells"
    cells = (new.cells, old.cells)
    axis = next((axis for axis in BY if all(axis in one for one in cells)), None)
    bare = [_alone(one) and not any(axis in among for axis in BY) for one, among in zip((new, old), cells, strict=True)]
    if any(bare) and UNIT in cells[bare.index(False)]:
        return _twice(cells[bare.index(False)])
    if axis is None or (UNIT in new.cells) != (UNIT in old.cells):
        return UNSAID
    ours, theirs = (set(one.levels_of(axis)) for one in cells)
    common = len(ours & theirs)
    if common < SHARED * len(ours | theirs):
        return f"{common:,} of their {len(ours | theirs):,} units are in both"
    if common < FEWEST:
        return few_in_both(common)
    if stopped(new) or stopped(old):
        return "a run was stopped by its questions, whose intervals allow for that alone"
    drawn = sorted(ours | theirs, key=_hash)
    most = min(len(drawn), max(FEW, min(MANY, CELLS // max(map(len, cells)))))
    return axis, {unit: place * most // len(drawn) for place, unit in enumerate(drawn)}


def _twice(cells: Tally) -> str:
    """How many units have more than one row in the report that says so; nothing of it where none has."""
    twice = int((cells.folded(UNIT)[0].n > 1).sum())
    return TWICE.format(f"{twice:,} {'unit has' if twice == 1 else 'units have'}") if twice else UNSAID


def _hash(unit: str) -> bytes:
    return hashlib.blake2b(unit.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _alone(report: Report) -> bool:
    """Whether each row of a report was a unit of its own, as far as it tells."""
    if report.cells is not None:
        return UNIT in report.recipe.roles and UNIT not in report.cells
    return UNIT in report.recipe.roles and not any(SHARING in note for note in report.recipe.notes)


def few_in_both(units: int) -> str:
    """Why so few units say too little."""
    return f"only {units} units are in both, and fewer than {FEWEST} say too little"


def stopped(report: Report) -> bool:
    """Whether a run was stopped by its questions, whose intervals allow for that alone."""
    return any(f.estimate.wagers or any(cap.because == OTHERS for cap in f.caps) for f in report.findings)


class _Table(NamedTuple):
    """What a report's cells say: of all units, and without each group; and why a detector says nothing."""

    whole: Values
    without: Sequence[Values]
    silent: Mapping[str, str]
    axis: str
    sizes: Mapping[str, int]
    cells: Tally
    member: Ints

    def fewest(self, finding: Finding) -> int:
        """How many groups of units the thinner of the levels has that a finding compares; of no known level, all."""
        whole = len(self.without)
        for axis in (axis for axis, name in enumerate(self.cells.names) if name == finding.attribute):
            levels = list(self.cells.levels[axis])
            for level in (level for level in (finding.level, finding.versus) if level in levels):
                whole = min(whole, len(set(self.member[self.cells.codes[:, axis] == levels.index(level)].tolist())))
        return whole

    def rests_on_others(self, clusters: int | None) -> bool:
        """Whether as many clusters as an interval takes for independent are not the units, but raters or contexts."""
        if clusters is None or clusters == self.sizes[self.axis]:
            return False
        few = self.axis != UNIT and clusters < SHARED * self.sizes[self.axis]
        return few or clusters in self.sizes.values()


def _replicates(report: Report, cells: Tally, axis: str, groups: Mapping[str, int]) -> _Table:
    silent: dict[str, str] = {}
    asks = [(str(told.get("code", "")), asked(report, told)) for told in report.recipe.detectors]
    silent |= {code: ask for code, ask in asks if isinstance(ask, str)}
    able = [(code, ask) for code, ask in asks if not isinstance(ask, str)]
    place = np.array([groups[unit] for unit in cells.levels_of(axis)], np.int64)
    member = place[cells.codes[:, cells.index(axis)]]
    whole = _values(able, cells, silent)
    able = [(code, ask) for code, ask in able if code not in silent]
    kept = (_part(cells, member != group) for group in range(max(groups.values()) + 1))
    return _Table(
        whole,
        [_values(able, part, {}) for part in kept],
        silent,
        axis,
        {one: len(cells.levels_of(one)) for one in cells.axes},
        cells,
        member,
    )


def _values(able: Sequence[tuple[str, Asked]], cells: Tally, silent: dict[str, str]) -> Values:
    """The estimates in some cells, by finding; and why a detector has none."""
    found: dict[Key, float | None] = {}
    for code, ask in able:
        try:
            found |= ask.values(cells)
        except STUMBLES as error:
            silent[code] = f"its detector cannot read the cells again: {error}"
    return found


def _part(cells: Tally, kept: Ints) -> Tally:
    parts = {name: getattr(cells, name)[kept] for name in ("codes", "n", "w", "w2")}
    return replace(cells, **parts, top=cells.heaviest[kept])


def _paired(new: Finding, old: Finding, now: _Table, was: _Table) -> LeftOut | str:
    """The estimates of one finding without each group, or why these would say nothing of its change."""
    for table, finding in ((now, new), (was, old)):
        if finding.code in table.silent:
            return table.silent[finding.code]
        if table.rests_on_others(finding.estimate.clusters):
            return f"its interval rests on {finding.estimate.clusters:,} clusters, which are not its units"
        if why := unlike(finding, table.whole):
            return why
    if new.null_expectation is not None or old.null_expectation is not None:
        return "it is a largest or a total difference, which leaving out units does not tell the noise of"
    columns = [[without.get(new.key) for without in table.without] for table in (was, now)]
    if any(value is None or (new.scale == "ratio" and value <= 0) for column in columns for value in column):
        return "without some of the units there is nothing to compare"
    both, whole = np.array(columns, float), np.array([[old.estimate.value], [new.estimate.value]], float)
    telling = (abs(both - whole) > NOTHING * np.maximum(1, abs(whole))).any(axis=0)
    if telling.sum() < FEWEST:
        return f"only {telling.sum()} of its units, or groups of them, say anything of it"
    fewest = min(now.fewest(new), was.fewest(old))
    every = max(len(table.without) for table in (now, was))
    if fewest < max(THIN, QUARTER * every):
        return f"only {fewest} of {every} units, or groups of them, are of one of the levels that are compared"
    return LeftOut(both[0, telling], both[1, telling], fewest)
