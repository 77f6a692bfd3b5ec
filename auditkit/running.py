"""run(): a plan is elicited where it asks for it, audited, judged and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from auditkit import catalog
from auditkit.annotating import annotate
from auditkit.auditing import audit
from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.eliciting import Pace, elicit
from auditkit.gating import gate
from auditkit.planning import Plan, built, named, reader_of
from auditkit.rendering import render
from auditkit.sealing import seal, standing

PAGE = "report.html"


def run(
    plan: Plan, out: Path | None = None, progress: Callable[[Pace], None] | None = None
) -> tuple[Report, Judgement]:
    """Elicit where a plan asks for it, audit and judge; with `out` write report.json, judgement.json and report.html
    there, sealed in auditkit.manifest.json. Stopped while eliciting, it goes on where it was."""
    if out is not None:
        standing(out)
    detectors = [built(table) for table in plan.detectors] or None
    asked: dict[str, Any] = {"crossed": plan.crossed, "exemplars": plan.exemplars, **plan.roles}
    with TemporaryDirectory() as scratch:
        data, subject = _source(plan, (out or Path(scratch)) / "run", progress)
        report = audit(data, detectors, subject=subject, **asked)
    judgement = gate(report, plan.policy)
    if out is not None:
        texts = {"report.json": report.to_json(), "judgement.json": judgement.to_json()}
        texts |= {PAGE: render(report, judgement, "page")}
        seal(out, texts, pages=[PAGE], first=lambda: write(out, texts))
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


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into a folder, all or none of them: no name is taken before every text is on disk."""
    partial = {folder / name: folder / f".{name}.partial" for name in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for text, place in zip(texts.values(), partial.values(), strict=True):
            place.write_text(text, encoding="utf-8", newline="\n")
        for target, place in partial.items():
            place.replace(target)
    except OSError as error:
        raise InputError(f"Cannot write to {error.filename or folder}: {error.strerror or error}.") from error
    finally:
        for place in partial.values():
            if place.is_file():
                place.unlink()
