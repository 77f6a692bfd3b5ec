"""The door of the dashboard: who may ask, what a browser may do with the answer, and how the server is set."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.parts.shelf import FOLDER

HERE = Path(__file__).parent
LOCAL = ("127.0.0.1", "localhost", "[::1]")
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """Refuses whoever does not ask for this host, or asks from another page, and says what a browser may do.

    A name that an attacker's server resolves to this machine (DNS rebinding) is a foreign host.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app, self.hosts = app, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse with 403."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif not self._welcome(Headers(scope=scope)):
            await self._refuse(scope, receive, send)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _welcome(self, headers: Headers) -> bool:
        host, origin = headers.get("host", ""), headers.get("origin")
        return _name(host) in self.hosts and (origin is None or origin.partition("://")[2] == host)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse("Refused: another host or origin.\n", 403)(scope, receive, send)


def application(hosts: Sequence[str] = LOCAL) -> st.App:
    """The pages behind their guard."""
    return st.App(HERE / "app.py", middleware=[Middleware(Guard, hosts=tuple(hosts))])


def serve(folder: Path, port: int = 8501, hosts: Sequence[str] = (), headless: bool = False) -> None:
    """Serve the pages over a folder, on loopback, until it is stopped."""
    os.environ[FOLDER] = str(folder)
    allowed = (*LOCAL, *hosts)
    sys.argv = [str(HERE / "app.py")]
    application(allowed).run(config=settings(port, allowed, headless))


def settings(port: int, hosts: Sequence[str], headless: bool) -> Mapping[str, Any]:
    """How Streamlit is set: it listens to this machine alone, tells nobody, and shows no trace of an error."""
    return {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": headless,
        "server.allowedHosts": list(hosts),
        "server.fileWatcherType": "none",
        "server.enableStaticServing": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "client.disableDataExport": True,
        "theme.primaryColor": "#14598f",
    }


def _with_headers(send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message["headers"], *own]}
        await send(message)

    return told


def _name(host: str) -> str:
    """A host without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()
