"""A look at weights before anything is counted by them, and at numbers before they are measured from their mean."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from auditkit.core.errors import InputError
from auditkit.frames.opening import fetched
from auditkit.levels import LARGE, SMALL, huge, infinite

NO_ROWS = "The table has no rows, so there is nothing to count. Give a table with at least one row."


def weighed(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Add the square of the weight, and whether it is none: missing, negative, infinite or without a square."""
    if "weight" not in frame.collect_schema().names():
        frame = frame.with_columns(weight=nw.lit(1.0))
    w = nw.col("weight")
    good = (((w >= SMALL) & (w <= LARGE)) | (w == 0)).fill_null(False)
    return frame.with_columns(square=w * w, bad=(~good).cast(nw.Int64))


def check_weights(frame: nw.LazyFrame[Any], column: str, bad: float, total: float) -> None:
    """Raise `InputError` for weights that cannot be used, saying how many and why."""
    w = nw.col("weight")
    if bad:
        missing = (w.is_null() | w.is_nan().fill_null(False)).cast(nw.Int64).sum().alias("missing")
        endless = (w.abs() == np.inf).fill_null(False).cast(nw.Int64).sum().alias("infinite")
        negative = ((w < 0) & (w > -np.inf)).fill_null(False).cast(nw.Int64).sum().alias("negative")
        [[gone], [unbounded], [below]] = fetched(frame.select(missing, endless, negative))
        beyond = int(bad - gone - unbounded - below)
        more = f", {beyond:,} beyond {SMALL:g} to {LARGE:g}, whose squares have no room" if beyond else ""
        raise InputError(
            f'The weights in the column "{column}" cannot be used: {gone:,} missing, {below:,} negative, '
            f"{unbounded:,} infinite{more}. Every row needs a finite weight of 0 or more."
        )
    if total == 0:
        raise InputError(f'Every weight in the column "{column}" is 0, so no row counts. Give some row a weight.')


def overall_mean(frame: nw.LazyFrame[Any], value: str, weight: str) -> float:
    """The mean to measure deviations from, after a look at what the numbers are."""
    x = nw.col("value")
    mean = nw.when(x.is_finite()).then(x).mean()
    endless = (x.abs() == np.inf).fill_null(False).cast(nw.Int64).sum()
    wide = (x.is_finite() & (x.abs() > LARGE)).fill_null(False).cast(nw.Int64).sum()
    look = (nw.len().alias("n"), mean.alias("mean"), endless.alias("infinite"), wide.alias("huge"))
    [[rows], [centre], [unbounded], [large], [bad], [total]] = fetched(
        frame.select(*look, nw.col("bad", "weight").sum())
    )
    if not rows:
        raise InputError(NO_ROWS)
    if unbounded or large:
        raise InputError(infinite(value) if unbounded else huge(value))
    check_weights(frame, weight, bad, total)
    return float(centre or 0)
