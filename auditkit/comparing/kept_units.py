"""How much does a finding move with the units of two reports that changed, where both keep the cell of each?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from auditkit.comparing.influences import Influence, influences
from auditkit.comparing.pairing import Shared, shared
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints
from auditkit.core.finding import Finding, Key
from auditkit.core.report import Report


class Together(NamedTuple):
    """How two estimates of a finding vary together over the units of both reports.

    `moves` (t,) is by how much the finding moves with a unit that changed so, of which there are `counts` (t,);
    `variance` that of the change that these units make, and `heaviest` the most that a unit could move it, whether or
    not one was seen to. `alone` is the share of the older and of the newer estimate's variance that other units make,
    or noise that is not sampling; `correlation` that of the two; `units` how many are in both, `fewest` how many of
    these in the thinner of the two levels that are compared.
    """

    moves: Floats
    counts: Floats
    variance: float
    heaviest: float
    alone: tuple[float, float]
    correlation: float
    units: int
    fewest: int

    def times(self, more: float) -> Together:
        """The same of so many times as many units, which change as often; `alone` is then of the variance at hand."""
        parts = self.moves / more, self.counts * more, self.variance / more, self.heaviest / more
        was, now = self.alone
        sizes = round(self.units * more), round(self.fewest * more)
        return Together(*parts, (was / more, now / more), self.correlation, *sizes)


def correlations(new: Report, old: Report) -> Mapping[Key, Together | str]:
    """For each finding that both tell: how its estimates vary together, or why that cannot be read from the cells.

    An estimate's influence ψ(c) is how it moves with one unit more in cell c, so a unit of both reports adds g = ψ_new
    less ψ_old to the change of the finding, and its variance is Σ g². For those who stay in cell c this is a drift
    r(c), the same for all of a group where the finding is a difference of rates; so a change from cell c to c' moves
    the finding by h = g - (r(c) + r(c'))/2, and Σ h is the change. Noise that is not sampling, as of readers who err,
    is what the estimate's own 90 % interval has beyond Σ ψ² and beyond what Wilson's limits add, less than s² for each
    level that is compared, s being the most that a unit moves it.
    """
    keys = {finding.key: finding for finding in old.findings}
    both = [(finding, keys[finding.key]) for finding in new.findings if finding.key in keys]
    units = shared(new, old)
    if not both:
        return {}
    if isinstance(units, str):
        return {finding.key: units for finding, _ in both}
    now, was = (influences(report, mine) for report, mine in zip((new, old), zip(*both, strict=True), strict=True))
    return {one.key: _together(one, other, now[one.key], was[one.key], units) for one, other in both}


def _together(new: Finding, old: Finding, now: Influence | str, was: Influence | str, units: Shared) -> Together | str:
    """What the units of both reports say of one finding."""
    for moved, finding in ((now, new), (was, old)):
        if isinstance(moved, str):
            return moved
        if finding.estimate.clusters is not None:
            return f"its interval rests on {finding.estimate.clusters:,} clusters, which are not its units"
        if finding.null_expectation is not None:
            return "it is a largest or a total difference, whose noise is not that of its units"
    assert not isinstance(now, str)
    assert not isinstance(was, str)
    most = [max(pair) for pair in zip(now.most, was.most, strict=True)]
    if min(most) <= 0 or not min(now.variance, was.variance) > 0:
        return "in one of the levels that are compared all are alike, so how units move it cannot be seen"
    return _read(new, old, now, was, most, units)


def _read(new: Finding, old: Finding, now: Influence, was: Influence, most: list[float], units: Shared) -> Together:
    before, after = was.by[units.was], now.by[units.now]
    drift = _drift(now, was, units)
    stay = _mean(drift[units.name_was[units.was]], drift[units.name_now[units.now]])
    moves = np.where(units.name_was[units.was] == units.name_now[units.now], 0.0, after - before - stay)
    changed = abs(moves) > 1e-9 * max(most)
    noise = [_noise(one, moved, most) for one, moved in ((old, was), (new, now))]
    spread = math.sqrt((was.variance + noise[0]) * (now.variance + noise[1]))
    common = float((units.n * before * after).sum())
    return Together(
        moves[changed],
        units.n[changed].astype(float),
        float((units.n * (after - before) ** 2).sum()),
        max(*most, float(abs(moves).max())),
        (_alone(was, units.only_was, noise[0]), _alone(now, units.only_now, noise[1])),
        min(max(common / spread, -1.0), 1.0),
        int(units.n.sum()),
        min(int(units.n[level[units.now]].sum()) for level in now.levels),
    )


def _drift(now: Influence, was: Influence, units: Shared) -> Floats:
    """By how much more a unit of a place counts than it did; nothing where a place is in one report alone."""
    places = 1 + max(int(units.name_was.max()), int(units.name_now.max()))
    before, after = np.full(places, np.nan), np.full(places, np.nan)
    before[units.name_was], after[units.name_now] = was.by, now.by
    drift: Floats = after - before
    return drift


def _mean(a: Floats, b: Floats) -> Floats:
    """The mean of two numbers, or the one that is known, else 0."""
    known = (~np.isnan(a)).astype(int) + ~np.isnan(b)
    mean: Floats = (np.nan_to_num(a) + np.nan_to_num(b)) / np.maximum(known, 1)
    return mean


def _alone(moved: Influence, only: Ints, noise: float) -> float:
    """The share of an estimate's variance that units of its report alone make, and noise that is not sampling."""
    return 1.0 if math.isinf(noise) else (float(only @ moved.by**2) + noise) / (moved.variance + noise)


def _noise(finding: Finding, moved: Influence, most: list[float]) -> float:
    """The variance of an estimate that its units do not make."""
    error = finding.estimate.standard_error(finding.scale)
    return math.inf if error is None else max(error**2 - moved.variance - sum(s**2 for s in most), 0.0)
