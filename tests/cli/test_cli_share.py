"""`auditkit show --share K` writes a copy that may be shown to others, in every format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import auditkit
from auditkit.cli import main
from auditkit.core.report import Report
from auditkit.rendering import formats


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small group, coral, of which three of seven were hired."""
    tint = ["amber"] * 500 + ["blue"] * 300 + ["coral"] * 7
    hired = [1] * 251 + [0] * 249 + [1] * 150 + [0] * 150 + [1] * 3 + [0] * 4
    report = auditkit.audit(group=tint, outcome=hired)
    return report.save(tmp_path_factory.mktemp("share") / "report.json")


def test_a_shared_copy_is_a_report(saved: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shared.json"
    assert main(["show", str(saved), "--share", "10", "--as", "report", "--out", str(copy)]) == 0
    told = auditkit.load(copy)
    assert isinstance(told, Report)
    assert {f.level for f in told.findings if f.estimate.value is not None} == {"amber"}
    assert main(["gate", str(copy), "--out", str(tmp_path)]) == 3


@pytest.mark.parametrize("format", formats())
def test_no_format_tells_the_small_group(saved: Path, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(saved), "--as", format]) == 0
    whole = capsys.readouterr().out
    assert main(["show", str(saved), "--as", format, "--share", "10"]) == 0
    shared = capsys.readouterr().out
    assert shared != whole
    small = (r"42\.9", r"0\.42857", r"\b3 of 7\b", r"\bcoral\b[^\n]{0,40}\b7\b")
    for text in (*small, r"\b401\b", r"\b507\b", r"\b254\b"):
        assert not re.search(text, shared), text


def test_the_help_says_how_to_share(capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "--help"])
    told = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # on a build server it has colours
    assert "--share" in told
    assert "--share 10 --as report --out FILE" in " ".join(told.split())


@pytest.mark.parametrize("k", ["1", "ten"])
def test_a_threshold_is_a_number_above_one(saved: Path, k: str) -> None:
    assert main(["show", str(saved), "--share", k]) == 2


def test_a_copy_with_nothing_left_is_said_beside_it(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(saved), "--share", "1000", "--as", "report", "--out", str(tmp_path / "a.json")]) == 0
    assert "nothing is left to tell" in capsys.readouterr().err
    assert main(["show", str(saved), "--share", "10", "--as", "report", "--out", str(tmp_path / "b.json")]) == 0
    assert "nothing is left to tell" not in capsys.readouterr().err
