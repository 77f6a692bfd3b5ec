"""The command that opens the dashboard, on this machine alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer


def dashboard(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where reports and runs are looked for.")] = Path(),
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535)] = 8501,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")] = True,
) -> Answer:
    """Open the dashboard over a folder of saved reports and runs, on this machine alone."""
    import sys

    from auditkit.core.errors import InputError
    from auditkit.resources import folder as resources

    if not folder.is_dir():
        raise InputError(f"{folder} is no folder. Give the one that holds your reports.")
    sys.path.insert(0, str(resources("dashboards").parent))
    try:
        import streamlit  # noqa: F401  # asked for here, so that a missing extra is a sentence
    except ImportError as error:
        raise InputError(
            "The dashboard needs streamlit. Install it: python -m pip install 'rai-auditkit[dashboard]'"
        ) from error
    from dashboards.serving import serve

    serve(folder.resolve(), port, headless=not open_browser)
    return Answer("")
