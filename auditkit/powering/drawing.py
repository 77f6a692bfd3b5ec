"""A plan that is still to draw: which repeats would do, and when a run that stops by itself would stop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.core.need import Need, Stopped
from auditkit.core.probe import Prompt
from auditkit.core.roles import Roles
from auditkit.planning import Plan, named
from auditkit.powering.designs import Generated, World
from auditkit.powering.studies import Goal, Study, generator
from auditkit.stakes import Bettor, questions_of

POPULATION = 200_000
"""Rows whose stakes stand for those of all answers."""
LONGER = 4
"""Times the rows of a fixed number after which nobody waits any longer."""
STREAMS, OBSERVATIONS = (60, 200), 300_000
PROMPT = "prompt"


@dataclass(frozen=True)
class Design:
    """The prompts of a plan, how often each is asked, and the columns that play roles."""

    prompts: tuple[Prompt, ...]
    repeats: int
    roles: Roles

    @classmethod
    def of(cls, plan: Plan, roles: Roles) -> Design | None:
        """The design of a plan, `None` where it draws nothing; nothing of its target is opened.

        Raises `InputError` for a probe that asks nothing.
        """
        if plan.probe is None:
            return None
        probe = catalog.probe(*named(plan.probe, "probe"))
        prompts = tuple(probe)
        if not prompts or probe.repeats < 1:
            raise InputError(f"The probe {probe.name} asks nothing. Change the design.")
        return cls(prompts, probe.repeats, roles)

    def levels(self, role: str) -> tuple[str, ...]:
        """The levels that a role has by design; none where an answer fills it."""
        columns = self.roles.columns.get(role, ())
        if columns == (PROMPT,):
            return tuple(prompt.key for prompt in self.prompts)
        known = (prompt.factors[column] for column in columns for prompt in self.prompts if column in prompt.factors)
        return tuple(dict.fromkeys(known))

    def useful(self, world: World) -> int:
        """The prompts whose answers play a part in a world: those on the concepts that it knows."""
        if not isinstance(world, Generated) or not self.levels("context"):
            return len(self.prompts)
        known = (prompt.factors.get(column) for column in self.roles["context"] for prompt in self.prompts)
        return sum(concept in world.concepts for concept in known)

    def costing(self, need: Need, world: World) -> Need:
        """In answers to all prompts, where only some play a part; and the repeats that would do, none where a verdict
        needs more units than the design has."""
        if need.rows is None:
            return need
        part = self.useful(world) / len(self.prompts)
        need = replace(need, rows=math.ceil(need.rows / part), stopped=need.stopped and need.stopped.among(part))
        for axis, count in need.units.items():
            there = len(self.levels(axis))
            if 0 < there < count:
                why = f"{there:,} {axis}s of the plan are too few, and repeats add none."
                return replace(need, why=" ".join(filter(None, (need.why, why))))
        return replace(need, repeats=math.ceil(need.rows / len(self.prompts)))  # type: ignore[operator]  # rows are known


def stopped(study: Study, goal: Goal, need: Need) -> Need:
    """When a run of `elicit` with this detector among its `questions` would have the verdict, where it can bet."""
    supposed, detector = study.supposed, study.supposed.detector
    headline = next(iter(supposed.truth(0.0)))
    if not isinstance(detector, Bettor) or goal.lead != headline or goal.dose is None or need.rows is None:
        return need
    rng = generator(detector.code, goal.dose, POPULATION, 0, "stakes")
    answers = supposed.world.plant(goal.dose, POPULATION, rng).evidence
    assert isinstance(answers, Tally)  # who bets on answers counts them
    rows = [dict(zip(answers.axes, levels, strict=True)) for levels in _cells(answers)]
    stakes = [detector.stake(row) for row in rows]
    chance = np.array([0 if stake is None else n for stake, n in zip(stakes, answers.n, strict=True)], float)
    asked = [Prompt(factors={"context": row["context"]}) for row in rows if "context" in row]
    try:
        [question] = questions_of((detector, {"group": "group", "context": "context"}), study.policy, asked)
    except InputError:  # the policy judges no difference of it
        return need
    longest = LONGER * need.rows
    streams = int(np.clip(OBSERVATIONS // longest, *STREAMS))
    x = rng.choice(np.array([stake or 0.0 for stake in stakes]), (streams, longest), p=chance / chance.sum())
    passed, failed = question.gate.times(x)
    mine, other = (passed, failed) if goal.verdict == "PASS" else (failed, passed)
    times = np.sort(np.where(mine <= other, mine, np.inf))
    middle, late = (times[math.ceil(share * streams) - 1] for share in (0.5, 0.9))
    return replace(need, stopped=Stopped(_whole(middle), _whole(late), longest, streams))


def _whole(time: float) -> int | None:
    return int(time) if math.isfinite(time) else None


def _cells(tally: Tally) -> list[list[str]]:
    return [[tally.levels[axis][code] for axis, code in enumerate(codes)] for codes in tally.codes.tolist()]
