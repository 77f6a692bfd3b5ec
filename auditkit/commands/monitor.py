"""The command `monitor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer


def monitor(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("monitor"),
) -> Answer:
    """Watch a stream of decisions or generations for a change, with error control."""
    return Answer(f"{out}\n")
