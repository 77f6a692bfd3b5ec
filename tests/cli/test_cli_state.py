"""auditkit gate --state and --aa: exit codes, what is printed, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from auditkit.accumulating import State
from auditkit.cli import main
from auditkit.core.report import Report
from tests.accumulating.nightly import drawn

POLICY = '[tool.auditkit.gate]\nrules = [{rule = "within", margin = 0.05}]\n'


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    place = tmp_path / "pyproject.toml"
    place.write_text(POLICY)
    return place


def said(capsys: pytest.CaptureFixture[str], report: Report, place: Path, *args: object) -> tuple[int, str]:
    report.save(place / "report.json")
    code = main([str(arg) for arg in ("gate", place / "report.json", "--out", place / "out", *args)])
    return code, "".join(capsys.readouterr())


def test_nights_go_red_and_stay_red_until_a_pass(
    tmp_path: Path, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.json"
    with_state = ("--policy", policy, "--state", state)
    codes = [said(capsys, drawn(seed, 0.25), tmp_path, *with_state)[0] for seed in range(4)]
    assert codes[-1] == 1
    fixed = [drawn(seed, 0.0, 2_000, name="mended") for seed in range(6)]
    codes, told = zip(*(said(capsys, report, tmp_path, *with_state) for report in fixed), strict=True)
    assert codes[0] == 1
    assert "It failed" in told[0].replace("\n", " ")
    assert codes[-1] == 0
    assert list(codes) == sorted(codes, reverse=True)
    again = {said(capsys, fixed[seed], tmp_path, *with_state)[0] for seed in (5, 0, 3)}
    assert again == {0}
    assert State.read(state).reports == 10


def test_notices_stand_in_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for shape in ("table", "md", "json"):
        _, told = said(capsys, drawn(1), tmp_path, "--state", tmp_path / shape, "--format", shape)
        assert "On this model 1 report counts." in told
    assert json.loads((tmp_path / "out" / "judgement.json").read_text())["notices"][0][0] == "state"


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 99}', '{"schema":1,"reports":0,"models":{},"standing":{}}'])
def test_a_state_that_is_no_state_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state.json"
    state.write_text(text)
    code, told = said(capsys, drawn(1), tmp_path, "--state", state)
    assert code == 2
    assert "Traceback" not in told
    assert state.read_text() == text


def test_a_rehearsal_says_whether_the_gate_is_calm(
    tmp_path: Path, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = said(capsys, drawn(1, 0.2), tmp_path, "--policy", policy, "--aa", 100)
    assert code == 0
    assert told.startswith("0 of 100 fair worlds were red: at most 3.6 % at 95 %. The gate is calm")
    assert not (tmp_path / "out").exists()


def test_a_gate_that_is_not_calm_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve questions at a margin of nothing, and no allowance for asking twelve."""
    place = tmp_path / "nil.toml"
    place.write_text('multiplicity = "none"\nrules = [{rule = "within", margin = 0.00001}]\n')
    reports = [drawn(seed) for seed in range(12)]
    findings = tuple(replace(r.findings[0], attribute=f"g{k}") for k, r in enumerate(reports))
    code, told = said(
        capsys, replace(reports[0], findings=findings, cells=None), tmp_path, "--policy", place, "--aa", 60
    )
    assert code == 1
    assert "The gate is not calm" in told


def test_hostile_names_stay_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state.json"
    evil = "\x1b]0;x\x07::error::x"
    bad = [drawn(seed, 0.3, name=evil) for seed in range(4)]
    for report in bad:
        hostile = replace(report, cells=None, findings=tuple(replace(f, level=evil) for f in report.findings))
        _, told = said(capsys, hostile, tmp_path, "--state", state)
        assert "\x1b" not in told
        assert not any(line.startswith("::") for line in told.splitlines())
    code, told = said(capsys, drawn(9), tmp_path, "--state", state)
    assert code == 1
    assert "\x1b" not in told
