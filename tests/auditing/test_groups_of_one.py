"""A column of which nearly every row is a group of its own is refused; one that groups rows never is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auditkit
from auditkit.casting import BINS
from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.detectors.disparity import Calibration


def test_an_id_is_no_group() -> None:
    ids, outcomes = [f"L{i:05d}" for i in range(5_000)], [0, 1] * 2_500
    with pytest.raises(InputError, match=r'5,000 values of "group" 5,000 stand in one row each.*unit="group".*bins'):
        auditkit.audit(group=ids, outcome=outcomes)
    with pytest.raises(InputError, match="Nearly every row is a group of its own"):
        auditkit.audit(None, [Calibration("1")], group=ids, outcome=outcomes, score=np.linspace(0, 1, 5_000))
    with pytest.raises(InputError, match="Nearly every row is a group of its own"):
        auditkit.audit(group=np.random.default_rng(1).normal(size=400), outcome=[0, 1] * 200)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 300), st.integers(0, 200))
def test_groups_of_two_rows_are_groups_whatever_stands_beside_them(groups: int, alone: int) -> None:
    """At least a tenth of the groups has two rows."""
    alone = min(alone, 8 * groups)
    names = [f"g{i}" for i in range(groups)] * 2 + [f"one{i}" for i in range(alone)]
    report = auditkit.audit(group=names, outcome=[i % 2 for i in range(len(names))])
    assert report.findings or report.not_assessed


def test_a_hundred_small_groups_are_compared() -> None:
    report = auditkit.audit(group=[f"g{i}" for i in range(100)], outcome=[0, 1] * 50)
    assert report.findings


def test_many_numbers_are_told_to_be_binned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{18 + i % 62},{i // 62 % 2}" for i in range(62 * 40)]
    (tmp_path / "t.csv").write_text("age,hired\n" + "\n".join(rows) + "\n")
    main(["audit", str(tmp_path / "t.csv"), "--group", "age", "--outcome", "hired"])
    told = f"Column age holds 62 numbers, and each is a group of its own: {BINS}"
    assert told in capsys.readouterr().err
    report = auditkit.audit(tmp_path / "t.csv", group="age", outcome="hired")
    assert told in report.recipe.notes
    few = auditkit.audit(group=[i % 20 for i in range(400)], outcome=[0, 1] * 200)
    assert not any(BINS in note for note in few.recipe.notes)
