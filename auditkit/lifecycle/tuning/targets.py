"""Which target of a plan can be tuned, and the same target on the folder that was saved."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit import catalog, weights
from auditkit.core.errors import InputError
from auditkit.core.target import Target
from auditkit.lab.naming import resolved
from auditkit.lifecycle.tuning.pupil import Pupil
from auditkit.planning import FILES, Plan, named

WORDS, PICTURES = ("causal_lm", "masked_lm", "seq2seq"), ("diffusion",)


def target_of(plan: Plan) -> Target:
    """The plan's target, built; raises `InputError` for a plan without one, and for one without weights to tune."""
    if plan.target is None:
        raise InputError("The plan audits a table, and there is no model to tune in it. Give it [probe] and [target].")
    name, fields = named(plan.target, "target")
    if name not in (*WORDS, *PICTURES):
        can = ", ".join((*WORDS, *PICTURES))
        why = "is asked over a network, and has no weights here" if name == "endpoint" else "cannot be tuned here"
        raise InputError(f"The target {name} {why}. Targets that can be tuned: {can}.")
    return catalog.target(name, fields)


def pupil_of(target: Target, data: Path) -> Pupil:
    """The target as a pupil of the curated data; raises `InputError` where it cannot learn from them."""
    if target.name in PICTURES:
        from auditkit.lifecycle.tuning import pictures

        return pictures.opened(target, data)
    from auditkit.lifecycle.tuning import words

    return words.opened(target, data)


def tuned(plan: Plan, model: Path, title: str) -> Plan:
    """The plan that asks the same of the saved model: its target on that folder, its run kept beside its own report."""
    assert plan.target is not None  # target_of has seen to it
    kept = {key: value for key, value in plan.target.items() if key not in ("variant", "revision", "title")}
    base = resolved(plan.target)["model"]
    own = weights.Own(model, base.opens) if isinstance(base, weights.Own) else str(model)
    elicit = plan.elicit.model_copy(update={"into": None})
    return plan.model_copy(update={"target": kept | {"model": own, "title": f"{title}, tuned"}, "elicit": elicit})


def digest_of(plan: Plan, fingerprint: str) -> str:
    """The SHA-256 of a plan, its model by fingerprint and its files by name: the same plan on every machine."""
    told = plan.model_copy(update={"target": {**(plan.target or {}), "model": fingerprint}}).model_dump()
    told["elicit"].pop("into")
    text = json.dumps(_nameless(told), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def base_of(plan: Plan, target: Target) -> tuple[str, Path | None]:
    """What the base model is called, and the folder where its card may lie; `None` for a live one."""
    where = resolved(plan.target or {}).get("model")
    if isinstance(where, weights.Own):
        return target.title, Path(where.folder)
    if not isinstance(where, str | os.PathLike):
        return target.title, None
    return (target.title if Path(where).is_dir() else str(where)), weights.place(where, _kind(target))


def _kind(target: Target) -> Any:
    return "diffusers" if target.name in PICTURES else "transformers"


def _nameless(value: Any) -> Any:
    """The same without the folders that files lie in."""
    if isinstance(value, Mapping):
        return {
            key: Path(part).name if key in FILES and isinstance(part, str) else _nameless(part)
            for key, part in value.items()
        }
    return [_nameless(part) for part in value] if isinstance(value, list | tuple) else value
