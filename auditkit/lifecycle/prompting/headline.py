"""What is compared: the one number of the plan's detector that single answers can bet on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.finding import Finding, Margin
from auditkit.core.probe import Prompt
from auditkit.detectors.disparity.selection_rate import RATE, SelectionRate
from auditkit.detectors.reporting.generator_frequency import DIRECTED, SAMPLED, GeneratorFrequency
from auditkit.formats.words import short
from auditkit.lifecycle.prompting.treatments import Treatments
from auditkit.planning import Plan, built
from auditkit.rules import Policy
from auditkit.rules.within import Within
from auditkit.stats.expectations import Expectations
from auditkit.stats.treatments import Answers, Bounds


@dataclass(frozen=True)
class Headline:
    """A number of a detector: which finding tells it, within which margin, and what an answer stakes on it.

    Of shares a unit is a prompt. Of a gap between two groups it is a pair, the k-th prompt of the one group and the
    k-th of the other, in the order of the design: second minus first, as the finding tells it.
    """

    code: str
    estimand: str
    attribute: str
    margin: Margin
    bounds: Bounds
    read: str
    detector: GeneratorFrequency | SelectionRate
    context: tuple[str | None, ...]
    sides: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    groups: tuple[str, str] = ("", "")
    favourable: str = ""

    def tells(self, finding: Finding) -> bool:
        """Whether a finding is this number."""
        told = (finding.code, finding.estimand, finding.attribute)
        if told != (self.code, self.estimand, self.attribute) or finding.stratum:
            return False
        return not self.groups[0] or (finding.level, finding.versus) == self.groups

    def answers(self, read: Sequence[Any]) -> Answers:
        """What the answers of whole rounds stake (R, units), and which can be used (R, prompts); of one that is missing
        the ends of what it could have staked.

        Raises `InputError` for a level that the reference has no share for, of which the report could tell nothing.
        """
        self._refuse_strange({str(value) for value in read if not _lacks(value)})
        prompts = len(self.context)
        shown = np.array([*read, None], object)[:-1].reshape(-1, prompts)
        missing = np.array([[_lacks(value) for value in row] for row in shown])
        stakes = np.array(
            [[self._stake(value, job) for value, job in zip(row, self.context, strict=True)] for row in shown]
        )
        least, most = (0.0, 1.0) if self.groups[0] else self.bounds.support
        known, low, high = (np.where(missing, end, stakes) for end in (np.nan, least, most))
        usable = (~missing).astype(float)
        if not self.groups[0]:
            return Answers(known, usable, low, high)
        first, second = map(list, self.sides)
        gap = known[:, first] - known[:, second]
        return Answers(gap, usable, low[:, first] - high[:, second], high[:, first] - low[:, second])

    def _refuse_strange(self, shown: set[str]) -> None:
        """Refuse levels that nobody expects: each would be counted as the other side of what is expected."""
        if not isinstance(self.detector, GeneratorFrequency):
            return
        of = self.detector
        world = Expectations(of.reference, of.stereotype, of.parity)
        concepts = of.concepts if self.context[0] is None else dict.fromkeys(map(str, self.context))
        levels = list(dict.fromkeys(level for concept in concepts for level in world.shares(concept)))
        if strange := shown.difference(levels):
            named, said = (short(", ".join(some)) or "none" for some in (levels, sorted(strange)))
            also = "also says" if shown & set(levels) else "says"
            raise InputError(
                f"{'parity' if of.parity else 'reference'} names {named}; the reader {also} {said}. "
                f"Give {of.code} every level that the reader of {self.attribute} says, and stereotype one of them, "
                "or have the reader leave the others missing."
            )

    def _stake(self, shown: Any, context: str | None) -> float:
        if self.groups[0]:
            return float(str(shown) == self.favourable)
        assert isinstance(self.detector, GeneratorFrequency)  # two kinds of numbers, and the other one has groups
        row = {"group": str(shown)} | ({} if context is None else {"context": context})
        stake = self.detector.stake(row)
        return np.nan if stake is None else stake


def headline_of(plan: Plan, treatments: Treatments, prompts: Sequence[Prompt]) -> Headline:
    """The number that a plan's detectors and policy have treatments compared by.

    Raises `InputError` where no detector of the plan can be bet on, or its policy sets that one no margin.
    """
    detectors = [built(table) for table in plan.detectors]
    able = [one for one in detectors if isinstance(one, (GeneratorFrequency, SelectionRate))]
    chosen = [one for one in able if treatments.detector in ("", one.code)]
    if not chosen:
        has = ", ".join(one.code for one in detectors) or "none named"
        raise InputError(
            f"Treatments are compared by {GeneratorFrequency.code} or {SelectionRate.code}, which one answer can bet on"
            f"{f', and {treatments.detector} was asked for' if treatments.detector else ''}. "
            f"The plan's detectors: {has}. Add one of the two to [[detectors]]."
        )
    roles = {role: [named] if isinstance(named, str) else list(named) for role, named in plan.roles.items()}
    if plan.crossed or len(roles.get("group", [])) != 1:
        raise InputError(
            "Treatments are compared by one group. Give the plan one column as group, and crossed = false."
        )
    if isinstance(chosen[0], GeneratorFrequency):
        return _shares(chosen[0], roles, treatments, prompts, plan)
    return _gap(chosen[0], roles, treatments, prompts, plan)


def _shares(
    detector: GeneratorFrequency,
    roles: Mapping[str, list[str]],
    treatments: Treatments,
    prompts: Sequence[Prompt],
    plan: Plan,
) -> Headline:
    """Shares against a reference, a prompt a unit."""
    if detector.estimand == SAMPLED or detector.real is not None:
        raise InputError(
            'Treatments are compared on these prompts: leave out real, and estimand = "a sample of prompts".'
        )
    by = roles.get("context", [None])[0]
    context = tuple(None if by is None else prompt.factors.get(by) for prompt in prompts)
    if by is not None and None in context:
        raise InputError(
            f'The context "{by}" is no factor of every prompt of the probe, which has: {_factors(prompts)}.'
        )
    concepts = [job for job in dict.fromkeys(context) if job is not None]
    support = detector.support(concepts) if concepts else detector.support()
    if not support[0] < 0 < support[1]:
        raise InputError("The reference is certain of every level expected, so nothing can be bet on it. Check it.")
    margin = _margin(detector.code, DIRECTED, detector.default_margin, plan)
    group = roles["group"][0]
    return Headline(
        detector.code, DIRECTED, group, margin, _bounds(support, margin, treatments), group, detector, context
    )


def _gap(
    detector: SelectionRate,
    roles: Mapping[str, list[str]],
    treatments: Treatments,
    prompts: Sequence[Prompt],
    plan: Plan,
) -> Headline:
    """A gap between two groups of the design, a pair of prompts a unit."""
    group = roles["group"][0]
    shown = [prompt.factors.get(group) for prompt in prompts]
    levels = sorted({level for level in shown if level is not None})
    if len(levels) != 2 or None in shown or shown.count(levels[0]) != shown.count(levels[1]):
        raise InputError(
            f'A gap is compared between two groups that the probe asks about equally often, and "{group}" is '
            f"{', '.join(f'{level} ({shown.count(level)})' for level in levels) or 'no factor of it'}. "
            f"Factors: {_factors(prompts)}."
        )
    if detector.within or detector.favourable is None or detector.versus not in (None, *levels):
        raise InputError(
            "Give selection_rate the favourable answer; leave out within, and versus but for a group's name."
        )
    base = levels[0] if detector.versus is None else detector.versus
    level = next(one for one in levels if one != base)
    sides = tuple(tuple(at for at, one in enumerate(shown) if one == name) for name in (level, base))
    read = (roles.get("prediction") or roles.get("outcome") or [""])[0]
    margin = _margin(detector.code, f"{RATE} difference", detector.default_margin, plan)
    where = detector.code, f"{RATE} difference", group, margin, _bounds((-1.0, 1.0), margin, treatments), read
    return Headline(*where, detector, (None,) * len(prompts), (sides[0], sides[1]), (level, base), detector.favourable)


def _margin(code: str, estimand: str, default: Margin, plan: Plan) -> Margin:
    """The margin that the plan's policy holds the number to."""
    for rule in Policy.read(plan.policy).rules:
        if isinstance(rule, Within) and rule.judges(code) and fnmatchcase(estimand, rule.estimand):
            return default if rule.margin is None else Margin.within(rule.margin)
    raise InputError(f"The policy judges no {estimand} of {code}: give it a rule, for example within.")


def _bounds(support: tuple[float, float], margin: Margin, treatments: Treatments) -> Bounds:
    assert margin.high is not None  # both detectors suggest a margin either way, and a policy keeps the sides
    return Bounds(support, margin.high, treatments.less_by, treatments.may_lose)


def _factors(prompts: Sequence[Prompt]) -> str:
    return ", ".join(dict.fromkeys(name for prompt in prompts for name in prompt.factors)) or "none"


def _lacks(value: Any) -> bool:
    return value is None or value != value  # a number that is none says so to itself alone
