"""The same columns in every engine and dtype family that can hold them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Columns = Mapping[str, list[Any]]
Make = Callable[[Columns], Any]


def pandas_object(columns: Columns, _: Path) -> Any:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def pandas_inferred(columns: Columns, _: Path) -> Any:
    return pd.DataFrame(dict(columns))


def pandas_categorical(columns: Columns, _: Path) -> Any:
    return pandas_object(columns, _).astype("category")


def pandas_arrow(columns: Columns, _: Path) -> Any:
    return pa.table(dict(columns)).to_pandas(types_mapper=pd.ArrowDtype)


def pandas_nullable(columns: Columns, _: Path) -> Any:
    return pandas_object(columns, _).convert_dtypes()


def polars_eager(columns: Columns, _: Path) -> Any:
    return pl.DataFrame(dict(columns))


def polars_lazy(columns: Columns, _: Path) -> Any:
    return pl.LazyFrame(dict(columns))


def pyarrow_table(columns: Columns, _: Path) -> Any:
    return pa.table(dict(columns))


def pyarrow_dictionary(columns: Columns, _: Path) -> Any:
    arrays = {name: pa.array(values) for name, values in columns.items()}
    text = {
        name: array.dictionary_encode() if pa.types.is_string(array.type) else array for name, array in arrays.items()
    }
    return pa.table(text)


def polars_categorical(columns: Columns, _: Path) -> Any:
    return pl.DataFrame(dict(columns)).with_columns(pl.col(pl.String).cast(pl.Categorical))


def duckdb_relation(columns: Columns, _: Path) -> Any:
    return duckdb.connect(":memory:").from_arrow(pa.table(dict(columns)))


def parquet_path(columns: Columns, folder: Path) -> Any:
    pq.write_table(pa.table(dict(columns)), folder / "table.parquet")
    return folder / "table.parquet"


def csv_path(columns: Columns, folder: Path) -> Any:
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return str(path)


def dictionary(columns: Columns, _: Path) -> Any:
    return dict(columns)


ENGINES = (
    pandas_object,
    pandas_inferred,
    pandas_categorical,
    pandas_arrow,
    pandas_nullable,
    polars_eager,
    polars_lazy,
    polars_categorical,
    pyarrow_table,
    pyarrow_dictionary,
    duckdb_relation,
    parquet_path,
    csv_path,
    dictionary,
)


@pytest.fixture(params=ENGINES, ids=lambda make: make.__name__)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param.__name__


@pytest.fixture
def make(engine: str, tmp_path: Path) -> Make:
    build = {one.__name__: one for one in ENGINES}[engine]
    return lambda columns: build(columns, tmp_path)
