"""What holds rows or people is for its owner alone, and a database that nobody has open leaves nothing beside it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import auditkit
from auditkit.cli import main
from auditkit.core.private import private
from auditkit.core.report import Report
from auditkit.core.step import Step
from auditkit.labels import Labels
from auditkit.lifecycle.curating.dataset import Dataset
from auditkit.lifecycle.curating.reading import read_source
from auditkit.lifecycle.curating.writing import write_parquet
from auditkit.lifecycle.mitigating.telling import PREDICTIONS
from auditkit.lifecycle.recording import record
from auditkit.running import write
from auditkit.store import Store

posix = pytest.mark.skipif(os.name != "posix", reason="no such modes elsewhere")


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


@pytest.fixture(autouse=True)
def _open_to_all() -> object:
    """As most machines are set: what is made is for everybody to read, unless it is asked otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def report(**kept: object) -> Report:
    people = [f"person {k}" for k in range(80)]
    table = {"sex": ["f", "m"] * 40, "hired": ["y", "n", "y", "y"] * 20, "who": people}
    return auditkit.audit(table, "disparity.selection_rate", group="sex", outcome="hired", unit="who", **kept)


@posix
def test_a_file_is_private_before_it_is_written(tmp_path: Path) -> None:
    assert mode(private(tmp_path / "new")) == 0o600
    open_to_all = tmp_path / "old"
    open_to_all.write_text("rows")
    assert mode(open_to_all) == 0o644
    assert mode(private(open_to_all)) == 0o600
    assert open_to_all.read_text() == "rows"


@posix
@pytest.mark.parametrize("kept", [{"keep_units": True}, {"exemplars": 2}, {}], ids=str)
def test_a_report_is_private_where_it_holds_people(tmp_path: Path, kept: dict[str, object]) -> None:
    told = report(**kept)
    assert told.personal is bool(kept)
    assert mode(told.save(tmp_path / "report.json")) == (0o600 if kept else 0o644)
    assert mode(told.save(tmp_path / "shared.json", k=10)) == 0o644


@posix
def test_a_run_with_units_writes_nothing_for_others(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    rows = {"sex": ["f", "m"] * 40, "hired": ["y", "n", "y", "y"] * 20, "who": [f"person {k}" for k in range(80)]}
    pd.DataFrame(rows).to_csv(table, index=False)
    asked = ["audit", str(table), "--group", "sex", "--outcome", "hired", "--favourable", "y", "--unit", "who"]
    for name, flags, wanted in (("kept", ["--keep-units"], 0o600), ("plain", [], 0o644)):
        main([*asked, *flags, "--out", str(tmp_path / name)])
        assert {mode(tmp_path / name / file) for file in ("report.json", "report.html", "judgement.json")} == {wanted}


@posix
def test_of_files_that_are_written_at_once_the_personal_are_private(tmp_path: Path) -> None:
    write(tmp_path, {"rows.csv": "a\n1\n", "page.html": "<p>"}, ["rows.csv"])
    assert (mode(tmp_path / "rows.csv"), mode(tmp_path / "page.html")) == (0o600, 0o644)


@posix
def test_a_curated_table_is_private(tmp_path: Path) -> None:
    table = tmp_path / "source.parquet"
    pd.DataFrame({"a": ["x", "y"]}).to_parquet(table)
    source = read_source(table)
    write_parquet(Dataset.of_source(source.columns), source, tmp_path / "new.parquet")
    assert mode(tmp_path / "new.parquet") == 0o600


@posix
def test_a_run_and_its_labels_are_private(tmp_path: Path) -> None:
    store = Store(tmp_path / "run", write=True)
    place = store.path(store.put(b"a face", ".png"))
    beside = {mode(file) for file in (tmp_path / "run").iterdir() if file.is_file()}
    store.close()
    Labels(tmp_path / "run").give(["a"], "skin", "Ada", "darker")
    assert mode(tmp_path / "run") == 0o700
    assert beside == {0o600}  # the log too, while it is written
    assert mode(place) == mode(tmp_path / "run" / "labels.sqlite") == 0o600


@posix
def test_what_its_owner_gave_to_others_stays_given(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Store(tmp_path, write=True).close()
    (tmp_path / "run.sqlite").chmod(0o660)
    Store(tmp_path, write=True).close()
    assert (mode(tmp_path), mode(tmp_path / "run.sqlite")) == (0o755, 0o660)


def test_nothing_is_left_beside_a_database(tmp_path: Path) -> None:
    """Neither by a writer that ended as it should, nor by who reads what it wrote."""
    written = f"""
from auditkit.store import Store
from auditkit.core.step import Step
from auditkit.labels import Labels
from pathlib import Path
store = Store({str(tmp_path)!r}, write=True)
store.begin({{"probe": "p"}})
store.close()
Labels(Path({str(tmp_path)!r})).give(["a"], "skin", "Ada", "darker")
"""
    subprocess.run([sys.executable, "-c", written], check=True)
    reader = Store(tmp_path)
    assert reader.design()["probe"] == "p"
    reader.close()
    assert len(Labels(tmp_path).of("skin")) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["labels.sqlite", "objects", "run.sqlite"]


def test_a_reader_that_stays_does_not_hold_a_writer_up(tmp_path: Path) -> None:
    first = Store(tmp_path, write=True)
    reader = Store(tmp_path)
    first.begin({"probe": "p"})
    first.close()
    assert reader.design()["probe"] == "p"
    reader.close()
    again = Store(tmp_path, write=True)
    again.begin({"probe": "p"})
    again.close()
    assert not list(tmp_path.glob("*-wal"))


@posix
def test_a_step_that_gives_rows_gives_them_in_private(tmp_path: Path) -> None:
    texts = {PREDICTIONS: "a\n1\n", "turn.md": "told"}
    record(tmp_path, Step("mitigate", (), (), {}), texts, personal=[PREDICTIONS])
    assert (mode(tmp_path / PREDICTIONS), mode(tmp_path / "turn.md")) == (0o600, 0o644)
