"""The command: what it says and exits by, hostile names, and what it must not load."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from auditkit.cli import main
from auditkit.core.step import FILE, Step
from tests.lifecycle.applicants import world


def test_names_that_would_be_obeyed_are_kept_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = world(800).rename(columns={"team": "=cmd()|<b>"})
    rows["=cmd()|<b>"] = rows["=cmd()|<b>"].map({"blue": "=1+1", "red": "<script>alert(1)</script>\x1b[31m"})
    rows.to_csv(tmp_path / "hostile.csv", index=False)
    args = ["--group", "=cmd()|<b>", "--outcome", "hired", "--features", "age,skill", "--out", str(tmp_path / "out")]
    main(["mitigate", str(tmp_path / "hostile.csv"), *args])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "Internal error" not in err
    assert "<script>" not in (tmp_path / "out" / "turn.html").read_text()
    with (tmp_path / "out" / "predictions.csv").open() as file:
        assert {row["group"][:5] for row in csv.DictReader(file)} == {"'=1+1", "<scri"}


def test_the_command_says_what_it_did_and_exits_by_the_turn(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["mitigate", str(table), "--group", "team", "--outcome", "hired", "--out", str(tmp_path / "cli")]
    assert main([*args]) == 2
    assert "Say what to predict from: --features age,skill,town,person" in capsys.readouterr().err
    assert main([*args, "--features", "age,skil"]) == 2
    assert 'Did you mean "skill"?' in capsys.readouterr().err
    assert main([*args, "--features", "age,hired"]) == 2
    assert '"hired" is among the features, and it is what is predicted' in capsys.readouterr().err
    code = main([*args, "--features", "age,skill,town", "--features", "town"])
    out, err = capsys.readouterr()
    turn = json.loads((tmp_path / "cli" / "turn.json").read_text())
    assert code == {"FAIL": 1, "PASS": 0}.get(turn["outcome"], 3)
    told = " ".join(out.split())
    assert "fitted on 300 rows and its thresholds on 300 others" in told
    assert "audited without and with them on 600 that neither has seen" in told
    assert "the cost is that of the thresholds alone" in told
    assert "accuracy" in out
    assert "Written to" in err
    assert Step.from_json((tmp_path / "cli" / FILE).read_text()).settings["features"] == ["age", "skill", "town"]
    read = {"json": json.loads, "junit": Xml.fromstring, "md": str, "github": str}
    for format, reader in read.items():
        assert main([*args, "--features", "age,skill,town", "--format", format]) == code
        told = reader(capsys.readouterr().out)
        if format == "json":
            assert told == turn
        elif format == "junit":
            bad = sum(int(told.get(kind)) for kind in ("failures", "errors"))
            assert (bad > 0) == (code != 0)
            assert {"may lose 0.02: accuracy", "told: balanced accuracy"} <= {one.get("name") for one in told.iter()}
        else:
            assert told.startswith("<!-- auditkit -->" if format == "md" else "::notice title=auditkit")
            assert "accuracy" in told


def test_the_command_imports_nothing_heavy() -> None:
    code = (
        "import sys, auditkit.lifecycle, auditkit.commands.mitigate\n"
        "assert not {'fairlearn', 'sklearn', 'pandas', 'scipy'} & set(sys.modules), sorted(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
