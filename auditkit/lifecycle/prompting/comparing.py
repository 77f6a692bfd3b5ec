"""prompt(): treatments of one model are compared with its control, reported, judged and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import digest
from auditkit.core.report import Report
from auditkit.core.step import FILE as STEP
from auditkit.core.step import Step, Thing
from auditkit.core.target import Target
from auditkit.eliciting import Pace
from auditkit.lifecycle import recording
from auditkit.lifecycle.prompting.bench import RUN, Bench, bench_of, recorded, shown
from auditkit.lifecycle.prompting.compared import FILE, Compared, Told
from auditkit.lifecycle.prompting.headline import headline_of
from auditkit.lifecycle.prompting.reporting import (
    REPORT,
    cost_of,
    gaps_told,
    keep,
    keep_turn,
    reported,
    unassessed,
    unheard,
)
from auditkit.lifecycle.prompting.rounds import ALPHA, SILENT, Comparison, bias_of, change_of
from auditkit.lifecycle.prompting.telling import formats, sentences
from auditkit.lifecycle.prompting.treatments import CONTROL, Treatment, Treatments, read_treatments
from auditkit.lifecycle.prompting.unusable import unusable
from auditkit.lifecycle.refusing import leaving_nothing
from auditkit.planning import Plan, judged_by, plan_text, read_plan
from auditkit.sealing import standing

Reports = dict[str, tuple[Report, Judgement]]


def prompt(
    plan: Plan | str | Path,
    treatments: Treatments | str | Path,
    out: str | Path,
    *,
    policy: str | Path | None = None,
    target: Target | None = None,
    budget: int | None = None,
    seed: int | None = None,
    progress: Callable[[str], None] | None = None,
    pace: Callable[[Pace], None] | None = None,
) -> Compared:
    """Compare wordings and system messages as treatments of one model with its control; write everything into `out`.

    Every round asks each of the plan's prompts once, with the same seeds under every treatment, as often as the probe's
    `repeats` at most, or until `budget` answers are there in all. After each, a treatment whose questions are settled
    is asked no more. A comparison that was stopped goes on; one that is finished is only read and told again. One that
    a budget ended goes on from its answers with a larger one: claims are valid at whatever time it stops, also where
    what was seen decided to go on, and those of the end are the ones that stand. `policy` and `target` stand in for the
    plan's own.

    Raises `InputError` for treatments, a plan or a folder that cannot be used.
    """
    folder = Path(out)
    given = judged_by(plan if isinstance(plan, Plan) else read_plan(plan), policy)
    asked = treatments if isinstance(treatments, Treatments) else read_treatments(treatments)
    if seed is not None:
        given = given.model_copy(update={"elicit": given.elicit.model_copy(update={"seed": seed})})
    bench = bench_of(given, asked, folder, target, pace)
    headline = headline_of(given, asked, bench.prompts)
    took = _took(folder, plan, treatments, policy)
    step = _step(given, bench, budget, took)
    done = _done(folder, step, budget, bench)
    comparison = Comparison(bench, headline, bench.probe.repeats, _enough(budget, bench), progress)
    bench.try_out()
    with leaving_nothing(folder):
        comparison.work()
    runs = {name: bench.run(name) for name in comparison.arms}
    came = any(headline.comes(shown(run, headline.read, 0, len(run))) for run in runs.values())
    reports: Reports = {name: reported(given, headline, arm, runs[name], came) for name, arm in comparison.arms.items()}
    told = _compared(comparison, asked, reports)
    if done is None:
        _write(folder, step, told, comparison, reports)
    return told


def _done(folder: Path, step: Step, budget: int | None, bench: Bench) -> Step | None:
    """The step that did this very work; `None` where there is none, and where it is this one with a smaller budget.

    Raises `InputError` where the folder holds other work: of a larger budget too, whose answers were looked at.
    """
    if (folder / STEP).exists():
        standing(folder)
        was = recording.recorded(folder)
        spent = was.settings.get("budget")
        more = isinstance(spent, int) and (budget is None or spent < budget)
        if more and replace(was, settings={**was.settings, "budget": budget}).repeats(step):
            bench.go_on()
            return None
    return recording.done(folder, step)


def _enough(budget: int | None, bench: Bench) -> int | None:
    """The budget; raises `InputError` where it does not reach for one round."""
    least = len(bench.arms) * len(bench.prompts)
    if budget is not None and budget < least:
        raise InputError(
            f"A budget of {budget:,} answers is less than one round: {len(bench.prompts):,} prompts under "
            f"{len(bench.arms)} wordings are {least:,}. Give more, or fewer treatments."
        )
    return budget


def _took(
    out: Path, plan: Plan | str | Path, treatments: Treatments | str | Path, policy: str | Path | None
) -> tuple[Thing, ...]:
    """The plan, the treatments and a policy, by the bytes of their files, or by what they say where they have none."""
    if isinstance(plan, Plan):
        planned = Thing("plan", "plan", digest(plan_text(plan).encode()))
    else:
        planned = recording.thing("plan", Path(plan), out)
    if isinstance(treatments, Treatments):
        wordings = Thing("data", "treatments", treatments.hash)
    else:
        wordings = recording.thing("data", Path(treatments), out, "the treatments")
    return (planned, wordings, *([] if policy is None else [recording.thing("policy", Path(policy), out)]))


def _step(plan: Plan, bench: Bench, budget: int | None, took: tuple[Thing, ...]) -> Step:
    model = bench.arms[CONTROL]
    took = (*took, Thing("model", model.title, model.fingerprint))
    settings = {"seed": plan.elicit.seed, "budget": budget, "alpha": ALPHA, "answers": dict(model.settings)}
    return Step("prompt", took, settings=settings)


def _compared(comparison: Comparison, treatments: Treatments, reports: Reports) -> Compared:
    told = {
        one.name: _told(one, comparison, *reports[one.name]) for one in (treatments.control, *treatments.treatments)
    }
    bench, headline = comparison.bench, comparison.headline
    size = ALPHA, comparison.most, len(bench.prompts)
    return Compared(
        bench.model,
        headline.question,
        headline.estimand,
        headline.bounds,
        *size,
        told.pop(CONTROL),
        tuple(told.values()),
    )


def _told(one: Treatment, comparison: Comparison, report: Report, judgement: Judgement) -> Told:
    """What is told of one arm: the control has neither a change nor a cost."""
    arm, control = comparison.arms[one.name], comparison.arms[CONTROL]
    run = comparison.bench.run(one.name)
    refused, failed = (sum(reasons.values()) for reasons in (run.refusals, run.failures))
    level, alone = 1 - ALPHA / (len(comparison.arms) - 1), one.name == CONTROL
    headline = comparison.headline
    return Told(
        name=one.name,
        template=one.template,
        system=one.system,
        asked=len(run),
        refused=refused,
        failed=failed,
        unread=int((1 - arm.answers.known).sum()) - (0 if arm.answers.heard is not None else refused) - failed,
        bias=bias_of(headline, arm.answers),
        change=None if alone else change_of(headline, control, arm, level),
        cost=None if alone else cost_of(control, arm, headline.bounds.may_lose),
        claims=arm.claims,
        closed=arm.closed,
        missing=arm.missing,
        compared=arm.outcome,
        judged=judgement.outcome,
        unheard=unheard(judgement, report, headline),
        lost_to=unusable(run, headline.read) if arm.missing > SILENT else unassessed(report, headline),
        gaps=gaps_told(headline, arm, comparison.level),
    )


def _write(folder: Path, step: Step, told: Compared, comparison: Comparison, reports: Reports) -> None:
    """Every treatment's report and turn, the comparison, and last the step that seals it."""
    for name, (report, judgement) in reports.items():
        keep(folder / name, report, judgement)
    for one in told.treatments:
        assert one.cost is not None  # only the control has none
        keep_turn(folder / one.name, one.name, reports, one.cost)
    texts = {FILE: told.to_json(), **formats(told)}
    runs = [Thing("run", f"{name}/{RUN}", recorded(comparison.bench.run(name))) for name in reports]
    kinds: dict[str, Any] = {f"{name}/{REPORT}": "report" for name in reports}
    kinds |= dict.fromkeys(texts, "page") | {FILE: "card"}
    step = recording.given(folder, step.giving(*runs), kinds, texts)
    recording.record(folder, replace(step, done=tuple(sentences(told))), texts)
