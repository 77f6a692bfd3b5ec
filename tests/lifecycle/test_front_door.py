"""Each phase of the loop is a Python function behind one door, and the door is light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import auditkit

PHASES = ("curate", "discover", "mitigate", "monitor", "prompt", "trace", "tune")
TOLD = """
import sys
import auditkit
print("auditkit.lifecycle" in sys.modules)
auditkit.lifecycle
print(sorted(name for name in sys.modules if name.startswith("auditkit.lifecycle")))
print(*dir(auditkit.lifecycle))
print(callable(auditkit.lifecycle.mitigating.load))
"""


def test_every_phase_is_found_and_none_is_loaded_before_it_is_asked_for() -> None:
    ran = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True)
    before, only, names, load = ran.stdout.splitlines()
    assert (before, only, load) == ("False", "['auditkit.lifecycle']", "True")
    assert set(PHASES) <= set(names.split())


def test_the_door_is_complete() -> None:
    lifecycle = auditkit.lifecycle
    assert sorted(lifecycle.__all__) == lifecycle.__all__ == dir(lifecycle)
    assert set(lifecycle._HOME) <= set(lifecycle.__all__)
    for name in lifecycle.__all__:
        assert callable(getattr(lifecycle, name)) == (name in lifecycle._HOME), name
    for name in PHASES:
        assert getattr(lifecycle, name).__doc__


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        auditkit.lifecycle.fly  # noqa: B018  # that it is asked for is the test
