"""power(): how many rows, raters or generations each rule of a plan needs, before any is drawn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditkit.core.detector import Detector
from auditkit.core.errors import InputError
from auditkit.core.need import Need
from auditkit.core.power import Power
from auditkit.core.roles import SEVERAL, Roles
from auditkit.planning import Plan, built, first_plan, read_plan
from auditkit.powering.drawing import Design, stopped
from auditkit.powering.searching import Search
from auditkit.powering.silence import silences
from auditkit.powering.studies import Study
from auditkit.powering.worlds import suppose
from auditkit.questioning import BOUNDS
from auditkit.rules import Policy
from auditkit.settling import ALPHA

__all__ = ["Need", "Power", "power"]

Progress = Callable[[str, int, int], None]


def power(
    plan: Plan | str | Path,
    /,
    *,
    policy: Policy | Mapping[str, Any] | str | Path | None = None,
    effect: float = 2.0,
    comparisons: int | None = None,
    rate: float | None = None,
    share: float | None = None,
    seconds: float | None = None,
    price: float | None = None,
    replications: int | None = None,
    progress: Progress | None = None,
) -> Power:
    """How many rows each rule of a plan needs for a PASS where there is no bias, and for a FAIL where there is.

    Only the plan is read: its data, and its target's weights, stay shut. Each detector's own planted world stands for
    the data, with the plan's references and roles: drawn at several numbers of rows, examined, judged by the plan's
    policy (or another `policy`), scaled by the width of the intervals, and checked by simulation at the number that is
    told. The bias of a FAIL is `effect` margins (on the log scale for ratios). Holm allows for all `comparisons`,
    unless given those of two groups in every column. `rate` and `share` shape the world of disparity.selection_rate:
    the rate of selection, and the smaller group's part of the rows. `seconds` and `price` are those of one generation.
    `replications` check each number; by default 20 to 400, fewer where examinations take longer.

    Raises `PolicyError` or `InputError` for a plan that cannot be read, and for options that make no sense.

    >>> from auditkit.planning import plan_of
    >>> told = power(plan_of({"data": {"path": "a.csv"}, "roles": {"group": "sex", "outcome": "hired"}, "policy":
    ...     {"rules": [{"rule": "within", "margin": .1}]}}), replications=100)
    >>> [(need.verdict, round(need.rows, -2)) for need in told.needs]
    [('PASS', 1100), ('FAIL', 1000)]
    """
    plan = plan if isinstance(plan, Plan) else read_plan(plan)
    _check(effect, comparisons, seconds, price, replications)
    roles, judge = Roles.of(**plan.roles), Policy.read(plan.policy if policy is None else policy)
    design = Design.of(plan, roles)
    concepts = () if design is None else design.levels("context")
    detectors = _titled([built(table) for table in plan.detectors or _suggested(plan)])
    supposed = {title: suppose(detector, roles, concepts, rate, share) for title, detector in detectors.items()}
    studies = {title: Study(world, judge, effect) for title, world in supposed.items()}
    counted = sum(_testable(study, _views(study, plan, roles)) for study in studies.values())
    family = (comparisons or max(counted, 1)) if judge.multiplicity == "holm" else 1
    needs = tuple(_needs(studies, ALPHA / family, design, replications, progress))
    told = {need.title for need in needs}
    return Power(
        needs,
        tuple(silences(studies, judge, roles)),
        {title: study.said for title, study in studies.items() if title in told},
        tuple(_notes(plan, judge, studies, needs, family, (rate, share), (seconds, price))),
        family,
        1 - ALPHA / family,
        effect,
        None if design is None else (len(design.prompts), design.repeats),
        *((None, None) if design is None else (seconds, price)),
    )


def _needs(
    studies: Mapping[str, Study],
    alpha: float,
    design: Design | None,
    replications: int | None,
    progress: Progress | None,
) -> Iterator[Need]:
    """What every verdict takes that a rule can give on what is planted."""
    for title, study in studies.items():
        goals = list(study.goals())
        draws = replications or study.affordable(len(goals))
        for done, goal in enumerate(goals, 1):
            need = replace(Search(study, goal, alpha, draws).need(), title=title)
            yield need if design is None else design.costing(stopped(study, goal, need), study.supposed.world)
            if progress is not None:
                progress(title, done, len(goals))


def _check(
    effect: float, comparisons: int | None, seconds: float | None, price: float | None, replications: int | None
) -> None:
    if not 1 < effect < math.inf:
        raise InputError(f"A FAIL is due beyond the margin: effect is a number of margins above 1, and not {effect:g}.")
    for name, value in (("comparisons", comparisons), ("replications", replications)):
        if value is not None and value < (20 if name == "replications" else 1):
            raise InputError(f"{name} is {value}. Give at least {20 if name == 'replications' else 1}.")
    for name, given in (("seconds", seconds), ("price", price)):
        if given is not None and not 0 <= given < math.inf:
            raise InputError(f"{name} is what one generation takes, a number of at least 0, and not {given:g}.")


def _suggested(plan: Plan) -> list[dict[str, Any]]:
    """The detectors of a plan that names none: those that a first audit runs."""
    chosen = first_plan("table", plan.roles, {}).detectors
    if not chosen:
        has = ", ".join(plan.roles) or "none"
        raise InputError(f"The plan names no detector, and none fits its roles: {has}. Add [[detectors]] with a code.")
    return chosen


def _titled(detectors: Sequence[Detector]) -> dict[str, Detector]:
    """Detectors by code; several of one code are numbered."""
    seen: Counter[str] = Counter()
    titled = {}
    for detector in detectors:
        seen[detector.code] += 1
        k = seen[detector.code]
        titled[detector.code if k == 1 else f"{detector.code} ({k})"] = detector
    return titled


def _views(study: Study, plan: Plan, roles: Roles) -> int:
    """How often the detector is shown the data: for each choice among the columns of a role that has several."""
    detector = study.supposed.detector
    split = ("group",) if detector.numbers is not None else SEVERAL
    read = {*detector.needs, *detector.uses, detector.measures}
    choices = [len(roles[role]) for role in split if role in roles and role in read]
    several = len(roles["group"]) if "group" in roles and "group" in read else 1
    return math.prod(choices) // (several if plan.crossed else 1)


def _testable(study: Study, views: int) -> int:
    """The comparisons of a detector that could FAIL, in as many columns."""
    free = [q for _, q in study.fair if not any(cap.withholds == "FAIL" for cap in q.finding.caps)]
    return views * len(free)


def _notes(
    plan: Plan,
    policy: Policy,
    studies: Mapping[str, Study],
    needs: Sequence[Need],
    family: int,
    shaped: tuple[float | None, float | None],
    costs: tuple[float | None, float | None],
) -> Iterator[str]:
    codes = {study.supposed.detector.code for study in studies.values()}
    if sum(need.verdict == "PASS" for need in needs) > 1:
        yield "Each verdict is counted by itself: for all to pass together more is needed than for the hardest alone."
    if policy.multiplicity == "holm" and needs:
        yield "Comparisons are counted for two groups in every column of groups. Where there are more: --comparisons."
    if any(need.stopped is not None for need in needs):
        yield "Questions: elicit(questions=...) draws prompts at random and stops as soon as each is settled."
        if policy.multiplicity == "holm" and family > 1:
            yield f"Each is settled at its own 5 %: a FAIL that Holm allows for {family} comparisons may take more."
    if any(rule.name == "no_worse" for rule in policy.rules):
        yield "no_worse: the baseline is taken to be without bias, and to have as many rows as the report."
    if plan.annotators:
        yield "What annotators read is taken to be right. Where they err, more is needed, and labels to check them by."
    if BOUNDS in codes and len(codes) > 1:
        yield "selection.bounds may withhold verdicts that are counted here, where many rows are silent."
    if any(value is not None for value in shaped) and "disparity.selection_rate" not in codes:
        yield "Rate and share shape the world of disparity.selection_rate alone, which this plan does not have."
    if any(value is not None for value in costs) and plan.probe is None:
        yield "Seconds and price are of generations, and this plan draws none."
