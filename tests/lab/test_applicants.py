"""The applicants are drawn from the world that their card tells of, and are written over nothing of one's own."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from auditkit.cli import main
from auditkit.lab.datasets import raw, texts_of, write_raw
from auditkit.lab.worlds.applicants import UNKNOWN, applicants, truth

N = 100_000


def rate(rows: list[dict[str, str]], **where: str) -> float:
    """The share of invited among those of whom all this is so."""
    mine = [row["decision"] == "invited" for row in rows if all(row[name] == value for name, value in where.items())]
    return float(np.mean(mine))


@pytest.mark.parametrize("dose", [0.0, 0.5, 0.9])
def test_what_is_drawn_is_what_the_card_says(dose: float) -> None:
    """Within 4.5 standard errors of a difference of two shares of the smallest group that is looked at."""
    rows, told = applicants(dose, N, np.random.default_rng(7)), truth(dose)
    men, women = (rate(rows, gender=one) for one in ("male", "female"))
    assert men - women == pytest.approx(told["selection rate, male less female"], abs=0.015)
    assert men / women == pytest.approx(told["selection rate, male over female"], abs=0.06)
    for qualified, name in (("invited", "true positive rate"), ("rejected", "false positive rate")):
        gap = rate(rows, gender="male", qualified=qualified) - rate(rows, gender="female", qualified=qualified)
        assert gap == pytest.approx(told[f"{name}, male less female"], abs=0.02)
    races = [rate(rows, race=one) for one in ("asian", "black", "white")]
    assert max(races) - min(races) < 0.02
    for column, share in UNKNOWN.items():
        assert np.mean([not row[column] for row in rows]) == pytest.approx(share, abs=0.004)
    assert len({row["applicant"] for row in rows}) == N


def test_the_same_arguments_write_the_same_bytes_and_the_card_says_which(tmp_path: Path) -> None:
    one, same, other = (raw("applicants", dose, 50) for dose in (0.9, 0.9, 0.1))
    assert texts_of(one, "applicants") == texts_of(same, "applicants") != texts_of(other, "applicants")
    assert [file.name for file in write_raw(one, "applicants", tmp_path)] == ["applicants.csv", "applicants.md"]
    assert "50 rows, dose 0.9, seed 2024" in (tmp_path / "applicants.md").read_text()
    assert "| selection rate, male less female | 0.144 |" in (tmp_path / "applicants.md").read_text()
    assert len(list(csv.DictReader(io.StringIO((tmp_path / "applicants.csv").read_text())))) == 50


@pytest.mark.parametrize("mine", ["applicants.csv", "plan.toml", "applicants.md"])
def test_a_file_of_ones_own_is_left_as_it_is(mine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["lab", "data", "applicants", "--n", "40", "--out", str(tmp_path)]
    (tmp_path / mine).write_text("mine")
    assert main(command) == 2
    assert f"{tmp_path / mine} is there already and holds something else" in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(mine, "mine")]
    (tmp_path / mine).unlink()
    assert main(command) == main(command) == 0


def test_a_picture_of_ones_own_is_left_as_it_is_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["lab", "data", "portraits", "--n", "10", "--out", str(tmp_path / "portraits")]
    [mine, *_] = raw("portraits", 0.9, 10).pictures
    (tmp_path / "portraits" / mine).parent.mkdir(parents=True)
    (tmp_path / "portraits" / mine).write_text("mine")
    assert main(command) == 2
    assert f"{mine} is there already and holds something else" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.rglob("*") if path.is_file()] == ["mine"]


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder_is_said(
    out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert main(["lab", "data", "applicants", "--n", "40", "--out", str(tmp_path / out)]) == 2
    assert f"{tmp_path / 'file'} is a file, and a folder is needed there." in capsys.readouterr().err
