"""A miniature translator by a name that a plan can hold: lab:attention, with its weights lab:attention.dose90.

What a library opens by itself a plan names by its folder. The translators of the lab's own classes need a function that
opens them, which no table can hold; so these names stand for them, and for nothing else: a plan never names a function.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.lab.models import WEIGHTS

PREFIX = "lab:"
OWN = ("attention", "encoder_decoder")
"""The translators of the lab's own classes."""


def resolved(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a target, its `model` opened by the lab where it is named so; all others as they are.

    The weights stand behind the name or in `variant`. Raises `InputError` for a name that is none, for weights that are
    not there, and for two that differ.

    >>> resolved({"model": "lab:attention.dose90"})["model"].title
    'attention'
    >>> resolved({"model": "a folder", "batch": 8})
    {'model': 'a folder', 'batch': 8}
    """
    named = fields.get("model")
    if not isinstance(named, str) or not named.startswith(PREFIX):
        return dict(fields)
    from auditkit.lab import miniature
    from auditkit.weights import Own

    name, _, behind = named.removeprefix(PREFIX).partition(".")
    if name not in OWN:
        near = nearest(name, OWN)
        raise InputError(f'There is no "{named}".{near} A plan can name: {", ".join(PREFIX + each for each in OWN)}.')
    rest = {key: value for key, value in fields.items() if key != "variant"}
    variant = _variant(named, WEIGHTS / name, behind or None, fields.get("variant"))
    return rest | {"model": Own(WEIGHTS / name, miniature.module(name).opened, variant)}


def fingerprint(name: str, variant: str | None) -> str:
    """The fingerprint of a translator of the lab's own class, as its target tells it; opens and imports nothing."""
    from auditkit.weights.hashing import fingerprint_of

    return fingerprint_of(WEIGHTS / name, (), variant, f"auditkit.lab.models.{name}.opened")


def _variant(named: str, folder: Path, behind: str | None, beside: str | None) -> str | None:
    """The weights that are meant, those without a name where none is told."""
    if behind and beside and behind != beside:
        raise InputError(f'The model is "{named}" and its variant "{beside}". Name the weights once.')
    chosen = behind or beside
    there = sorted(file.name.split(".")[-2] for file in folder.glob("*.*.safetensors"))
    if chosen is not None and chosen not in there:
        raise InputError(f'"{named}" has no weights "{chosen}".{nearest(chosen, there)} There are: {", ".join(there)}.')
    return chosen
