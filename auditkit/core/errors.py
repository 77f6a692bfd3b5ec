"""Every exception of auditkit.

AuditkitError              what the user can mend; the command prints its sentence, never a traceback
├── InputError             unreadable or contradictory input                          exit code 2
│   ├── ColumnError        a column that is not there, or a role that was not given
│   └── PolicyError        a policy that cannot be read
└── CannotDecide           the input is sound but can decide nothing                   exit code 3
    └── RoleMissing        a detector has none of the roles that its question is about

A *failed* gate is a result, not an exception. A `NotAssessed` is a result too: `CannotDecide` is raised
only where there is no report to put one into.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from auditkit.core.arguments import Asked
from auditkit.core.names import listed
from auditkit.core.names import nearest as nearest


class AuditkitError(Exception):
    """Anything the user can mend: what happened, what was there, what to do.

    Its sentence is made of texts and of what it asks for, which each who is told it spells in their own way.

    >>> from auditkit.core.arguments import Argument
    >>> error = AuditkitError("There is no unit. Pass ", Argument("unit", "person"), ".")
    >>> str(error), error.told(lambda asked: "--unit person")
    ('There is no unit. Pass unit="person".', 'There is no unit. Pass --unit person.')
    """

    exit_code = 2

    def __init__(self, *parts: str | Asked) -> None:
        super().__init__(*parts)
        self.parts = parts

    def __str__(self) -> str:
        return self.told(str)

    def told(self, spelt: Callable[[Asked], str]) -> str:
        """The sentence, with what it asks for as `spelt` writes it."""
        return "".join(part if isinstance(part, str) else spelt(part) for part in self.parts)


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
            f"The table has: {listed(columns) or 'no columns'}.{nearest(column, columns)}"
        )


class PolicyError(InputError):
    """A policy, plan or baseline that cannot be read."""


class CannotDecide(AuditkitError):
    """Sound input that cannot decide anything."""

    exit_code = 3


class RoleMissing(CannotDecide):
    """A detector was given no column for any of these roles; `said` is the sentence, with braces where they stand.

    Detectors know roles alone; what the table has for them is said by who sees it.

    >>> str(RoleMissing("vector", "score", "prediction"))
    'it needs a column for vector, score or prediction'
    """

    def __init__(self, *roles: str, said: str = "it needs a column for {}") -> None:
        *first, last = roles
        super().__init__(said.format(f"{', '.join(first)} or {last}" if first else last))
        self.roles = roles


def only(told: Iterable[str], known: Collection[str]) -> None:
    """Raise `ValueError` for a key that a schema does not have: what is not understood must not be dropped unread.

    >>> only(["rows", "rowz"], {"rows"})
    Traceback (most recent call last):
    ValueError: this schema has no key 'rowz'
    """
    for key in told:
        if key not in known:
            raise ValueError(f"this schema has no key {key!r:.80}")


def why(error: Exception) -> str:
    """Why a file cannot be read, in words.

    >>> why(UnicodeDecodeError("utf-8", b"a\\xff", 1, 2, "invalid start byte"))
    'it is no text in UTF-8 (byte 2 is 0xff)'
    """
    if isinstance(error, UnicodeDecodeError):
        return f"it is no text in UTF-8 (byte {error.start + 1:,} is {error.object[error.start]:#04x})"
    return str(getattr(error, "strerror", None) or error)
