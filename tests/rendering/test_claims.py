"""What is claimed of two candidates says no less and no more than its numbers."""

from __future__ import annotations

from typing import Any

import pytest

from auditkit.formats.candidates import claimed

CLAIM: dict[str, Any] = {
    "first": "one",
    "second": "two",
    "title": "the gap",
    "value": 0.07,
    "interval": (0.03, 0.11),
    "scale": "difference",
    "paired": True,
    "adjusted": 1.0,
    "stands": False,
    "less": "one",
}


@pytest.mark.parametrize("interval", [(0.03, 0.11), (-0.11, -0.03), (0.03, None)])
def test_two_that_surely_differ_are_not_called_alike(interval: tuple[float, float | None]) -> None:
    said = claimed({**CLAIM, "interval": interval})
    assert said.startswith("one and two differ, and which is less biased is not settled, in the gap: ")
    assert said.endswith("that one of them is less biased, p = 1 over all claims")


@pytest.mark.parametrize("interval", [(-0.03, 0.11), (None, 0.11), (None, None), (0.0, 0.1)])
def test_two_that_may_be_equal_are_not_told_apart(interval: tuple[float | None, float | None]) -> None:
    assert claimed({**CLAIM, "interval": interval}).startswith("one and two are not told apart in the gap: ")


def test_a_claim_that_stands_names_the_less_biased() -> None:
    said = claimed({**CLAIM, "stands": True, "less": "two", "adjusted": 1e-5})
    assert said.startswith("two is less biased than one in the gap: ")
    assert "p < 0.0001" in said
