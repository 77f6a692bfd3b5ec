"""Answers drawn again and again: what one round of a design shares."""

from __future__ import annotations

from typing import Any


def rounds(table: Any, *columns: str) -> Any:
    """The table with a column `round`: these columns and the number of the repeat.

    Repeats are drawn independently, so that rounds are what comparisons within a prompt are independent by.
    """
    told = table["replicate"].astype(str)
    for column in reversed(columns):
        told = table[column].astype(str) + " #" + told
    changed = table.assign(round=told)
    changed.attrs = table.attrs
    return changed
