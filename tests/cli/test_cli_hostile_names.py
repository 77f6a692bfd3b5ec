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
from auditkit.rendering import formats

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
FORMATS = ("table", "json", "md", "csv", "page", "github", "junit", "sarif")
COMMAND = re.compile(
    r"::(?:(?:error|warning|notice) title=[^:,]*::(?:(?!::).)*|stop-commands::[0-9a-f]{64}|[0-9a-f]{64}::)"
)
"""What auditkit itself tells GitHub's runner; no text in it holds another command."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "::warning::x.csv"
    rows = [(name, answer) for name in HOSTILE for answer in ("yes", "no", "=yes") for _ in range(40)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("<script>sex", "=hired"), *rows])
    return path


def harmless(text: str, format: str = "") -> None:
    if format == "github":
        told = text.splitlines()
        assert COMMAND.fullmatch(told[0])
        assert told[-1] == "::" + next(line for line in told if "stop-commands" in line).split("::")[2] + "::"
        text = "\n".join(line for line in told if not COMMAND.fullmatch(line))
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
    harmless(out, format)
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


@pytest.mark.parametrize("format", FORMATS)
def test_a_hostile_report_is_shown_harmless(
    format: str, hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roles = ("--group", "<script>sex", "--outcome", "=hired", "--favourable", "yes")
    assert main(["audit", str(hostile), *roles, "--out", str(tmp_path)]) in (1, 3)
    capsys.readouterr()
    assert main(["show", str(tmp_path / "report.json"), "--as", "summary" if format == "md" else format]) == 0
    harmless(capsys.readouterr().out, format)
    assert main(["gate", str(tmp_path / "report.json"), "--format", format]) in (1, 3)
    harmless(capsys.readouterr().out, format)


def test_no_other_format_that_is_shown_does_anything(
    hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roles = ("--group", "<script>sex", "--outcome", "=hired", "--favourable", "yes")
    assert main(["audit", str(hostile), *roles, "--out", str(tmp_path)]) in (1, 3)
    others = [format for format in formats() if format not in (*FORMATS, "summary")]
    assert others
    capsys.readouterr()
    for format in others:
        assert main(["show", str(tmp_path / "report.json"), "--as", format]) in (0, 2)
        for text in capsys.readouterr():
            harmless(text)


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
