"""Counterfactual rows: a copy beside each row that can have one, or as many rows changed as a reference asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from auditkit.lifecycle.curating.balancing import Cell, cells, unweighted
from auditkit.lifecycle.curating.book import MADE_SO, Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.references import in_context, shares_of
from auditkit.lifecycle.curating.steps import Twinning
from auditkit.stats.quotas import quotas

COPIES = (
    "A counterfactual copy is no new person and no independent row: the two share a unit, and the data are worth as "
    "many rows as they were."
)
MADE_UP = "A counterfactual row shows what nobody has said or looked like: it was made from another, by the rule named."


class Twin(NamedTuple):
    """A row's counterfactual: the cells that differ, and what was changed in words."""

    cells: Mapping[str, Any]
    what: str


Find = Callable[[int], Twin | str]
"""The twin of the row at a place, or why it has none."""


def twinned(step: Twinning, data: Dataset, book: Book, find: Find, rng: np.random.Generator) -> Dataset:
    """Add every row's twin, or change rows into their twins until the shares are the reference's."""
    book.limit(MADE_UP)
    book.limit(MADE_SO)
    return _added(step, data, book, find) if step.how == "add" else _changed(step, data, book, find, rng)


def _added(step: Twinning, data: Dataset, book: Book, find: Find) -> Dataset:
    found = [find(k) for k in range(len(data))]
    places = [k for k, twin in enumerate(found) if isinstance(twin, Twin)]
    twins = [twin for twin in found if isinstance(twin, Twin)]
    heads = data.rows[places].tolist()
    told = [f"counterfactual of row {book.name(head)}: {twin.what}" for head, twin in zip(heads, twins, strict=True)]
    book.note("added", range(data.size, data.size + len(places)), told, heads)
    for k, twin in enumerate(found):
        if isinstance(twin, str):
            book.note("kept", [data.rows[k]], f"no counterfactual was made: {twin}")
    book.limit(COPIES)
    without = len(data) - len(places)
    left = f" {without:,} rows have none, and stay as they are." if without else ""
    book.say(f"{len(places):,} rows got a counterfactual copy beside them, which shares their unit.{left}")
    grown = data.with_copies(places, [twin.cells for twin in twins])
    if step.reference is not None and step.column is not None:
        _met(step, grown, book)
    return grown


def _changed(step: Twinning, data: Dataset, book: Book, find: Find, rng: np.random.Generator) -> Dataset:
    assert step.reference is not None  # the recipe has seen to it
    assert step.column is not None
    unweighted(data, step.named)
    levels = data.levels(step.column)
    chosen: dict[int, Twin] = {}
    for cell in cells(data, step.column, step.context, step.reference):
        if cell.places:
            chosen |= _in_cell(cell, step.column, find, rng, levels)
    places = sorted(chosen)
    grown = data.changed(places, [chosen[k].cells for k in places])
    why = f"drawn by lot, so that {step.column} comes to the shares of the reference ({step.why}; {step.source})"
    book.note("changed", data.rows[places], [f"{chosen[k].what}; {why}" for k in places])
    book.say(f"{len(places):,} of {len(data):,} rows were changed into their counterfactuals, {why}.")
    _met(step, grown, book)
    return grown


def _in_cell(cell: Cell, column: str, find: Find, rng: np.random.Generator, levels: list[str]) -> dict[int, Twin]:
    """The rows of a context that are changed: of levels with too many, drawn by lot, into levels with too few."""
    wanted = dict(zip(cell.levels, quotas(sum(map(len, cell.places.values())), cell.shares).tolist(), strict=True))
    have = {level: len(cell.places.get(level, ())) for level in {*wanted, *cell.places}}
    chosen: dict[int, Twin] = {}
    for level in sorted(cell.places, key=lambda name: (name not in wanted, name)):
        for k in rng.permutation(cell.places[level]).tolist():
            if have[level] <= wanted.get(level, 0):
                break
            twin = find(k)
            to = str(twin.cells.get(column, "")) if isinstance(twin, Twin) else ""
            if isinstance(twin, Twin) and have.get(to, 0) < wanted.get(to, 0):
                have[level], have[to] = have[level] - 1, have[to] + 1
                chosen[k] = twin
    return chosen


def _met(step: Twinning, data: Dataset, book: Book) -> None:
    """Say how near the shares have come to the reference, in the context that is furthest from it."""
    assert step.reference is not None
    assert step.column is not None
    known = shares_of(step.reference, step.column, step.context)
    rows: dict[str, dict[str, int]] = {}
    for where, level in zip(data.cells(step.context), data.levels(step.column), strict=True):
        rows.setdefault(where, {}).setdefault(level, 0)
        rows[where][level] += 1
    worst, what = 0.0, ""
    for where, have in sorted(rows.items()):
        shares, n = in_context(known, where, step.column), sum(have.values())
        for level in sorted({*have, *shares}):
            off = abs(have.get(level, 0) - n * shares.get(level, 0.0))
            if off > worst:
                worst, what = off, f"{level}{f' in {where}' if where else ''}, {have.get(level, 0):,} of {n:,}"
    near = "every share is the reference's" if worst < 1e-9 else f"the furthest is {worst:.2g} rows off: {what}"
    book.say(f"of {step.column}, {near}.")
