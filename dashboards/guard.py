"""The door of the dashboard: who may ask, for what, and what a browser may do with the answer."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = ("127.0.0.1", "localhost", "[::1]")
"""What this machine calls itself."""
OPEN = frozenset({"/_stcore/health", "/_stcore/host-config", "/_stcore/stream"})
CLOSED = frozenset({"_stcore", "component", "auth", "oauth2callback", "app"})
"""Streamlit's own paths, of which only those in `OPEN` are needed: no uploads, no metrics, no agent, no components."""
NAME = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]*[a-z0-9_-])\.?(?::[0-9]{1,5})?", re.IGNORECASE)
INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
MEDIA = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For a picture or a download: whoever opens it by itself sees it, and nothing in it runs."""


class Guard:
    """Refuses whoever does not ask for this host, or asks from another page, and says what a browser may do.

    A name that an attacker's server resolves to this machine (DNS rebinding) is a foreign host. What a proxy says of
    itself (`X-Forwarded-Host`) is not heard: anybody can say it.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str] = LOCAL) -> None:
        self.app, self.hosts = app, frozenset(hosts)
        self.headers = told(policy(Path(st.__file__).parent / "static" / "index.html"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse before anything else sees the request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        send = self._telling(scope, send)
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if not welcome(Headers(scope=scope), self.hosts):
            return PlainTextResponse("Refused: another host or origin.\n", 403)
        if scope["path"] not in OPEN and CLOSED & set(re.split(r"[/\\]+", scope["path"])):
            return PlainTextResponse("There is nothing here.\n", 404)
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Only to be read.\n", 405)
        return None

    def _telling(self, scope: Scope, send: Send) -> Send:
        async def told_of(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                headers.update(self.headers)
                if scope["path"].startswith("/media/"):
                    headers["content-security-policy"] = MEDIA
                del headers["access-control-allow-origin"]
                message = {**message, "headers": headers.raw}
            await send(message)

        return told_of


def welcome(headers: Headers, hosts: frozenset[str]) -> bool:
    """Whether a request is for one of these hosts, and from no page but theirs."""
    asked, origins = headers.getlist("host"), headers.getlist("origin")
    if len(asked) != 1 or len(origins) > 1 or name_of(asked[0]) not in hosts:
        return False
    if origins and origins[0].lower() not in {f"{scheme}://{asked[0].lower()}" for scheme in ("http", "https")}:
        return False
    walked = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return walked or headers.get("sec-fetch-site") not in ("cross-site", "same-site")


def name_of(host: str) -> str:
    """A host without its port, "" for what is none.

    >>> name_of("LocalHost.:8501"), name_of("[::1]:80"), name_of("127.0.0.1@evil.example"), name_of("*")
    ('localhost', '[::1]', '', '')
    """
    found = NAME.fullmatch(host)
    return found[1].lower() if found else ""


def policy(index: Path) -> str:
    """What a page may do: nothing from elsewhere, and no script but files of its own.

    Streamlit's page has one line of script in it (`window.prerenderReady = false`, a note to search engines); it is
    allowed by its hash, which is made of the page as it is installed.
    """
    lines = [hashlib.sha256(line).digest() for line in INLINE.findall(index.read_bytes())]
    allowed = " ".join(f"'sha256-{base64.b64encode(line).decode()}'" for line in lines)
    return (
        f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-src 'none'; frame-ancestors 'none'"
    )


def told(content: str) -> Mapping[str, str]:
    """The headers of every answer."""
    nobody = ("camera", "microphone", "geolocation", "display-capture", "payment", "usb", "serial", "midi")
    return {
        "content-security-policy": content,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join([f"{what}=()" for what in nobody]),
    }
