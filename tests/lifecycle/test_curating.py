"""curate from a table to a sealed folder: what is written, that it is whole, and that what was stopped goes on."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.core.manifest import MANIFEST
from auditkit.core.step import Step
from auditkit.lifecycle import recording
from auditkit.lifecycle.curating import curate, making
from tests.lifecycle.sentence_pairs import AUDIT, STEPS, asked


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def contents(out: Path) -> dict[str, bytes]:
    """Every file but the manifests, which say when, and what a kill has left of one."""
    files = (file for file in out.rglob("*") if file.is_file() and MANIFEST not in file.name)
    return {str(file.relative_to(out)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def made(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return curate(pairs, asked(pairs), tmp_path_factory.mktemp("made") / "out")


def test_from_fail_to_pass_within_what_it_may_cost(made: Any) -> None:
    turn = made.turn
    assert (turn.judged_before.outcome, turn.judged_after.outcome) == (Outcome.FAIL, Outcome.PASS)
    assert [cost.outcome for cost in turn.costs] == [Outcome.PASS, Outcome.PASS]
    assert made.exit_code == 0


def test_copies_do_not_double_what_the_rows_are_worth(made: Any) -> None:
    told = made.turn.after.findings[0].estimate
    assert (told.n, told.n_eff) == (3_000, pytest.approx(1_500))
    rows, worth = made.turn.costs
    assert rows.lost.value == pytest.approx((45 + 30) / 1_575)
    assert worth.lost.value == pytest.approx((45 + 30) / 1_575)


def test_every_row_has_a_line_and_a_reason(made: Any, pairs: Path) -> None:
    source, book, data = rows_of(pairs), rows_of(made.out / "rows.csv"), rows_of(made.data)
    assert [line["row"] for line in book[: len(source)]] == [str(k) for k in range(len(source))]
    assert Counter(line["action"] for line in book) == {"kept": 1_500, "dropped": 75, "added": 1_500}
    assert all(line["reason"] for line in book)
    for line in book:
        if line["at"]:
            there = data[int(line["at"])]
            assert there["unit"] == (line["row"] if line["action"] == "kept" else line["of"])
            if line["action"] == "kept":
                assert {k: v for k, v in there.items() if k != "unit"} == source[int(line["row"])]
    assert sorted(int(line["at"]) for line in book if line["at"]) == list(range(len(data)))


def test_what_was_planted_is_what_goes(made: Any, pairs: Path) -> None:
    """The last rows of the raw data are 45 copies typed anew and then 30 of the test set."""
    gone = [line for line in rows_of(made.out / "rows.csv") if line["action"] == "dropped"]
    assert [int(line["row"]) for line in gone] == list(range(1_500, 1_575))
    assert Counter(line["step"] for line in gone) == {"1 deduplicate": 45, "2 leakage": 30}
    data, test = rows_of(made.data), {(row["source"], row["target"]) for row in rows_of(pairs.parent / "test.csv")}
    assert not [row for row in data if row["unit"] == row["unit"] and (row["source"], row["target"]) in test]


def test_half_of_every_source_is_he(made: Any) -> None:
    said = Counter((row["source"], row["pronoun"]) for row in rows_of(made.data))
    assert all(said[source, "he"] == said[source, "she"] for source, _ in said)
    assert all(f" {row['pronoun']} " in f" {row['target']} " for row in rows_of(made.data))


def test_the_list_says_what_to_collect(made: Any) -> None:
    lines = rows_of(made.out / "topup.csv")
    assert len(lines) == 24
    for line in lines:
        total = 381 if int(line["of"]) < 381 else int(line["of"])
        assert int(line["collect"]) == -(-total // 2) - int(line["rows"])


def test_the_step_gives_what_is_there_by_its_hash(made: Any) -> None:
    step = Step.from_json((made.out / "step.json").read_text("utf-8"))
    assert {thing.name for thing in step.took} == {pair.name for pair in step.took if pair.name.endswith(".csv")}
    for thing in step.gave:
        assert thing.hash == hashlib.sha256((made.out / thing.name).read_bytes()).hexdigest()
    assert {"data.csv", "rows.csv", "topup.csv", "data_card.md", "croissant.json"} <= {g.name for g in step.gave}


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_croissant_reads_its_rows(made: Any) -> None:
    import mlcroissant

    document = mlcroissant.Dataset(jsonld=str(made.out / "croissant.json"))
    assert document.metadata.ctx.issues.errors == set()
    assert document.metadata.ctx.is_v1_1()
    records = list(document.records("rows"))
    assert len(records) == 3_000
    told = json.loads((made.out / "croissant.json").read_text("utf-8"))
    assert told["distribution"][0]["sha256"] == hashlib.sha256(made.data.read_bytes()).hexdigest()
    assert any("share a unit" in limit for limit in told["rai:dataLimitations"])
    assert len(told["rai:dataPreprocessingProtocol"]) == 4
    assert any("95 % interval" in bias for bias in told["rai:dataBiases"])


def test_the_card_says_what_curation_cannot_do(made: Any) -> None:
    card = (made.out / "data_card.md").read_text("utf-8")
    assert "3,000 rows, worth 1,500 independent" in card
    assert "### Before: Fail" in card
    assert "### After: Pass" in card
    assert "no new person" in card
    assert "equal by construction" in card
    assert [sentence for sentence in made.step.done if "equal by construction" in sentence]


def test_the_same_work_again_does_nothing(made: Any, pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    was = {file: file.stat().st_mtime_ns for file in made.out.rglob("*")}
    monkeypatch.setattr(making, "follow", lambda *parts: pytest.fail("it was done again"))
    again = curate(pairs, asked(pairs), made.out)
    assert again.again
    assert (again.exit_code, again.turn.costs) == (made.exit_code, made.turn.costs)
    assert again.turn.to_json() == (made.out / "turn.json").read_text("utf-8")
    assert {file: file.stat().st_mtime_ns for file in made.out.rglob("*")} == was


def test_other_work_is_refused(made: Any, pairs: Path) -> None:
    with pytest.raises(InputError, match="holds another step"):
        curate(pairs, asked(pairs, STEPS[:2]), made.out)


def test_the_same_bytes_elsewhere(made: Any, pairs: Path) -> None:
    other = curate(pairs, asked(pairs), made.out.with_name("other"))
    assert contents(other.out) == contents(made.out)


@pytest.mark.parametrize(
    "stopped",
    [pytest.param("csv_of", marks=pytest.mark.slow), "render", pytest.param("data_card", marks=pytest.mark.slow)],
)
def test_stopped_anywhere_it_ends_with_the_same_bytes(
    made: Any, pairs: Path, tmp_path: Path, stopped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*parts: Any, **named: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(recording if stopped == "render" else making, stopped, stop)
        with pytest.raises(KeyboardInterrupt):
            curate(pairs, asked(pairs), made.out.parent / stopped)
    assert not (made.out.parent / stopped / "step.json").exists()
    assert contents(curate(pairs, asked(pairs), made.out.parent / stopped).out) == contents(made.out)


@pytest.mark.parametrize("name", [pytest.param("data.csv", marks=pytest.mark.slow), "after/report.json"])
def test_a_changed_file_is_found_and_done_again(
    made: Any, pairs: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = made.out.with_name(f"changed-{len(name)}")
    changed = curate(pairs, asked(pairs), place).out / name
    assert main(["verify", str(place)]) == 0
    changed.write_text(changed.read_text("utf-8").replace("0.5", "0.6").replace("nurse", "matron"), encoding="utf-8")
    assert main(["verify", str(place)]) == 1
    assert name.split("/")[-1] in capsys.readouterr().out
    assert not curate(pairs, asked(pairs), place).again
    assert contents(place) == contents(made.out)


@pytest.mark.slow
def test_killed_it_ends_with_the_same_bytes(pairs: Path, made: Any, tmp_path: Path) -> None:
    """kill -9 as soon as each of the files is there."""
    recipe = {**AUDIT, "steps": STEPS}
    recipe["steps"] = [{**step, "test": str(pairs.parent / "test.csv")} if "test" in step else step for step in STEPS]
    code = "import json, sys; from auditkit.lifecycle.curating import curate; a = sys.argv; "
    code += "curate(a[1], json.loads(a[2]), a[3])"
    for k, file in enumerate(["data.csv", "before/report.json", "after/judgement.json"]):
        out = made.out.parent / f"killed-{k}"
        process = subprocess.Popen([sys.executable, "-c", code, str(pairs), json.dumps(recipe), str(out)])
        ends = time.monotonic() + 60
        while not (out / file).exists() and process.poll() is None and time.monotonic() < ends:
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert contents(curate(pairs, asked(pairs), out).out) == contents(made.out)
