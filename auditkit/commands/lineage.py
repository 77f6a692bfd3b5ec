"""The command `lineage`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer


def lineage(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("lineage"),
) -> Answer:
    """Follow data, models, runs, reports and gates by their hashes."""
    return Answer(f"{out}\n")
