"""Against a naive count in plain Python; shards add up; values of several types in one column."""

from __future__ import annotations

import enum
import math
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.evidence import Moments, Tally
from auditkit.frames import columns, from_arrays, moments, open_data, tally

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
KINDS = st.sampled_from(
    [
        st.none() | WORDS,
        st.none() | st.booleans(),
        st.none() | st.integers(-(2**62), 2**62),
        st.none() | st.integers(0, 2),
        st.none() | st.floats(allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, 2.0]),
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 12))
    kinds = [draw(KINDS) for _ in range(draw(st.integers(1, 3)))]
    return {f"c{i}": draw(st.lists(kind, min_size=rows, max_size=rows)) for i, kind in enumerate(kinds)}


def told(value: Any) -> str:
    """The spelling, said once more in other words: numbers by exact fractions instead of by dtype."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "(missing)"
    if isinstance(value, (bool, str)):
        return f"{value}"
    exact = Fraction(value)
    whole = exact.denominator == 1 and (isinstance(value, int) or abs(exact) < 2**63)
    return str(exact.numerator) if whole else f"{value!r}"


def counted(evidence: Tally) -> dict[tuple[str, ...], int]:
    levels = (tuple(axis[c] for axis, c in zip(evidence.levels, codes, strict=True)) for codes in evidence.codes)
    return dict(zip(levels, evidence.n.tolist(), strict=True))


def frames_of(data: dict[str, list[Any]]) -> list[Any]:
    table = pa.table(data)
    objects = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in data.items()})
    return [objects, pd.DataFrame(data), pl.DataFrame(data, strict=False), table, duckdb.connect().from_arrow(table)]


@settings(max_examples=60, deadline=None)
@given(tables())
def test_a_tally_is_a_naive_count(data: dict[str, list[Any]]) -> None:
    naive = Counter(zip(*([told(value) for value in column] for column in data.values()), strict=True))
    for frame in frames_of(data):
        if isinstance(frame, pd.DataFrame) and any(frame[c].dtype == "float64" and big(data[c]) for c in data):
            continue  # pandas has made floats of large integers with nulls, and they are no longer the same numbers
        assert counted(tally(frame, {name: name for name in data})) == naive, type(frame)


def big(values: list[Any]) -> bool:
    return any(isinstance(value, int) and abs(value) > 2**53 for value in values)


@settings(max_examples=40, deadline=None)
@given(tables(), st.data())
def test_shards_add_up(data: dict[str, list[Any]], draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data["c0"])))
    axes = {name: name for name in data}
    whole = {name: pl.Series(name, values, strict=False) for name, values in data.items()}
    frame = pl.DataFrame(whole)
    parts = [part for part in (frame[:cut], frame[cut:]) if len(part)]
    total = tally(parts[0], axes)
    for part in parts[1:]:
        total = total + tally(part, axes)
    assert total == tally(frame, axes)


WEIGHED = st.floats(0, 10).filter(lambda w: w == 0 or w >= 1e-100)
"""A weight without a square is refused."""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(-1e3, 1e3), WEIGHED), min_size=2, max_size=30))
def test_moments_of_shards_add_up_and_equal_numpy(rows: list[tuple[str, float, float]]) -> None:
    g, x, w = (list(column) for column in zip(*rows, strict=True))
    if not sum(w):
        w[0] = 1.0
    told = moments({"g": g, "x": x, "w": w}, {"group": "g"}, "x", "w")
    assert told.n.sum() == len(rows)
    for level, mean, m2, total in zip(told.levels_of("group"), told.mean, told.m2, told.w, strict=True):
        xs, ws = (np.array([v for v, k in zip(column, g, strict=True) if k == level]) for column in (x, w))
        if ws.sum() < 1e-9:
            continue
        centre = np.average(xs, weights=ws)
        assert total == pytest.approx(ws.sum())
        assert mean == pytest.approx(centre, abs=1e-6)
        assert m2 == pytest.approx(np.sum(ws * (xs - centre) ** 2), rel=1e-6, abs=1e-6)


def test_moments_add_up_over_engines() -> None:
    left, right = {"g": ["a", "b", "a"], "x": [1.0, 2.0, 5.0]}, {"g": ["b", None], "x": [3.0, 4.0]}
    both = {name: left[name] + right[name] for name in left}
    added = moments(pl.DataFrame(left), {"group": "g"}, "x") + moments(pd.DataFrame(right), {"group": "g"}, "x")
    assert added == moments(pa.table(both), {"group": "g"}, "x")


def test_moments_equal_the_core_on_the_same_rows() -> None:
    rng = np.random.default_rng(0)
    g, x = rng.choice(["a", "b", "c"], 500).tolist(), rng.normal(50, 5, 500)
    assert moments({"g": g, "x": x}, {"group": "g"}, "x") == Moments.of({"group": g}, x.tolist())


def test_a_value_that_is_missing_is_left_out_and_none_at_all_leaves_no_cells() -> None:
    data = pl.DataFrame({"g": ["a", "b"], "x": [None, float("nan")]})
    assert len(moments(data, {"group": "g"}, "x")) == 0
    assert tally(data, {"group": "g"}).total == 2


def test_a_csv_column_without_any_value_is_no_text_but_nothing(tmp_path: Any) -> None:
    (tmp_path / "t.csv").write_text("g,x\na,\nb,\n")
    assert len(moments(tmp_path / "t.csv", {"group": "g"}, "x")) == 0


class Sex(enum.Enum):
    F = "female"
    M = "male"


class Word(enum.StrEnum):
    YES = "yes"


MIXED = [
    ([True, 1, 1.0, "1", "True"], ["True", "1", "1", "1", "True"]),
    ([1, True, 0, False], ["1", "True", "0", "False"]),
    ([None, float("nan"), pd.NA, pd.NaT, "a"], ["(missing)"] * 4 + ["a"]),
    ([Sex.F, Sex.M, Sex.F, None], ["female", "male", "female", "(missing)"]),
    ([Word.YES, "yes", "no"], ["yes", "yes", "no"]),
    ([Decimal("1.50"), 1.5, Decimal(2), Decimal("NaN")], ["1.5", "1.5", "2", "(missing)"]),
    ([np.int64(3), np.float32(3), np.bool_(True), np.str_("x")], ["3", "3", "True", "x"]),
    ([np.datetime64("2024-05-01"), pd.Timestamp("2024-05-01"), "2024-05-01"], ["2024-05-01"] * 3),
    ([UUID(int=1), 10**30], [str(UUID(int=1)), str(10**30)]),
    ([pd.Interval(0, 1), pd.Period("2024-05", "M")], ["(0, 1]", "2024-05"]),
]


@pytest.mark.parametrize(("values", "levels"), MIXED, ids=[str(i) for i in range(len(MIXED))])
def test_values_of_several_types_in_one_pandas_column(values: list[Any], levels: list[str]) -> None:
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    assert counted(tally(frame, {"group": "x"})) == Counter((level,) for level in levels)


def test_categories_that_nobody_uses_are_no_levels_and_bins_are_spelled() -> None:
    ages = pd.cut(pd.Series([5, 25, np.nan]), [0, 10, 20, 30])
    assert tally(pd.DataFrame({"age": ages}), {"group": "age"}).levels_of("group") == (
        "(0, 10]",
        "(20, 30]",
        "(missing)",
    )


def test_categories_spelled_alike_are_one() -> None:
    column = pd.Series(pd.Categorical([1, "1", 2, None], categories=[1, "1", 2]))
    assert counted(tally(pd.DataFrame({"x": column}), {"x": "x"})) == {("1",): 2, ("2",): 1, ("(missing)",): 1}


def test_an_integer_column_that_pandas_made_floats_of_has_the_levels_of_the_integers() -> None:
    floats = pd.DataFrame({"x": [1, None, 2]})
    assert floats.x.dtype == "float64"
    assert tally(floats, {"x": "x"}) == tally(pl.DataFrame({"x": [1, None, 2]}), {"x": "x"})


def test_names_that_are_numbers_are_names() -> None:
    frame = pd.DataFrame([["a", "b"]])
    assert columns(frame) == ("0", "1")
    assert tally(frame, {"group": "1"}).levels_of("group") == ("b",)


def test_the_index_of_a_frame_means_nothing() -> None:
    frame = pd.DataFrame({"g": ["a", "b", "a"], "x": [True, None, 1]}, index=[7, 7, 0])
    assert counted(tally(frame, {"g": "g", "x": "x"})) == {("a", "True"): 1, ("b", "(missing)"): 1, ("a", "1"): 1}


def test_narwhals_frames_pass_for_what_they_wrap() -> None:
    assert tally(nw.from_native(pl.DataFrame({"x": ["a"]})), {"x": "x"}).total == 1


def test_arrays_are_matched_by_position() -> None:
    sex = pd.Series(["f", "m", "m"], index=[2, 1, 0])
    hired = np.array([[True], [False], [True]])
    data = from_arrays(sex=sex, hired=hired, age=pl.Series([1, 2, None]), kind=sex.astype("category"), n=(1, 2, 3))
    assert columns(data) == ("sex", "hired", "age", "kind", "n")
    told = counted(tally(data, {"s": "sex", "h": "hired", "a": "age", "k": "kind"}))
    assert told == {("f", "True", "1", "f"): 1, ("m", "False", "2", "m"): 1, ("m", "True", "(missing)", "m"): 1}


def test_a_relation_stays_open_for_its_owner() -> None:
    connection = duckdb.connect()
    relation = connection.sql("select 'a' as g, 1 as i")
    tally(relation, {"group": "g"})
    assert connection.sql("select 1").fetchall() == [(1,)]
    assert open_data(relation) is relation


def test_equal_units_spelled_apart_by_nothing_are_clusters_on_all_engines() -> None:
    units = [1, 1, 2, 3]
    for frame in frames_of({"id": units, "g": ["a", "b", "a", "b"]}):
        assert tally(frame, {"group": "g", "unit": "id"}).levels_of("unit") == ("1", "2", "3")


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    code = (
        "import sys, auditkit.frames; "
        "print([m for m in ('pandas', 'duckdb', 'polars', 'pyarrow', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_parquet_file_is_counted_without_pandas(tmp_path: Any) -> None:
    pl.DataFrame({"g": ["a", "b"]}).write_parquet(tmp_path / "t.parquet")
    code = (
        "import sys; from auditkit.frames import tally; "
        f"assert tally({str(tmp_path / 't.parquet')!r}, {{'group': 'g'}}).total == 2; "
        "print([m for m in ('pandas', 'polars', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unequal_axes_do_not_add() -> None:
    with pytest.raises(InputError, match="same axes"):
        tally({"g": ["a"]}, {"group": "g"}) + tally({"g": ["a"]}, {"context": "g"})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_counts_with_its_own_database() -> None:
    code = (
        "import os, signal; from auditkit.frames import tally; "
        "count = lambda: tally({'g': ['a', 'b']}, {'g': 'g'}).total; count(); child = os.fork(); "
        "child or (signal.alarm(60), os._exit(count())); print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"


def test_threads_count_side_by_side() -> None:
    frame = pd.DataFrame({"g": ["a", "b"] * 500})
    with ThreadPoolExecutor(4) as threads:
        totals = list(threads.map(lambda _: tally(frame, {"g": "g"}).n.tolist(), range(20)))
    assert totals == [[500, 500]] * 20
