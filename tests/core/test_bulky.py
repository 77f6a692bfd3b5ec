"""A file that somebody else wrote takes no more memory than a report does: it is weighed before it is read."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import auditkit
from auditkit.core import wire
from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.core.wire import TooMuch, loaded

BULKY = {
    "lists": "[],",
    "lists in lists": "[[[[[[[[]]]]]]]],",
    "tables": '{"":0},',
    "texts": '"ab",',
    "numbers": "1.5,",
}


@pytest.mark.parametrize("part", BULKY.values(), ids=BULKY)
def test_a_text_that_would_swell_is_not_read(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a small scale, twelve megabytes in place of 384."""
    monkeypatch.setattr(wire, "MOST", 12 << 20)
    text = f"[{part * (1_700_000 // len(part))}0]"
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    reads: tuple[Callable[[], object], ...] = (
        lambda: auditkit.load(tmp_path / "report.json"),
        lambda: Report.from_json(text),
        lambda: Judgement.from_json(text),
    )
    for read in reads:
        tracemalloc.start()
        with pytest.raises(InputError, match="MB of memory, and 12 MB are the most"):
            read()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 * len(text)


@pytest.mark.parametrize("part", BULKY.values(), ids=BULKY)
def test_what_is_read_takes_no_more_than_it_was_weighed_to(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"[{part * (300_000 // len(part))}0]"
    tracemalloc.start()
    loaded(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    monkeypatch.setattr(wire, "MOST", peak)
    with pytest.raises(TooMuch):
        loaded(text)


def test_half_a_character_counts_twice_for_what_holds_it_is_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST", 9 << 20)
    text = f"[{'[],' * 60_000}0]"
    assert len(loaded(text)) == 60_001
    with pytest.raises(TooMuch):
        loaded(f'{text[:-2]}"\\ud800"]')


def test_a_report_of_five_thousand_findings_is_a_seventh_of_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    small = auditkit.audit(group=["a", "b"] * 400, outcome=[1, 0, 1, 1, 1, 0, 1, 0] * 100).to_dict()
    text = json.dumps({**small, "findings": small["findings"][:1] * 5_000}, indent=1)
    monkeypatch.setattr(wire, "MOST", wire.MOST // 7)
    assert len(loaded(text)["findings"]) == 5_000
