"""One plan for all: each candidate takes the place of the plan's own model, and all else stays as it is."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.manifest import digest
from auditkit.lifecycle.discovering.candidate import Aside, Candidate
from auditkit.planning import FILES, Plan, plan_text

FITS: Mapping[str, tuple[str, ...]] = {
    "causal_lm": ("text-generation",),
    "captioner": ("image-to-text", "image-text-to-text"),
    "diffusion": ("text-to-image", "image-to-image", "unconditional-image-generation"),
    "masked_lm": ("fill-mask",),
    "seq2seq": ("translation", "summarization", "text2text-generation"),
}
"""The tasks of models that a target asks; of a target that is not here any may be tried."""
PLACES = ("model", "variant", "revision", "title")
"""The fields of a target that name the model, and are the candidate's own."""


def checked(plan: Plan) -> Plan:
    """A plan that asks a model; raises `InputError` for one that audits a table."""
    if plan.target is None:
        raise InputError("This plan audits a table, and candidates are to be asked. Give it [probe] and [target].")
    return plan


def of_its_task(plan: Plan, some: Sequence[Any]) -> tuple[list[Any], Counter[str]]:
    """Those whose task the plan's target asks for, or whose task nobody says; and the tasks of the others."""
    tasks = FITS.get(str((plan.target or {}).get("name", "")))
    others = [one for one in some if tasks is not None and one.task is not None and one.task not in tasks]
    return [one for one in some if one not in others], Counter(str(one.task) for one in others)


def able(plan: Plan, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Aside]]:
    """The candidates that the plan's target can be made of, and why the others cannot."""
    told = [(one, _unable(str((plan.target or {}).get("name", "")), one)) for one in candidates]
    return [one for one, why in told if not why], [Aside(one.called, why, one.task) for one, why in told if why]


def _unable(target: str, one: Candidate) -> str:
    known = {field.name for field in fields(catalog.targets()[target])}  # type: ignore[arg-type]  # every target is a dataclass
    if one.unplanned:
        return one.unplanned
    lacks = [what for what in ("variant", "revision") if getattr(one, what) is not None and what not in known]
    return f"the target {target} takes no {lacks[0]}" if lacks else ""


def placed(plan: Plan, one: Candidate) -> Plan:
    """The plan with this candidate as its model; what is drawn is kept beside its own report."""
    own: dict[str, Any] = {key: value for key, value in (plan.target or {}).items() if key not in PLACES}
    own |= {"model": one.named or one.place, "title": one.called}
    own |= {key: told for key in ("variant", "revision") if (told := getattr(one, key)) is not None}
    return plan.model_copy(update={"target": own, "elicit": plan.elicit.model_copy(update={"into": None})})


def own_text(plan: Plan, one: Candidate, folder: Path) -> str:
    """The candidate's own plan as TOML, for the folder of its audit: files named from there, and another seed.

    It is what `tune` and `prompt` go on with. A candidate that is chosen for what was drawn of it is asked anew, by a
    seed made of the plan's and of the candidate: judged again by the answers it was chosen for, the most biased of ten
    alike would seem to have become better in one of four cases by nothing at all.
    """
    mine = placed(plan, one)
    seed = int(digest(f"{mine.elicit.seed} {one.hash}".encode())[:8], 16)
    moved = {
        "probe": _named_from(folder, mine.probe),
        "target": _named_from(folder, mine.target),
        "annotators": [_named_from(folder, reader) for reader in mine.annotators],
        "elicit": mine.elicit.model_copy(update={"seed": seed}),
    }
    return plan_text(mine.model_copy(update=moved))


def _named_from(folder: Path, part: Any) -> Any:
    """A part of a plan whose files and folders, where they are there, are named from another folder."""
    if not isinstance(part, Mapping):
        return part
    told = {key: _named_from(folder, value) if key == "target" else value for key, value in part.items()}
    for name in FILES:
        if isinstance(told.get(name), (str, Path)) and Path(told[name]).exists():
            told[name] = os.path.relpath(told[name], folder)
    return told
