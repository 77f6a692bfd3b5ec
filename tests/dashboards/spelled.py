"""A request as it is spelled, byte by byte."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Sequence


def raw(address: str, target: str, headers: Sequence[tuple[str, str]]) -> http.client.HTTPResponse:
    """An answer to a request as it is spelled: nothing is tidied on the way."""
    host, _, port = address.removeprefix("http://").partition(":")
    door = socket.create_connection((host, int(port)), timeout=20)
    try:
        lines = [
            f"GET {target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers),
            "Connection: close",
            "",
            "",
        ]
        door.sendall("\r\n".join(lines).encode())
        answer = http.client.HTTPResponse(door)
        answer.begin()
        answer.body = answer.read()
        return answer
    finally:
        door.close()
