"""A file that somebody else wrote takes no more memory than a report does: it is weighed before it is read."""

from __future__ import annotations

import json
import os
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


def test_a_report_has_no_more_cells_than_one_is_written_with(monkeypatch: pytest.MonkeyPatch) -> None:
    told = auditkit.audit(group=["a", "b"] * 50, outcome=[1, 0, 1, 1] * 25).to_dict()
    held = len(told["cells"]["n"])
    monkeypatch.setattr(wire, "CELLS", held)
    assert Report.from_dict(told).to_dict() == told
    for part in ("n", "codes"):
        more = {**told["cells"], part: told["cells"][part] * 2}
        with pytest.raises(InputError, match=f"{part} has {2 * held} parts, and a report has {held} cells at most"):
            Report.from_dict({**told, "cells": more})


def test_wide_characters_are_weighed_by_what_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST", 3 << 20)
    assert loaded(f'["{"a" * 400_000}"]')
    with pytest.raises(TooMuch):
        loaded(f'["{"😀" * 400_000}"]')


def test_a_million_kept_units_are_read() -> None:
    """In base64, 10 bytes each, beside a text that makes every character four bytes wide."""
    text = f'{{"digests": "{"A" * 10_700_000}", "cells": "{"A" * 2_700_000}", "subject": "😀"}}'
    assert len(loaded(text)) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_never_ends_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "vast.json").open("wb") as file:
        file.truncate((64 << 20) + 1)
    (tmp_path / "link.json").symlink_to("/dev/zero")
    for name, said in (
        ("pipe", "no regular file"),
        ("link.json", "no regular file"),
        ("vast.json", "more than 67,108,864 bytes"),
    ):
        with pytest.raises(InputError, match=f"{name} cannot be read: it (is|has) {said}"):
            auditkit.load(tmp_path / name)


def test_a_link_to_a_report_is_read(tmp_path: Path) -> None:
    report = auditkit.audit(group=["a", "b"] * 50, outcome=[1, 0, 1, 1] * 25)
    (tmp_path / "link.json").symlink_to(report.save(tmp_path / "report.json"))
    assert auditkit.load(tmp_path / "link.json") == report
