"""Texts with their gender words swapped (Zhao et al. 2018; Lu et al. 2020), or with the words of other pairs."""

from __future__ import annotations

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.gender_words import GENDER
from auditkit.lifecycle.curating.steps import Swap
from auditkit.lifecycle.curating.twinning import Twin, twinned
from auditkit.lifecycle.curating.words import Swapped, Words

NAMES = (
    "Words were swapped, names and what else a text suggests were not: a swapped text can be odd, or not true of "
    "anybody."
)


def swap(step: Swap, data: Dataset, book: Book, rng: np.random.Generator) -> Dataset:
    """Swap words in the texts of rows, and the levels of the attributes that name what was swapped."""
    words = Words(GENDER if step.pairs == "gender" else tuple(step.pairs))
    for name in (*step.texts, *step.attributes):
        data.column(name, "swap")
    unsure: dict[int, str] = {}

    def twin(k: int) -> Twin | str:
        told = {name: words.swapped(_text(data.columns[name][k])) for name in step.texts}
        done = [f"{a} → {b}" for each in told.values() for a, b in each.words]
        if not done:
            return "none of its words has a counterpart"
        doubtful = [f"{a} read as {b}" for each in told.values() for a, b in each.ambiguous]
        if doubtful and step.ambiguous == "skip":
            return f"its words are ambiguous: {', '.join(doubtful)}"
        unsure[k] = f" ({', '.join(doubtful)}, by the word that follows)" if doubtful else ""
        cells = {name: each.text for name, each in told.items()}
        cells |= {name: _level(step, words, data.columns[name][k], name, k) for name in _attributes(step)}
        return Twin(cells, f"{', '.join(dict.fromkeys(done))}{unsure[k]}")

    grown = twinned(step, data, book, twin, rng)
    book.limit(NAMES)
    if doubts := sum(map(bool, unsure.values())):
        book.say(f"{doubts:,} swaps rest on a guess of what her or his stands for; rows.csv says which.")
    return grown


def _attributes(step: Swap) -> list[str]:
    own = [step.column] if step.column is not None else []
    return list(dict.fromkeys([*step.attributes, *own]))


def _level(step: Swap, words: Words, cell: object, name: str, k: int) -> str:
    """The level that names the swapped text: by the recipe's own levels, both ways, or by the same pairs of words."""
    level = _text(cell)
    own = {**{b: a for a, b in step.levels.items()}, **step.levels}
    if level in own:
        return own[level]
    told: Swapped = words.swapped(level)
    if not told.words:
        raise InputError(
            f'The text of row {k} was swapped, and its {name} "{level:.60}" has no counterpart. Say it in the recipe: '
            'levels = { "this" = "that" }, or leave the column out of attributes.'
        )
    return told.text


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)
