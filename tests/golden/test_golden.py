"""What an earlier version wrote still opens: one file of every schema that ever was, never written again.

`report-1.json` was audited (160 rows, weights, units, two exemplars a finding) and then given what schema 1 may hold
besides: wagers, an exemplar with picture and attention, a source. `report-1-plain.json` holds no optional part. The
baseline and the judgement are of the former, one verdict accepted; the manifest is of both; the state has seen both
reports. Whoever raises a SCHEMA puts a file of the new one beside these.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from auditkit.accumulating import State, wire
from auditkit.cli import main
from auditkit.core import baseline, judgement, manifest, report
from auditkit.core.errors import InputError
from auditkit.verifying import verify

HERE = Path(__file__).parent


def read_manifest(text: str) -> manifest.Manifest:
    return manifest.Manifest.from_json(text.encode())


@dataclass
class Kept:
    """A state, which is read from a file and written to one."""

    text: str

    def to_json(self) -> str:
        with TemporaryDirectory() as folder:
            place = Path(folder) / "state.json"
            place.write_text(self.text, encoding="utf-8")
            return State.read(place).save(place).read_text(encoding="utf-8")


READERS: dict[str, tuple[int, Callable[[str], Any]]] = {
    "report": (report.SCHEMA, report.Report.from_json),
    "judgement": (judgement.SCHEMA, judgement.Judgement.from_json),
    "baseline": (baseline.SCHEMA, baseline.Baseline.from_json),
    "manifest": (manifest.SCHEMA, read_manifest),
    "state": (wire.SCHEMA, Kept),
}
GOLDEN = sorted(path.name for path in HERE.glob("*.json"))


def kind_of(name: str) -> str:
    return name.split("-")[0]


def test_there_is_a_file_of_every_schema() -> None:
    for kind, (schema, _) in READERS.items():
        for number in range(1, schema + 1):
            assert f"{kind}-{number}.json" in GOLDEN, f"Put a {kind} of schema {number} into tests/golden."


@pytest.mark.parametrize("name", GOLDEN)
def test_it_opens_and_is_written_as_it_was_read(name: str) -> None:
    """A file of the schema of today comes out byte by byte; one of an earlier schema comes out the same twice."""
    schema, read = READERS[kind_of(name)]
    text = (HERE / name).read_text(encoding="utf-8")
    again = read(text).to_json()
    assert read(again).to_json() == again
    if json.loads(text)["schema"] == schema:
        assert again == text


def test_the_report_holds_whatever_a_report_can_hold() -> None:
    """A golden file that lacks a part would not notice when that part is no longer read."""
    held = report.Report.from_json((HERE / "report-1.json").read_text(encoding="utf-8"))
    assert held.cells is not None
    assert held.cells.weighted
    assert "unit" in held.cells.axes
    assert held.not_assessed
    assert held.recipe.sources
    assert held.recipe.missing
    assert held.findings[0].estimate.wagers
    assert any(exemplar.attention and exemplar.picture for exemplar in held.findings[0].exemplars)
    assert all(finding.counts for finding in held.findings)
    assert any(finding.caps and finding.reference and finding.notes for finding in held.findings)
    judged = judgement.Judgement.from_json((HERE / "judgement-1.json").read_text(encoding="utf-8"))
    assert judged.accepted
    assert judged.notices
    assert judged.baseline_hash
    assert {verdict.outcome.value for verdict in judged.verdicts} >= {"FAIL", "INCONCLUSIVE", "NOT_ASSESSED"}


def golden_folder(folder: Path) -> Path:
    for kind, name in (("report", "report.json"), ("judgement", "judgement.json"), ("manifest", manifest.MANIFEST)):
        (folder / name).write_bytes((HERE / f"{kind}-1.json").read_bytes())
    return folder / "report.json"


def test_the_golden_folder_verifies(tmp_path: Path) -> None:
    found = verify(golden_folder(tmp_path))
    assert [fact for fact in found.facts if fact.sound is False] == []
    assert found.exit_code == 0


@pytest.mark.parametrize(
    "args",
    [
        ("gate", "{report}", "--out", "{out}"),
        ("show", "{report}"),
        ("verify", "{report}"),
        ("gate", "{report}", "--out", "{out}", "--baseline", "{old}"),
        ("gate", "{report}", "--out", "{out}", "--state", "{state}"),
    ],
)
def test_every_command_opens_them(args: tuple[str, ...], tmp_path: Path) -> None:
    place, state = golden_folder(tmp_path), tmp_path / "state.json"
    state.write_bytes((HERE / "state-1.json").read_bytes())
    names = {"report": place, "old": HERE / "baseline-1.json", "state": state, "out": tmp_path / "out"}
    assert main([arg.format(**names) for arg in args]) in (0, 1, 3)


def raised(place: Path, schema: object) -> Path:
    data = json.loads(place.read_text(encoding="utf-8"))
    place.write_text(json.dumps({**data, "schema": schema}), encoding="utf-8")
    return place


@pytest.mark.parametrize("schema", [2, 99, "2", None, 0])
@pytest.mark.parametrize(
    "command",
    ["gate {}", "show {}", "verify {}", "baseline create {0} --out {0}.new", "baseline diff {0} --baseline {0}"],
)
def test_a_report_of_another_schema_is_refused(
    command: str, schema: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "report.json"
    place.write_bytes((HERE / "report-1.json").read_bytes())
    raised(place, schema)
    assert main(command.format(place).split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"This report has schema {schema!r} and this auditkit reads schema {report.SCHEMA}." in err
    assert "Read it with the version that wrote it, or audit again." in err
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("command", ["gate", "baseline diff", "baseline update"])
@pytest.mark.parametrize("kind", ["report", "baseline"])
def test_a_baseline_of_a_newer_schema_is_refused(
    kind: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, old = golden_folder(tmp_path), tmp_path / "old.json"
    old.write_bytes((HERE / f"{kind}-1.json").read_bytes())
    before = raised(old, 2).read_bytes()
    assert main([*command.split(), str(place), "--baseline", str(old)]) == 2
    assert old.read_bytes() == before
    assert f"{kind} has schema 2" in capsys.readouterr().err


def test_a_newer_state_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, state = golden_folder(tmp_path), tmp_path / "state.json"
    state.write_bytes((HERE / "state-1.json").read_bytes())
    before = raised(state, 2).read_bytes()
    assert main(["gate", str(place), "--state", str(state), "--out", str(tmp_path / "out")]) == 2
    assert "has schema 2 and this auditkit reads schema 1" in capsys.readouterr().err
    assert state.read_bytes() == before


def test_a_newer_manifest_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = golden_folder(tmp_path)
    raised(place.with_name(manifest.MANIFEST), 2)
    for command in ("verify", "gate", "show"):
        assert main([command, str(place)]) == 2
        assert "This manifest has schema 2 and this auditkit reads schema 1." in capsys.readouterr().err


def test_a_newer_judgement_beside_is_not_used_and_not_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = golden_folder(tmp_path)
    place.with_name(manifest.MANIFEST).unlink()
    raised(place.with_name("judgement.json"), 2)
    assert main(["show", str(place), "--as", "json"]) == 0
    err = capsys.readouterr().err
    assert "This judgement has schema 2" in err
    assert "default policy" in err


PLACES: dict[str, list[tuple[str | int, ...]]] = {
    "report": [
        (),
        ("recipe",),
        ("findings", 0),
        ("findings", 0, "estimate"),
        ("findings", 0, "reference"),
        ("findings", 0, "exemplars", 0),
        ("not_assessed", 0),
        ("cells",),
    ],
    "judgement": [(), ("verdicts", 0), ("verdicts", 0, "accepted")],
    "manifest": [("entries", 0), ("entries", 1, "artefacts", "report.json")],
}


@pytest.mark.parametrize(("kind", "where"), [(kind, where) for kind, places in PLACES.items() for where in places])
def test_a_key_that_the_schema_does_not_have_is_refused(kind: str, where: tuple[str | int, ...]) -> None:
    """To drop it unread would be to judge another report than the one that was written."""
    data = json.loads((HERE / f"{kind}-1.json").read_text(encoding="utf-8"))
    if kind == "report":
        data["findings"][0]["reference"] = {"value": 0.5, "why": "a", "source": "b", "n": None}
    if where[-1:] == ("accepted",):
        where = ("verdicts", next(i for i, v in enumerate(data["verdicts"]) if "accepted" in v), "accepted")
    READERS[kind][1](json.dumps(data))
    place = data
    for step in where:
        place = place[step]
    place["sexs"] = 1
    with pytest.raises(InputError, match="sexs"):
        READERS[kind][1](json.dumps(data))
