"""How the pages are served: to this machine alone, telling nobody, whatever anybody's own settings say."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp
from streamlit import config
from streamlit.config import get_config_options
from uvicorn.config import WS_PROTOCOLS

from dashboards.app import ORDER
from dashboards.guard import LOCAL, Guard
from dashboards.parts.shelf import FOLDER
from dashboards.theme import theme

HERE = Path(__file__).parent
PATIENCE = 3
"""Seconds that open pages have to say goodbye."""


def application(hosts: Sequence[str] = LOCAL) -> ASGIApp:
    """The pages behind their guard."""
    return Guard(st.App(HERE / "app.py", routes=[Route(f"/{ORDER[0]}", _home)]), hosts)


async def _home(request: Request) -> RedirectResponse:
    """The first page has the shortest address; who asks for it by its name is shown the way."""
    return RedirectResponse(str(request.url.replace(scheme="", netloc="", path="/")))


def serve(folder: Path, door: socket.socket, hosts: Sequence[str], ready: Callable[[], None]) -> None:
    """Serve the pages over a folder at a socket that listens, until it is stopped; `ready` is called before."""
    os.environ[FOLDER] = str(folder)
    allowed = (*LOCAL, *hosts)
    settle(settings(door.getsockname()[1], allowed))
    served = uvicorn.Config(
        application(allowed),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="websockets-sansio" if "websockets-sansio" in WS_PROTOCOLS else "auto",
        timeout_graceful_shutdown=PATIENCE,
    )
    ready()
    uvicorn.Server(served).run(sockets=[door])


def settings(port: int, hosts: Sequence[str]) -> Mapping[str, Any]:
    """How Streamlit is set: it listens to this machine alone, tells nobody, and shows no trace of an error."""
    return {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": True,
        "server.allowedHosts": list(hosts),
        "server.enableCORS": True,
        "server.corsAllowedOrigins": [],
        "server.enableXsrfProtection": True,
        "server.enableAgentApi": False,
        "server.enableStaticServing": False,
        "server.scriptHealthCheckEnabled": False,
        "server.trustedUserHeaders": {},
        "server.baseUrlPath": "",
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "runner.magicEnabled": False,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": "127.0.0.1",
        "client.allowedOrigins": [],
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.disableDataExport": True,
        "global.developmentMode": False,
        "logger.hideWelcomeMessage": True,
        "secrets.files": [],
        **theme(),
    }


def settle(options: Mapping[str, Any]) -> None:
    """Set Streamlit so, and in nothing else but by its defaults: nobody's `config.toml` is read, which meant others."""
    vars(config)["get_config_files"] = lambda file_name: []
    get_config_options(force_reparse=True, options_from_flags=dict(options))
