"""run(): a plan is elicited where it asks for it, audited, judged and written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from auditkit import catalog
from auditkit.annotating import annotate
from auditkit.auditing import audit
from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import digest
from auditkit.core.private import private
from auditkit.core.report import Report
from auditkit.core.step import FILE, Step, Thing
from auditkit.eliciting import Pace, elicit
from auditkit.gating import gate
from auditkit.planning import FILES, Plan, built, named, plan_text, reader_of
from auditkit.rendering import render
from auditkit.runs import is_run, opened_run
from auditkit.sealing import seal, standing
from auditkit.verifying.things import called, summed

PAGE = "report.html"


def run(
    plan: Plan, out: Path | None = None, progress: Callable[[Pace], None] | None = None
) -> tuple[Report, Judgement]:
    """Elicit where a plan asks for it, audit and judge; with `out` write report.json, judgement.json and report.html
    there, sealed in auditkit.manifest.json, with the step that made the report. Stopped while eliciting, it goes on
    where it was."""
    if out is not None:
        standing(out)
    detectors = [built(table) for table in plan.detectors] or None
    asked: dict[str, Any] = {name: getattr(plan, name) for name in ("crossed", "exemplars", "keep_units")}
    asked |= plan.roles
    with TemporaryDirectory() as scratch:
        data, subject = _source(plan, (out or Path(scratch)) / "run", progress)
        took = () if out is None else _took(plan, data, out)
        report = audit(data, detectors, subject=subject, **asked)
    judgement = gate(report, plan.policy)
    if out is not None:
        texts = {"report.json": report.to_json(), "judgement.json": judgement.to_json()}
        texts |= {PAGE: render(report, judgement, "page")}
        gave = Thing("report", "report.json", digest(texts["report.json"].encode()), report.recipe.subject)
        texts |= {FILE: Step("audit", took, (gave,), _settings(plan, report)).to_json()}
        seal(out, texts, pages=[PAGE], first=lambda: write(out, texts, texts if report.personal else ()))
    return report, judgement


def _source(plan: Plan, into: Path, progress: Callable[[Pace], None] | None) -> tuple[Any, str | None]:
    """The table of a plan, read by its annotators; elicited first where it is to be drawn. And what to call it."""
    readers = [reader_of(table) for table in plan.annotators]
    if plan.probe is not None and plan.target is not None:
        probe, target = catalog.probe(*named(plan.probe, "probe")), catalog.target(*named(plan.target, "target"))
        how = plan.elicit.model_dump(exclude={"into"})
        place = into if plan.elicit.into is None else Path(plan.elicit.into)
        return elicit(probe, target, readers, into=place, progress=progress, **how), None
    assert plan.data is not None  # plan_of has seen to it
    subject = plan.data.subject or Path(plan.data.path).name
    read = {"text": plan.data.text, "image": plan.data.image}
    return annotate(plan.data.path, readers, **read) if readers else plan.data.path, subject


def _took(plan: Plan, data: Any, out: Path) -> tuple[Thing, ...]:
    """The plan, and what it is about: a table by its bytes; a run by its answers, and the model that gave them."""
    asked = Thing("plan", "plan", digest(plan_text(_anywhere(plan)).encode()))
    source = data if plan.data is None else plan.data.path
    if is_run(source):
        run = opened_run(source)
        told = run.design["target"]
        answered = Thing("run", called(run.folder, out), run.digest, f"prompts {run.design.get('prompts', '')}".strip())
        return asked, Thing("model", str(told["title"]), str(told["fingerprint"])), answered
    try:
        return asked, Thing("data", called(Path(source), out), summed(Path(source)))
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror or error}.") from error


def _settings(plan: Plan, report: Report) -> dict[str, Any]:
    """What a reader of the step is told of the plan beside its hash."""
    codes = [str(detector.get("code", "")) for detector in report.recipe.detectors]
    seed = {} if plan.probe is None else {"seed": plan.elicit.seed}
    return {"detectors": codes, "roles": dict(plan.roles), "crossed": plan.crossed, **seed}


def _anywhere(plan: Plan) -> Plan:
    """The plan without the folders of this machine: the same plan is the same thing wherever its files lie."""
    data = plan.data and plan.data.model_copy(update={"path": Path(plan.data.path).name})
    parts = {name: _nowhere(getattr(plan, name)) for name in ("probe", "target", "annotators")}
    return plan.model_copy(update={"data": data, "elicit": plan.elicit.model_copy(update={"into": None}), **parts})


def _nowhere(part: Any) -> Any:
    if isinstance(part, list):
        return [_nowhere(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    return {
        name: Path(one).name if name in FILES and isinstance(one, str) and Path(one).exists() else _nowhere(one)
        for name, one in part.items()
    }


def write(folder: Path, texts: Mapping[str, str], personal: Collection[str] = ()) -> None:
    """Write files into a folder, all or none of them: no name is taken before every text is on disk. Those `personal`,
    which hold rows or people, are for their owner alone."""
    partial = {folder / name: folder / f".{name}.partial" for name in texts}
    for place in (folder, *partial):
        if place.is_dir() is not (place == folder) and place.exists():
            told, needed = ("file", "folder") if place == folder else ("folder", "file")
            raise InputError(f"Cannot write to {place}: it is a {told}, and a {needed} is needed there. Name another.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text, place in zip(texts, texts.values(), partial.values(), strict=True):
            if name in personal:
                private(place)
            place.write_text(text, encoding="utf-8", newline="\n")
        for target, place in partial.items():
            place.replace(target)
    except OSError as error:
        raise InputError(f"Cannot write to {error.filename or folder}: {error.strerror or error}.") from error
    finally:
        for place in partial.values():
            if place.is_file():
                place.unlink()
