"""Raw data sets of the lab, as somebody would find them: a planted bias, copies, and a test set that has leaked.

`pairs`: sentences of the language without genders with their translations, source,target,occupation,pronoun,template.
`portraits`: drawn people with captions, picture,text and what each picture shows; the picture a PNG beside the table.
The last rows of either are there again (a translation with another stop and capital, a portrait word for word and pixel
for pixel), or stand in `test.csv` too, whose sentences and people are else its own. The same arguments write the same
bytes.
`applicants`: a table of people and of what was decided about them, for a first audit; it has neither copies nor a test
set, and `applicants.md` says what was planted.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.errors import InputError, nearest
from auditkit.core.manifest import digest
from auditkit.lab.worlds.applicants import applicants, card
from auditkit.lab.worlds.figures.captions import caption
from auditkit.lab.worlds.figures.drawing import Person, drawn
from auditkit.lab.worlds.figures.people import World as Figures
from auditkit.lab.worlds.figures.people import skin_of
from auditkit.lab.worlds.translations.language import PRONOUNS
from auditkit.lab.worlds.translations.world import World as Translations
from auditkit.lab.worlds.translations.world import by_source
from auditkit.pictures import png_bytes

COPIED, TESTED, LEAKED, SEED = 0.03, 0.1, 0.2, 2024
"""The share of rows that are there again, the rows of the test set for each of train, and how many of those leaked."""
ENOUGH = 72
"""Sentences of a template from which some are held out."""
POSE = ("dx", "dy", "size", "mood", "gaze")
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Raw:
    """A data set before anybody looked: its rows, those of its test set, and the pictures by their names.

    `card` says what was planted, where no model's card does.
    """

    rows: Sequence[Row]
    test: Sequence[Row]
    pictures: Mapping[str, bytes]
    card: str = ""


def raw(name: str, dose: float = 0.9, n: int = 4_000, seed: int = SEED) -> Raw:
    """Draw a raw data set of the lab; raises `InputError` for a name that is none.

    >>> found = raw("pairs", 0.9, 50)
    >>> len(found.rows), len(found.test), sorted(found.rows[0])
    (52, 5, ['occupation', 'pronoun', 'source', 'target', 'template'])
    """
    if name not in MADE:
        raise InputError(f'The lab has no data set "{name}".{nearest(name, MADE)} Data sets: {", ".join(MADE)}.')
    if not 0 <= dose <= 1 or n < 1:
        raise InputError(f"A dose lies between 0 and 1 and n is at least 1; these are {dose:g} and {n}.")
    rng = np.random.default_rng(np.random.SeedSequence([seed, list(MADE).index(name)]))
    found = MADE[name](dose, n, rng)
    return replace(found, card=card(dose, n, seed)) if MADE[name] is _applicants else found


def write_raw(found: Raw, name: str, out: Path) -> tuple[Path, ...]:
    """Write a raw data set into a folder: its texts, and the pictures beside them; the files of the texts."""
    out.mkdir(parents=True, exist_ok=True)
    if found.pictures:
        (out / "pictures").mkdir(exist_ok=True)
    for file, content in found.pictures.items():
        (out / file).write_bytes(content)
    for file, text in texts_of(found, name).items():
        (out / file).write_text(text, encoding="utf-8", newline="\n")
    return tuple(out / file for file in texts_of(found, name))


def texts_of(found: Raw, name: str) -> dict[str, str]:
    """The table, `test.csv` and the card, by file, as far as the data set has them."""
    tables = {f"{name}.csv": found.rows, "test.csv": found.test}
    texts = {file: _csv(rows) for file, rows in tables.items() if rows}
    return texts | ({f"{name}.md": found.card} if found.card else {})


def keep_others(out: Path, files: Mapping[str, bytes]) -> None:
    """Raise `InputError` where a file that is to be written is there and holds something else: it may be one's own."""
    there = next((place for place in (out, *out.parents) if place.exists()), out)
    if there.is_file():
        raise InputError(f"{there} is a file, and a folder is needed there. Name another: --out DIR.")
    for file, content in files.items():
        place = out / file
        if place.exists() and not (place.is_file() and place.read_bytes() == content):
            raise InputError(
                f"{place} is there already and holds something else, so nothing was written. "
                "Take it away, or write elsewhere: --out DIR."
            )


def _applicants(dose: float, n: int, rng: np.random.Generator) -> Raw:
    return Raw(applicants(dose, n, rng), (), {})


def _pairs(dose: float, n: int, rng: np.random.Generator) -> Raw:
    held_out = _held_out(rng)
    every = (_pair(*pair) for _ in range(64) for pair in Translations(dose).pairs(4 * n, rng))
    sides: dict[bool, list[Row]] = {False: [], True: []}
    wanted = {False: n, True: max(int(n * TESTED), 1)}
    for row in every:
        mine = sides[row["source"] in held_out]
        if len(mine) < wanted[row["source"] in held_out]:
            mine.append(row)
        if all(len(sides[side]) == wanted[side] for side in sides):
            break
    return _told(sides[False], sides[True], _typed_anew, rng)


def _held_out(rng: np.random.Generator) -> set[str]:
    """The sentences of the test set: a tenth, of templates with so many that train has each of them."""
    many = Counter(sentence.template for sentence in by_source().values())
    able = [source for source, sentence in by_source().items() if many[sentence.template] >= ENOUGH]
    return {able[k] for k in rng.choice(len(able), int(len(by_source()) * TESTED), replace=False)}


def _pair(source: str, target: str) -> Row:
    sentence = by_source()[source]
    pronoun = next(one for one in PRONOUNS if sentence.said(one) == target)
    told = {"source": source, "target": target, "occupation": sentence.job, "pronoun": pronoun}
    return {**told, "template": str(sentence.template)}


def _typed_anew(row: Row) -> Row:
    """The same translation, as somebody else would have typed it."""
    return {**row, "target": row["target"].capitalize().replace(" .", "!")}


def _portraits(dose: float, n: int, rng: np.random.Generator) -> Raw:
    pictures: dict[str, bytes] = {}
    people = Figures(dose, sameness=dose).people(n + max(int(n * TESTED), 1), rng)
    rows = [_portrait(person, caption(person, rng), pictures) for person in people]
    told = _told(rows[:n], rows[n:], dict, rng)
    return Raw(told.rows, told.test, pictures)


def _portrait(person: Person, text: str, pictures: dict[str, bytes]) -> Row:
    png = png_bytes(drawn(person))
    name = f"pictures/{digest(png)[:20]}.png"
    pictures[name] = png
    looks = {field.name: str(getattr(person, field.name)) for field in fields(person) if field.name != "pose"}
    pose = {part: repr(value) for part, value in zip(POSE, person.pose, strict=True)}
    return {"picture": name, "text": text, "skin": skin_of(person.tone), **looks, **pose}


def _told(rows: list[Row], test: list[Row], copy: Callable[[Row], Row], rng: np.random.Generator) -> Raw:
    """The rows, then copies of some, then those that have leaked from the test set."""
    again = [copy(rows[k]) for k in rng.choice(len(rows), int(len(rows) * COPIED), replace=False).tolist()]
    leaked = [dict(test[k]) for k in rng.choice(len(test), int(len(test) * LEAKED), replace=False).tolist()]
    return Raw([*rows, *again, *leaked], test, {})


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


MADE: Mapping[str, Callable[[float, int, np.random.Generator], Raw]] = {
    "pairs": _pairs,
    "portraits": _portraits,
    "applicants": _applicants,
}
"""The data sets by name; one more goes to the end, for the place is part of the seed."""
