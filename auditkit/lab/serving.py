"""A server for one model on this machine alone, in OpenAI's protocol: the standard library's, a question at a time.

It binds to loopback, answers only who calls it by a name of loopback (another name means that a web page had it looked
up: DNS rebinding) and sends JSON, which no page of another origin may without asking first; and it never says yes to
that. Requests above one megabyte are refused.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from auditkit.core.errors import AuditkitError, InputError
from auditkit.lab import requests
from auditkit.lab.voices import Voice

HERE = "127.0.0.1"
LARGEST = 10**6
"""Bytes of the largest request."""
PATIENCE = 60
"""Seconds that a connection may be silent."""

Reply = Callable[[Mapping[str, Any], Voice], dict[str, Any]]
REPLIES: Mapping[str, Reply] = {"/v1/chat/completions": requests.chat, "/v1/completions": requests.completions}


class Server(ThreadingHTTPServer):
    """A server of one voice on a port of loopback, 0 for any that is free; `serve_forever` answers, one after another.

    Raises `InputError` where the port is taken.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, voice: Voice, port: int = 0) -> None:
        self.voice, self.lock = voice, threading.Lock()
        try:
            super().__init__((HERE, port), Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"Port {port} cannot be used: {error}. Choose another, or 0 for any.") from None

    @property
    def url(self) -> str:
        """Where it is: what `Endpoint` takes as `base_url`."""
        return f"http://{HERE}:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who has gone away is no error."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "auditkit", ""
    timeout = PATIENCE
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """The list of models."""
        if self._welcome():
            found = self.path == "/v1/models"
            self._send(200, requests.models(self.server.voice)) if found else self._no(404, "There is only /v1/models.")

    def do_POST(self) -> None:
        """An answer."""
        if not self._welcome() or (body := self._body()) is None:
            return
        if (reply := REPLIES.get(self.path)) is None:
            return self._no(404, f"There is {' and '.join(REPLIES)}.")
        try:
            asked = json.loads(body)
            if not isinstance(asked, dict):
                raise InputError("A request is an object of JSON.")
            with self.server.lock:
                told = reply(asked, self.server.voice)
        except AuditkitError as error:
            return self._no(400, str(error))
        except (ValueError, RecursionError):
            return self._no(400, "The request is no JSON.")
        except Exception as error:  # a question costs itself, never the server
            return self._no(500, f"The model raised {type(error).__name__}.")
        self._send(200, told)

    def _welcome(self) -> bool:
        """Whether it was called by a name of loopback, and not from a page of another origin."""
        names = [self.headers.get("Host", ""), *self.headers.get_all("Origin", [])]
        if all(_of_loopback(name.removeprefix("http://")) for name in names):
            return True
        self._no(403, "This server answers on loopback only.")
        return False

    def _body(self) -> bytes | None:
        """What was sent; `None` where that was refused."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json":
            self._no(415, "Send application/json.")
        elif not length.isascii() or not length.isdigit():
            self._no(411, "Send the Content-Length.")
        elif len(length) > 12 or int(length) > LARGEST:
            self._no(413, f"A request has at most {LARGEST:,} bytes.")
            self._read_away()
        else:
            return self.rfile.read(int(length))
        return None

    def _no(self, status: int, message: str) -> None:
        """An error; what was not read of the request ends the connection."""
        self.close_connection = True
        self._send(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})

    def _read_away(self) -> None:
        """Some of what is still being sent: a connection that is closed on its sender loses the answer on the way."""
        left = 8 * LARGEST
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1.0)
            while left > 0 and (some := self.rfile.read1(1 << 16)):
                left -= len(some)

    def _send(self, status: int, told: Mapping[str, Any]) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what is asked is nobody else's affair."""


def _of_loopback(host: str) -> bool:
    """Whether a host, with or without its port, is this machine.

    >>> [_of_loopback(host) for host in ("localhost:80", "127.0.0.1", "[::1]:80", "127.0.0.1.org", "")]
    [True, True, True, False, False]
    """
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    try:
        return name.casefold() == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
