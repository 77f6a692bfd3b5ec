"""compare(): each candidate is asked the same prompts with the same seeds, audited, judged, put beside the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.manifest import digest
from auditkit.core.step import FILE as STEP
from auditkit.core.step import Step, Thing
from auditkit.eliciting import Pace
from auditkit.lifecycle import recording
from auditkit.lifecycle.discovering.candidate import Aside, Candidate, Found
from auditkit.lifecycle.discovering.claims import ALPHA
from auditkit.lifecycle.discovering.comparison import Audited, Comparison
from auditkit.lifecycle.discovering.pacing import FILE, Speed, Stopwatch
from auditkit.lifecycle.discovering.placing import able, checked, of_its_task, own_text, placed
from auditkit.lifecycle.discovering.telling import json_of, to_dict, written
from auditkit.lifecycle.refusing import leaving_nothing
from auditkit.opening import judged, read_report
from auditkit.planning import Plan, plan_text, read_plan
from auditkit.running import run
from auditkit.runs import is_run, opened_run
from auditkit.sealing import untouched

Told = Callable[[str, Pace], None]
RUN, REPORT, JUDGEMENT, PLAN = "run", "report.json", "judgement.json", "plan.toml"


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
    found = candidates if isinstance(candidates, Found) else Found("given", "", tuple(candidates))
    bench = Bench(*_plan(plan, Path(out)), Path(out), found.source, progress)
    asked, others = of_its_task(checked(bench.plan), (*found.candidates, *found.aside))
    fitting, unfit = able(bench.plan, [one for one in asked if isinstance(one, Candidate)])
    aside = (*(one for one in asked if isinstance(one, Aside)), *unfit)
    if not fitting:
        raise InputError(_nobody(bench.plan, found.source, aside, others))
    step = bench.step(fitting)
    was = recording.done(bench.out, step)
    with leaving_nothing(bench.out):
        audited, failed = bench.each(fitting)
    told = found.wanted, _unlike(found, others), found.unseen
    comparison = Comparison(found.source, tuple(audited), tuple(failed), aside, *told)
    if was is None or (failed and _otherwise(bench.out, comparison)):
        _record(bench.out, step, comparison)
    return comparison


@dataclass(frozen=True)
class Bench:
    """Where candidates are asked: one plan, what it is known by, and the folder that all is written to."""

    plan: Plan
    named: Thing
    out: Path
    source: str
    progress: Told | None

    def step(self, fitting: Sequence[Candidate]) -> Step:
        """What is compared by what: the same plan and the same weights are the same work."""
        models = [self._model(one) for one in fitting]
        return Step("discover", (self.named, *models), settings={"ranked_by": "judgement", "alpha": ALPHA})

    def each(self, fitting: Sequence[Candidate]) -> tuple[list[Audited], list[Aside]]:
        """Every candidate audited, and those that could not be, each with its sentence; raises where none could."""
        audited, failed = [], []
        for one, folder in zip(fitting, _folders(fitting), strict=True):
            try:
                audited.append(self._audited(one, folder))
            except (AuditkitError, MemoryError) as error:
                said = str(error) or "memory does not do for it."
                failed.append(Aside(one.called, said.replace(str(one.place), one.name), one.task))
        if not audited:
            told = " ".join(f"{one.called}: {one.because}" for one in failed)
            raise InputError(f"None of the candidates could be asked. {told}")
        return audited, failed

    def _audited(self, one: Candidate, name: str) -> Audited:
        """A candidate's audit: read where it is done, else asked for, and recorded in its own folder."""
        folder = self.out / name
        step = Step("audit", (replace(self.named, name=f"../{self.named.name}"), self._model(one)))
        if recording.done(folder, replace(step, took=(*step.took, *_told(folder)))) is None:
            self._ask(one, folder, step)
        untouched(folder / FILE)
        report = read_report(folder / REPORT)
        judgement, unused = judged(report, folder / JUDGEMENT)
        if unused:
            raise InputError(unused)
        return Audited(one, name, report, judgement, Speed.from_json((folder / FILE).read_text(encoding="utf-8")))

    def _ask(self, one: Candidate, folder: Path, step: Step) -> None:
        tells = self.progress
        watch = Stopwatch(_recorded(folder / RUN), None if tells is None else partial(tells, one.called))
        run(placed(self.plan, one), folder, watch)
        step = replace(step, took=(*step.took, *_drawn(folder)))
        step = recording.given(folder, step, {REPORT: "report", JUDGEMENT: "judgement"})
        speed = watch.speed
        texts = {FILE: "null\n" if speed is None else speed.to_json(), PLAN: own_text(self.plan, one, folder)}
        recording.record(folder, step, texts)

    def _model(self, one: Candidate) -> Thing:
        """A model by its weights; its name is no path, for a folder of its name is made here."""
        return Thing("model", f"{one.called} ({self.source})", one.hash, one.revision or "")


def _recorded(run: Path) -> int:
    """How many answers a run has; one that was killed while it was begun has none, and goes on."""
    try:
        return len(opened_run(run)) if is_run(run) else 0
    except InputError:
        return 0


def _drawn(folder: Path) -> tuple[Thing, ...]:
    """The run that a candidate's answers lie in, so that whoever verifies its step holds them against it."""
    if not is_run(folder / RUN):
        return ()
    drawn = opened_run(folder / RUN)
    return (Thing("run", RUN, drawn.digest, f"prompts {drawn.design.get('prompts', '')}".strip()),)


def _told(folder: Path) -> tuple[Thing, ...]:
    """The run that the step in a folder names: which one it is to be is known once it is drawn, and not before."""
    if not (folder / STEP).exists():
        return ()
    return tuple(one for one in recording.recorded(folder).took if one.kind == "run")


def _unlike(found: Found, others: Counter[str]) -> dict[str, dict[str, int]]:
    """How many are not what was wanted, or not what the plan asks, by what they are."""
    told = {**found.others, "task": Counter(found.others.get("task", {})) + others}
    return {name: dict(counts) for name, counts in told.items() if counts}


def _record(out: Path, step: Step, comparison: Comparison) -> None:
    """Write what the comparison says; what a step hashes is the same wherever and whenever it is done."""
    texts = written(comparison)
    kinds = {f"{one.folder}/{file}": file.split(".")[0] for one in comparison.audited for file in (REPORT, JUDGEMENT)}
    step = recording.given(out, step, {"comparison.json": "card", **kinds}, texts)  # type: ignore[dict-item]  # the names of files are kinds
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
