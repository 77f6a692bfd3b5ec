"""Tests in which pytest runs tests that audit: the plug-in by itself, on a small table."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

ALONE = ("-p", "no:auditkit", "-p", "auditkit.pytest_plugin", "-p", "no:cacheprovider")


@pytest.fixture(scope="session", autouse=True)
def _loaded(loaded: None) -> None:
    """Of every test here, for all run pytest in this process."""


def rows(gap: int, n: int = 400) -> str:
    """A table of n women and n men; of a hundred men `gap` more are hired."""
    lines = [f"{sex},{int(i % 100 < 50 + gap * (sex == 'm'))}" for sex in "fm" for i in range(n)]
    return "\n".join(["sex,hired", *lines]) + "\n"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """As if nothing had loaded the plug-in before: else pytest warns, and strict users fail."""
    for name in [name for name in sys.modules if name.startswith("auditkit.pytest_plugin")]:
        monkeypatch.delitem(sys.modules, name)
    return ALONE


@pytest.fixture
def table(pytester: pytest.Pytester) -> Callable[[int, int], None]:
    """Write hiring.csv."""

    def write(gap: int, n: int = 400) -> None:
        (pytester.path / "hiring.csv").write_text(rows(gap, n))

    return write


@pytest.fixture
def tests(pytester: pytest.Pytester, table: Callable[[int, int], None]) -> Callable[..., pytest.RunResult]:
    """Run test functions, each given by its body, on a table of this gap and size."""

    def run(*bodies: str, gap: int = 30, n: int = 400, args: tuple[str, ...] = (), **how: str) -> pytest.RunResult:
        table(gap, n)
        head = how.get("head", "")
        used = how.get("fixtures", "audit")
        made = [
            f"def test_{i}({used}):\n    report = audit('hiring.csv', group='sex', outcome='hired')\n    {body}\n"
            for i, body in enumerate(bodies)
        ]
        pytester.makepyfile("\n\n".join([head, *made]))
        return pytester.runpytest_inprocess(*ALONE, *args)

    return run
