"""The command that opens the dashboard, on this machine alone."""

from __future__ import annotations

import errno
import os
import shlex
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from auditkit.commands.answer import Answer, note

HERE = "127.0.0.1"
MISSING = "The dashboard needs streamlit{}. Install it: python -m pip install 'rai-auditkit[dashboard]'"


def dashboard(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where reports and runs are looked for.")] = Path(),
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Of loopback; 0 is any that is free.")
    ] = 8501,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")] = True,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Another name of this machine, as a proxy calls it.")
    ] = None,
) -> Answer:
    """Open the dashboard over a folder of saved reports and runs, on this machine alone."""
    from auditkit.core.errors import InputError
    from auditkit.resources import folder as resources

    if not folder.is_dir():
        raise InputError(f"{folder} is no folder. Give the one that holds your reports.")
    sys.path.insert(0, str(resources("dashboards").parent))
    _streamlit_is_there()
    from dashboards.guard import name_of
    from dashboards.serving import serve

    for host in allow_host or ():
        if not host or name_of(host) != host.lower():
            raise InputError(f'"{host}" is no host\'s name. Give one as it is in the address, without a port: my.host.')
    door = _listening(port, folder)
    address = f"http://{HERE}:{door.getsockname()[1]}"

    def ready() -> None:
        note(f"The dashboard of {folder} is at {address}. Ctrl-C ends it.")
        if open_browser and _has_a_screen():
            import webbrowser

            webbrowser.open(address)

    with door:
        serve(folder.resolve(), door, [host.lower() for host in allow_host or ()], ready)
    return Answer("")


def _streamlit_is_there() -> None:
    """A missing extra is a sentence."""
    from importlib.metadata import PackageNotFoundError, version

    from auditkit.core.errors import InputError

    try:
        from streamlit import App  # noqa: F401  # not in what is too old
    except ImportError as error:
        try:
            old = f" 1.65 or newer, and {version('streamlit')} is installed"
        except PackageNotFoundError:
            old = ""
        raise InputError(MISSING.format(old)) from error


def _listening(port: int, folder: Path) -> socket.socket:
    """A socket that listens on loopback; raises `InputError` where the port cannot be had."""
    from auditkit.core.errors import InputError

    door = socket.socket()
    if os.name != "nt":
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HERE, port))
        door.listen(256)
    except OSError as error:
        door.close()
        why = "in use" if error.errno == errno.EADDRINUSE else f"not to be had ({error.strerror})"
        with socket.socket() as other:
            other.bind((HERE, 0))
            free = other.getsockname()[1]
        command = f"auditkit dashboard {shlex.quote(str(folder))} --port {free}"
        raise InputError(f"Port {port} is {why}. Port {free} is free: {command}") from None
    return door


def _has_a_screen() -> bool:
    """Whether a browser would open in a window, not in this terminal."""
    return sys.platform in ("win32", "darwin") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))
