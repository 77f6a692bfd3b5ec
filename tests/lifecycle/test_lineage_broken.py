"""Where a lineage is broken, whatever lies in the folder: changed, lost, twofold, damaged, or none of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from auditkit import audit
from auditkit.core.errors import InputError
from auditkit.core.lineage import Lineage
from auditkit.core.step import FILE, Step
from auditkit.lifecycle import recording
from auditkit.lifecycle.lineage import stamp, trace
from tests.lifecycle.chained import table


def kinds(lineage: Lineage) -> set[tuple[str, str]]:
    return {(flaw.kind, flaw.where) for flaw in lineage.flaws}


def test_a_file_that_changed_since_is_told(root: Path) -> None:
    rows = root / "curated" / "rows.csv"
    rows.write_text(rows.read_text() + "f,1\n")
    found = trace(root)
    assert found.exit_code == 1
    assert ("changed", "curated/rows.csv") in kinds(found)
    assert any("is not as it was sealed" in flaw.sentence for flaw in found.flaws)


def test_data_that_is_nowhere_is_told_and_is_found_where_it_was_moved(root: Path) -> None:
    source = root / "applicants.csv"
    (root / "kept").mkdir()
    shutil.move(source, root / "kept" / "applicants.csv")
    moved = trace(root)
    assert moved.exit_code == 0
    assert any(one.lies == ("kept/applicants.csv",) for one in moved.things)
    (root / "kept" / "applicants.csv").unlink()
    lost = trace(root)
    assert lost.exit_code == 3
    [flaw] = lost.flaws
    assert flaw.kind == "lost"
    assert flaw.sentence.startswith("data ")
    assert "is nowhere here, and no step gave it." in flaw.sentence


def test_two_things_of_one_name_are_told(root: Path) -> None:
    """The curated rows are made anew, over those that the tuning took."""
    out = root / "curated"
    table(out / "rows.csv", 0.1, 5)
    (out / "step.json").unlink()
    (out / "auditkit.manifest.json").unlink()
    step = Step("curate", (recording.thing("data", root / "applicants.csv", out),), settings={"seed": 8})
    recording.record(out, recording.given(out, step, {"rows.csv": "data"}), files=["rows.csv"])
    found = trace(root)
    assert ("twofold", "curated/rows.csv") in kinds(found)
    told = next(flaw.sentence for flaw in found.flaws if flaw.kind == "twofold")
    assert "in curated/after/step.json" in told  # which took the rows that were there before
    assert "in curated/step.json" in told


def test_a_judgement_of_another_report_is_told(root: Path) -> None:
    shutil.copy(root / "curated" / "before" / "judgement.json", root / "tuned" / "after" / "judgement.json")
    found = trace(root)
    assert ("changed", "tuned/after/judgement.json") in kinds(found)
    lone = root / "lone"
    lone.mkdir()
    shutil.copy(root / "tuned" / "after" / "judgement.json", lone / "judgement.json")
    (lone / "judgement.json").write_text(
        (lone / "judgement.json").read_text().replace('"report_hash": "', '"report_hash": "0')
    )
    assert ("lost", "lone/judgement.json") in kinds(trace(root))


def test_a_report_by_itself_says_that_nobody_knows_its_data(tmp_path: Path) -> None:
    audit(group=["a", "b"] * 50, outcome=[0, 1, 1, 0] * 25).save(tmp_path / "report.json")
    found = trace(tmp_path)
    assert (found.exit_code, kinds(found)) == (3, {("lost", "report.json")})
    assert found.flaws[0].sentence == "No step says which data this report is of."


def test_what_mlflow_keeps_is_passed_over(root: Path) -> None:
    before = trace(root)
    for name, meta in {"mlruns": "", "kept": "artifact_location: x\nlifecycle_stage: active\n"}.items():
        shutil.copytree(root / "curated", root / name / "1" / "artifacts")
        (root / name / "1" / "meta.yaml").write_text(meta)
        (root / name / "1" / "artifacts" / "step.json").write_text("{")
    assert trace(root) == before
    (root / "kept" / "1" / "meta.yaml").write_text("package: {name: x}\n")  # of conda, which hides nothing
    assert trace(root).exit_code == 1


HOSTILE = [
    *(b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b"null", b"1e999", b'{"a": NaN}'),
    *(b'{"schema": 1}', b'{"schema": 1, "phase": {}}', b'{"schema": 1, "verdicts": 7}'),
    b'{"schema": 1, "levels": [], "recipe": []}',
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", [FILE, "report.json", "judgement.json", "auditkit.manifest.json", "run.sqlite"])
def test_hostile_files_are_flaws_and_stop_nothing(name: str, raw: bytes, root: Path) -> None:
    (root / "evil").mkdir()
    (root / "evil" / name).write_bytes(raw)
    found = trace(root)
    assert {where for _, where in kinds(found)} == ({"evil"} if name == "run.sqlite" else {f"evil/{name}"})
    assert {kind for kind, _ in kinds(found)} == {"damaged"}
    assert len(found.deeds) == 10


def test_links_are_not_followed_and_other_things_not_opened(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    recording.record(tmp_path / "outside", Step("tune", ()))
    before = trace(root)
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    (root / "curated" / "in").mkdir()
    (root / "curated" / "in" / FILE).symlink_to(tmp_path / "outside" / FILE)
    os.mkfifo(root / "report.json")  # opened, it would wait for ever
    assert trace(root) == before


def test_what_is_no_folder_or_empty_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        trace(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds nothing of a lineage"):
        trace(tmp_path)


def test_a_stamp_changes_with_every_file(root: Path) -> None:
    before = stamp(root)
    assert stamp(root) == before
    (root / "applicants.csv").write_text("x")
    assert stamp(root) != before
