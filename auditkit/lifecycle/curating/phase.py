"""curate(): from a data set and a recipe to a better one with its provenance, audited before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import MANIFEST, canonical, digest
from auditkit.core.report import Report
from auditkit.core.step import Step, Thing
from auditkit.lifecycle import recording, turning
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.following import Said, silent
from auditkit.lifecycle.curating.gallery import FOLDER, Gallery, hung
from auditkit.lifecycle.curating.losing import costs_of
from auditkit.lifecycle.curating.making import AFTER, BEFORE, Work, hashes
from auditkit.lifecycle.curating.reading import Source, read_source
from auditkit.lifecycle.curating.recipe import Recipe, files_of, read_recipe, recipe_of
from auditkit.sealing import raw_bytes


@dataclass(frozen=True)
class Curation:
    """What a curation has made: where it lies, its step, and the turn; `again` says that it was there already."""

    out: Path
    step: Step
    turn: turning.Turn
    again: bool = False

    @property
    def data(self) -> Path:
        """The new data set's table."""
        return self.out / next(thing.name for thing in self.step.gave if thing.name.startswith("data."))

    @property
    def exit_code(self) -> int:
        """The turn's own: 0 only where the audit after and every cost that is judged pass."""
        return self.turn.exit_code


def curate(
    table: str | Path, recipe: str | Path | Mapping[str, Any] | Recipe, out: str | Path, tell: Said | None = None
) -> Curation:
    """Curate a table, or a folder of texts or pictures, by a recipe into a folder.

    There lie `data.csv` (or what the source was), its pictures, `rows.csv` with a reason for every row, `topup.csv`,
    `data_card.md`, `croissant.json`, the audits `before/` and `after/`, the turn, and the step, sealed. The same work
    again does nothing; stopped in the middle, the same command ends with the same bytes. `tell` is told what is done.

    Raises `InputError` for what cannot be read or done; of a step that cannot be done nothing is written.
    """
    asked = recipe if isinstance(recipe, Recipe) else _asked(recipe)
    place, named, gallery = Path(out), Path(table), Gallery()
    source = read_source(named)
    if place.resolve() in (source.folder.resolve(), named.resolve()):
        raise InputError(f"{out} is where the data lie, and curation overwrites nothing. Give --out another folder.")
    found = _opened(source, asked, gallery)
    step = Step("curate", _took(source, named, asked, found, place), settings={**asked.settings(), **_shown(gallery)})
    if (was := recording.done(place, step)) is not None and _as_given(was, place):
        return Curation(place, was, _turn_there(place, asked), True)
    work = Work(asked, source, named, place, gallery, tell or silent)
    return Curation(place, *work.done(found, step))


def _asked(recipe: str | Path | Mapping[str, Any]) -> Recipe:
    return recipe_of(recipe) if isinstance(recipe, Mapping) else read_recipe(recipe)


def _opened(source: Source, recipe: Recipe, gallery: Gallery) -> Dataset:
    """The data set as it was found, its pictures by their content, its weights those of the role."""
    columns = {name: list(values) for name, values in source.columns.items()}
    if recipe.image in columns:
        columns = hung(columns, recipe.image, source.folder, gallery)
    data = Dataset.of_source(columns)
    for role, named in recipe.roles.items():
        for name in [named] if isinstance(named, str) else named:
            if not recipe.annotators:  # which read columns of their own
                data.column(name, role)
    weight = recipe.roles.get("weight")
    return data if weight is None else data.weighted(_weights(data, str(weight)))


def _weights(data: Dataset, name: str) -> Any:
    try:
        weights = np.array([float(cell) for cell in data.column(name, "weight")])
    except (TypeError, ValueError):
        weights = np.array([np.nan])
    with np.errstate(over="ignore"):
        told = np.isfinite(np.square(weights).sum())  # an intervals' part, which is no number beyond 1e154
    if not told or (weights < 0).any() or not weights.any():
        raise InputError(f'The weights in the column "{name}" are not all numbers of at least 0. Mend them first.')
    return weights


def _took(source: Source, table: Path, recipe: Recipe, data: Dataset, out: Path) -> tuple[Thing, ...]:
    """The table, and what steps read beside it, each by its content."""
    if source.table is not None:
        took = [recording.thing("data", source.table, out, f"{source.rows:,} rows")]
    else:
        took = [Thing("data", table.resolve().name, digest(canonical(hashes(data))), f"{source.rows:,} files")]
    beside = [file for file in files_of(recipe) if file.is_file()]  # of what is not there the step itself speaks
    return (*took, *(recording.thing("data", file, out, "read by a step") for file in beside))


def _shown(gallery: Gallery) -> dict[str, Any]:
    """The pictures that the table names, all by one hash: a table is other data where one of them is another."""
    return {"pictures": digest(canonical(sorted(gallery.held)))} if gallery.held else {}


def _as_given(step: Step, out: Path) -> bool:
    """Whether everything that a step gave lies there by its hash, below its folder too; pictures by their own names."""
    try:
        for thing in step.gave:
            place = out / thing.name
            files = sorted(place.iterdir()) if thing.name == FOLDER else [place]
            raw = {f"{FOLDER}/{file.name}": digest(raw_bytes(file)) for file in files if file.name != MANIFEST}
            named = sorted(name for name, content in raw.items() if Path(name).stem == content)
            if thing.hash != (digest(canonical(named)) if thing.name == FOLDER else next(iter(raw.values()))):
                return False
    except OSError:
        return False
    return True


def _turn_there(out: Path, recipe: Recipe) -> turning.Turn:
    """The turn of a curation that is there already, which `recording.done` has found whole."""
    told = json.loads(raw_bytes(out / turning.FILE))
    rows, worth = (cost["lost"] for cost in told["costs"])
    n = int(rows["n"])
    costs = costs_of(n, n - round(rows["value"] * n), float(worth["value"]), recipe.costs)
    before, after = (Report.from_json(raw_bytes(out / name / "report.json").decode()) for name in (BEFORE, AFTER))
    was, now = (Judgement.from_json(raw_bytes(out / name / "judgement.json").decode()) for name in (BEFORE, AFTER))
    return turning.Turn(told["what"], before, after, was, now, costs, tuple(told.get("done", ())))
