"""What the card and the Croissant document tell of a curated data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.core.judgement import Judgement
from auditkit.core.manifest import digest
from auditkit.core.report import Report
from auditkit.core.step import Thing
from auditkit.formats.curated import Column, Curated, File
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset, typed
from auditkit.lifecycle.curating.gallery import shown
from auditkit.lifecycle.curating.recipe import Recipe

ADDED = {
    "weight": "how much a row counts, as the steps have weighted it",
    "unit": "the row of the source that this row comes from: rows that share it are not independent",
}
ACTIONS = {
    "kept": "kept as they were",
    "weighted": "kept, with a weight",
    "changed": "changed into counterfactuals",
    "added": "added: copies of others, each with a reason",
    "dropped": "dropped",
    "dropped new": "added by one step and dropped by a later one",
}


@dataclass(frozen=True)
class Made:
    """A data set before and after curation, the roles and what became of the rows, and both audits."""

    found: Dataset
    data: Dataset
    roles: Mapping[str, Any]
    counts: Mapping[str, int]
    took: tuple[Thing, ...]
    table: Path
    worth: float
    before: tuple[Report, Judgement]
    after: tuple[Report, Judgement]


def described(recipe: Recipe, subject: str, book: Book, made: Made) -> Curated:
    """The data set as its cards tell it."""
    raw, about = made.table.read_bytes(), recipe.about.model_dump()
    return Curated(
        title=about["title"] or f"{subject}, curated",
        stated={"description": _described(subject, book, made)}
        | {name: value for name, value in about.items() if isinstance(value, str) and value},
        sensitive=recipe.about.sensitive,
        rows=len(made.data),
        source_rows=len(made.found),
        worth=made.worth,
        counts={said: made.counts[action] for action, said in ACTIONS.items() if made.counts.get(action)},
        taken=[(thing.name, thing.hash) for thing in made.took],
        files=[File(made.table.name, made.table.suffix[1:], len(raw), digest(raw))],
        columns=columns_of(recipe, made),
        pictures=len(shown(made.data.columns.get(recipe.image, ()))),
        done=book.said,
        limits=book.limits,
        wanted=sum(int(line["collect"]) for line in book.wanted),
        before=made.before,
        after=made.after,
    )


def _described(subject: str, book: Book, made: Made) -> str:
    """What can be said of any data set that was curated, where nobody has described it."""
    steps = dict.fromkeys(sentence.split(":")[0].split(" ", 1)[-1] for sentence in book.said)
    return (
        f"{len(made.data):,} rows, made by auditkit of the {len(made.found):,} rows of {subject}: {', '.join(steps)}."
    )


def columns_of(recipe: Recipe, made: Made) -> list[Column]:
    """Every column with its type and the role that it plays."""
    playing: dict[str, str] = {}
    for role, named in made.roles.items():
        playing |= dict.fromkeys([named] if isinstance(named, str) else named, role)
    told = []
    for name, values in made.data.columns.items():
        role = playing.get(name, "")
        about = "" if name in made.found.columns else ADDED.get(role, "")
        kind = "Image" if name == recipe.image and any(values) else _type(values)
        told.append(Column(name, kind, about, role))
    return told


def _type(values: list[Any]) -> str:
    kinds = {type(value) for value in typed(values) if value is not None}
    if kinds and kinds <= {int}:
        return "Integer"
    return "Float" if kinds and kinds <= {int, float} else "Text"
