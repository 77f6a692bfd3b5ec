"""The command `prompt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer


def prompt(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("prompt"),
) -> Answer:
    """Compare prompt templates and system prompts as treatments of one model."""
    return Answer(f"{out}\n")
