"""What a mitigation writes: both audits, the turn, the held-out decisions and what was found, sealed; and read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditkit.core.estimate import Estimate
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.core.step import Kind, Step
from auditkit.gating import opened
from auditkit.lifecycle import recording, turning
from auditkit.lifecycle.mitigating import found
from auditkit.lifecycle.mitigating.fairness import Decided
from auditkit.lifecycle.mitigating.people import People
from auditkit.lifecycle.mitigating.telling import PREDICTIONS, predictions
from auditkit.lifecycle.turning import Cost, Turn
from auditkit.rendering import render
from auditkit.running import PAGE, write
from auditkit.sealing import seal

SIDES = ("before", "after")
GAVE: dict[str, Kind] = {
    PREDICTIONS: "data",
    found.FILE: "model",
    **{f"{side}/report.json": "report" for side in SIDES},
    **{f"{side}/judgement.json": "judgement" for side in SIDES},
}


def written(out: Path, step: Step, turn: Turn, kept: People, said: Decided, model: str) -> Step:
    """Write and seal everything; the step last, so that a folder with a step is whole."""
    for side, report, judged in zip(
        SIDES, (turn.before, turn.after), (turn.judged_before, turn.judged_after), strict=True
    ):
        _audit(out / side, report, judged)
    texts = {
        PREDICTIONS: predictions(kept, said),
        found.FILE: model,
        **turning.texts(turn, {PREDICTIONS: "every decision before and after"}),
    }
    return recording.record(out, recording.given(out, step, GAVE, texts), texts)


def kept_turn(out: Path) -> Turn:
    """The turn that a folder holds; raises `InputError` where a report is no longer what was written."""
    told = json.loads((out / turning.FILE).read_text(encoding="utf-8"))
    before, after = (opened(out / side / "report.json") for side in SIDES)
    was, now = (Judgement.from_json((out / side / "judgement.json").read_text(encoding="utf-8")) for side in SIDES)
    return Turn(told["what"], before, after, was, now, tuple(map(_cost, told["costs"])), tuple(told.get("done", ())))


def _audit(folder: Path, report: Report, judgement: Judgement) -> None:
    texts = {"report.json": report.to_json(), "judgement.json": judgement.to_json()}
    texts |= {PAGE: render(report, judgement, "page")}
    seal(folder, texts, pages=[PAGE], first=lambda: write(folder, texts), unless=texts)


def _cost(told: dict[str, Any]) -> Cost:
    before, after, lost = (_estimate(told[name]) for name in ("before", "after", "lost"))
    return Cost(told["name"], before, after, lost, told["margin"], told["paired"])


def _estimate(told: dict[str, Any]) -> Estimate:
    parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return Estimate(**parts)
