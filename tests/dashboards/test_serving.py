"""The door: who is let in, what is behind it, and what a browser may do with it."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dashboards import guard, serving
from tests.dashboards.spelled import raw

HERE = "127.0.0.1:8501"
NAVIGATION = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]
WELCOME: list[list[tuple[str, str]]] = [
    [("host", HERE)],
    [("host", "localhost:8501")],
    [("host", "LOCALHOST:8501")],
    [("host", "localhost.:8501")],
    [("host", "localhost")],
    [("host", "[::1]:8501")],
    [("host", "my.host")],
    [("host", "127.0.0.1:9999")],  # a tunnel's port is another
    [("host", HERE), ("origin", f"http://{HERE}")],
    [("host", "my.host"), ("origin", "https://My.Host")],
    [("host", HERE), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")],
    [("host", HERE), ("sec-fetch-site", "same-origin")],
    [("host", HERE), ("sec-fetch-site", "none")],
    [("host", HERE), *NAVIGATION],  # a link in a pull request
]
FOREIGN: list[list[tuple[str, str]]] = [
    [],
    *[
        [("host", host)]
        for host in (
            "",
            "evil.example",
            "evil.example:8501",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "localhost:8501@evil.example",
            "user:pass@127.0.0.1",
            "127.0.0.1:8501:8501",
            "127.0.0.1:port",
            "127.0.0.1:",
            "127.0.0.1:850100",
            "127.0.0.1/evil.example",
            "127.0.0.1#evil.example",
            "127.0.0.1?evil.example",
            "127.0.0.1\\evil.example",
            "127.0.0.1,evil.example",
            "127.0.0.1 evil.example",
            " 127.0.0.1",
            "127.0.0.1\x00",
            "127.0.0.1\n",
            "localhost..",
            ".localhost",
            "xlocalhost",
            "localhost.evil.example",
            "http://127.0.0.1",
            "0.0.0.0:8501",
            "127.1",
            "127.0.0.2",
            "2130706433",
            "0x7f000001",
            "[::]:8501",
            "[::ffff:127.0.0.1]:8501",
            "[::1",
            "::1",
            "[::1]evil.example",
            "[::1%25lo]",
            "ⓛocalhost",
            "*",
            "not.my.host",
        )
    ],
    [("host", HERE), ("host", "evil.example")],
    [("host", HERE), ("host", HERE)],
    [("host", "evil.example"), ("x-forwarded-host", HERE), ("forwarded", f"host={HERE}"), ("x-host", HERE)],
    *[
        [("host", HERE), ("origin", origin)]
        for origin in (
            "http://evil.example",
            "null",
            "",
            HERE,
            f"file://{HERE}",
            "http://127.0.0.1",
            "http://127.0.0.1:9999",
            "http://localhost:8501",
            f"http://{HERE}.evil.example",
            f"http://{HERE}@evil.example",
            f"http://evil.example#{HERE}",
            f"http://{HERE}/",
            f"http://{HERE} http://evil.example",
        )
    ],
    [("host", HERE), ("origin", f"http://{HERE}"), ("origin", "http://evil.example")],
    [("host", HERE), ("sec-fetch-site", "cross-site")],
    [("host", HERE), ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
    [("host", HERE), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
]
TABLE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NEEDLESS = (
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/agent/mcp",
    "/_stcore/upload_file/a/b",
    "/_stcore/script-health-check",
    "/_stcore/bidi-components/a/b",
    "/component/a/b",
    "/app/static/a",
    "/auth/login",
    "/oauth2callback",
    "//_stcore/metrics",
    "/report/../_stcore/metrics",
    "/%5fstcore/metrics",
    "/_stcore/metrics/",
    "/\\_stcore\\metrics",
)


async def _nothing() -> dict[str, Any]:
    return {"type": "websocket.connect"}


def knock(kind: str, headers: Sequence[tuple[str, str]], path: str = "/", method: str = "GET") -> tuple[int, Any, bool]:
    """The status of an answer, its headers, and whether what is behind the door saw the request."""
    seen, sent = [], []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        if kind == "websocket":
            await send({"type": "websocket.accept"})
        else:
            own = [(b"access-control-allow-origin", b"*"), (b"X-Frame-Options", b"ALLOWALL")]
            await send({"type": "http.response.start", "status": 200, "headers": own})
            await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": kind, "path": path, "method": method, "headers": raw}
    asked = guard.Guard(behind, (*guard.LOCAL, "my.host"))(scope, _nothing, send)
    with pytest.raises(StopIteration):  # it waits for nothing, so no loop is needed
        asked.send(None)
    first = sent[0]
    told = {} if kind == "websocket" else {name.decode().lower(): value.decode() for name, value in first["headers"]}
    status = {"websocket.accept": 101, "websocket.close": 403}.get(first["type"]) or first["status"]
    return status, told, bool(seen)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "path", ["/", "/report", "/static/js/a.js", "/media/a.png", "/_stcore/health", "/_stcore/stream"]
)
def test_who_is_let_in(kind: str, path: str) -> None:
    for headers in WELCOME:
        assert knock(kind, headers, path)[2], headers
    for headers in FOREIGN:
        status, _, seen = knock(kind, headers, path)
        assert (status, seen) == (403, False), headers


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", NEEDLESS)
def test_what_is_not_needed_is_not_there(kind: str, path: str) -> None:
    asked = path.replace("%5f", "_")
    status, _, seen = knock(kind, WELCOME[0], asked)
    assert (status, seen) == (403 if kind == "websocket" else 404, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_it_is_only_read(method: str) -> None:
    assert knock("http", WELCOME[0], "/media/a.png", method)[::2] == (405, False)


def test_headers_are_the_doors_own() -> None:
    for path, who in [("/", WELCOME[0]), ("/media/a", WELCOME[0]), ("/_stcore/metrics", WELCOME[0]), ("/", FOREIGN[0])]:
        _, told, _ = knock("http", who, path)
        assert {name: told[name] for name in TABLE} == TABLE
        assert "access-control-allow-origin" not in told
    assert "sandbox" in knock("http", WELCOME[0], "/media/a")[1]["content-security-policy"]


def test_nothing_is_let_out() -> None:
    """No source of a page but its own address, and no script but files of its own and the one line that is known."""
    index = Path(serving.st.__file__).parent / "static" / "index.html"
    told = dict(part.strip().split(" ", 1) for part in guard.policy(index).split(";"))
    assert told["default-src"] == told["connect-src"] == "'self'"
    for name, sources in told.items():
        assert not re.search(r"[*]|https?:|wss?:|unsafe-eval(?<!wasm-unsafe-eval)", sources), name
    for name in ("object-src", "base-uri", "form-action", "frame-src", "frame-ancestors"):
        assert told[name] == "'none'"
    assert "unsafe-inline" not in told["script-src"]
    lines = guard.INLINE.findall(index.read_bytes())
    assert [b"".join(line.split()) for line in lines] == [b"window.prerenderReady=false"]
    assert told["script-src"].count("'sha256-") == 1


def test_another_page_of_streamlits_gets_another_hash(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("<script>a()</script><script src='b.js'></script><script>\nc()\n</script>")
    assert guard.policy(page).count("'sha256-") == 2
    assert "'sha256-J5y8yBTNvNUqfrDTBJqxv3gUzV0CQDmTwVDW1ovQxlM='" not in guard.policy(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    ["/", "/report", "/static/css/none.css", "/media/none.png", "/_stcore/health", "/_stcore/metrics", "/overview"],
)
def test_every_answer_has_the_headers(path: str, served: str) -> None:
    answer = raw(served, path, [("Host", served.removeprefix("http://"))])
    assert {name: answer.headers[name] for name in TABLE} == TABLE
    assert "camera=()" in answer.headers["permissions-policy"]
    assert len(answer.headers.get_all("content-security-policy")) == 1
    assert answer.headers["access-control-allow-origin"] is None
    if path == "/overview":
        assert (answer.status, answer.headers["location"]) == (307, "/")


@pytest.mark.slow
def test_the_server_itself_refuses(served: str) -> None:
    """What no stub shows: requests that the server takes apart, and the handshake of the websocket."""
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    host = served.removeprefix("http://")
    for headers in FOREIGN:
        told = [(name, host if value == HERE else value) for name, value in headers]
        if all(value.isascii() and value.isprintable() and value == value.strip() for _, value in told):
            for path in ("/", "/media/a.png", "/_stcore/health", "/static/js/a.js"):
                assert raw(served, path, told).status in (400, 403), told
    assert raw(served, "http://evil.example/", [("Host", "evil.example")]).status == 403
    stream = f"ws://{host}/_stcore/stream"
    for own, more in [
        ("http://evil.example", {}),
        (served.replace("127.0.0.1", "localhost"), {}),
        ("null", {}),
        (served, {"Sec-Fetch-Site": "cross-site"}),
    ]:
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(
                stream,
                origin=own,
                additional_headers=more,
                proxy=None,
            ),
        ):
            pass
        assert refused.value.response.status_code == 403
    door = socket.create_connection(tuple(host.split(":")), timeout=20)
    with door, pytest.raises(InvalidStatus) as refused, connect("ws://evil.example/_stcore/stream", sock=door):
        pass
    assert refused.value.response.status_code == 403
    with connect(stream, origin=served, subprotocols=["streamlit"], proxy=None) as welcome:
        assert welcome.subprotocol == "streamlit"
