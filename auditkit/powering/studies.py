"""One detector in its supposed world, at any number of rows: what it tells, and what each rule asks of that."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from auditkit import catalog
from auditkit.core.detector import labels
from auditkit.core.evidence import Evidence, Moments, Rows
from auditkit.core.finding import Finding, Key, Margin, NotAssessed, Scale
from auditkit.core.need import said
from auditkit.core.report import Recipe, Report
from auditkit.formats.words import quiet
from auditkit.powering.worlds import Supposed
from auditkit.questioning import BOUNDS
from auditkit.rules import Policy, Question, Rule

FEWEST, MOST, WORK = 40, 400, 1_600
"""Draws that check a number of rows: WORK over what one examination costs, within limits; half where it is costly."""
REMEMBERED = 400
"""Draws that are kept, since several verdicts begin their search in the same ones."""


class Goal(NamedTuple):
    """A verdict that a rule may give on an estimand, and the dose of the world in which it is due.

    `lead` is the comparison that the bias of that world moves most, `truth` the true values of all that are planted.
    Where there is no such world the dose is `None`, and `why` says so; else `why` is what there is to know of it.
    """

    rule: Rule
    estimand: str
    verdict: Literal["PASS", "FAIL"]
    lead: Key
    truth: Mapping[Key, float]
    scale: Scale
    margin: Margin
    dose: float | None = 0.0
    effect: float = 0.0
    why: str = ""

    @property
    def log(self) -> bool:
        """Whether distances are measured on the log scale."""
        return self.scale == "ratio" and self.rule.name != "no_worse"


@dataclass(frozen=True)
class Study:
    """A detector in its supposed world, and a policy; `effect` is the bias of a FAIL, in margins."""

    supposed: Supposed
    policy: Policy
    effect: float = 2.0
    _drawn: dict[tuple[float, int, int, str], Report] = field(default_factory=dict, compare=False, repr=False)

    @property
    def size(self) -> int:
        """Where a search begins."""
        return self.supposed.detector.n_min

    @cached_property
    def heard(self) -> tuple[Rule, ...]:
        """The rules that listen to it: none to what only withholds, and to an experimental one those that name it."""
        code = self.supposed.detector.code
        if code == BOUNDS:
            return ()
        unproven = catalog.experimental(code)
        return tuple(r for r in self.policy.rules if not unproven or code in (getattr(r, "code", ""),))

    def report(self, dose: float, n: int, k: int, purpose: str = "") -> Report:
        """What the detector tells of the k-th draw of a world."""
        place = dose, n, k, purpose
        if place not in self._drawn:
            if len(self._drawn) >= REMEMBERED:
                self._drawn.clear()
            self._drawn[place] = self._told(*place)
        return self._drawn[place]

    def _told(self, dose: float, n: int, k: int, purpose: str) -> Report:
        code = self.supposed.detector.code
        told = self.supposed.draw(dose, n, generator(code, dose, n, k, purpose))[1]
        findings = tuple(item for item in told if isinstance(item, Finding))
        silent = tuple(item for item in told if isinstance(item, NotAssessed))
        return Report(findings, silent, Recipe("", n, {}, ({"code": code},), {}, {}))

    def asked(self, rule: Rule, dose: float, n: int, k: int) -> list[Question]:
        """What a rule asks of the k-th draw; its baseline is a fair one of as many rows."""
        before = self.report(0.0, n, k, "baseline") if rule.name == "no_worse" else None
        return [q for q in rule.ask(self.report(dose, n, k), before) if isinstance(q, Question)]

    @cached_property
    def fair(self) -> tuple[tuple[Rule, Question], ...]:
        """All that rules ask of a fair world."""
        return tuple((rule, q) for rule in self.heard for q in self.asked(rule, 0.0, self.size, 0))

    @property
    def said(self) -> tuple[str, ...]:
        """What is assumed of its data, and what is judged of which its world says nothing."""
        known = {goal.estimand for goal in self.goals()}
        beside = list(dict.fromkeys(quiet(q.finding.estimand) for _, q in self.fair if q.finding.estimand not in known))
        more = f"Judged too, of which this world says nothing: {labels(beside)}." if beside else ""
        return (*self.supposed.said, *filter(None, (more,)))

    def goals(self) -> Iterator[Goal]:
        """A PASS and a FAIL for every estimand that is planted and judged."""
        none, full = self.supposed.truth(0.0), self.supposed.truth(1.0)
        told: dict[tuple[Rule, str], list[Question]] = {}
        for rule, q in self.fair:
            if math.isfinite(none.get(q.finding.key, math.nan) + full.get(q.finding.key, math.nan)):
                told.setdefault((rule, q.finding.estimand), []).append(q)
        for (rule, estimand), several in told.items():
            first = max(several, key=lambda q: abs(full[q.finding.key] - none[q.finding.key]))
            f = first.finding
            goal = Goal(rule, estimand, "PASS", f.key, none, f.scale, first.margin, effect=none[f.key])
            yield goal
            yield self._failing(goal._replace(verdict="FAIL"), f.null, full)

    def _failing(self, goal: Goal, null: float, full: Mapping[Key, float]) -> Goal:
        """The world in which a FAIL is due: `effect` margins of bias, or the full dose where it is less than that."""
        most = full[goal.lead]
        side = 1 if most > goal.effect else -1
        edge = goal.margin.high if side > 0 or goal.rule.name == "no_worse" else goal.margin.low
        if edge is None or most == goal.effect:
            return goal._replace(dose=None, effect=most, why="its world has no bias on the side that is limited")
        limit, wanted = (_margins_away(goal, null, edge, side * times) for times in (1, self.effect))
        dose = self.supposed.world.dose_at(wanted, goal.lead) if wanted != limit else None
        if dose is not None:
            return goal._replace(dose=dose, effect=wanted, truth=self.supposed.truth(dose))
        if side * (most - limit) <= 0:
            why = f"the full dose of its world, {said(most)}, is no more than is tolerated"
            return goal._replace(dose=None, effect=most, why=why)
        instead = f", and not {said(wanted)}" if wanted != limit else ""
        why = f"{said(most)} is the full dose of its world{instead}."
        return goal._replace(dose=1.0, effect=most, truth=full, why=why)

    def affordable(self, goals: int) -> int:
        """How many draws check a number of rows: fewer where examinations cost more, by what can be counted."""
        shown, told = self.supposed.draw(0.0, self.size, np.random.default_rng(0))
        if isinstance(shown, Rows) and "vector" in shown.numbers:  # each is compared with each
            return FEWEST // 2 if self.supposed.detector.costly else FEWEST
        cost = len(told) + len(shown) / (100 if isinstance(shown, Rows) else 400)
        draws = min(max(round(WORK / (max(goals, 1) * cost)), FEWEST), MOST)
        return draws // 2 if self.supposed.detector.costly else draws


def _margins_away(goal: Goal, null: float, edge: float, times: float) -> float:
    """The value that lies so many margins from no bias; on the log scale for ratios. The side is that of the edge, or
    of `times` where the margin is a distance."""
    if goal.rule.name == "no_worse":
        return null * math.exp(times * edge) if goal.scale == "ratio" else null + times * edge
    return null * (edge / null) ** abs(times) if goal.scale == "ratio" else null + abs(times) * (edge - null)


def total(evidence: Evidence) -> int:
    """How many rows there are."""
    return int(evidence.n.sum()) if isinstance(evidence, Moments) else evidence.total


def levels(evidence: Evidence, axis: str) -> int:
    """How many levels an axis has."""
    return len(evidence.levels_of(axis)) if not isinstance(evidence, Rows) or axis in evidence.axes else 0


def generator(code: str, dose: float, n: int, k: int, purpose: str = "") -> np.random.Generator:
    """A stream of its own for every draw, the same on every machine."""
    named = hashlib.sha256(f"{code}|{purpose}|{dose:.12g}|{n}".encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(named[:16], "big"), spawn_key=(k,)))
