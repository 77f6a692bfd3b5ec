"""What `--format` prints of a phase: then only that stands on standard output, and the exit code is what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from auditkit.formats.cases import Cased
    from auditkit.lifecycle.turning import Turn

Format = Literal["table", "json", "md", "github", "junit"]
Printed = Annotated[Format, typer.Option("--format", help="What to print.")]


@dataclass(frozen=True)
class Printable:
    """What there is to print, each made only where it is asked for."""

    table: Callable[[], str]
    json: Callable[[], str]
    md: Callable[[], str]
    cases: Callable[[], Cased]

    def printed(self, format: Format) -> str:
        """The text of a format: sentences, the wire format, Markdown, annotations of a build log, or JUnit XML."""
        if format == "json":
            from auditkit.formats.words import unobeyed

            return unobeyed(self.json())
        if format == "github":
            from auditkit.formats.github import github_cases

            return github_cases(self.cases(), self.table())
        if format == "junit":
            from auditkit.formats.junit import junit_cases

            return junit_cases(self.cases())
        return self.md() if format == "md" else self.table()


def printed_turn(turn: Turn, format: Format, table: Callable[[], str]) -> str:
    """A turn in a format; `table` says it for a terminal."""
    from auditkit.lifecycle import turning
    from auditkit.lifecycle.casing import turn_cases

    return Printable(table, turn.to_json, lambda: turning.texts(turn)["turn.md"], lambda: turn_cases(turn)).printed(
        format
    )
