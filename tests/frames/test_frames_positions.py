"""A column that is no number is refused by what it was given as, and a date with the way to a number."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from auditkit.cli import main
from auditkit.core.errors import ColumnError, InputError
from auditkit.frames.gathering import rows

DAYS = [datetime.date(2024, 1, day) for day in (3, 1, 2)]
TABLES: dict[str, Callable[[], Any]] = {
    "pandas, text": lambda: pd.DataFrame({"on": [day.isoformat() for day in DAYS]}),
    "pandas, dates": lambda: pd.DataFrame({"on": pd.to_datetime(pd.Series(DAYS))}),
    "polars": lambda: pl.DataFrame({"on": DAYS}),
    "duckdb": lambda: duckdb.sql("select date '2024-01-03' as on"),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_date_is_no_position_and_the_way_out_is_told(table: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as refused:
        rows(table(), {}, {"position": ["on"]})
    said = str(refused.value)
    assert said.startswith('The column "on" was given as the position and holds ')
    assert said.endswith(
        "Name another, or add a column of numbers in the same order: of dates, the days since a first day."
    )


def test_each_column_is_refused_by_its_own_role() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    with pytest.raises(
        InputError, match=r'"b" was given as the feature and holds string, not numbers\. Name another\.$'
    ):
        rows(table, {}, {"score": ["a"], "feature": ["a", "b"]})
    with pytest.raises(ColumnError, match="feature"):
        rows(table, {}, {"score": ["a"], "feature": ["none"]})


def test_a_plan_with_dates_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loans.csv").write_text("on,taken\n" + "".join(f"2024-01-{day:02},yes\n" for day in range(1, 29)))
    (tmp_path / "plan.toml").write_text(
        '[data]\npath = "loans.csv"\n[roles]\nposition = "on"\nselected = "taken"\n'
        '[[detectors]]\ncode = "selection.order"\n'
    )
    assert main(["run", str(tmp_path / "plan.toml")]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "given as the position and holds string" in said
    assert "days since a first day" in said
    assert main(["explain", "selection.order"]) == 0
    assert "of a date the days since a first day" in " ".join(capsys.readouterr().out.split())
