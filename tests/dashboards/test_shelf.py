"""What lies in a folder is found, and what is broken, hidden, linked, nameless or huge is no error."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
import streamlit as st

from auditkit import AuditkitError
from dashboards.parts import opened as opening
from dashboards.parts import shelf as lying
from dashboards.parts.opened import opened
from dashboards.parts.shelf import Entry, shelf_of

REPORT = '{"schema":1,"levels":[0.9],'


def ids(folder: Path) -> tuple[list[str], list[str]]:
    found = shelf_of(folder)
    return sorted(entry.id for entry in found.reports), sorted(entry.id for entry in found.runs)


def test_what_is_found(shelf: Path, tmp_path: Path) -> None:
    for name in (
        "report.json",
        "mine.json",
        "other.json",
        ".hidden/report.json",
        "objects/report.json",
        "a/b/report.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(REPORT if name != "other.json" else "{}")
    for name in ("run.sqlite", "r/run.sqlite", "objects-2026/run.sqlite"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert ids(tmp_path) == (["a/b/report.json", "mine.json", "report.json"], ["objects-2026", "r", tmp_path.name])
    assert shelf_of(tmp_path).find("../x") is None
    assert ids(shelf)[0] == sorted(f"{path.parent.name}/report.json" for path in shelf.glob("*/report.json"))


@pytest.mark.parametrize(
    "begins", [f'{{"schema":1,"hash":"{"0f" * 32}","watch":{{', f'{{\n "schema": 1,\n "watch": "{"0f" * 32}",']
)
def test_a_watch_is_no_broken_report_whatever_its_rules_name(begins: str, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(f'{begins} "rules":[{{"group":"sex","levels":["woman","man"]')
    assert ids(tmp_path) == ([], [])
    (tmp_path / "state.json").write_text(REPORT)
    assert ids(tmp_path) == (["state.json"], [])


def test_links_are_not_followed(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "away").symlink_to(shelf, target_is_directory=True)
    (tmp_path / "report.json").symlink_to(shelf / "compas" / "report.json")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "run.sqlite").symlink_to(shelf / "compas" / "report.json")
    assert ids(tmp_path) == ([], [])
    (tmp_path / "a").mkdir()
    shutil.copy(shelf / "compas" / "report.json", tmp_path / "a")
    (tmp_path / "a" / "judgement.json").symlink_to(shelf / "compas" / "judgement.json")
    with pytest.raises(AuditkitError, match=r"judgement\.json is a link"):
        opened(shelf_of(tmp_path).reports[0])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="No pipes on this system.")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.json")
    os.mkfifo(tmp_path / "other.json")
    assert ids(tmp_path) == ([], [])


@pytest.mark.skipif(sys.platform != "linux", reason="Names of files are text on this system.")
def test_a_name_that_is_no_text_is_spelled_out(shelf: Path, tmp_path: Path, at_page) -> None:
    folder = os.path.join(os.fsencode(tmp_path), b"caf\xe9 \xff")
    shutil.copytree(os.fsencode(shelf / "compas"), folder)
    [entry] = shelf_of(tmp_path).reports
    assert entry.id == "caf\\udce9 \\udcff/report.json"
    assert opened(entry).report.recipe.rows == 7214
    at = at_page("report", tmp_path, report=entry.id)
    assert not at.exception


def test_what_goes_while_it_is_looked_at_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.json").write_text(REPORT)
    found = shelf_of(tmp_path).reports[0]
    monkeypatch.setattr(lying, "files", lambda folder: iter([tmp_path / "report.json", tmp_path / "x.json"]))
    (tmp_path / "report.json").unlink()
    assert ids(tmp_path) == ([], [])
    with pytest.raises(AuditkitError, match="cannot be read"):
        opened(found)
    assert ids(tmp_path / "gone") == ([], [])


BROKEN = ("", "{", "[" * 100_000, "null", "{}", '{"schema":' + "9" * 5000 + "}", '{"schema":99,"levels":[]}', "\x00")


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_what_is_broken_is_a_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    with pytest.raises(AuditkitError) as said:
        opened(Entry("report.json", tmp_path / "report.json", "report", 0.0))
    assert "Traceback" not in str(said.value)


def test_what_only_json_lets_through_is_a_sentence(shelf: Path, tmp_path: Path) -> None:
    """Not a number, in a place where no page thinks of it."""
    told = json.loads((shelf / "compas" / "report.json").read_text())
    told["recipe"]["detectors"][0]["versus"] = float("nan")
    (tmp_path / "report.json").write_text(json.dumps(told))
    with pytest.raises(AuditkitError, match="NaN is no finite number"):
        opened(Entry("report.json", tmp_path / "report.json", "report", 0.0))


def test_what_is_too_large_is_not_opened(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(shelf / "compas", tmp_path / "a")
    [entry] = shelf_of(tmp_path).reports
    monkeypatch.setattr(opening, "LONGEST", 100)
    with pytest.raises(AuditkitError, match="100 are the most"):
        opened(entry)


def test_what_takes_all_memory_is_a_sentence(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(path: Path) -> None:
        raise MemoryError

    shutil.copytree(shelf / "compas", tmp_path / "a")
    monkeypatch.setattr(opening, "read_report", exhausted)
    assert opening.LONGEST <= 64 << 20
    with pytest.raises(AuditkitError, match="takes more memory than there is"):
        opened(shelf_of(tmp_path).reports[0])


def test_a_changed_file_is_opened_again(shelf: Path, tmp_path: Path) -> None:
    shutil.copytree(shelf / "compas", tmp_path / "a")
    [entry] = shelf_of(tmp_path).reports
    first = opened(entry)
    assert opened(entry).report is first.report
    (tmp_path / "a" / "judgement.json").unlink()
    second = opened(entry)
    assert second.digest != first.digest
    assert (bool(first.unused), second.unused) == (True, "")
    (tmp_path / "a" / "report.json").write_bytes((shelf / "empty" / "report.json").read_bytes())
    assert opened(entry).report.recipe.rows == 0


def test_many_files_are_looked_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(300):
        (tmp_path / f"{n}.json").write_text("{}" if n % 2 else REPORT)
    assert len(shelf_of(tmp_path).reports) == 150
    read = lying._head.cache_info().misses
    start = time.process_time()
    assert len(shelf_of(tmp_path).reports) == 150
    assert lying._head.cache_info().misses == read
    assert time.process_time() - start < 1
    monkeypatch.setattr(lying, "MOST", 100)
    cut = shelf_of(tmp_path)
    assert cut.cut
    assert len(cut.reports) < 100


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_resource.clear()
