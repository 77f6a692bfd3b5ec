"""What a sentence asks to be given or done: Python, the command line and a plan each write it in their own way."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Argument:
    """An argument of a function, an option of a command, a key of a plan; without an `example` it is any value.

    `under` is the table of a plan that it stands in, where that is not told by its being a role, or a detector's field.
    As text it is Python's; the others spell it from its parts.

    >>> str(Argument("favourable", "yes")), str(Argument("unit")), str(Argument("keep_units", True))
    ('favourable="yes"', 'unit=', 'keep_units=True')
    """

    name: str
    example: str | bool | None = None
    under: str = ""

    def __str__(self) -> str:
        if self.example is None:
            return f"{self.name}="
        value = self.example if isinstance(self.example, bool) else json.dumps(self.example, ensure_ascii=False)
        return f"{self.name}={value}"


@dataclass(frozen=True)
class Deed:
    """Something to do, as Python writes it and as a command does; as text it is Python's.

    >>> str(Deed("report.save()", "auditkit run PLAN.toml"))
    'report.save()'
    """

    python: str
    command: str

    def __str__(self) -> str:
        return self.python


Asked = Argument | Deed

SPELLING: ContextVar[Callable[[Asked], str]] = ContextVar("SPELLING", default=str)
"""How who is told writes what a sentence of a report asks for: the command sets its own."""


def spelt(asked: Asked) -> str:
    """What is asked for, as who is told it writes it.

    >>> spelt(Argument("unit", "person"))
    'unit="person"'
    """
    return SPELLING.get()(asked)
