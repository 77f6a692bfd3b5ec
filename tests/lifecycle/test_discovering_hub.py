"""The hub, stubbed on loopback as its protocol has it, and asked by huggingface_hub itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.lifecycle.discovering import Wanted, search
from tests.lifecycle.candidates import by_name

SHA = "a" * 40


LISTED = {
    "org/sound": {
        "pipeline_tag": "translation",
        "library_name": "transformers",
        "cardData": {"license": "mit", "pipeline_tag": "translation"},
        "safetensors": {"parameters": {"F32": 10}, "total": 10},
        "siblings": {"config.json": 2, "model.safetensors": 104, "model.fp16.safetensors": 84, "README.md": 40},
    },
    "org/pickled": {"siblings": {"config.json": 2, "pytorch_model.bin": 9, "README.md": 40}},
    "org/code": {"tags": ["custom_code"], "siblings": {"config.json": 2, "model.safetensors": 9}},
    "org/gated": {
        "gated": "auto",
        "pipeline_tag": "translation",
        "siblings": {"config.json": 2, "model.safetensors": 9},
    },
    "org/gone": None,
}


CARD = b"---\nlicense: mit\n---\n## Limitations\nLeans to he.\n"


class Hub(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012  # what all of them were asked

    def log_message(self, *args: Any) -> None: ...

    def _told(self, raw: bytes, code: int = 200, kind: str = "application/json") -> None:
        self.send_response(code)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(raw))), ("ETag", '"1"')):
            self.send_header(name, value)
        self.send_header("X-Repo-Commit", SHA)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path = self.path.split("?")[0]
        name = path.removeprefix("/api/models").strip("/")
        if path == "/api/models":
            self._told(json.dumps([{"id": name} for name in LISTED]).encode())
        elif path.endswith("/README.md"):
            self._told(CARD, kind="text/plain")
        elif LISTED.get(name) is None:
            self._told(b'{"error": "none"}', 404)
        else:
            told: dict[str, Any] = dict(LISTED[name] or {})
            siblings = told.pop("siblings")
            lfs = {"sha256": "b" * 64, "pointerSize": 1}
            files = [
                {"rfilename": file, "size": n, "blobId": "c", "lfs": {**lfs, "size": n} if "model" in file else None}
                for file, n in siblings.items()
            ]
            self._told(json.dumps({"id": name, "sha": SHA, "siblings": files, **told}).encode())

    do_HEAD = do_GET


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    library = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    Hub.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield library.HfApi(endpoint=f"http://127.0.0.1:{server.server_port}", token=False)
        server.shutdown()


def test_the_hub_is_asked_by_its_own_library(hub: Any) -> None:
    found = search("hub", Wanted(limit=5), api=hub)
    told = by_name(found)
    assert set(told) == {"org/sound", "org/sound, fp16", "org/gated"}
    plain, half = told["org/sound"], told["org/sound, fp16"]
    assert (plain.size, half.size, plain.parameters, half.parameters) == (104, 84, 10, None)
    assert (plain.revision, plain.licence, plain.limits) == (SHA, "mit", "Leans to he.")
    assert plain.hash != half.hash
    assert "gated" in told["org/gated"].notes[0]
    words = ("safetensors", "code of its own", "does not tell of it")
    assert [word in one.because for one, word in zip(found.aside, words, strict=True)] == [True] * 3
    assert [one.called for one in found.aside] == ["org/pickled", "org/code", "org/gone"]
    assert found.unseen is None  # as many as the limit: there may be more


def test_the_hub_s_filters_are_asked_of_it_and_held_here(hub: Any) -> None:
    found = search("hub", Wanted("translation", ("mit",), 100), api=hub)
    assert set(by_name(found)) == {"org/sound, fp16"}
    assert "pipeline_tag=translation" in Hub.asked[0]
    assert "filter=license%3Amit" in Hub.asked[0]
    assert "limit=20" in Hub.asked[0]
    assert {one.called: one.because for one in found.aside}["org/gated"].startswith("its licence is unknown")
    assert found.others == {"size": {"larger": 1}}


def test_a_hub_that_is_offline_or_silent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    library = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        search("hub")

    class Silent:
        def list_models(self, **_: Any) -> Any:
            raise ConnectionError("no route to host")

    with pytest.raises(InputError, match=r"The hub does not answer: no route to host\. Ask again later"):
        search("hub", api=Silent())


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(InputError, match=r"pip install 'rai-auditkit\[cards\]'"):
        search("hub")
