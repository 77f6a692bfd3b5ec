"""Are two reports on the same rows? Told where both name their units: in what they keep, or in their cells."""

from __future__ import annotations

import numpy as np

from auditkit.core.evidence import UNIT
from auditkit.core.report import Report

UNTOLD = "Whether they are the same rows is not told."
ONE = "Whether they are the same rows is not told: only one of the reports says which unit a row is of."
KEYED = "Whether they are the same rows is not told: their units were hashed with different keys (AUDITKIT_UNIT_KEY)."
Names = frozenset[object]


def same_rows(new: Report, old: Report) -> str:
    """How many units two reports share by their names, and whether each of these has one row; or why it is not told.

    >>> from auditkit.auditing import audit
    >>> def told(*people): return audit(group=["a", "b"] * 10, outcome=[0, 1] * 10, unit=people, keep_units=True)
    >>> same_rows(told(*"abcdefghijklmnopqrst"), told(*"abcdefghijklmnopqrsX"))
    'By their names, 19 of their 21 units are in both; each unit has one row.'
    """
    ours, theirs = _names(new), _names(old)
    if ours is None and theirs is None:
        return UNTOLD
    if ours is None or theirs is None:
        return ONE
    if new.units is not None and old.units is not None and new.units.key != old.units.key:
        return KEYED
    return _shared(ours, theirs, alone=new.units is not None and old.units is not None)


def _names(report: Report) -> Names | None:
    """The units of a report: their digests where it keeps units of one row each, else their names in its cells."""
    if report.units is not None:
        return frozenset(np.asarray(report.units.digests).tolist())
    if report.cells is not None and UNIT in report.cells:
        return frozenset(report.cells.levels_of(UNIT))
    return None


def _shared(ours: Names, theirs: Names, alone: bool) -> str:
    both, every = len(ours & theirs), len(ours | theirs)
    rows = "; each unit has one row" if alone else ", each with the rows that it has"
    if ours == theirs:
        return f"By their names, both are on the same {every:,} units{rows}."
    return f"By their names, {both:,} of their {every:,} units are in both{rows}."
