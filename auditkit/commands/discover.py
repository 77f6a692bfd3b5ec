"""The command `discover`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer


def discover(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("discover"),
) -> Answer:
    """Find models by task, licence and size, and audit them side by side."""
    return Answer(f"{out}\n")
