"""The doctor looks at everything and always says how to mend it."""

from __future__ import annotations

import pytest

from auditkit import diagnosing
from auditkit.cli import main
from auditkit.core.errors import InputError

REQUIRED = ["numpy>=2.0", "nowhere-to-be-found>=1", 'httpx>=0.28; extra == "endpoint"', "gone; extra == 'endpoint'"]


@pytest.fixture
def incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"rai-auditkit": "0.1.0", "numpy": "2.4.0", "httpx": "0.28"}
    monkeypatch.setattr(diagnosing, "requires", lambda name: REQUIRED)
    monkeypatch.setattr(diagnosing, "_version", known.get)


def test_what_is_missing_gets_its_command(incomplete: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert '-m pip install "nowhere-to-be-found>=1"' in out
    facts = {fact.what: fact for fact in diagnosing.diagnose()}
    assert facts["numpy"].well
    assert facts["numpy"].found == "2.4.0"
    assert not facts["nowhere-to-be-found"].well


def test_missing_templates_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> None:
        raise InputError("The folder reports is missing.")

    monkeypatch.setattr(diagnosing, "folder", nowhere)
    fact = next(fact for fact in diagnosing.diagnose() if fact.what == "templates")
    assert not fact.well
    assert "--force-reinstall" in fact.mend


def test_a_broken_third_party_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosing.catalog, "broken", lambda: ("acme (acme.detector): no module",))
    assert any("acme" in fact.found and not fact.well for fact in diagnosing.diagnose())
