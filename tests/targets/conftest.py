"""An endpoint before a server that says what it was told to, and the key that it is asked with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from auditkit.targets import pacing
from auditkit.targets.endpoint import Endpoint
from tests.targets.canary import CANARY
from tests.targets.stub import Step, Stub


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    return CANARY


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST", 0.01)


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Stub, Endpoint]]]:
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(script: dict[str, list[Step]] | None = None, wait: float = 0.0, **more: Any) -> tuple[Stub, Endpoint]:
            stub = Stub(script, wait)
            return stub, Endpoint("stub", base_url=stack.enter_context(stub.served()), **{"retries": 2, **more})

        yield start
