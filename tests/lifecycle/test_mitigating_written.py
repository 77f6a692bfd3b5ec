"""The folder of a mitigation: the same bytes for the same work, killed or not, and tampering is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.manifest import MANIFEST
from auditkit.core.step import FILE
from auditkit.lifecycle.mitigating import load, mitigation
from tests.lifecycle.applicants import FEATURES, made


def tree(folder: Path) -> dict[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != MANIFEST)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_the_same_work_is_the_same_bytes_and_is_not_done_twice(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = table.parent / "twin"
    first, again = made(table, table.parent / "one"), made(table, twin)
    assert tree(table.parent / "one") == tree(twin)
    assert first.to_json() == again.to_json()
    monkeypatch.setattr(mitigation.fairness, "mitigated", lambda *_: pytest.fail("fitted again"))
    kept = made(table, twin)
    assert kept == again
    with pytest.raises(InputError, match=r"twin holds another step: mitigate with \.\./people\.csv\. Give --out"):
        made(table, twin, seed=1)


def test_a_killed_mitigation_is_finished_with_the_same_bytes(table: Path) -> None:
    whole = table.parent / "whole"
    made(table, whole)
    broken = table.parent / "broken"
    code = (
        "import os, sys; from auditkit.lifecycle.mitigating import writing, mitigate_table; from pathlib import Path\n"
        "plain = writing.recording.audited; seen = []\n"
        "def dying(*a):\n    seen.append(1)\n    plain(*a)\n    len(seen) == 1 and os.kill(os.getpid(), 9)\n"
        "writing.recording.audited = dying\n"
        f"mitigate_table(Path(sys.argv[1]), group='team', outcome='hired', features={FEATURES}, out=Path(sys.argv[2]))"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(table), str(broken)], check=False)
    assert killed.returncode == -9
    assert (broken / "before" / "report.json").is_file()
    assert not (broken / FILE).exists()
    made(table, broken)
    assert tree(broken) == tree(whole)
    assert main(["verify", str(broken)]) == 0


def test_tampering_is_found(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = table.parent / "tampered"
    made(table, out)
    decided = out / "predictions.csv"
    decided.write_text(decided.read_text().replace(",no,no,", ",no,yes,", 1))
    capsys.readouterr()
    assert main(["verify", str(out)]) == 1
    assert "predictions.csv" in capsys.readouterr().out
    found = out / "mitigated.json"
    whole = found.read_text()
    found.write_text(whole.replace('"p0": ', '"p0": 0', 1))
    with pytest.raises(InputError, match=r"not as auditkit\.manifest\.json says it was written"):
        load(out)
    found.write_text(whole)
    made(table, out)  # and done again it is as it was
    (out / "before" / "report.json").write_text((out / "before" / "report.json").read_text().replace("0.2", "0.1", 1))
    with pytest.raises(InputError, match=r"report\.json is not as"):
        made(table, out)
