"""What a command says, and to whom: answers on standard output, notes on standard error."""

from __future__ import annotations

import sys
from dataclasses import dataclass

INTERNAL = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says, and the code it exits with."""

    text: str
    exit_code: int = 0


def note(sentence: str) -> None:
    """Say a sentence on standard error, control characters made visible."""
    from auditkit.formats.words import quiet

    print(quiet(sentence), file=sys.stderr)
