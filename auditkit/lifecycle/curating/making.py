"""The new data set is made, written with its reasons and its cards, audited beside the old one, and recorded."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.manifest import canonical, digest
from auditkit.core.step import Kind, Step, Thing
from auditkit.formats.csv_table import csv_text
from auditkit.formats.data_card import data_card
from auditkit.formats.dataset_croissant import dataset_croissant
from auditkit.lifecycle import recording, turning
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.describing import Made, described
from auditkit.lifecycle.curating.following import Said, follow
from auditkit.lifecycle.curating.gallery import FOLDER, Gallery, hang, shown
from auditkit.lifecycle.curating.losing import costs_of, doubled, units_of, worth_of
from auditkit.lifecycle.curating.reading import Source
from auditkit.lifecycle.curating.recipe import Recipe
from auditkit.lifecycle.curating.writing import csv_of, write_parquet
from auditkit.running import run, write

BEFORE, AFTER = "before", "after"
ROWS, TOP_UP, CARD, CROISSANT, SOURCE = "rows.csv", "topup.csv", "data_card.md", "croissant.json", "source.csv"
TABLES = "data.parquet", "data.tsv", "data.csv"
HUNG = re.compile(r"[0-9a-f]{64}\.[a-z]+")
"""What a picture is called that a curation has written."""
WEIGHT, UNIT = "weight", "unit"
BESIDE = {ROWS: "every row with its reason", CARD: "the card of the data"}
"""What the page of the turn links."""
Roles = dict[str, str | list[str]]


@dataclass(frozen=True)
class Work:
    """One curation that is to be done: the recipe, where the data come from and go to, and who is told of it."""

    recipe: Recipe
    source: Source
    table: Path
    out: Path
    gallery: Gallery
    say: Said

    @property
    def subject(self) -> str:
        """What reports call the data."""
        return self.recipe.subject or self.table.resolve().name

    def done(self, found: Dataset, step: Step) -> tuple[Step, turning.Turn]:
        """Do it: in the end the step is written and sealed, and nothing before that counts."""
        self.say("Auditing before.")
        before = run(self.recipe.plan(self._source_table(), self.subject, self.recipe.roles))
        book = Book(len(found))
        data = follow(self.recipe, found, book, self.gallery, self.say)
        data, roles = named(data, self.recipe.roles, self.source.is_parquet)
        counts = book.counts(data)
        texts = {ROWS: book.table(data, _hashed(found, data))}
        texts |= {TOP_UP: csv_text(book.wanted)} if book.wanted else {}
        self._refuse_left_over(data, texts)
        table = self._written(data)
        self.say("Auditing after.")
        after = run(self.recipe.plan(table, f"{self.subject}, curated", roles))
        for name, told in ((BEFORE, before), (AFTER, after)):
            recording.audited(self.out / name, *told)
        was, now = worth_of(found, self.recipe.roles), worth_of(data, roles)
        kept = len(found) - counts["dropped"]
        costs = costs_of(len(found), kept, (was - now) / was, self.recipe.costs)
        turn = turning.Turn(_what(self.recipe), before[0], after[0], before[1], after[1], costs)
        for sentence in doubled(after[0], now, len(data), units_of(data, roles)):
            book.limit(sentence)
            book.said.append(f"audit: {sentence}")
        made = Made(found, data, roles, counts, step.took, table, now, before, after)
        turn = replace(turn, done=book.done)
        card = described(self.recipe, self.subject, book, made)
        texts |= {CARD: data_card(card), CROISSANT: dataset_croissant(card), **turning.texts(turn, BESIDE)}
        return self._recorded(step, book, texts, table, data), turn

    def _refuse_left_over(self, data: Dataset, texts: Mapping[str, str]) -> None:
        """Raise `InputError` for what another curation has left that was stopped here: nothing says whose it is."""
        shows = self.recipe.image in data.columns
        given = {Path(name).name for name in (shown(data.columns[self.recipe.image]) if shows else ())}
        hung = [file.name for file in sorted((self.out / FOLDER).glob("*")) if HUNG.fullmatch(file.name)]
        tables = [name for name in TABLES if name != self._table and (self.out / name).exists()]
        lists = [TOP_UP] if TOP_UP not in texts and (self.out / TOP_UP).exists() else []
        left = [*(f"{FOLDER}/{name}" for name in hung if name not in given), *tables, *lists]
        if left:
            also = f" and {len(left) - 1:,} more" if len(left) > 1 else ""
            raise InputError(
                f"{self.out} holds {left[0]}{also}, which this curation does not give: another one was stopped there. "
                "Remove that folder, or give --out another."
            )

    @property
    def _table(self) -> str:
        """The file of the new data set: of the kind that the source was."""
        return TABLES[0] if self.source.is_parquet else TABLES[1] if self.source.separator == "\t" else TABLES[2]

    def _written(self, data: Dataset) -> Path:
        """Write the pictures, each by its content, and the table."""
        if self.gallery.held:
            hang(self.gallery, shown(data.columns[self.recipe.image]), self.out / FOLDER)
        place = self.out / self._table
        if self.source.is_parquet:
            self.out.mkdir(parents=True, exist_ok=True)
            write_parquet(data, self.source, place)
        else:
            write(self.out, {place.name: csv_of(data, self.source.separator)}, [place.name])
        return place

    def _source_table(self) -> Path:
        """The table that is audited before; of a folder's files one is written, pictures by their paths from there."""
        if self.source.table is not None:
            return self.source.table
        columns = {name: list(values) for name, values in self.source.columns.items()}
        if self.recipe.image in columns:
            base = os.path.relpath(self.source.folder, self.out)
            columns[self.recipe.image] = [f"{base}/{name}" for name in columns[self.recipe.image]]
        write(self.out, {SOURCE: csv_of(Dataset.of_source(columns))}, [SOURCE])
        return self.out / SOURCE

    def _recorded(self, step: Step, book: Book, texts: dict[str, str], table: Path, data: Dataset) -> Step:
        kinds: dict[str, Kind] = {table.name: "data", ROWS: "data", CARD: "card", CROISSANT: "card"}
        kinds |= {TOP_UP: "data"} if TOP_UP in texts else {}
        for name in (BEFORE, AFTER):
            kinds |= {f"{name}/report.json": "report", f"{name}/judgement.json": "judgement"}
        told = recording.given(
            self.out,
            replace(step, done=book.done),
            kinds,
            texts,
        )
        if self.gallery.held:
            names = shown(data.columns[self.recipe.image])
            told = told.giving(Thing("data", FOLDER, digest(canonical(names)), f"{len(names):,} pictures"))
        files = [table.name, *([SOURCE] if self.source.table is None else [])]
        return recording.record(self.out, told, texts, files)


def named(data: Dataset, played: Mapping[str, str | list[str]], is_typed: bool) -> tuple[Dataset, Roles]:
    """The data set with columns for its weights and its units, where it has some, and the roles that they play."""
    columns, roles = dict(data.columns), dict(played)
    if data.weights is not None:
        if "weight" not in roles:
            roles["weight"] = _free(WEIGHT, columns)
        values = [round(float(value), 12) for value in data.weights]
        columns[str(roles["weight"])] = list(values) if is_typed else [repr(value) for value in values]
    elif "weight" in roles:
        columns.pop(str(roles.pop("weight")))  # rows were drawn by them, and each now counts as one
    if data.repeated and "unit" not in roles:
        roles["unit"] = _free(UNIT, columns)
        columns[UNIT] = data.of.tolist() if is_typed else [str(of) for of in data.of.tolist()]
    return replace(data, columns=columns), roles


def hashes(data: Dataset) -> list[str]:
    """The SHA-256 of each row's own cells, with the names of their columns; a picture's cell is its content's name."""
    names = list(data.columns)
    rows = zip(*data.columns.values(), strict=True)
    return [digest(canonical([names, [cell if isinstance(cell, str) else repr(cell) for cell in row]])) for row in rows]


def _hashed(found: Dataset, data: Dataset) -> list[str]:
    """The hash of every row that ever was: of the source as it was found, of an added one as it is, if it is."""
    told = [*hashes(found), *[""] * (data.size - len(found))]
    own = {name: values for name, values in data.columns.items() if name in found.columns}
    for row, content in zip(data.rows.tolist(), hashes(replace(data, columns=own)), strict=True):
        if row >= len(found):
            told[row] = content
    return told


def _what(recipe: Recipe) -> str:
    many = len(recipe.steps)
    return f"curation by {many} {'step' if many == 1 else 'steps'}: {', '.join(one.named for one in recipe.steps)}"


def _free(name: str, columns: Mapping[str, Any]) -> str:
    if name in columns:
        raise InputError(
            f'The {name}s go into a column "{name}", and the table has one that plays no such role. Give it the role '
            f'{name} = "{name}" in [roles], or rename it.'
        )
    return name
