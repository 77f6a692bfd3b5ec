"""The key of an endpoint: it is found where it is said to be, and is in no error, no field and no answer."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Said
from auditkit.targets.endpoint import Endpoint
from auditkit.targets.failing import RateLimited, ServerError, TimedOut, Unreachable, Unreadable
from tests.targets.canary import CANARY, WHOLE
from tests.targets.stub import Step, fails, says

pytestmark = pytest.mark.usefixtures("key", "hurried")

FAULTS = {
    RateLimited: fails(429, CANARY),
    ServerError: fails(502, CANARY),
    TimedOut: says("late", wait=1.0),
    Unreadable: Step(WHOLE, cut=9),
    Unreachable: Step(drop=True),
    InputError: fails(401, f"Incorrect API key provided: {CANARY}. \x1b[31m" + "x" * 1000),
}


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_an_error_holds_no_key_and_no_frame_that_did(kind: type[Exception], serve: Any) -> None:
    _, target = serve({"a": [FAULTS[kind]]}, retries=0, timeout=0.5 if kind is TimedOut else 20.0)
    with pytest.raises(kind) as caught:
        target.generate([Prompt("a")], [0])
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "requesting.py" in shown
    assert CANARY not in shown.replace(repr(FAULTS[kind]), "")
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "fields",
    [
        {"key_env": "sk-proj-abcdefghijklmnop"},
        {"key_env": CANARY},
        {"key_env": "AKIAABCDEFGHIJKLMNOP"},
        {"extra": {"api_key": "whatever-secret"}},
        {"extra": {"headers": {"x": "Bearer whatever"}}},
        {"extra": {"headers": {"X-API-Key": "whatever"}}},
        {"extra": {"tools": [{"api-key": "whatever"}]}},
        {"extra": {"user": CANARY}},
        {"model": CANARY},
        {"title": "gsk_abcdefghijklmnopqrstu"},
    ],
)
def test_a_key_in_place_of_its_name_is_refused_and_not_repeated(fields: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="key_env") as caught:
        Endpoint(**{"model": "m", "base_url": "https://example.org/v1", **fields})
    for secret in (CANARY, "abcdefghijklmnop", "whatever"):
        assert secret not in str(caught.value)


def test_a_key_that_is_not_there(monkeypatch: pytest.MonkeyPatch, serve: Any) -> None:
    stub, target = serve()
    monkeypatch.delenv("OPENAI_API_KEY")
    assert target.generate([Prompt("a")], [0]) == [Said("you said a")]
    assert "Authorization" not in stub.headers[-1]
    with pytest.raises(InputError, match=r"OPENAI_API_KEY is not set, and example\.invalid wants a key"):
        Endpoint("m", base_url="https://example.invalid").generate([Prompt("a")], [0])
    monkeypatch.setenv("OPENAI_API_KEY", "kéy\n")
    with pytest.raises(InputError, match="letters that no key has"):
        target.generate([Prompt("a")], [0])


def test_a_plan_can_name_one_and_its_key_only_by_name() -> None:
    told = {"model": "m", "base_url": "https://example.org/v1", "key_env": "MY_KEY", "extra": {"top_k": 5}}
    built = catalog.target("endpoint", told)
    assert repr(built) == repr(Endpoint("m", base_url="https://example.org/v1", key_env="MY_KEY", extra={"top_k": 5}))
    with pytest.raises(InputError, match='no key "key"') as caught:
        catalog.target("endpoint", {**told, "key": CANARY})
    assert CANARY not in str(caught.value)


def test_a_key_that_is_spelled_otherwise_is_taken_out(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary/0f3c+9d2e")
    body = rb'{"choices": [{"message": {"content": "canary\/0f3c+9d2e \u0063anary/0f3c\u002B9d2e"}}]}'
    _, target = serve({"a": [Step(body)]})
    assert target.generate([Prompt("a")], [0]) == [Said("[key] [key]")]
