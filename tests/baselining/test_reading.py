"""Whatever somebody else may have written is measured before it is read: reports, baselines, states, plans."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import auditkit
from auditkit.accumulating import State
from auditkit.baselining import create, read_baseline
from auditkit.core.errors import InputError
from auditkit.core.wire import LONGEST, MOST
from auditkit.lifecycle.curating.recipe import read_recipe
from auditkit.planning import read_plan
from auditkit.rules import Policy

REPORT = auditkit.audit(group=["a", "b"] * 50, outcome=[0, 1, 1, 0] * 25)
READERS: dict[str, Callable[[Path], object]] = {
    "a report": auditkit.load,
    "a report that is judged": auditkit.gate,
    "a baseline": read_baseline,
    "a baseline that a report is judged with": lambda file: auditkit.gate(REPORT, baseline=file),
    "a state": State.read,
    "a plan": read_plan,
    "a policy": Policy.read,
    "a recipe": read_recipe,
}
EACH = pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())


@EACH
def test_a_file_of_too_many_bytes_is_not_read(read: Callable[[Path], object], tmp_path: Path) -> None:
    """A sparse file of 65 MB, of which nothing is on disk."""
    file = tmp_path / "large.json"
    with file.open("wb") as opened:
        opened.truncate(LONGEST + 1)
    with pytest.raises(InputError, match=rf"cannot be read: it has more than {LONGEST:,} bytes\."):
        read(file)


@EACH
def test_a_pipe_is_not_waited_for(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"cannot be read: it is no regular file\."):
        read(tmp_path / "pipe")


@EACH
def test_what_is_empty_or_no_text_says_so_in_words(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b" \n")
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / 'empty'} cannot be read: it is empty")):
        read(tmp_path / "empty")
    (tmp_path / "binary").write_bytes(b"ab\xff\x00")
    with pytest.raises(InputError, match=r"binary cannot be read: it is no text in UTF-8 \(byte 3 is 0xff\)\."):
        read(tmp_path / "binary")


@pytest.mark.parametrize("name", ["a report that is judged", "a baseline", "a baseline that a report is judged with"])
def test_a_text_that_would_become_too_much_is_weighed_first(name: str, tmp_path: Path) -> None:
    """Ten megabytes of empty lists would become more than the memory that a text may."""
    file = tmp_path / "lists.json"
    file.write_text("[" + "[],[]," * (MOST // 250) + "[]]")
    assert file.stat().st_size < LONGEST
    with pytest.raises(InputError, match=r"is not read: it has .* characters that would take about .* MB of memory"):
        READERS[name](file)


def test_what_auditkit_writes_is_read(tmp_path: Path) -> None:
    """And through a link too, as it was."""
    REPORT.save(tmp_path / "report.json")
    (tmp_path / "baseline.json").write_text(create(REPORT).to_json())
    (tmp_path / "link.json").symlink_to(tmp_path / "baseline.json")
    assert read_baseline(tmp_path / "baseline.json") == read_baseline(tmp_path / "link.json")
    assert auditkit.gate(tmp_path / "report.json", baseline=tmp_path / "link.json").baseline_hash
    assert State.read(tmp_path / "not there yet.json") == State()
