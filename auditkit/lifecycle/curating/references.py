"""The reference of a step: a share for each level, in each context, written in the recipe or in a table of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from auditkit.core.detector import labels
from auditkit.core.errors import ColumnError, InputError, nearest
from auditkit.core.roles import MISSING
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.reading import read_source
from auditkit.lifecycle.curating.steps import Shares

SHARE = "share"
ALL, AND = "", " and "


def shares_of(given: Shares, column: str, context: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """The shares of a column's levels in each context; those of `ALL` where there is one for every context.

    A CSV has the columns of the context, the column itself, and `share`; counts will do, for they are made shares.
    Raises `InputError` for shares that do not sum to 1.
    """
    if isinstance(given, str):
        found = {name: _of_one(each, given) for name, each in _read(Path(given), column, context).items()}
    elif all(isinstance(value, Mapping) for value in given.values()):
        found = {name: dict(each) for name, each in given.items() if isinstance(each, Mapping)}
        if not context:
            raise InputError(f"The reference of {column} has shares in each context: say which column is the context.")
    else:
        found = {ALL: {name: float(each) for name, each in given.items() if not isinstance(each, Mapping)}}
    for name, shares in found.items():
        _check(shares, f"{column} in {name}" if name else column)
    return found


def joint_shares(given: Shares, columns: Sequence[str]) -> dict[str, float]:
    """The shares of the crossed levels of several columns, "f and young" where they are written in the recipe."""
    if isinstance(given, str):
        *context, column = columns
        told = _read(Path(given), column, context)
        cells = {AND.join(filter(None, (name, level))): n for name, each in told.items() for level, n in each.items()}
        return _of_one(cells, given)
    found = shares_of(given, AND.join(columns))
    return found[ALL]


def in_context(found: Mapping[str, Mapping[str, float]], name: str, column: str) -> Mapping[str, float]:
    """The shares in one context; raises `InputError` for a context that the reference does not know."""
    if name not in found and ALL not in found:
        told = labels(sorted(found))
        raise InputError(f'The reference of {column} has no shares for "{name}". It has: {told}.{nearest(name, found)}')
    return found.get(name, found.get(ALL, {}))


def covered(rows: Mapping[str, float], shares: Mapping[str, float], where: str) -> None:
    """Raise `InputError` unless the levels that have rows are those that have a share: nothing else can be met.

    No weight makes up for somebody who was not observed.
    """
    strange = sorted(level for level in rows if rows[level] and not shares.get(level))
    if strange:
        more = " Rows without a level can have a share of their own, or be left out." if MISSING in strange else ""
        near = nearest(strange[0], shares)
        raise InputError(f"The reference of {where} has no share for: {labels(strange)}.{near}{more}")
    empty = sorted(level for level, share in shares.items() if share and not rows.get(level))
    if empty:
        raise InputError(
            f"{labels(empty)} of {where} has a share of {shares[empty[0]]:.4g} and no rows. No weight and no copy "
            "makes up for who was not observed: collect some (the step topup says how many), or merge levels."
        )


def counted(levels: Sequence[str], data: Dataset) -> dict[str, float]:
    """The rows of each level, or their weights where there are some."""
    told: dict[str, float] = {}
    weights = [1.0] * len(levels) if data.weights is None else data.weights.tolist()
    for level, weight in zip(levels, weights, strict=True):
        told[level] = told.get(level, 0.0) + weight
    return told


def _check(shares: Mapping[str, float], where: str) -> None:
    if any(not 0 <= share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        raise InputError(f"Shares lie in [0, 1] and sum to 1; those of {where} sum to {sum(shares.values()):.4f}.")


def _read(file: Path, column: str, context: Sequence[str]) -> dict[str, dict[str, float]]:
    source = read_source(file)
    data = Dataset.of_source(source.columns)
    names = [*context, column]
    for name in (*names, SHARE):
        if name not in data.columns:
            raise ColumnError.missing(name, "reference", data.columns)
    at, levels = data.cells(context), data.levels(column)
    found: dict[str, dict[str, float]] = {}
    for name, level, share in zip(at, levels, data.levels(SHARE), strict=True):
        if level in found.setdefault(name, {}):
            raise InputError(f'{file} gives two shares for "{level}"{f" in {name}" if name else ""}. Keep one.')
        found[name][level] = _number(share, file)
    return found


def _of_one(shares: Mapping[str, float], file: str) -> dict[str, float]:
    total = sum(shares.values())
    if not total > 0:
        raise InputError(f"Shares of {labels(list(shares))} in {file} sum to nothing.")
    return {level: share / total for level, share in shares.items()}


def _number(text: str, file: Path) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share < float("inf"):
        raise InputError(f"{file} has a share {text!r:.40}, and a share, or a count, is a number of at least 0.")
    return share
