"""Are units kept in the report? Only where it was asked for, each has one row, and they are not too many."""

from __future__ import annotations

import os
from collections.abc import Sequence

from auditkit.core.arguments import Argument
from auditkit.core.errors import InputError
from auditkit.core.evidence import UNIT, Tally
from auditkit.core.roles import Roles
from auditkit.core.units import Units

MOST = 1_000_000
"""Units of which a report keeps the cell: 13 megabytes."""
SECRET = "AUDITKIT_UNIT_KEY"
"""The environment variable of the secret that names are hashed with."""
KEPT = "{:,} units of one row each are kept, hashed {}: reports on the same units are compared unit by unit, "
KEPT += "on the reports' own word for which cell each unit is in."
WEIGHTED = "Units were not kept: rows have weights, and of those none are."
MANY = "Units were not kept: {:,} rows, and at most {:,} are."
NUMBERED = (
    "Units were not kept: their names are row numbers, {} to {:,}, which would pair whoever stands in one line of two "
    "files. Name units by what stays with them, as in 'person 7'."
)


def most_kept(asked: bool, roles: Roles) -> int:
    """How many units of one row each may stay in the count; raises `InputError` where there are none to keep."""
    if not asked:
        return 0
    if UNIT not in roles:
        told = " keeps which cell each unit is in, and no column plays that role. Pass "
        raise InputError(Argument("keep_units", True), told, Argument("unit"), ".")
    return 0 if "weight" in roles else MOST


def kept(tally: Tally, roles: Roles, asked: bool, most_cells: int) -> tuple[Tally, Units | None, tuple[str, ...]]:
    """The cells without units of one row each; these units where they are kept; and what a reader is told of them.

    Units that share rows stand in the cells already, so nothing is told of them.
    """
    if not asked:
        return tally, None, ()
    secret = os.environ.get(SECRET, "")
    cells, units = Units.of(tally, secret)
    if units is not None and (first := first_row(tally.levels_of(UNIT))) is not None:
        return cells, None, (NUMBERED.format(first, first + len(units) - 1),)
    if units is not None and len(cells) <= most_cells:
        return cells, units, (KEPT.format(len(units), f"with {SECRET}" if secret else "without a key"),)
    if units is not None:
        return cells, None, (f"Units were not kept: they lie in {len(cells):,} cells, which a report does not hold.",)
    if UNIT in tally:
        return tally, None, ()
    return tally, None, (WEIGHTED if "weight" in roles else MANY.format(tally.total, MOST),)


def first_row(names: Sequence[str]) -> int | None:
    """Where row numbers begin, 0 or 1, if names are exactly these.

    >>> first_row(["2", "1", "3"]), first_row(["0", "1"]), first_row(["1", "2", "4"]), first_row(["row 0", "row 1"])
    (1, 0, None, None)
    """
    told = set(names)
    return next((first for first in (0, 1) if told == set(map(str, range(first, first + len(names))))), None)
