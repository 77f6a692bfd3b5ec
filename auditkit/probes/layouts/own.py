"""A table of one's own: a CSV with the columns stereotype and anti, and perhaps category, template and given.

Every other column becomes a factor of the same name.
"""

from __future__ import annotations

from pathlib import Path

from auditkit.probes.layouts.pairs import Found, Pair
from auditkit.probes.layouts.reading import rows_of

OWN = ("stereotype", "anti", "category", "template", "given")


def read(path: Path) -> Found:
    """The pairs of a file."""
    pairs, blank = [], 0
    for row in rows_of(path, OWN[:2]):
        if not row["stereotype"] or not row["anti"] or row["stereotype"] == row["anti"]:
            blank += 1
            continue
        factors = {name: cell for name, cell in row.items() if name not in OWN and cell}
        one, other, category, template, given = (row.get(name, "") for name in OWN)
        pairs.append(Pair(one, other, category, template, given, factors))
    return Found(tuple(pairs), {"not two different sentences": blank} if blank else {})
