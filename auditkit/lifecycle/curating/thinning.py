"""Rows that say the same again go, and rows that the test set has too."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.gallery import Gallery, hung
from auditkit.lifecycle.curating.reading import read_source
from auditkit.lifecycle.curating.sameness import SAID, families, keyed
from auditkit.lifecycle.curating.steps import Deduplicate, Leakage


def deduplicate(step: Deduplicate, data: Dataset, book: Book, gallery: Gallery, text: str, image: str) -> Dataset:
    """Keep of each family of rows that are the same the first in the order of the file, or its exact repeats too."""
    keys = keyed(step.by, data, step.columns, text, image)
    own = families(step.by, keys, step.similarity, step.distance, gallery)
    _, first, at = np.unique(own, return_index=True, return_inverse=True)
    kept = first[at] == np.arange(len(data))
    if step.repeats == "keep":  # what is said often is said often; only what is said almost so goes
        kept |= np.array([keys[k] == keys[head] for k, head in enumerate(first[at].tolist())], bool)
    again = np.flatnonzero(~kept)
    how = SAID[step.by].format(similarity=step.similarity, distance=step.distance)
    heads = data.rows[first[at[again]]].tolist()
    book.note("dropped", data.rows[again], [f"{how} as row {book.name(head)}" for head in heads], heads)
    book.say(f"{len(again):,} of {len(data):,} rows were dropped, {how} as one before them, which was kept.")
    return data.taken(np.flatnonzero(kept))


def leakage(step: Leakage, data: Dataset, book: Book, gallery: Gallery, text: str, image: str) -> Dataset:
    """Drop from the data every row that stands in the test table too, or nearly."""
    source = read_source(Path(step.test))
    columns = {name: list(values) for name, values in source.columns.items()}
    if step.by == "pictures":
        name = step.columns[0] if step.columns else image
        columns = hung(columns, name, source.folder, gallery) if name in columns else columns
    test = Dataset.of_source(columns)
    chosen = list(step.columns) or [name for name in data.columns if name in columns]
    compared = chosen if step.by == "rows" else step.columns
    ours, theirs = (keyed(step.by, each, compared, text, image) for each in (data, test))
    own = families(step.by, [*theirs, *ours], step.similarity, step.distance, gallery)
    firsts: dict[int, int] = {}
    for k, family in enumerate(own[: len(test)].tolist()):
        firsts.setdefault(family, k)
    there = own[len(test) :].tolist()
    seen = [k for k, family in enumerate(there) if family in firsts]
    how = SAID[step.by].format(similarity=step.similarity, distance=step.distance)
    told = [f"{how} as row {firsts[there[k]]} of the test table {Path(step.test).name}" for k in seen]
    book.note("dropped", data.rows[seen], told)
    book.say(f"{len(seen):,} of {len(data):,} rows were dropped, {how} as one of {Path(step.test).name}.")
    gone = set(seen)
    return data.taken([k for k in range(len(data)) if k not in gone])
