"""Levels that are amounts: numbers that can be a little off, and not the names of classes."""

from __future__ import annotations

import math

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import Ints, Tally, level_order
from auditkit.core.roles import MISSING

MANY = 20
"""More whole numbers than these are no names of classes."""
UNSURE = "its whole numbers may be the names of classes. Say numeric = true if one can be a little off, false if not"


def are_amounts(tally: Tally, *axes: str) -> bool | None:
    """Whether what these axes hold are amounts: all numbers, some not whole, or more than 20 of them.

    `None` for 3 to 20 whole numbers, which may be names of classes; up to two numbers are a yes and a no.

    >>> [are_amounts(Tally.of({"y": y}), "y") for y in (["a", "b"], ["0", "1"], ["1", "2", "3"], ["1", "2.5", "3"])]
    [False, False, None, True]
    """
    there = {level for axis in axes for level in tally.levels_of(axis)} - {MISSING}
    if any(level_order(level)[0] for level in there):
        return False
    values = {float(level) for level in there}
    if len(values) < 3:
        return False
    return True if len(values) > MANY or any(value % 1 for value in values) else None


def values_of(tally: Tally, axis: str) -> Floats:
    """The number in each cell, (cells,), NaN where it is missing; raises `InputError` for what is no number.

    >>> values_of(Tally.of({"y": ["2.5", "1"]}), "y").tolist()
    [1.0, 2.5]
    """
    numbers = np.array([_number(level, axis) for level in tally.levels_of(axis)] or [math.nan])
    codes: Ints = tally.codes[:, tally.index(axis)]
    return np.asarray(numbers[codes], float)


def in_units(e: Estimate, unit: str = "") -> str:
    """An estimate in its own units: "+1.23 SD [+0.90, +1.56]"."""
    if e.value is None:
        return f"not defined, {e.reason or 'no value'}"
    low, high = ("unbounded" if x is None else f"{x:+.2f}" for x in e.interval(0.95)[:2])
    return f"{e.value:+.2f}{unit} [{low}, {high}]".replace("-", "−")


def _number(level: str, axis: str) -> float:
    if level != MISSING and level_order(level)[0]:
        raise InputError(f'numeric = true needs numbers as {axis}, and one is "{level}". Leave numeric out for words.')
    return math.nan if level == MISSING else float(level)
