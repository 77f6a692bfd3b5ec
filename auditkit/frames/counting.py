"""Cells are counted, and a number summarised in each, in one group-by of the table's own engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from auditkit.core.errors import InputError
from auditkit.core.evidence import UNIT, Ints, Moments, Tally
from auditkit.core.roles import MISSING
from auditkit.frames.opening import fetched, picked
from auditkit.frames.weighing import NO_ROWS, check_weights, overall_mean, weighed
from auditkit.levels import spelled


def tally(data: object, axes: Mapping[str, str], weight: str | None = None, kept: int = 0) -> Tally:
    """Count the rows of every cell, in one group-by of the engine that the table lives in.

    `axes` maps axis names (roles, "group:sex") to columns. With `weight`, a cell also holds the sums of w and of w^2,
    and the largest w.
    Missing values (None, NaN, NaT, NA, null) are the level "(missing)"; True is "True", 1 and 1.0 are "1", dates are
    ISO; levels spelled alike are one. An axis `unit` that is unique per row is dropped, for each row is its own unit,
    but where there are at most `kept` rows.

    Raises `ColumnError` for a column that is not there; `InputError` for no rows, for infinities and for values that
    are no level (bytes, lists), for rows without a unit, and for weights missing, negative, infinite or all zero.

    >>> t = tally({"sex": ["f", "f", "m", None], "hired": [1, 0, 1, 1]}, {"group": "sex", "outcome": "hired"})
    >>> t.levels_of("group"), t.levels_of("outcome"), t.n.tolist()
    (('f', 'm', '(missing)'), ('0', '1'), [1, 1, 1, 1])
    """
    frame = picked(data, axes, {} if weight is None else {"weight": weight})
    if weight is None:
        cells = _counted(frame, axes, kept=kept)
        w, w2, top = cells.n.astype(float), cells.n.astype(float), None
    else:
        sums = (nw.col(name).sum() for name in ("weight", "square", "bad"))
        cells = _counted(weighed(frame), axes, *sums, nw.col("weight").max().alias("top"), kept=kept)
        w, w2, bad, top = cells.sums
        check_weights(frame, weight, bad.sum(), w.sum())
    if not cells.n.sum():
        raise InputError(NO_ROWS)
    whole = Tally(*cells.table, cells.n, w, w2, weight is not None, top)
    return whole.marginal(*whole.axes)


def moments(data: object, axes: Mapping[str, str], value: str, weight: str | None = None) -> Moments:
    """Summarise a number in every cell: rows, sum of weights, weighted mean, weighted squared deviations from it.

    Rows without a value are left out (count them with a tally). With x less its overall mean, d, a cell holds
    n, sum w, mean = overall + sum wd / sum w and m2 = sum wd^2 - (sum wd)^2 / sum w: one look for the overall mean, one
    group-by. A cell k of its own standard deviations from the overall mean has m2 to about k^2 parts in 10^16.
    No value at all gives no cells. Raises what `tally` raises, and `InputError` for a value that is text or infinite.

    >>> m = moments({"sex": ["f", "f", "m"], "score": [1.0, 3.0, None]}, {"group": "sex"}, "score")
    >>> m.levels_of("group"), m.n.tolist(), m.mean.tolist(), m.m2.tolist()
    (('f',), [2], [2.0], [2.0])
    """
    frame = weighed(picked(data, axes, {"value": value} | ({} if weight is None else {"weight": weight})))
    centre = overall_mean(frame, value, weight or "")
    away = nw.col("value") - centre
    present = frame.filter(nw.col("value").is_finite())
    present = present.with_columns(first=nw.col("weight") * away, second=nw.col("weight") * away * away)
    cells = _counted(present, axes, *(nw.col(name).sum() for name in ("weight", "first", "second")))
    w, first, second = cells.sums
    shift = first / np.where(w > 0, w, 1)
    whole = Moments(*cells.table, cells.n, w, centre + shift, np.maximum(second - first * shift, 0))
    return whole.marginal(*whole.axes)


@dataclass(frozen=True)
class _Counted:
    table: tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, ...], ...], Ints]
    n: Ints
    sums: tuple[NDArray[np.float64], ...]


def _counted(frame: nw.LazyFrame[Any], axes: Mapping[str, str], *sums: nw.Expr, kept: int = 0) -> _Counted:
    """The one group-by, its raw keys spelled as levels."""
    keys = {axis: f"k{i}" for i, axis in enumerate(axes)}
    if UNIT in keys and _unique_per_row(frame, keys[UNIT], axes[UNIT]) > kept:
        del keys[UNIT]
    wanted = (nw.len().alias("n"), *sums)
    answer = fetched(frame.group_by(*keys.values()).agg(*wanted) if keys else frame.select(*wanted))
    n, *rest = (np.array(column, float) for column in answer[len(keys) :])
    texts = [spelled(column, axes[axis]) for axis, column in zip(keys, answer, strict=False)]
    if UNIT in keys:
        _check_units(int(n[[unit == MISSING for unit in texts[list(keys).index(UNIT)]]].sum()), axes[UNIT])
    levels = tuple(tuple(dict.fromkeys(column)) for column in texts)
    places = [{level: k for k, level in enumerate(axis)} for axis in levels]
    codes = [[place[level] for level in column] for place, column in zip(places, texts, strict=True)]
    table = (
        tuple(keys),
        tuple(axes[axis] for axis in keys),
        levels,
        np.array(codes, np.int64).reshape(len(keys), len(n)).T,
    )
    return _Counted(table, n.astype(np.int64), tuple(rest))


def _unique_per_row(frame: nw.LazyFrame[Any], key: str, column: str) -> int:
    """How many rows there are, if each is a unit of its own; else 0."""
    unit = nw.col(key)
    gone = unit.is_null()
    if frame.collect_schema()[key].is_float():
        gone = gone | unit.is_nan().fill_null(False)
    look = (nw.len().alias("n"), unit.n_unique().alias("units"), gone.cast(nw.Int64).sum().alias("gone"))
    [[rows], [units], [missing]] = fetched(frame.select(*look))
    _check_units(int(missing or 0), column)
    return int(rows) if rows == units else 0


def _check_units(missing: int, column: str) -> None:
    if missing:
        rows = "1 row" if missing == 1 else f"{missing:,} rows"
        raise InputError(
            f'The column "{column}" names no unit in {rows}: nobody can say what they depend on. '
            "Fill it, leave those rows out, or leave the unit out if each row is its own."
        )
