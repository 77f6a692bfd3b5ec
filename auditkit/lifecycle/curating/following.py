"""The steps of a recipe in their order, each with a seed and a name of its own in the book."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lifecycle.curating import balancing, redrawing, swapping, thinning, weighing
from auditkit.lifecycle.curating.book import Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.gallery import Gallery
from auditkit.lifecycle.curating.recipe import Recipe
from auditkit.lifecycle.curating.steps import (
    Balance,
    Counterfactuals,
    Deduplicate,
    Leakage,
    PostStratify,
    Rake,
    Redraw,
    Reweigh,
    Step,
    Swap,
    TopUp,
)

Said = Callable[[str], None]


def silent(sentence: str) -> None:
    """Tell nobody."""


def follow(recipe: Recipe, data: Dataset, book: Book, gallery: Gallery, tell: Said = silent) -> Dataset:
    """Do every step; raises `InputError` for a step that cannot be done, and where no row is left."""
    for k, step in enumerate(recipe.steps):
        book.step = f"{k + 1} {step.named}"
        tell(f"Step {k + 1} of {len(recipe.steps)}, {step.named}.")
        rng = np.random.default_rng(np.random.SeedSequence([recipe.seed, k]))
        try:
            data = _done(step, recipe, data, book, gallery, rng)
        except InputError as error:
            raise type(error)(f"Step {k + 1}, {step.named}: {error}") from error
        if not len(data):
            raise InputError(f"After step {k + 1}, {step.named}, no row is left. Nothing was written.")
    return data


def _done(step: Step, recipe: Recipe, data: Dataset, book: Book, gallery: Gallery, rng: np.random.Generator) -> Dataset:
    text, image = recipe.text, recipe.image
    match step:
        case Rake():
            return weighing.rake(step, data, book, rng)
        case PostStratify():
            return weighing.post_stratify(step, data, book, rng)
        case Reweigh():
            return weighing.reweigh(step, data, book, rng)
        case Swap():
            return swapping.swap(step, data, book, rng)
        case Redraw():
            return redrawing.redraw(step, data, book, gallery, rng, text, image)
        case Counterfactuals():
            return redrawing.counterfactuals(step, data, book, gallery, rng, image)
        case Deduplicate():
            return thinning.deduplicate(step, data, book, gallery, text, image)
        case Leakage():
            return thinning.leakage(step, data, book, gallery, text, image)
        case Balance():
            return balancing.balance(step, data, book, rng)
        case TopUp():
            return balancing.topup(step, data, book)
    raise TypeError(f"{type(step).__name__} is a step that nothing does")
