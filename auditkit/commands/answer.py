"""What a command says, and to whom: answers on standard output, notes on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditkit.eliciting import Pace

INTERNAL, INTERRUPTED = 4, 130


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says, and the code it exits with."""

    text: str
    exit_code: int = 0


def note(sentence: str) -> None:
    """Say a sentence on standard error, control characters made visible."""
    from auditkit.formats.words import quiet

    print(quiet(sentence), file=sys.stderr)


def paced() -> Callable[[Pace], None] | None:
    """Say how far a run is, on a terminal only: answers, their rate, and the time left.

    Of answers that were there already nothing is said, and the end once.
    """
    if not sys.stderr.isatty():
        return None
    ended: list[tuple[int, int]] = []

    def tell(pace: Pace) -> None:
        at = pace.done, pace.wanted
        if not pace.rate or at in ended[-1:]:
            return
        ended[:] = [at] if pace.done >= pace.wanted else []
        left = "" if pace.left is None else f", {pace.left:,.0f} s left"
        ending = "\n" if pace.done >= pace.wanted else ""
        sys.stderr.write(f"\r{pace.done:,} of {pace.wanted:,} answers, {pace.rate:.1f} a second{left}    {ending}")
        sys.stderr.flush()

    return tell
