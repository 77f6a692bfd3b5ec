"""People to be curated, steps that weigh, balance and swap them, and what follows of such steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.following import follow
from auditkit.lifecycle.curating.gallery import Gallery
from auditkit.lifecycle.curating.recipe import recipe_of

SAID = {"why": "the census", "source": "the office"}
SEXES, AGES = {"f": 0.5, "m": 0.5}, {"old": 0.3, "young": 0.7}


def done(columns: dict[str, list[str]], *steps: dict[str, Any], seed: int = 0, **roles: str) -> tuple[Dataset, Book]:
    recipe = recipe_of({"seed": seed, "roles": roles or {"group": "sex"}, "steps": list(steps)})
    data = Dataset.of_source(columns)
    book = Book(len(data))
    return follow(recipe, data, book, Gallery()), book


def people(*cells: tuple[str, int]) -> dict[str, list[str]]:
    """Columns sex, age, hired of "f old yes" so many times."""
    rows = [cell.split() for cell, n in cells for _ in range(n)]
    return {name: [row[k] for row in rows] for k, name in enumerate(("sex", "age", "hired"))}


FOLK = people(("f old yes", 10), ("f young no", 30), ("m old no", 25), ("m young yes", 35), ("m young no", 20))
RAKE = {"name": "rake", "margins": {"sex": SEXES, "age": AGES}, **SAID}
STRATIFY = {"name": "post_stratify", "columns": ["sex"], "reference": SEXES, **SAID}
REWEIGH = {"name": "reweigh", "group": "sex", "outcome": "hired"}
BALANCE = {"name": "balance", "column": "sex", "context": "age", "reference": SEXES, **SAID}
SWAP = {"name": "swap", "texts": "text", "levels": {"f": "m"}, "attributes": "sex"}


def shares(data: Dataset, name: str) -> dict[str, float]:
    w = np.ones(len(data)) if data.weights is None else data.weights
    told: dict[str, float] = {}
    for level, weight in zip(data.levels(name), w, strict=True):
        told[level] = told.get(level, 0.0) + float(weight / w.sum())
    return told
