"""What third parties announce is found, by its kind; what cannot be used stops nobody, and is told with why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from auditkit import catalog, plugins
from auditkit.cli import main
from auditkit.diagnosing import diagnose

DETECTOR = '''
"""Is anything strange?"""
from dataclasses import dataclass
from auditkit.detectors.selection.refusal import Refusal

@dataclass(frozen=True)
class Strange(Refusal): ...
'''
PROBE = """
from dataclasses import dataclass
from auditkit.probes import Continuations

@dataclass(frozen=True)
class Riddles(Continuations): ...
"""
TARGET = """
from auditkit.targets import Function

class Oracle(Function): ...
"""
ANNOTATOR = """
from auditkit.annotators import Words

class Tone(Words): ...
"""
Announce = Callable[..., None]


@pytest.fixture
def announce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Announce]:
    """Write modules of a package `acme`, and announce an object of each: `announce(strange=(code, "Strange"))`."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    def forget() -> None:
        plugins._points.cache_clear()
        catalog.detectors.cache_clear()

    def announced(**modules: tuple[str, str]) -> None:
        points = []
        for name, (code, held) in modules.items():
            (tmp_path / "acme" / f"{name}.py").write_text(code, encoding="utf-8")
            points.append(EntryPoint(name, f"acme.{name}:{held}", plugins.GROUP))
        monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == plugins.GROUP else [])
        forget()

    yield announced
    monkeypatch.undo()
    forget()
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


def test_each_kind_is_found_where_it_belongs(announce: Announce) -> None:
    announce(
        strange=(DETECTOR, "Strange"), riddles=(PROBE, "Riddles"), oracle=(TARGET, "Oracle"), tone=(ANNOTATOR, "Tone")
    )
    assert catalog.detectors()["acme.strange"].__name__ == "Strange"
    assert catalog.find("acme.strange").__module__ == "acme.strange"
    assert catalog.experimental("acme.strange")  # no card: no gate heeds it
    assert catalog.probes()["riddles"].__name__ == "Riddles"
    assert catalog.targets()["oracle"].__name__ == "Oracle"
    assert catalog.annotators()["tone"].__name__ == "Tone"
    assert catalog.broken() == ()


@pytest.mark.parametrize(
    ("code", "held", "why"),
    [
        ("raise ValueError('no licence')", "Strange", "ValueError: no licence"),
        ("def so(", "Strange", "SyntaxError"),
        ("import nothing_of_this_name", "Strange", "ModuleNotFoundError"),
        ("x = 1", "Strange", "AttributeError"),
        ("def so(): ...", "so", "no detector, probe, target or annotator"),
        ("class So: ...", "So", "no detector, probe, target or annotator"),
    ],
)
def test_what_cannot_be_used_is_told_and_stops_nobody(
    code: str, held: str, why: str, announce: Announce, capsys: pytest.CaptureFixture[str]
) -> None:
    announce(strange=(code, held), riddles=(PROBE, "Riddles"))
    assert "selection.refusal" in catalog.detectors()
    assert "riddles" in catalog.probes()
    (told,) = catalog.broken()
    assert told.startswith("strange (acme.strange:")
    assert why in told
    assert main(["list", "detectors"]) == 0
    assert why in capsys.readouterr().err
    assert any(told == fact.found for fact in diagnose())


def test_a_name_that_is_taken_stays_with_its_first_owner(announce: Announce) -> None:
    announce(occupations=(PROBE.replace("Riddles", "Occupations"), "Occupations"))
    assert catalog.probes()["occupations"].__module__ == "auditkit.probes.occupations"
    assert catalog.broken() == ('occupations (acme.occupations:Occupations): the name "occupations" is taken',)
