"""Pictures with another attribute: portraits of the lab drawn again, or pictures that a table names as each other's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lab.worlds.figures.drawing import Person, drawn
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, HAIR, TONES
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, YOUNG_HAIR, skin_of
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.gallery import Gallery, hung
from auditkit.lifecycle.curating.reading import read_source
from auditkit.lifecycle.curating.steps import Counterfactuals, Redraw
from auditkit.lifecycle.curating.twinning import Twin, twinned
from auditkit.lifecycle.curating.words import Words

LOOKS = ("occupation", "tone", "hair", "length", "age", "background")
POSE = ("dx", "dy", "size", "mood", "gaze")
KNOWN: Mapping[str, Any] = {
    "occupation": CALLINGS,
    "tone": TONES,
    "hair": HAIR,
    "length": LEVELS["length"],
    "age": LEVELS["age"],
    "background": BACKGROUNDS,
}
COUNTERFACTUAL = "counterfactual"


def redraw(
    step: Redraw, data: Dataset, book: Book, gallery: Gallery, rng: np.random.Generator, text: str, image: str
) -> Dataset:
    """Draw people of the portrait world again, with one attribute changed and all else as it was.

    The table says who everybody is: occupation, tone, hair, length, age, background, and of the pose what it has. A
    tone moves by five of Monk's ten, age changes the hair to grey or to a young colour drawn by lot. Captions follow.
    """
    for name in (*LOOKS, image):
        data.column(name, "redraw")
    hairs = rng.integers(len(YOUNG_HAIR), size=len(data))

    def twin(k: int) -> Twin | str:
        if not data.columns[image][k]:
            return "it has no picture"
        person = _person(data, k)
        other = _other(person, step.column, YOUNG_HAIR[int(hairs[k])])
        cells: dict[str, Any] = {
            name: getattr(other, name) for name in LOOKS if getattr(other, name) != getattr(person, name)
        }
        cells |= {"skin": skin_of(other.tone)} if "skin" in data.columns else {}
        cells[image] = gallery.made(drawn(other))
        if text in data.columns and data.columns[text][k]:
            cells[text] = _said_anew(str(data.columns[text][k]), person, other)
        was, now = _level(person, step.column), _level(other, step.column)
        return Twin(cells, f"drawn again: {was} → {now}")

    if step.column not in data.columns:
        raise InputError(f'The table has no column "{step.column}", which the step redraw changes. Add it.')
    return twinned(step, data, book, twin, rng)


def counterfactuals(
    step: Counterfactuals, data: Dataset, book: Book, gallery: Gallery, rng: np.random.Generator, image: str
) -> Dataset:
    """Put in the counterfactual picture of each row, with the cells that its table gives beside it.

    The table has the column of pictures, `counterfactual`, and any columns of the data set that differ. Raises
    `InputError` for a picture that it names twice.
    """
    source = read_source(Path(step.table))
    columns: Mapping[str, Any] = {name: list(values) for name, values in source.columns.items()}
    for name in (image, COUNTERFACTUAL):
        if name not in columns:
            raise InputError(f"{step.table} has no column {name}. It names pairs: {image}, {COUNTERFACTUAL}.")
        columns = hung(columns, name, source.folder, gallery)
    own = [name for name in columns if name in data.columns and name != image]
    if len(set(columns[image])) < len(columns[image]):
        raise InputError(f"{step.table} names a picture twice: each has one counterfactual. Keep one.")
    known = {name: k for k, name in enumerate(columns[image])}

    def twin(k: int) -> Twin | str:
        at = known.get(data.column(image, "image")[k])
        if at is None or not columns[COUNTERFACTUAL][at]:
            return f"{Path(step.table).name} names none for its picture"
        cells = {image: columns[COUNTERFACTUAL][at], **{name: columns[name][at] for name in own}}
        return Twin(cells, f"the counterfactual picture that {Path(step.table).name} names")

    return twinned(step, data, book, twin, rng)


def _person(data: Dataset, k: int) -> Person:
    looks = [str(data.columns[name][k]) for name in LOOKS]
    for name, level in zip(LOOKS, looks, strict=True):
        if level not in KNOWN[name]:
            raise InputError(f'Row {k} has the {name} "{level:.60}", which nobody in the portrait world has.')
    pose = [float(data.columns[name][k] or 0) if name in data.columns else 0.0 for name in POSE]
    occupation, tone, hair, length, age, background = looks
    return Person(occupation, tone, hair, length, age, background, (pose[0], pose[1], pose[2], pose[3], pose[4]))


def _other(who: Person, attribute: str, young: str) -> Person:
    """The same person with the other level of one attribute; whoever grows older is grey, whoever younger is not."""
    from dataclasses import replace

    if attribute == "skin":
        return replace(who, tone=str((int(who.tone) + 4) % 10 + 1))
    usual, tabled = LEVELS[attribute]
    if attribute == "length":
        return replace(who, length=tabled if who.length == usual else usual)
    older = who.age == usual
    return replace(who, age=tabled if older else usual, hair="grey" if older else young)


def _level(who: Person, attribute: str) -> str:
    return skin_of(who.tone) if attribute == "skin" else str(getattr(who, attribute))


def _said_anew(text: str, was: Person, now: Person) -> str:
    """A caption with the words for what has changed in the place of those for what was."""
    changed = [(skin_of(was.tone), skin_of(now.tone)), *((getattr(was, n), getattr(now, n)) for n in LOOKS)]
    pairs = tuple((a, b) for a, b in changed if a != b and a.isalpha() and b.isalpha())
    return Words(pairs).swapped(text).text
