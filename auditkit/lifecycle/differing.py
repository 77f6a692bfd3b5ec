"""How the audits before and after a change were made differently, but for what a change is there to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditkit.comparing.recipes import recipe_changes
from auditkit.core.judgement import Notice
from auditkit.core.report import Recipe

ITSELF = ("title", "fingerprint")
"""What of a run names the model that was asked."""
OWN = ("subject", "rows", "model")
"""What is told here in words of its own."""


def unexpected(new: Recipe, old: Recipe, told: Sequence[Notice]) -> tuple[Notice, ...]:
    """The differences that are told of two reports, with those that any change makes in one line.

    A subject has another name and a run another model: only what else differs between the runs is a difference. Rows
    are told of the whole; those that a comparison counts of a group may be the selected, and move with the bias.
    """
    runs = tuple(_runs(new, old, told))
    return (*_named(new, old, not runs), *_rows(new, old), *runs, *(one for one in told if one.about not in OWN))


def _named(new: Recipe, old: Recipe, alike: bool) -> Iterator[Notice]:
    asked = " Both were asked alike: by the same prompts, settings and readers." if alike and new.sources else ""
    if new.subject != old.subject:
        yield Notice("subject", f"Before: {old.subject}. After: {new.subject}.{asked}")


def _rows(new: Recipe, old: Recipe) -> Iterator[Notice]:
    if new.rows != old.rows:
        yield Notice("rows", f"Before: {old.rows:,} rows. After: {new.rows:,}.")
    for what in sorted({*old.missing, *new.missing}):
        was, now = (recipe.missing.get(what, 0) for recipe in (old, new))
        if was != now:
            yield Notice("rows", f"Without {what} before: {was:,} of {old.rows:,}. After: {now:,} of {new.rows:,}.")


def _runs(new: Recipe, old: Recipe, told: Sequence[Notice]) -> Iterator[Notice]:
    """What differs of the runs themselves; of one before and one after that is all but the model that was asked."""
    if len(old.sources) != 1 or len(new.sources) != 1:
        yield from (one for one in told if one.about == "model")
        return
    [was], [now] = old.sources, new.sources
    named = {name: was[name] for name in ITSELF if name in was}
    yield from (one for one in recipe_changes(replace(new, sources=({**now, **named},)), old) if one.about == "model")
