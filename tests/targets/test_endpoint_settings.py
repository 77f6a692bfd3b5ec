"""What an endpoint may be set to: addresses that a key can be sent to, and numbers that make sense."""

from __future__ import annotations

from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.targets.endpoint import Endpoint
from tests.targets.canary import CANARY

pytestmark = pytest.mark.usefixtures("key", "hurried")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.org", "no address"),
        ("file:///etc/passwd", "no address"),
        ("example.org", "no address"),
        ("http://127.0.0.1:notaport", "no address"),
        ("https://me:secret@example.org/v1", "may be a key"),
        ("https://example.org/v1?api-key=secret", "may be a key"),
        ("https://example.org/sk-abcdefghijklmnop1234", "A key stands in a field"),
        (f"https://example.org/{CANARY}/v1", "A key stands in a field"),
        ("http://example.org/v1", "in the clear"),
        ("http://127.0.0.1.example.org/v1", "in the clear"),
    ],
)
def test_addresses_that_are_refused(url: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        Endpoint("m", base_url=url)
    assert "secret" not in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"api": "responses"}, "no api"),
        ({"retries": -1}, "at least 0"),
        ({"timeout": 0.0}, "above 0"),
        ({"requests_per_minute": 0.0}, "above 0"),
        ({"temperature": -1.0}, "at least 0"),
        ({"top_p": 0.0}, "above 0 and at most 1"),
        ({"extra": {"messages": []}}, 'extra has "messages"'),
        ({"extra": {"bias": float("nan")}}, "extra holds what JSON cannot"),
        ({"extra": {"bias": object()}}, "extra holds what JSON cannot"),
        ({"model": ""}, "no name"),
    ],
)
def test_settings_that_are_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Endpoint(**{"model": "m", "base_url": "https://example.org/v1", **fields})
