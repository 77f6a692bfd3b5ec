"""Are units kept in the report? Only where it was asked for, each has one row, and they are not too many."""

from __future__ import annotations

import os

from auditkit.core.errors import InputError
from auditkit.core.evidence import UNIT, Tally
from auditkit.core.roles import Roles
from auditkit.core.units import Units

MOST = 1_000_000
"""Units of which a report keeps the cell: 13 megabytes."""
SECRET = "AUDITKIT_UNIT_KEY"
"""The environment variable of the secret that names are hashed with."""
KEPT = "{:,} units of one row each are kept, hashed {}: reports on the same units are compared unit by unit."
WEIGHTED = "Units were not kept: rows have weights, and of those none are."
MANY = "Units were not kept: {:,} rows, and at most {:,} are."


def most_kept(asked: bool, roles: Roles) -> int:
    """How many units of one row each may stay in the count; raises `InputError` where there are none to keep."""
    if not asked:
        return 0
    if UNIT not in roles:
        raise InputError("keep_units keeps which cell each unit is in, and no column plays that role. Pass unit=.")
    return 0 if "weight" in roles else MOST


def kept(tally: Tally, roles: Roles, asked: bool, most_cells: int) -> tuple[Tally, Units | None, tuple[str, ...]]:
    """The cells without units of one row each; these units where they are kept; and what a reader is told of them.

    Units that share rows stand in the cells already, so nothing is told of them.
    """
    if not asked:
        return tally, None, ()
    secret = os.environ.get(SECRET, "")
    cells, units = Units.of(tally, secret)
    if units is not None and len(cells) <= most_cells:
        return cells, units, (KEPT.format(len(units), f"with {SECRET}" if secret else "without a key"),)
    if units is not None:
        return cells, None, (f"Units were not kept: they lie in {len(cells):,} cells, which a report does not hold.",)
    if UNIT in tally:
        return tally, None, ()
    return tally, None, (WEIGHTED if "weight" in roles else MANY.format(tally.total, MOST),)
