"""How a value is spelled as a level: one text whatever engine and dtype it comes from. Knows no frame."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.roles import MISSING

LONGEST = 1_000
SMALL, LARGE = 1e-100, 1e100
"""Between these a number, its square and sums of squares are numbers."""
NAMED_BY_TEXT = frozenset({"Interval", "Period"})  # of pandas, told by name so that pandas need not be imported


def spelled(values: Sequence[Hashable], column: str) -> list[str]:
    """Every value's level; each distinct value is spelled once.

    Distinct by type too: Python holds True equal to 1, and whichever came first would spell both.

    >>> spelled([1, 2.0, None, True], "answer")
    ['1', '2', '(missing)', 'True']
    """
    keys = [(type(value), value) for value in values]
    levels = {key: level(key[1], column) for key in dict.fromkeys(keys)}
    return [levels[key] for key in keys]


def level(value: Any, column: str) -> str:
    """The level of one value; raises `InputError`, naming the column, for what cannot be one.

    >>> [level(value, "x") for value in (True, 1, 1.0, 0.5, float("nan"), "1", datetime(2024, 5, 1))]
    ['True', '1', '1', '0.5', '(missing)', '1', '2024-05-01']
    """
    value = _plain(value)
    if isinstance(value, (float, Decimal)):
        text = _number(value, column)
    elif isinstance(value, (date, time)):
        text = _moment(value)
    elif value is None:
        text = MISSING
    elif isinstance(value, (str, UUID)) or type(value).__name__ in NAMED_BY_TEXT:
        text = str(value)
    elif isinstance(value, int):
        text = str(value) if value.bit_length() < 4 * LONGEST else "9" * (value.bit_length() * 3 // 10)
    else:
        raise InputError(no_level(column, type(value).__name__))
    return _short(text, column)


def infinite(column: str) -> str:
    """The sentence for an infinity."""
    return f'The column "{column}" holds infinities, and infinities are forbidden. Make them missing or leave them out.'


def huge(column: str) -> str:
    """The sentence for numbers that cannot be squared and summed."""
    return f'The column "{column}" holds numbers beyond {LARGE:g}, whose squares have no room. Scale the column.'


def no_level(column: str, kind: str) -> str:
    """The sentence for a value that cannot be a level."""
    return (
        f'The column "{column}" holds values of type {kind}, and those have no level to count. '
        "Levels are text, numbers, true and false, and dates: make one of these of it first."
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[us]").item()
    return value.item() if isinstance(value, np.generic) else value


def _number(value: float | Decimal, column: str) -> str:
    if value != value:
        return MISSING
    if value in (float("inf"), float("-inf")):
        raise InputError(infinite(column))
    if -(2**63) < value < 2**63 and value == int(value):
        return str(int(value))
    shortest = repr(float(value))
    return shortest if isinstance(value, float) or Decimal(shortest) == value else format(value.normalize(), "f")


def _moment(value: date | time) -> str:
    """ISO; in UTC where there is a time zone; a date where it is midnight."""
    if value != value:  # the missing time of pandas
        return MISSING
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    midnight = value.time() == time.min and not getattr(value, "nanosecond", 0)
    return value.date().isoformat() if midnight else value.isoformat()


def _short(text: str, column: str) -> str:
    if len(text) <= LONGEST:
        return text
    raise InputError(
        f'An oversized cell in the column "{column}": {len(text):,} characters, and a level has at most {LONGEST:,}. '
        "Is this the right column?"
    )
