"""What a mitigation writes: both audits, the turn, the held-out decisions and what was found, sealed."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.step import Kind, Step
from auditkit.lifecycle import recording, turning
from auditkit.lifecycle.mitigating.fairness import Decided
from auditkit.lifecycle.mitigating.people import People
from auditkit.lifecycle.mitigating.telling import PREDICTIONS, predictions
from auditkit.lifecycle.mitigating.wire import FILE
from auditkit.lifecycle.turning import Turn

SIDES = ("before", "after")
GAVE: dict[str, Kind] = {
    PREDICTIONS: "data",
    FILE: "model",
    **{f"{side}/report.json": "report" for side in SIDES},
    **{f"{side}/judgement.json": "judgement" for side in SIDES},
}


def written(out: Path, step: Step, turn: Turn, kept: People, said: Decided, model: str) -> Step:
    """Write and seal everything; the step last, so that a folder with a step is whole."""
    for side, report, judged in zip(
        SIDES, (turn.before, turn.after), (turn.judged_before, turn.judged_after), strict=True
    ):
        recording.audited(out / side, report, judged)
    texts = {
        PREDICTIONS: predictions(kept, said),
        FILE: model,
        **turning.texts(turn, {PREDICTIONS: "every decision before and after"}),
    }
    return recording.record(out, recording.given(out, step, GAVE, texts), texts, personal=[PREDICTIONS])
