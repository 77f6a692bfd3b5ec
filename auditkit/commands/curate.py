"""The command `curate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer


def curate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("curate"),
) -> Answer:
    """Make a better dataset of a dataset, with a reason for every row; audits it before and after."""
    return Answer(f"{out}\n")
