"""Every exception of auditkit.

AuditkitError              what the user can mend; the command prints its sentence, never a traceback
├── InputError             unreadable or contradictory input                          exit code 2
│   ├── ColumnError        a column that is not there, or a role that was not given
│   └── PolicyError        a policy that cannot be read
└── CannotDecide           the input is sound but can decide nothing                   exit code 3

A *failed* gate is a result, not an exception. A `NotAssessed` is a result too: `CannotDecide` is raised
only where there is no report to put one into.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches


class AuditkitError(Exception):
    """Anything the user can mend: what happened, what was there, what to do."""

    exit_code = 2


class InputError(AuditkitError):
    """Input that cannot be read or that contradicts itself."""


class ColumnError(InputError):
    """A column that the data does not have, or a role that nobody filled."""

    @classmethod
    def missing(cls, column: str, role: str, available: Iterable[str]) -> ColumnError:
        """Name the column, the role it was to play, what the table has, and the nearest valid name."""
        columns = sorted(available)
        return cls(
            f'There is no column "{column}" for the role {role}. '
            f"The table has: {', '.join(columns) or 'no columns'}.{nearest(column, columns)}"
        )


class PolicyError(InputError):
    """A policy, plan or baseline that cannot be read."""


class CannotDecide(AuditkitError):
    """Sound input that cannot decide anything."""

    exit_code = 3


def only(told: Iterable[str], known: Collection[str]) -> None:
    """Raise `ValueError` for a key that a schema does not have: what is not understood must not be dropped unread.

    >>> only(["rows", "rowz"], {"rows"})
    Traceback (most recent call last):
    ValueError: this schema has no key 'rowz'
    """
    for key in told:
        if key not in known:
            raise ValueError(f"this schema has no key {key!r:.80}")


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' for the nearest valid word, or nothing.

    >>> nearest("disparity.selection_rat", ["disparity.selection_rate", "selection.frame"])
    ' Did you mean "disparity.selection_rate"?'
    """
    by_folded = {name.casefold(): name for name in valid}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return f' Did you mean "{by_folded[close[0]]}"?' if close else ""
