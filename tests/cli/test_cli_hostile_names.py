"""Names from the data do nothing: not in a terminal, not in a build log, not in a browser, not in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from pathlib import Path

import pytest

from auditkit.cli import main

HOSTILE = (
    "<script>alert(1)</script>",
    "::error::owned",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "=1+1",
    "a\n::set-output name=x::y",
    "@SUM(A1)",
    "[link=http://evil]x[/link]",
    "\u202egnp.exe",
)
FORMATS = ("table", "json", "md", "csv", "page")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "::warning::x.csv"
    rows = [(name, answer) for name in HOSTILE for answer in ("yes", "no", "=yes") for _ in range(40)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("<script>sex", "=hired"), *rows])
    return path


def harmless(text: str) -> None:
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert "##[" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_names_do_nothing(format: str, hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["--group", "<script>sex", "--outcome", "=hired", "--favourable", "yes", "--format", format]
    assert main(["audit", str(hostile), *args]) in (1, 3)
    out, err = capsys.readouterr()
    harmless(out)
    assert err == ""
    if format == "csv":
        cells = [cell for line in csv.reader(io.StringIO(out)) for cell in line]
        assert not any(cell.startswith(("=", "@")) for cell in cells)
        assert any(cell.startswith("'=1+1") for cell in cells)
    if format == "page":
        assert "<script" not in out
        assert "&lt;script&gt;" in out
    if format == "md":
        assert "<script" not in out.split("```toml")[0]
    if format == "json":
        assert HOSTILE[2] in {finding["level"] for finding in json.loads(out)["report"]["findings"]}


@pytest.mark.parametrize("format", ["page", "summary", "json", "csv", "table"])
def test_a_hostile_report_is_shown_harmless(
    format: str, hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roles = ("--group", "<script>sex", "--outcome", "=hired", "--favourable", "yes")
    assert main(["audit", str(hostile), *roles, "--out", str(tmp_path)]) in (1, 3)
    capsys.readouterr()
    assert main(["show", str(tmp_path / "report.json"), "--as", format]) == 0
    harmless(capsys.readouterr().out)
    assert main(["gate", str(tmp_path / "report.json"), "--format", "json"]) in (1, 3)
    harmless(capsys.readouterr().out)


def test_a_hostile_name_in_a_complaint(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in HOSTILE:
        assert main(["audit", str(hostile), "--group", name, "--outcome", "=hired"]) == 2
        err = capsys.readouterr().err
        harmless(err)
        assert err.count("\n") == 1


def test_a_hostile_name_in_the_plan_is_only_a_string(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["--group", "<script>sex", "--outcome", "=hired", "--favourable", "=yes"]
    assert main(["audit", str(hostile), *args]) in (1, 3)
    plan = tomllib.loads(capsys.readouterr().out.split("# The same audit as a plan.")[1].split("\n", 1)[1])
    assert plan["roles"] == {"group": ["<script>sex"], "outcome": "=hired"}
    assert plan["detectors"][0]["favourable"] == "=yes"
