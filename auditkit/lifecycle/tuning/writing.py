"""What a tuning writes beside the model: the turn, its curve, the guard's items; and the turn read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit import weights
from auditkit.core.estimate import Estimate
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.core.step import Kind, Step, Thing
from auditkit.formats.curves import curve_svg
from auditkit.gating import opened
from auditkit.lab import recognising
from auditkit.lifecycle import recording, turning
from auditkit.lifecycle.tuning import carding, curve, guard
from auditkit.lifecycle.tuning.curve import Curve
from auditkit.lifecycle.tuning.guard import Told
from auditkit.lifecycle.turning import Cost, Turn
from auditkit.running import write
from auditkit.sealing import standing

MODEL, ADAPTER, WORK, DRAWN = "model", "adapter", "tuning", "curve.svg"
SIDES = ("before", "after")
KINDS: dict[str, Kind] = {"report.json": "report", "judgement.json": "judgement"}
GAVE: dict[str, Kind] = {f"{side}/{name}": kind for side in SIDES for name, kind in KINDS.items()}


def written(out: Path, step: Step, turn: Turn, learned: Curve, items: tuple[Told, Told], card: str) -> Step:
    """Write the card into the model, and all else into the folder; the step last, so that one with a step is whole."""
    drawn = curve_svg(learned.losses, learned.held_out, turn.what)
    texts = {
        **turning.texts(turn, {f"{MODEL}/{carding.FILE}": "the card of the model"}),
        curve.FILE: learned.to_json(),
        DRAWN: drawn,
        guard.FILE: guard.told(*items),
    }
    texts["turn.html"] = shown(texts["turn.html"], drawn)
    write(out / MODEL, {carding.FILE: card})
    kinds: dict[str, Kind] = {**GAVE, f"{MODEL}/{carding.FILE}": "card"}
    return recording.record(out, recording.given(out, step, kinds, texts), texts)


def models(out: Path) -> tuple[Thing, ...]:
    """The tuned model as it lies there, and its adapter where there is one, by the fingerprints that targets tell."""
    there = [(name, about) for name, about in ((MODEL, "tuned"), (ADAPTER, "its adapter")) if (out / name).is_dir()]
    return tuple(Thing("model", name, _fingerprint(out / name), about) for name, about in there)


def _fingerprint(folder: Path) -> str:
    module = recognising.recognised(folder)
    return weights.fingerprint(folder) if module is None else recognising.fingerprint(folder, module)


def stands(out: Path, step: Step) -> bool:
    """Whether the models that a finished step gave are there as it gave them."""
    return all((out / one.name).is_dir() for one in step.gave if one.name in (MODEL, ADAPTER)) and models(out) == tuple(
        one for one in step.gave if one.name in (MODEL, ADAPTER)
    )


def kept_turn(out: Path, what: str) -> Turn:
    """The turn that a finished folder holds; raises `InputError` where a file is no longer what was written."""
    sides = [audited(out / side) for side in SIDES]
    (before, was), (after, now) = (side for side in sides if side is not None)
    told = json.loads((out / turning.FILE).read_text(encoding="utf-8"))
    return Turn(what, before, after, was, now, tuple(map(_cost, told["costs"])), tuple(told.get("done", ())))


def audited(folder: Path) -> tuple[Report, Judgement] | None:
    """The report and the judgement that a folder holds, `None` where its audit did not finish."""
    chain = standing(folder)
    if chain is None or not chain.entries or "report.html" not in chain.entries[-1].artefacts:
        return None
    judged = (folder / "judgement.json").read_text(encoding="utf-8")
    return opened(folder / "report.json"), Judgement.from_json(judged)


def shown(page: str, drawn: str) -> str:
    """The page of the turn with the curve, before what it does not say."""
    chapter = f'<section class="chapter">\n<h2>How it learned</h2>\n{drawn}</section>\n'
    mark = '<div class="pair">'
    return (
        page.replace(mark, chapter + mark, 1)
        if page.count(mark) == 1
        else page.replace("</main>", chapter + "</main>", 1)
    )


def _cost(told: Mapping[str, Any]) -> Cost:
    before, after, lost = (_estimate(told[name]) for name in ("before", "after", "lost"))
    planned = [told.get(name) for name in turning.PLANNED]
    return Cost(told["name"], before, after, lost, told["margin"], told["paired"], *planned)


def _estimate(told: Mapping[str, Any]) -> Estimate:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return Estimate(**fields)
