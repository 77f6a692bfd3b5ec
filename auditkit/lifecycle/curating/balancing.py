"""Fewer rows, or rows again, until the shares are the reference's; and what to collect so that neither is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from auditkit.core.errors import InputError
from auditkit.lifecycle.curating.book import MADE_SO, Book
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.references import ALL, covered, in_context, shares_of
from auditkit.lifecycle.curating.steps import Balance, Shares, TopUp
from auditkit.stats.proportions import rates, wilson
from auditkit.stats.quotas import down, up
from auditkit.stats.top_up import top_up

AGAIN = (
    "A row that is there again is no new row: copies share a unit, and an audit that takes rows as independent would "
    "be too sure."
)
NOTHING_ADDED = "What to collect is a list. Nothing was made up for it, and the shares are as they were."


class Cell:
    """The rows of one context: their places by level, and the shares that the level should have."""

    def __init__(self, name: str, places: dict[str, list[int]], shares: dict[str, float]) -> None:
        self.name, self.places = name, places
        self.levels = list(shares)
        self.shares = np.array(list(shares.values()))
        self.rows = np.array([len(places.get(level, ())) for level in self.levels])


def cells(data: Dataset, column: str, context: Sequence[str], given: Shares) -> Iterator[Cell]:
    """Every context of the data and of the reference with its rows; a level without rows is there if it has a share."""
    known = shares_of(given, column, context)
    places: dict[str, dict[str, list[int]]] = {}
    for k, (where, level) in enumerate(zip(data.cells(context), data.levels(column), strict=True)):
        places.setdefault(where, {}).setdefault(level, []).append(k)
    for where in sorted({*places, *(name for name in known if name != ALL)}):
        shares = {level: share for level, share in in_context(known, where, column).items() if share}
        yield Cell(where, places.get(where, {}), shares)


def balance(step: Balance, data: Dataset, book: Book, rng: np.random.Generator) -> Dataset:
    """Leave rows out, or repeat rows, in every context until the levels have their shares, to within a row."""
    unweighted(data, step.named)
    dropped: list[int] = []
    again: list[int] = []
    for cell in cells(data, step.column, step.context, step.reference):
        if not cell.places:
            continue
        where = f"{step.column} in {cell.name}" if cell.name else step.column
        have = {level: len(found) for level, found in cell.places.items()}
        covered(have, dict(zip(cell.levels, cell.shares.tolist(), strict=True)), where)
        wanted = (down if step.how == "down" else up)(cell.rows, cell.shares)
        for level, n in zip(cell.levels, wanted.tolist(), strict=True):
            rows = np.array(cell.places[level])
            order = rng.permutation(rows)
            if step.how == "down":
                dropped += sorted(order[n:].tolist())
            else:
                again += sorted(np.resize(order, n - len(rows)).tolist()) if n > len(rows) else []
    return _balanced(step, data, book, dropped, again)


def _balanced(step: Balance, data: Dataset, book: Book, dropped: list[int], again: list[int]) -> Dataset:
    within = f" in each {' × '.join(step.context)}" if step.context else ""
    what = f"{step.column}{within} has the shares of the reference ({step.why}; {step.source})"
    book.note("dropped", data.rows[dropped], f"left out by lot, so that {what}")
    heads = data.rows[again].tolist()
    told = [f"row {book.name(head)} again, drawn by lot, so that {what}" for head in heads]
    book.note("added", range(data.size, data.size + len(again)), told, heads)
    if again:
        book.limit(AGAIN)
    book.limit(MADE_SO)
    book.say(f"{len(dropped):,} rows were left out and {len(again):,} are there again, by lot, so that {what}.")
    gone = set(dropped)
    grown = data.with_copies(again, [{}] * len(again))
    return grown.taken([k for k in range(len(grown)) if k not in gone])


def topup(step: TopUp, data: Dataset, book: Book) -> Dataset:
    """List how many rows to collect of each level in each context; the data stay as they are."""
    total = 0
    for cell in cells(data, step.column, step.context, step.reference):
        strange = sorted(level for level in cell.places if level not in cell.levels)
        told = top_up(cell.rows, cell.shares, step.half_width, step.level)
        seen = int(cell.rows.sum())
        curve = wilson(rates(cell.rows, np.full(len(cell.rows), seen))) if seen else None
        for k, level in enumerate(cell.levels):
            for_shares, for_interval = int(told.for_shares[k]), int(told.for_interval[k])
            total += for_interval
            ends = (0.0, 1.0) if curve is None else (float(curve.lower[2, k]), float(curve.upper[2, k]))
            line: dict[str, object] = {"step": book.step, "context": cell.name, "column": step.column, "level": level}
            line |= {"rows": int(cell.rows[k]), "of": seen, "share": round(cell.rows[k] / seen, 6) if seen else ""}
            line |= {"low_95": round(ends[0], 6), "high_95": round(ends[1], 6), "reference": float(cell.shares[k])}
            line |= {"collect": for_interval, "for_shares": for_shares, "for_interval": for_interval}
            because = _because(step, for_shares, for_interval, level, cell.name)
            book.wanted.append({**line, "because": because})
        if strange:
            book.say(f"The reference has no share for {', '.join(strange)}: nothing is said of it.")
    book.limit(NOTHING_ADDED)
    book.say(f"{total:,} rows would have to be collected ({step.why}; {step.source}); topup.csv lists which.")
    return data


def _because(step: TopUp, for_shares: int, for_interval: int, level: str, where: str) -> str:
    """Why so many: the shares, or the interval, whichever asks for more."""
    of = f"{step.column} {level}{f' in {where}' if where else ''}"
    if not for_interval:
        return f"enough of {of}"
    until = "until each level has its share with none left out"
    if for_interval > for_shares:
        until = (
            f"until each level has its share, and this share a {100 * step.level:g} % interval (Wilson) of "
            f"±{step.half_width:g} at the reference, rows independent"
        )
    return f"collect {for_interval:,} more of {of}: {until}"


def unweighted(data: Dataset, named: str) -> None:
    """Raise `InputError` where rows count for more or less than one: to draw among them as equals would undo that."""
    if data.weights is not None:
        raise InputError(
            f"The step {named} counts rows as equals, and these have weights. Put it before the step that weighs, "
            "leave the role weight out, or give that step resample = true."
        )
