"""What is compared: the number of the plan's detector that single answers can bet on, or the largest of several."""

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
from auditkit.detectors.selection.refusal import Refusal
from auditkit.formats.words import short
from auditkit.lifecycle.prompting.gaps import MOST, Gaps, gaps_of
from auditkit.lifecycle.prompting.treatments import Treatments
from auditkit.planning import Plan, built
from auditkit.rules import Policy
from auditkit.rules.within import Within
from auditkit.stats.expectations import Expectations
from auditkit.stats.treatments import Answers, Bounds

Bettable = GeneratorFrequency | SelectionRate | Refusal
REFUSED = "refusal rate difference"
ANSWERED = "answered"
"""The column of a run in which "no" is a refusal of the model, or of its server, and "yes" an answer."""


@dataclass(frozen=True)
class Headline:
    """A number of a detector, or several: which findings tell it, within which margin, and what an answer stakes on it.

    Of shares a unit is a prompt. Of gaps between groups of the design it is one prompt of each, the k-th of every group
    in the order of the design (`gaps`).
    """

    code: str
    estimand: str
    attribute: str
    margin: Margin
    bounds: Bounds
    read: str
    detector: Bettable
    context: tuple[str | None, ...]
    gaps: Gaps | None = None

    @property
    def several(self) -> bool:
        """Whether it is the largest of several gaps."""
        return self.number > 1

    @property
    def number(self) -> int:
        """How many numbers it is."""
        return 1 if self.gaps is None else len(self.gaps.pairs)

    @property
    def question(self) -> str:
        """What is compared, in a line."""
        versus = f", each against {self.gaps.names[0][1]}" if self.gaps is not None and self.several else ""
        return f"{self.code}, {self.estimand} of {self.attribute}{versus}"

    def place(self, finding: Finding) -> int | None:
        """Which of its numbers a finding is; `None` where it is none of them."""
        told = (finding.code, finding.estimand, finding.attribute)
        if told != (self.code, self.estimand, self.attribute) or finding.stratum:
            return None
        names = [] if self.gaps is None else list(self.gaps.names)
        key = (finding.level, finding.versus)
        return 0 if self.gaps is None else names.index(key) if key in names else None

    def comes(self, read: Sequence[Any]) -> bool:
        """Whether the level that is counted, if there is one, is among what answers show."""
        return self.gaps is not None and self.gaps.level in {str(value) for value in read if not _lacks(value)}

    def answers(self, read: Sequence[Any]) -> Answers:
        """What the answers of whole rounds stake (R, units), and which can be used (R, prompts); of one that is missing
        the ends of what it could have staked.

        Raises `InputError` for a level that the reference has no share for, of which the report could tell nothing.
        """
        self._refuse_strange({str(value) for value in read if not _lacks(value)})
        shown = np.array([*read, None], object)[:-1].reshape(-1, len(self.context))
        missing = np.array([[_lacks(value) for value in row] for row in shown])
        if self.gaps is not None:
            return self.gaps.answers(shown, missing)
        stakes = np.array(
            [[self._stake(value, job) for value, job in zip(row, self.context, strict=True)] for row in shown]
        )
        least, most = self.bounds.support
        known, low, high = (np.where(missing, end, stakes) for end in (np.nan, least, most))
        return Answers(known, (~missing).astype(float), low, high)

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
        assert isinstance(self.detector, GeneratorFrequency)  # two kinds of numbers, and the other one has groups
        row = {"group": str(shown)} | ({} if context is None else {"context": context})
        stake = self.detector.stake(row)
        return np.nan if stake is None else stake


def headline_of(plan: Plan, treatments: Treatments, prompts: Sequence[Prompt]) -> Headline:
    """The number that a plan's detectors and policy have treatments compared by.

    Raises `InputError` where no detector of the plan can be bet on, or its policy sets that one no margin.
    """
    detectors = [built(table) for table in plan.detectors]
    able = [one for one in detectors if isinstance(one, Bettable)]
    chosen = [one for one in able if treatments.detector in ("", one.code)]
    if not chosen:
        has = ", ".join(one.code for one in detectors) or "none named"
        raise InputError(
            f"Treatments are compared by {GeneratorFrequency.code}, {SelectionRate.code} or {Refusal.code}, which one "
            f"answer can bet on{f', and {treatments.detector} was asked for' if treatments.detector else ''}. "
            f"The plan's detectors: {has}. Add one of the three to [[detectors]]."
        )
    roles = {role: [named] if isinstance(named, str) else list(named) for role, named in plan.roles.items()}
    if plan.crossed or len(roles.get("group", [])) != 1:
        raise InputError(
            "Treatments are compared by one group. Give the plan one column as group, and crossed = false."
        )
    if isinstance(chosen[0], GeneratorFrequency):
        return _shares(chosen[0], roles, treatments, prompts, plan)
    return _rates(chosen[0], roles, treatments, prompts, plan)


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


def _rates(
    detector: SelectionRate | Refusal,
    roles: Mapping[str, list[str]],
    treatments: Treatments,
    prompts: Sequence[Prompt],
    plan: Plan,
) -> Headline:
    """Gaps between groups of the design, a prompt of each a unit."""
    group = roles["group"][0]
    shown = [prompt.factors.get(group) for prompt in prompts]
    levels = tuple(sorted({level for level in shown if level is not None}))
    if not 2 <= len(levels) <= MOST or None in shown or len({shown.count(level) for level in levels}) > 1:
        raise InputError(
            f"Gaps are compared between 2 to {MOST} groups that the probe asks about equally often, and "
            f'"{group}" is {", ".join(f"{level} ({shown.count(level)})" for level in levels) or "no factor of it"}. '
            f"Factors: {_factors(prompts)}."
        )
    if detector.versus not in (None, *levels):
        raise InputError(f"Give {detector.code} as versus a group's name, or leave it out: {', '.join(levels)}.")
    refusals = isinstance(detector, Refusal)
    columns = roles.get("responded") if refusals else roles.get("prediction") or roles.get("outcome")
    if not columns:
        role = "responded" if refusals else "prediction"
        named = f'"{ANSWERED}", what the model refused, or a column' if refusals else "the column"
        raise InputError(
            f"{detector.code} is compared by what each answer is, and no role says where that stands. Give {role} in "
            f"[roles]: {named} of a reader in [[annotators]]."
        )
    read, estimand = columns[0], REFUSED if refusals else f"{RATE} difference"
    margin = _margin(detector.code, estimand, None if refusals else detector.default_margin, plan)
    gaps = gaps_of(shown, levels, detector.versus, _hit(detector, read), refusals)
    where = detector.code, estimand, group, margin, _bounds((-1.0, 1.0), margin, treatments), read
    return Headline(*where, detector, (None,) * len(prompts), gaps)


def _hit(detector: SelectionRate | Refusal, read: str) -> str:
    """The level that is counted; of refusals the one that is an answer."""
    if isinstance(detector, Refusal):
        if detector.answered is None and read != ANSWERED:
            raise InputError(
                f'Give {detector.code} as answered the level of "{read}" that is an answer, "no" of a reader of what '
                f'is declined. Or give responded = "{ANSWERED}" in [roles]: what the model refused.'
            )
        return detector.answered or "yes"
    if detector.within or detector.favourable is None:
        raise InputError("Give selection_rate the favourable answer, and leave out within.")
    return detector.favourable


def _margin(code: str, estimand: str, default: Margin | None, plan: Plan) -> Margin:
    """The margin that the plan's policy holds the number to; raises `InputError` where it sets none."""
    for rule in Policy.read(plan.policy).rules:
        if isinstance(rule, Within) and rule.judges(code) and fnmatchcase(estimand, rule.estimand):
            held = default if rule.margin is None else Margin.within(rule.margin)
            if held is not None:
                return held
    raise InputError(
        f"The policy sets no margin for the {estimand} of {code}: give it a rule, for example [[policy.rules]] "
        f'rule = "within", code = "{code}", estimand = "{estimand}", margin = 0.05.'
    )


def _bounds(support: tuple[float, float], margin: Margin, treatments: Treatments) -> Bounds:
    assert margin.high is not None  # both detectors suggest a margin either way, and a policy keeps the sides
    return Bounds(support, margin.high, treatments.less_by, treatments.may_lose)


def _factors(prompts: Sequence[Prompt]) -> str:
    return ", ".join(dict.fromkeys(name for prompt in prompts for name in prompt.factors)) or "none"


def _lacks(value: Any) -> bool:
    return value is None or value != value  # a number that is none says so to itself alone
