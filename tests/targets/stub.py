"""A server that says what it was told to, prompt by prompt, and keeps a count of what it was asked and how."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from auditkit.core.probe import Probe, Prompt, Verb
from auditkit.eliciting import elicit
from auditkit.targets.endpoint import Endpoint


@dataclass(frozen=True)
class Step:
    """One reply: `wait` before it, `cut` off after so many bytes, `drip` seconds between bytes, `drop` without any."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: int | None = None
    drip: float = 0.0
    drop: bool = False


def says(text: str | None, finish: str = "stop", wait: float = 0.0, **more: Any) -> Step:
    """An answer in both shapes; `more` are further keys of the choice, those of `message` in it."""
    message = {"role": "assistant", "content": text, **more.pop("message", {})}
    top = more.pop("top", {})
    reply = {"choices": [{"message": message, "text": text, "finish_reason": finish, **more}], **top}
    return Step(json.dumps(reply).encode(), wait=wait)


def fails(status: int, message: str = "", code: str | None = None, **headers: str) -> Step:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Step(json.dumps({"error": {"message": message, "code": code}}).encode(), status, told)


def told(log: float, top: Mapping[str, float] | None = None, token: str = "A") -> dict[str, Any]:
    """The log probability of one token of a message, and of the likeliest ones."""
    ranked = [{"token": one, "logprob": each} for one, each in (top or {}).items()]
    return {"logprobs": {"content": [{"token": token, "logprob": log, "top_logprobs": ranked}]}}


class Stub:
    """What it says: `script` has a list of steps a prompt, the last of which is repeated; other prompts are echoed."""

    def __init__(self, script: Mapping[str, Sequence[Step]] | None = None, wait: float = 0.0) -> None:
        self.script, self.wait = script or {}, wait
        self.asked: Counter[str] = Counter()
        self.bodies: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.headers: list[str] = []
        self.times: list[float] = []
        self.lock = threading.Lock()

    def reply(self, body: dict[str, Any], headers: str) -> Step:
        said = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        prompt = said if isinstance(said, str) else said[0]["text"]
        with self.lock:
            steps = self.script.get(prompt, [says(f"you said {prompt}", wait=self.wait)])
            step = steps[min(self.asked[prompt], len(steps) - 1)]
            self.asked[prompt] += 1
            self.bodies[prompt].append(body)
            self.headers.append(headers)
            self.times.append(time.monotonic())
        return step

    @contextmanager
    def served(self) -> Iterator[str]:
        """Answer on a free port of loopback; the address."""
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub._answer(self, stub.reply(body, f"{self.path}\n{self.headers}"))

            def log_message(self, *args: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            request_queue_size = 64
            daemon_threads = True

            def handle_error(self, *args: Any) -> None: ...

        with Server(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/v1"
            finally:
                server.shutdown()
                thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler, step: Step) -> None:
        time.sleep(step.wait)
        if step.drop:
            handler.close_connection = True
            return
        handler.send_response(step.status)
        for name, value in {"Content-Length": str(len(step.body)), **step.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if step.drip:
            for at in range(len(step.body)):
                time.sleep(step.drip)
                handler.wfile.write(step.body[at : at + 1])
        handler.wfile.write(step.body[: step.cut])
        handler.close_connection = step.cut is not None or bool(step.drip)


@dataclass(frozen=True)
class Asking(Probe):
    """These words, so many times each."""

    texts: tuple[str, ...]
    repeats: int = 1
    asks: ClassVar[Verb] = "generate"
    options: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Prompt]:
        for text in self.texts:
            yield Prompt(text, factors={"word": text}, options=self.options)


class Deciding(Asking):
    asks: ClassVar[Verb] = "decide"


MANY = Asking(tuple(f"question {k}" for k in range(60)))


def main() -> None:
    """Elicit from the server at an address, and say when it begins and ends: somebody is going to kill this process."""
    folder, url = sys.argv[1:3]
    os.write(1, b"ready\n")
    elicit(MANY, Endpoint("stub", base_url=url), into=folder)
    os.write(1, b"done\n")
