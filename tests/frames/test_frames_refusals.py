"""Every refusal is a sentence: what happened, what was there, what to do."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from auditkit.core.errors import ColumnError, InputError
from auditkit.frames import columns, from_arrays, moments, open_data, rows, tally

INF = float("inf")
G = {"group": "g"}


def weighed(*weights: Any) -> dict[str, list[Any]]:
    return {"g": ["a", "b", "c"], "w": list(weights)}


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a list of rows": (lambda: tally([("f", 1)], G), r"A table was expected, and a list was given\. Give a pandas"),
    "nothing": (lambda: tally(None, G), "a NoneType was given"),
    "a matrix": (lambda: tally(np.zeros((2, 2)), G), "a ndarray was given"),
    "a series": (lambda: columns(pd.Series([1])), "a Series was given"),
    "no rows": (lambda: tally({"g": []}, G), "The table has no rows"),
    "no rows, polars": (lambda: tally(pl.DataFrame({"g": []}), G), "The table has no rows"),
    "no rows to summarise": (
        lambda: moments(pl.DataFrame({"g": [], "x": []}, {"g": str, "x": float}), G, "x"),
        "no rows",
    ),
    "no rows, only a unit": (lambda: tally(pl.DataFrame({"u": []}), {"unit": "u"}), "The table has no rows"),
    "nothing asked": (lambda: tally({"g": [1]}, {}), "Name at least one column"),
    "half a character": (
        lambda: from_arrays(a=["x\ud800", "y"]),
        r"The column a holds half a character, '\\ud800', which is no text",
    ),
    "columns of unequal length": (lambda: tally({"g": [1], "h": [1, 2]}, G), "differ in length: g has 1, h has 2"),
    "arrays of unequal length": (lambda: from_arrays(a=np.zeros(3), b=[1]), "differ in length: a has 3, b has 1"),
    "a wide array": (lambda: from_arrays(a=np.zeros((3, 2))), r"The column a holds an array of shape \(3, 2\)"),
    "a scalar for a column": (lambda: from_arrays(a=3), "The column a holds one int"),
    "a word for a column": (lambda: from_arrays(a="word"), "The column a holds one str"),
    "a dictionary for a column": (lambda: tally({"g": {"a": 1}}, G), "The column g holds one dict"),
    "a set for a column": (lambda: tally({"g": {"a", "b"}}, G), "The column g holds one set"),
    "two columns of one name, pandas": (
        lambda: tally(pd.DataFrame([[1, 2]], columns=["g", "g"]), G),
        r"More than one column is named g\. The table has: g, g",
    ),
    "two columns of one spelling": (
        lambda: columns(pd.DataFrame({1: [1], "1": [2]})),
        "More than one column is named 1",
    ),
    "two columns of one name, pyarrow": (
        lambda: tally(pa.table([["a"], ["b"]], names=["g", "g"]), G),
        "More than one column is named g",
    ),
    "two columns of one name, duckdb": (
        lambda: tally(duckdb.sql("select 1 as g, 2 as g"), G),
        "More than one column is named g",
    ),
    "infinity": (lambda: tally({"g": [1.0, INF]}, G), 'The column "g" holds infinities, and infinities are forbidden'),
    "minus infinity, polars": (lambda: tally(pl.DataFrame({"g": [1.0, -INF]}), G), "infinities are forbidden"),
    "infinity, object": (lambda: tally(pd.DataFrame({"g": pd.Series([INF, "a"])}), G), "infinities are forbidden"),
    "infinite value": (lambda: moments({"g": ["a", "b"], "x": [1.0, -INF]}, G, "x"), '"x" holds infinities'),
    "text for a value": (lambda: moments({"g": ["a"], "x": ["high"]}, G, "x"), '"x" was given as the value and holds'),
    "text for a value, polars": (lambda: moments(pl.DataFrame({"g": ["a"], "x": ["1"]}), G, "x"), "not numbers"),
    "bytes": (lambda: tally({"g": [b"a"]}, G), 'The column "g" holds values of type bytes'),
    "bytes, polars": (lambda: tally(pl.DataFrame({"g": [b"a"]}), G), "values of type Binary"),
    "lists": (lambda: tally(pd.DataFrame({"g": [[1], [2]]}), G), "values of type list"),
    "arrays": (lambda: tally(pd.DataFrame({"g": [np.zeros(2), np.ones(2)]}), G), "values of type ndarray"),
    "lists, pyarrow": (lambda: tally(pa.table({"g": [[1], [2]]}), G), "values of type List"),
    "structs, duckdb": (lambda: tally(duckdb.sql("select {'a': 1} as g"), G), "values of type Struct"),
    "durations": (lambda: tally(pl.DataFrame({"g": [dt.timedelta(1)]}), G), "values of type Duration"),
    "durations, pandas": (lambda: tally(pd.DataFrame({"g": [pd.Timedelta(1)]}), G), "values of type Timedelta"),
    "complex numbers": (lambda: tally({"g": [1j]}, G), "values of type complex"),
    "oversized cell": (lambda: tally({"g": ["x" * 1001]}, G), '(?s)oversized cell in the column "g": 1,001 characters'),
    "oversized number": (lambda: tally({"g": [10**5000]}, G), "oversized cell"),
    "a lone surrogate": (lambda: tally(pd.DataFrame({"g": pd.Series(["\ud800"], dtype=object)}), G), "cannot be read"),
    "rows without a unit": (
        lambda: tally({"g": ["a"] * 5, "u": ["p", "p", None, None, "q"]}, {**G, "unit": "u"}),
        'column "u" names no unit in 2 rows',
    ),
    "one row without a unit among unique ones": (
        lambda: tally(pl.DataFrame({"g": ["a"] * 3, "u": [1.0, 2.0, float("nan")]}), {**G, "unit": "u"}),
        'column "u" names no unit in 1 row: ',
    ),
    "a unit spelled missing": (
        lambda: tally({"g": ["a"] * 3, "u": ["p", "p", "(missing)"]}, {**G, "unit": "u"}),
        'column "u" names no unit in 1 row: ',
    ),
    "bad weights": (
        lambda: tally({"g": ["a"] * 6, "w": [1, None, -1, -INF, INF, -2]}, G, "w"),
        'weights in the column "w" cannot be used: 1 missing, 2 negative, 2 infinite',
    ),
    "weights that have no square": (
        lambda: tally({"g": ["a"] * 4, "w": [1.0, 1e300, 1e-200, -INF]}, G, "w"),
        r"0 missing, 0 negative, 1 infinite, 2 beyond 1e-100 to 1e\+100",
    ),
    "weights that have no square, duckdb": (
        lambda: tally(duckdb.sql("select 'a' as g, 1e300::double as w"), G, "w"),
        "0 infinite, 1 beyond",
    ),
    "a number that has no square, moments": (
        lambda: moments({"g": ["a", "b"], "x": [1.0, -1e300]}, G, "x"),
        r'"x" holds numbers beyond 1e\+100',
    ),
    "a number that has no square, rows": (
        lambda: rows({"g": ["a", "b"], "x": [1.0, -1e300]}, G, {"score": ["x"]}),
        r'"x" holds numbers beyond 1e\+100',
    ),
    "missing weights, polars": (
        lambda: tally(pl.DataFrame(weighed(1.0, None, float("nan"))), G, "w"),
        "2 missing, 0 neg",
    ),
    "negative weights, duckdb": (
        lambda: tally(duckdb.sql("select 'a' as g, -1 as w"), G, "w"),
        "0 missing, 1 negative, 0 infinite",
    ),
    "bad weights for moments": (lambda: moments(weighed(1, -1, 2), G, "w", "w"), "0 missing, 1 negative, 0 infinite"),
    "weights all zero": (lambda: tally(weighed(0, 0, 0), G, "w"), 'Every weight in the column "w" is 0'),
    "weights all zero for moments": (
        lambda: moments(weighed(0, 0, 0), G, "w", "w"),
        'Every weight in the column "w" is 0',
    ),
    "weights of text": (lambda: tally(weighed("a", "b", "c"), G, "w"), '"w" was given as the weight and holds string'),
    "an address": (lambda: open_data("https://example.org/x.csv"), "Remote files are not read: download it"),
    "a bucket": (lambda: open_data("s3://bucket/x.parquet"), "Remote files are not read"),
    "a path with a null": (lambda: open_data("a\0b.csv"), "There is no file"),
    "a path too long": (lambda: open_data("x" * 5000 + ".csv"), "is no path that can be read"),
    "no folder": (lambda: open_data("nowhere/x.csv"), r"There is no file nowhere/x\.csv, nor a folder nowhere"),
    "a device": (lambda: open_data("/dev/null"), "is not a regular file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_gets_a_sentence(case: str) -> None:
    ask, sentence = REFUSED[case]
    with pytest.raises(InputError, match=sentence) as caught:
        ask()
    assert caught.value.exit_code == 2
    assert str(caught.value).endswith((".", "?"))


FILES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("t.csv", b"", "is empty"),
    "empty parquet": ("t.parquet", b"", "is empty"),
    "header only": ("t.csv", b"a,b\n", "has no rows, only 2 columns"),
    "another kind": ("t.xlsx", b"PK", r'ends in "\.xlsx", and tables are read from \.csv, \.tsv, \.parquet'),
    "no ending": ("table", b"a\n1\n", "has no ending"),
    "compressed": ("t.csv.gz", b"\x1f\x8b", r'ends in "\.gz"'),
    "no parquet": ("t.parquet", b"hello, this is text and not a table", "cannot be read as Parquet"),
    "cut parquet": ("t.parquet", b"PAR1" + bytes(200) + b"PAR1", "cannot be read as Parquet"),
    "too many fields": ("t.csv", b"a,b\n1,2\n1,2,3,4\n", "cannot be read as CSV"),
    "too few fields": ("t.csv", b"a,b\n1,2\n3\n", "cannot be read as CSV"),
    "ragged at the end": ("t.csv", b"a,b\n" + b"1,2\n" * 40_000 + b"1,2,3\n", "cannot be read as CSV: line 40002: "),
    "open quote": ("t.csv", b'a,b\n"x,2\ny,3\n', "cannot be read as CSV"),
    "not UTF-8": ("t.csv", "a,b\né,2\n".encode("latin-1"), "must be UTF-8"),
    "UTF-16": ("t.csv", "a,b\nx,2\n".encode("utf-16"), "must be UTF-8"),
    "noise": ("t.csv", np.random.default_rng(0).bytes(2000), "cannot be read as CSV|has no rows"),
    "a line of 3 MB": ("t.csv", b"a,b\n" + b"x" * 3_000_000 + b",2\n", "cannot be read as CSV"),
    "two columns of one name": ("t.csv", b"a,b,a\n1,2,3\n", "more than one column named a"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_are_no_table_get_a_sentence(case: str, tmp_path: Path) -> None:
    name, content, sentence = FILES[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=sentence) as caught:
        tally(tmp_path / name, {"group": "a"})
    assert len(str(caught.value)) < 700
    assert str(tmp_path / name) in str(caught.value)


def test_a_folder_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "hiring.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"is a folder, not a table\. It holds: hiring\.csv"):
        open_data(tmp_path)


def test_a_misspelt_file_is_told_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "hiring.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r'Tables beside it: hiring\.csv\. Did you mean "hiring\.csv"\?'):
        open_data(tmp_path / "hirring.csv")


def test_a_column_that_is_not_there_names_role_and_neighbours() -> None:
    with pytest.raises(ColumnError, match=r'no column "sexe" for the role group\. .*Did you mean "sex"') as caught:
        tally({"sex": ["f"], "hired": [1]}, {"group:sexe": "sexe"})
    assert "hired, sex" in str(caught.value)
    with pytest.raises(ColumnError, match='no column "w" for the role weight'):
        tally({"sex": ["f"]}, {"group": "sex"}, "w")
    with pytest.raises(ColumnError, match='no column "x" for the role value'):
        moments({"sex": ["f"]}, {"group": "sex"}, "x")


def test_only_the_named_file_is_read_where_its_name_looks_like_a_pattern(tmp_path: Path) -> None:
    for name in ("a*.csv", "ab.csv", "k[1].csv", "k1.csv", "q?.csv", "qq.csv"):
        (tmp_path / name).write_text(f'x\n"{name}"\n')
    for name in ("a*.csv", "k[1].csv", "q?.csv"):
        assert tally(tmp_path / name, {"x": "x"}).levels_of("x") == (name,)
    with pytest.raises(InputError, match="There is no file"):
        open_data(tmp_path / "*.csv")


def test_csv_lines_are_never_dropped(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n#1,a\n2,b\n# 3,c\n")
    assert tally(path, {"x": "x"}).levels_of("x") == ("2", "# 3", "#1")


@pytest.mark.parametrize(("name", "separator"), [("t.csv", ";"), ("t.csv", "\t"), ("t.csv", "|"), ("t.tsv", "\t")])
def test_other_separators_are_found(name: str, separator: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(f"\ufeffx{separator}y\n1{separator}a,b\n2{separator}c,d\n", encoding="utf-8")
    assert columns(tmp_path / name) == ("x", "y")
    assert tally(tmp_path / name, {"y": "y"}).levels_of("y") == ("a,b", "c,d")


def test_types_are_told_from_the_whole_csv(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1,yes\n" * 30_000 + "late,no\n")
    told = tally(path, {"x": "x", "y": "y"})
    assert told.levels == (("1", "late"), ("no", "yes"))
    assert told.n.tolist() == [30_000, 1]


def test_an_empty_field_of_a_csv_is_missing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('x,y\n,1\n"",2\na,3\n')
    assert tally(tmp_path / "t.csv", {"x": "x"}).n.tolist() == [1, 2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n")
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read as CSV"):
        open_data(path)
