"""compare(): each candidate is asked the same prompts with the same seeds, audited, judged, put beside the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.manifest import digest
from auditkit.core.step import Step, Thing
from auditkit.eliciting import Pace
from auditkit.lifecycle import recording
from auditkit.lifecycle.discovering.candidate import Aside, Candidate, Found
from auditkit.lifecycle.discovering.claims import ALPHA
from auditkit.lifecycle.discovering.comparison import Audited, Comparison
from auditkit.lifecycle.discovering.pacing import FILE, Speed, Stopwatch
from auditkit.lifecycle.discovering.placing import able, checked, of_its_task, placed
from auditkit.lifecycle.discovering.telling import json_of, to_dict, written
from auditkit.opening import judged, read_report
from auditkit.planning import Plan, plan_text, read_plan
from auditkit.running import run
from auditkit.runs import is_run, opened_run
from auditkit.sealing import untouched

Told = Callable[[str, Pace], None]
RUN, REPORT, JUDGEMENT = "run", "report.json", "judgement.json"


def compare(
    candidates: Found | Sequence[Candidate],
    plan: Plan | str | Path,
    out: str | Path,
    *,
    progress: Told | None = None,
) -> Comparison:
    """Put each candidate into the plan's target, and audit it in `out/<candidate>`; write how they compare.

    An answer's seed depends on the plan's seed, the prompt and the repeat alone, so all are asked the same. One that
    cannot be opened or asked costs itself alone; one that is done is not asked again, and one that was stopped goes on.
    Writes comparison.json, .md and .html, speed.json, and step.json over all of them. `progress` is told which
    candidate is asked, and how far it is.

    Raises `InputError` for a plan without a target, where no candidate fits it, and where none could be asked.
    """
    place = Path(out)
    found = candidates if isinstance(candidates, Found) else Found("given", "", tuple(candidates))
    shared, named = _plan(plan, place)
    asked, others = of_its_task(checked(shared), (*found.candidates, *found.aside))
    fitting, unfit = able(shared, [one for one in asked if isinstance(one, Candidate)])
    aside = (*(one for one in asked if isinstance(one, Aside)), *unfit)
    if not fitting:
        raise InputError(_nobody(shared, found.source, aside, others))
    folders = _folders(fitting)
    things = [Thing("model", one.called, one.hash, one.revision or "") for one in fitting]
    step = Step("discover", (named, *things), settings={"ranked_by": "judgement", "alpha": ALPHA})
    was = recording.done(place, step)
    audited, failed = _each(fitting, folders, shared, named, place, progress)
    if not audited:
        raise InputError(
            f"None of the candidates could be asked. {' '.join(f'{o.called}: {o.because}' for o in failed)}"
        )
    unlike = {**found.others, "task": Counter(found.others.get("task", {})) + others}
    unlike = {name: dict(counts) for name, counts in unlike.items() if counts}
    comparison = Comparison(found.source, tuple(audited), tuple(failed), aside, found.wanted, unlike, found.unseen)
    if was is None or (failed and _otherwise(place, comparison)):
        _record(place, step, comparison)
    return comparison


def _each(
    fitting: Sequence[Candidate],
    folders: Sequence[str],
    plan: Plan,
    named: Thing,
    out: Path,
    progress: Told | None,
) -> tuple[list[Audited], list[Aside]]:
    """Every candidate audited, and those that could not be, each with its sentence."""
    audited, failed = [], []
    for one, folder in zip(fitting, folders, strict=True):
        try:
            audited.append(_audited(one, folder, plan, named, out, progress))
        except (AuditkitError, MemoryError) as error:
            said = str(error) or "memory does not do for it"
            failed.append(Aside(one.called, said.replace(str(one.place), one.name), one.task))
    return audited, failed


def _audited(one: Candidate, name: str, plan: Plan, named: Thing, out: Path, progress: Told | None) -> Audited:
    """A candidate's audit: read where it is done, else asked for, and recorded in its own folder."""
    folder = out / name
    step = Step("audit", (replace(named, name=f"../{named.name}"), Thing("model", one.called, one.hash)))
    if recording.done(folder, step) is None:
        known = len(opened_run(folder / RUN)) if is_run(folder / RUN) else 0
        watch = Stopwatch(known, None if progress is None else lambda pace: progress(one.called, pace))
        run(placed(plan, one), folder, watch)
        step = recording.given(folder, step, {REPORT: "report", JUDGEMENT: "judgement"})
        speed = watch.speed
        recording.record(folder, step, {FILE: "null\n" if speed is None else speed.to_json()})
    untouched(folder / FILE)
    report = read_report(folder / REPORT)
    judgement, unused = judged(report, folder / JUDGEMENT)
    if unused:
        raise InputError(unused)
    return Audited(one, name, report, judgement, Speed.from_json((folder / FILE).read_text(encoding="utf-8")))


def _record(out: Path, step: Step, comparison: Comparison) -> None:
    """Write what the comparison says; what a step hashes is the same wherever and whenever it is done."""
    texts = written(comparison)
    kinds = {f"{one.folder}/{file}": file.split(".")[0] for one in comparison.audited for file in (REPORT, JUDGEMENT)}
    step = recording.given(out, step, {"comparison.json": "card", **kinds}, texts)  # type: ignore[dict-item]
    done = [f"{one.candidate.called}: {one.outcome.value}" for _, one in comparison.ranked]
    done += [f"{one.called} could not be asked: {one.because}" for one in comparison.failed]
    recording.record(out, replace(step, done=tuple(done)), texts)


def _otherwise(out: Path, comparison: Comparison) -> bool:
    """Whether one that could not be asked before is told otherwise now."""
    return (out / "comparison.json").read_text(encoding="utf-8") != json_of(to_dict(comparison))


def _plan(plan: Plan | str | Path, out: Path) -> tuple[Plan, Thing]:
    """A plan, and what it is known by: the bytes of its file, else what it says."""
    if isinstance(plan, Plan):
        return plan, Thing("plan", "plan", digest(plan_text(plan).encode()))
    return read_plan(plan), recording.thing("plan", Path(plan), out)


def _folders(candidates: Sequence[Candidate]) -> list[str]:
    """A folder for each; where two would share one, both end in a part of their hash."""
    plain = [one.folder.casefold() for one in candidates]
    return [
        one.folder if plain.count(name) == 1 else f"{one.folder}-{one.hash[:12]}"
        for one, name in zip(candidates, plain, strict=True)
    ]


def _nobody(plan: Plan, source: str, aside: Sequence[Aside], others: Counter[str]) -> str:
    target = str((plan.target or {}).get("name", ""))
    why = [f"{one.called}: {one.because}." for one in aside[:5]]
    why += [f"There were {', '.join(f'{n} for {task}' for task, n in others.most_common())}."] if others else []
    told = f"No candidate of {source} fits the plan, whose target is {target}. {' '.join(why)}"
    return f"{told} Choose a plan for these, or look elsewhere."
