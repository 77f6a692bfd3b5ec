"""A miniature translator by a name that a plan can hold: lab:attention, with its weights lab:attention.dose90.

What a library opens by itself a plan names by its folder. The translators of the lab's own classes need a function that
opens them, which no table can hold; so these names stand for the bundled ones, and a folder that `auditkit tune` wrote
is known by its configuration (`lab.recognising`): a plan never names a function.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.lab import recognising
from auditkit.lab.models import WEIGHTS

PREFIX, ASKS = "lab:", "seq2seq"
OWN = ("attention", "encoder_decoder")
"""The translators of the lab's own classes."""


def resolved(fields: Mapping[str, Any], target: str = ASKS) -> dict[str, Any]:
    """The fields of a target, its `model` opened by the lab where it is named so; all others as they are.

    The weights stand behind the name or in `variant`. Of a folder that a tuning wrote it is the model in it, and one of
    the lab's own classes is opened by the lab. Raises `InputError` for a name that is none, for weights that are not
    there, for two that differ, for a folder that says it is of the lab's and is not, and for another target than asks a
    translator.

    >>> resolved({"model": "lab:attention.dose90"})["model"].title
    'attention'
    >>> resolved({"model": "a folder", "batch": 8})
    {'model': 'a folder', 'batch': 8}
    """
    named = fields.get("model")
    if not isinstance(named, str) or not named.startswith(PREFIX):
        return _of_folder(fields, named, target) if isinstance(named, str | os.PathLike) else dict(fields)
    from auditkit.lab import miniature
    from auditkit.weights import Own

    name, _, behind = named.removeprefix(PREFIX).partition(".")
    _asked(named, target)
    if name not in OWN:
        near = nearest(name, OWN)
        raise InputError(f'There is no "{named}".{near} A plan can name: {", ".join(PREFIX + each for each in OWN)}.')
    rest = {key: value for key, value in fields.items() if key != "variant"}
    variant = _variant(named, WEIGHTS / name, behind or None, fields.get("variant"))
    return rest | {"model": Own(WEIGHTS / name, miniature.module(name).opened, variant)}


def _asked(named: str, target: str) -> None:
    """Raise `InputError` where another target than that of translators would ask one."""
    if target != ASKS:
        raise InputError(f'{named} is a translator, and the target {target} asks none. Give [target] name = "{ASKS}".')


def _of_folder(fields: Mapping[str, Any], named: str | os.PathLike[str], target: str) -> dict[str, Any]:
    """The fields with what lies in a folder; as they are where there is no such folder."""
    folder = Path(named).expanduser()
    if not folder.is_dir():
        return dict(fields)
    place = recognising.model_in(folder)
    told = dict(fields) if place == folder else {"title": folder.resolve().name, **fields, "model": str(place)}
    if (name := recognising.recognised(place)) is None:
        return told
    _asked(str(named), target)
    variant = _variant(str(named), place, None, told.pop("variant", None))
    return told | {"model": recognising.own(place, name, variant)}


def fingerprint(name: str, variant: str | None) -> str:
    """The fingerprint of a translator of the lab's own class, as its target tells it; opens and imports nothing."""
    return recognising.fingerprint(WEIGHTS / name, name, variant)


def _variant(named: str, folder: Path, behind: str | None, beside: str | None) -> str | None:
    """The weights that are meant, those without a name where none is told."""
    if behind and beside and behind != beside:
        raise InputError(f'The model is "{named}" and its variant "{beside}". Name the weights once.')
    chosen = behind or beside
    there = sorted(file.name.split(".")[-2] for file in folder.glob("*.*.safetensors"))
    if chosen is not None and chosen not in there:
        known = f"{nearest(chosen, there)} There are: {', '.join(there) or 'none'}."
        raise InputError(f'"{named}" has no weights "{chosen}".{known}')
    return chosen
