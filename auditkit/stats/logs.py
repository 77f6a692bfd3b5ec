"""Logs of human-AI decisions: what agrees with what, cell by cell, and rates and changes with users as clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, estimates
from auditkit.core.evidence import UNIT, Tally
from auditkit.core.finding import Count
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Cells, Members, Sample, clusters_in, union_rates
from auditkit.stats.pairs import clustered_mean, paired_difference
from auditkit.stats.proportions import clopper_pearson, wilson
from auditkit.stats.trend import slope_within

Condition = tuple[Members, Members]
"""Among which cells of a log, and in which of them it happened."""


@dataclass(frozen=True)
class Log:
    """The cells of a tally of decisions, with masks (cells,) that say what was decided in them.

    >>> log = Log(Tally.of({"final": ["a", "b", "b"], "truth": ["a", "a", "b"]}))
    >>> rate(log.sample({"right": (log.known("final"), log.same("final", "truth"))})).value.__round__(3)
    0.667
    """

    tally: Tally

    def known(self, *axes: str) -> Members:
        """Where none of these is missing; an axis that is not there is missing everywhere."""
        gone: Members = np.any([self.at(axis, MISSING) for axis in axes], axis=0)
        return ~gone

    def at(self, axis: str, level: str) -> Members:
        """Where an axis has this level."""
        if axis not in self.tally:
            return np.full(len(self.tally), level == MISSING)
        levels = self.tally.levels_of(axis)
        i = levels.index(level) if level in levels else -1
        return np.asarray(self.tally.codes[:, self.tally.index(axis)] == i)

    def same(self, one: str, other: str) -> Members:
        """Where two decisions are both known and spelled alike."""
        if one not in self.tally or other not in self.tally:
            return np.zeros(len(self.tally), bool)
        place = {level: i for i, level in enumerate(self.tally.levels_of(other)) if level != MISSING}
        twin = np.array([place.get(level, -1) for level in self.tally.levels_of(one)] or [-1])
        return np.asarray(twin[self.tally.codes[:, self.tally.index(one)]] == self._codes(other))

    def differ(self, one: str, other: str) -> Members:
        """Where two decisions are both known and spelled differently."""
        return self.known(one, other) & ~self.same(one, other)

    def right(self, axis: str) -> Members:
        """Where a decision is the truth."""
        return self.same(axis, "truth")

    def wrong(self, axis: str) -> Members:
        """Where a decision is known and not the truth."""
        return self.differ(axis, "truth")

    def arm(self, name: str, aided: str) -> Members:
        """Where an arm is meant: its level, or everywhere the aided one where nobody speaks of arms.

        Raises `InputError` where there are arms, and none of them is the aided one.
        """
        levels = self.tally.levels_of("arm") if "arm" in self.tally else (aided,)
        if aided not in levels:
            there = ", ".join(levels[:8])
            raise InputError(f'No arm is "{aided}". There are: {there}. Say which is the aided one: aided = "...".')
        return self.at("arm", name) if "arm" in self.tally else np.full(len(self.tally), name == aided)

    def check_spelling(self, *axes: str) -> None:
        """Raise `InputError` for two decisions of at least two levels each that have none in common."""
        given = {a: set(self.tally.levels_of(a)) - {MISSING} for a in axes if a in self.tally}
        first, *rest = given.items()
        for axis, levels in rest:
            if min(len(levels), len(first[1])) > 1 and not levels & first[1]:
                ours, theirs = (", ".join(sorted(side)[:8]) for side in (first[1], levels))
                raise InputError(f"{first[0]} says {ours}, and {axis} says {theirs}: never the same. Spell both alike.")

    def sample(self, conditions: Mapping[str, Condition]) -> Sample:
        """The rates of events under named conditions, as groups that may share users but no rows."""
        among, hits = (np.array([pair[i] for pair in conditions.values()]) for i in (0, 1))
        n = self.tally.n
        rows, hit = among @ n, (among & hits) @ n
        w, w_hits = rows.astype(float), hit.astype(float)
        squares = np.stack([w - w_hits, w_hits])
        cells = self._cells(among, hits) if UNIT in self.tally else None
        return Sample(tuple(conditions), hit, rows, w_hits, w, squares, False, cells)

    def change(self, among: Members, before: Members, after: Members) -> Estimate:
        """Estimate P(after) - P(before) of the same decisions: by users as clusters, else Newcombe 1998b's paired."""
        n = np.where(among, self.tally.n, 0).astype(float)
        if UNIT not in self.tally:
            cells = (after & before, after & ~before, before & ~after, ~before & ~after)
            return paired_difference(*(float(n[cell].sum()) for cell in cells))
        user = self._codes(UNIT)
        sizes = np.bincount(user, n)
        sums = np.bincount(user, n * (after.astype(float) - before))
        return clustered_mean(np.divide(sums, sizes, out=np.zeros(len(sizes)), where=sizes > 0), sizes)

    def slope(self, among: Members, event: Members, axis: str, per: float) -> Estimate:
        """Estimate how the rate of an event changes over `per` units of a numeric axis, within users.

        Raises `InputError` where the axis holds something that is no number.
        """
        at = np.array([_number(level, axis) for level in self.tally.levels_of(axis)])[self._codes(axis)]
        kept = among & np.isfinite(at)
        if UNIT not in self.tally or not kept.any():
            return Estimate.undefined("no user was seen twice", n=int(self.tally.n[kept].sum()))
        return slope_within(event[kept], at[kept], self.tally.n[kept], self._codes(UNIT)[kept], per)

    def _codes(self, axis: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return self.tally.codes[:, self.tally.index(axis)]

    def _cells(self, among: Members, hits: Members) -> Cells:
        """Hits and totals of each user under each condition."""
        users = len(self.tally.levels_of(UNIT))
        counts = [
            np.bincount(self._codes(UNIT), np.where(m, self.tally.n, 0), users) for m in (*among, *(among & hits))
        ]
        w, w_hits = np.split(np.array(counts, float), 2)
        group, cluster = np.nonzero(w)
        return Cells(cluster, group, w_hits[group, cluster], w[group, cluster])


def rate(s: Sample, less: float = 0.0) -> Estimate:
    """Estimate the rate of a sample's first condition, `less` a standard it is held against.

    Wilson's interval on n/deff decisions with t on (users - 1) degrees of freedom; with one user only, who is then the
    population, Clopper & Pearson's (1934) on that user's decisions.
    """
    rates = union_rates(s, np.eye(len(s.levels), dtype=bool)[:1])
    users = None if s.cells is None else clusters_in(s, np.arange(len(s.levels)) == 0)
    alone = users == 1
    curve = clopper_pearson(s.hits[:1], s.rows[:1]) if alone else wilson(rates)
    n_eff = float(rates.n[0] if alone else rates.n_eff[0])
    return estimates(
        *(side - less for side in curve),
        n=int(s.rows[0]),
        n_eff=n_eff,
        method="Clopper-Pearson" if alone else "Wilson" if users is None else "Wilson, clusters",
        clusters=None if alone else users,
        reasons=f"no decisions: {s.levels[0]}",
    )[0]


def _number(level: str, axis: str) -> float:
    try:
        return np.nan if level == MISSING else float(level)
    except ValueError:
        raise InputError(f'The role {axis} needs numbers, and has "{level}".') from None


def counted(s: Sample) -> tuple[Count, ...]:
    """The rows behind each condition's rate."""
    at = zip(s.levels, s.hits.tolist(), s.rows.tolist(), strict=True)
    return tuple(Count(level, hits, n, hits / n if n else None) for level, hits, n in at)


def in_percent(e: Estimate) -> str:
    """A rate in words: "31.2 % [24.0, 39.5]"."""
    if e.value is None:
        return f"not defined, {e.reason}"
    low, high = ("unbounded" if x is None else f"{100 * x:.1f}" for x in e.interval(0.95)[:2])
    return f"{100 * e.value:.1f} % [{low}, {high}]"


def less(e: Estimate, standard: float) -> Estimate:
    """An estimate less a standard that it is held against."""
    lower, upper = (tuple(None if x is None else x - standard for x in side) for side in (e.lower, e.upper))
    return replace(e, value=None if e.value is None else e.value - standard, lower=lower, upper=upper)
