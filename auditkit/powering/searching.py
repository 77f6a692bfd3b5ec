"""The smallest number of rows at which a verdict is given where it is due: by scaling, then checked by simulation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

from auditkit.core.evidence import Evidence
from auditkit.core.finding import Key
from auditkit.core.judgement import Outcome
from auditkit.core.need import Need
from auditkit.formats.words import quiet
from auditkit.gating import PASS_LEVEL, by_itself
from auditkit.powering.studies import Goal, Study, generator, levels, total
from auditkit.rules import Question, Shortfall
from auditkit.stats.sample_sizes import Checked, critical, rows_to_fail, rows_to_pass, smallest

PILOT = 12
"""Draws at least whose intervals are scaled, n ∝ 1 / width², to where the search begins."""
FAR = 16
"""Times the rows that are looked at before it is said that no number of rows does."""
LEAST_ROWS, MOST_ROWS = 40, 10_000_000
CELLS = 2_000_000
"""Cells that one check goes through in all, in FEW draws at least, where there are more of them in more rows."""
FEW = 20
UNITS = ("unit", "rater", "item")


@dataclass(frozen=True)
class Search:
    """The search for one goal of a study, whose FAIL is tested at `alpha`; `draws` check a number of rows."""

    study: Study
    goal: Goal
    alpha: float
    draws: int

    def need(self) -> Need:
        """What it takes."""
        g, code = self.goal, self.study.supposed.detector.code
        need = Need(g.rule.name, code, quiet(g.estimand), g.scale, g.margin, g.verdict, g.effect, why=g.why)
        if g.dose is None:
            return need
        if self._withheld(self.study.size, PILOT) and (held := self._withheld(FAR * self.study.size, 3)):
            return replace(need, why=quiet(held))
        start = self._start()
        if start is None:
            return replace(need, why="its interval does not narrow enough as rows are added")
        if start > MOST_ROWS:
            return replace(need, why=f"about {start:.0e} would be, which is not realistic")
        if start > self._most:
            why = "Scaled from fewer rows and not checked: so many are too long to draw here."
            return replace(need, rows=math.ceil(start), why=why)
        found = smallest(self._check, start, *self._test, max(LEAST_ROWS, self.study.size // 40), self._most)
        if found is None:
            return replace(need, why=f"it is rarely given even on {self._most:,}")
        return self._described(need, found)

    @property
    def _test(self) -> tuple[float, int]:
        """The critical value, and how many one-sided tests have to reject."""
        if self.goal.verdict == "FAIL":
            return critical(1 - self.alpha), 1
        return critical(PASS_LEVEL), sum(edge is not None for edge in self.goal.margin)

    @cached_property
    def _cells(self) -> float:
        """Cells a row; none where few cells hold any number of rows."""
        shown = self._shown(self.study.size)
        each = len(shown) / total(shown)
        return each if each > 0.05 else 0.0

    @property
    def _most(self) -> int:
        """The most rows that are drawn."""
        return int(CELLS / (FEW * self._cells)) if self._cells else MOST_ROWS

    def _shown(self, n: int) -> Evidence:
        """The evidence of the first draw of so many rows."""
        supposed, dose = self.study.supposed, self.goal.dose or 0.0
        return supposed.world.plant(dose, n, generator(supposed.detector.code, dose, n, 0)).evidence

    def _described(self, need: Need, found: Checked) -> Need:
        shown, absent = self._shown(found.n), self.study.supposed.absent
        pairs = [q.finding.counts for q in self._questions(found.n, 0) if len(q.finding.counts) == 2]
        return replace(
            need,
            rows=total(shown),
            smaller=min((count.n for pair in pairs for count in pair), default=None),
            units={axis: levels(shown, axis) for axis in UNITS if axis in shown and axis not in absent},
            hits=found.hits,
            draws=found.draws,
            between=found.between,
        )

    def _check(self, n: int) -> Checked:
        draws = max(min(self.draws, int(CELLS / (n * self._cells))), FEW) if self._cells else self.draws
        return Checked(n, sum(self._given(n, k) for k in range(draws)), draws)

    def _questions(self, n: int, k: int) -> list[Question]:
        """The comparisons that decide: for a PASS all of the estimand, for a FAIL those whose truth is known."""
        asked = self.study.asked(self.goal.rule, self.goal.dose or 0.0, n, k)
        mine = [q for q in asked if q.finding.estimand == self.goal.estimand]
        return mine if self.goal.verdict == "PASS" else [q for q in mine if q.finding.key in self.goal.truth]

    def _given(self, n: int, k: int) -> bool:
        """Whether the verdict is given: a PASS by all that decide, a FAIL by any of them."""
        told = [by_itself(q, self._lacks(q), self.alpha) for q in self._questions(n, k)]
        if self.goal.verdict == "FAIL":
            return Outcome.FAIL in told
        return bool(told) and all(outcome is Outcome.PASS for outcome in told)

    def _lacks(self, q: Question) -> tuple[Shortfall, ...]:
        return tuple(lack for rule in self.study.policy.rules for lack in rule.short_of(q.estimate))

    def _withheld(self, n: int, draws: int) -> str:
        """What withholds the verdict in every draw of so many rows, other than too few of them; else nothing."""
        first = ""
        for k in range(draws):
            asked = self._questions(n, k)
            held = [self._held(q) for q in asked]
            some = not all(held) if self.goal.verdict == "FAIL" else not any(held)
            if some and asked:
                return ""
            first = first or "; ".join(dict.fromkeys(why for each in held for why in each))
        return first

    def _held(self, q: Question) -> list[str]:
        hopeless = [lack.because for lack in self._lacks(q) if lack.factor == 0]
        return [cap.because for cap in q.finding.caps if cap.withholds == self.goal.verdict] + hopeless

    def _start(self) -> float | None:
        """Rows by scaling from a few draws, anew from where that leads while it leads far."""
        n, rows = float(self.study.size), None
        for _ in range(4):
            rows = self._scaled(math.ceil(n))
            if rows is not None and (0.9 * n < rows < 1.1 * n or rows > self._most):
                break
            n = min(4 * n if rows is None else max(rows, self.study.size / 8), self._most)
        return rows

    def _scaled(self, n: int) -> float | None:
        """Rows at which every comparison passes, or one fails, if intervals narrow as those of n rows would."""
        told: dict[Key, list[Question]] = {}
        for k in range(max(PILOT, self.draws // 8)):
            for q in self._questions(n, k):
                told.setdefault(q.finding.key, []).append(q)
        if self.goal.verdict == "PASS":
            passing = [self._passing(key, several, n) for key, several in told.items()]
            known = [rows for rows in passing if rows is not None]
            return max(known) if passing and len(known) == len(passing) else None
        failing = [self._failing(key, several, n) for key, several in told.items()]
        return min((rows for rows in failing if rows is not None), default=None)

    def _passing(self, key: Key, several: Sequence[Question], n: int) -> float | None:
        edges = [(side, at) for side, at in _edges(self.goal, several) if at is not None]
        errors = [_error(self.goal, several, side, PASS_LEVEL) for side, _ in edges]
        theta = self._theta(key, several)
        away = [side * (at - theta) for side, at in edges]
        known = [error for error in errors if error is not None]
        return rows_to_pass(away, known, n) if len(known) == len(edges) else None

    def _failing(self, key: Key, several: Sequence[Question], n: int) -> float | None:
        theta = self._theta(key, several)
        beyond = [(side, side * (theta - at)) for side, at in _edges(self.goal, several) if at is not None]
        side, distance = max(beyond, key=lambda one: one[1])
        error = _error(self.goal, several, -side, 1 - self.alpha)
        return None if error is None else rows_to_fail(distance, error, 1 - self.alpha, n)

    def _theta(self, key: Key, several: Sequence[Question]) -> float:
        """The true value on the working scale; the mean of the estimates where the world says nothing of it."""
        if self.goal.rule.name == "no_worse":
            return self.study.effect * (self.goal.margin.high or 0.0) if self.goal.verdict == "FAIL" else 0.0
        if key in self.goal.truth:
            return _at(self.goal, self.goal.truth[key])
        values = [q.estimate.value for q in several if q.estimate.value is not None]
        seen = [_at(self.goal, value) for value in values if value > 0 or not self.goal.log]
        return fmean(seen) if seen else math.nan


def _edges(goal: Goal, several: Sequence[Question]) -> list[tuple[int, float | None]]:
    """The edges of the margin on the working scale, those of a margin that is computed on the average."""
    low = [_at(goal, q.margin.low) for q in several if q.margin.low is not None]
    high = [_at(goal, q.margin.high) for q in several if q.margin.high is not None]
    return [(-1, fmean(low) if low else None), (1, fmean(high) if high else None)]


def _error(goal: Goal, several: Sequence[Question], side: int, level: float) -> float | None:
    """The mean standard error towards a side, from the bound at a level; `None` where most have no bound there."""
    found = []
    for q in several:
        bound, value = q.estimate.interval(level)[side > 0], q.estimate.value
        if bound is not None and value is not None and (not goal.log or min(bound, value) > 0):
            found.append(side * (_at(goal, bound) - _at(goal, value)) / critical(level))
    return fmean(found) if 2 * len(found) > len(several) else None


def _at(goal: Goal, value: float) -> float:
    return math.log(value) if goal.log else value
