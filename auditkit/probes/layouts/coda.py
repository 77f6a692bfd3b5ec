"""CoDa: `objects.jsonl`, `annotations.jsonl` and `templates.yaml`, the colours that people give to 521 objects.

References
    Paik, Aroca-Ouellette, Roncone & Kann, EMNLP (2021) 823.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from auditkit.core.errors import InputError
from auditkit.probes.layouts.reading import found, lines_of, records_of
from auditkit.probes.wording import with_article

OBJECTS, ANNOTATIONS, TEMPLATES = "objects.jsonl", "annotations.jsonl", "templates.yaml"
COLOURS = ("black", "blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "white", "yellow")
MASKED = "text-masked"
"""The name of the templates for masked models, whose slot is [MASK]."""


class Thing(NamedTuple):
    """An object: its id, its name, and how a template says it."""

    key: str
    name: str
    words: Mapping[str, str]


def things(folder: Path) -> tuple[Thing, ...]:
    """The objects, with the words for each place of a template; a form that an object lacks is left out."""
    rows = records_of(found(folder, OBJECTS), ["class_id", "display_name", "object_s", "object_pl"])
    return tuple(Thing(str(row["class_id"]), str(row["display_name"]), dict(_words(row))) for row in rows)


def templates(folder: Path, name: str = MASKED) -> tuple[str, ...]:
    """The templates of this name; raises `InputError` where there is none."""
    known: dict[str, list[str]] = {}
    under = ""
    for line in lines_of(found(folder, TEMPLATES)):
        if line.startswith("- name:"):
            under = line.removeprefix("- name:").strip()
        elif line.startswith("- ") and under:
            known.setdefault(under, []).append(line.removeprefix("- ").strip().strip("\"'"))
    if not known.get(name):
        raise InputError(f'{folder / TEMPLATES} has no templates "{name}". It has: {", ".join(known) or "none"}.')
    return tuple(known[name])


def colours(folder: Path) -> dict[str, dict[str, float]]:
    """The share of each colour by object id: the mean over people, each of whom gave shares that sum to 1.

    Judgements that the authors did not include are left out.
    """
    given: dict[str, list[Any]] = {}
    for row in records_of(found(folder, ANNOTATIONS), ["class_id", "included"]):
        if row["included"]:
            shares = _shares(row)
            if shares.sum() > 0:
                given.setdefault(str(row["class_id"]), []).append(shares / shares.sum())
    return {key: dict(zip(COLOURS, np.mean(rows, axis=0).tolist(), strict=True)) for key, rows in given.items()}


def _shares(row: Mapping[str, Any]) -> Any:
    """How much of each colour somebody saw; raises `InputError` for what are no such numbers."""
    try:
        shares = np.array([row.get(colour, 0) for colour in COLOURS], float)
    except (TypeError, ValueError):
        shares = np.array(np.nan)
    if not (np.isfinite(shares) & (shares >= 0)).all():
        raise InputError(f"CoDa has a share of {row['class_id']} that is no number from 0 up.")
    return shares


def _words(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What stands in each place of a template."""
    for form in ("s", "pl"):
        noun, verb = (str(row.get(f"{name}_{form}") or "") for name in ("object", "areis"))
        if noun:
            yield f"{{object_{form}}}", noun
            yield f"{{a:object_{form}}}", with_article(noun)
        if noun and verb:
            yield f"{{object_areis_{form}}}", f"{noun} {verb}"
