"""A bag of rows is a commutative monoid, whatever the order, the shards or the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import frames
from auditkit.core.errors import InputError
from auditkit.core.evidence import Rows, Tally

levels = st.lists(st.tuples(st.sampled_from("abc"), st.floats(-5, 5)), min_size=1, max_size=40)


def bag(rows: list[tuple[str, float]]) -> Rows:
    return Rows.of({"group": [g for g, _ in rows]}, {"score": [x for _, x in rows]})


@settings(deadline=None)
@given(levels, st.randoms(use_true_random=False))
def test_neither_order_nor_shards_matter(rows: list[tuple[str, float]], mixer: object) -> None:
    mixed = list(rows)
    mixer.shuffle(mixed)
    whole, other = bag(rows), bag(mixed[: len(mixed) // 2]) + bag(mixed[len(mixed) // 2 :])
    assert whole == other
    assert whole.number("score").tolist() == other.number("score").tolist()
    assert whole.generator("x").integers(1 << 40) == other.generator("x").integers(1 << 40)
    assert Tally.of_rows(whole, "group") == Tally.of({"group": [g for g, _ in rows]})


@settings(deadline=None)
@given(levels)
def test_a_row_more_is_another_bag(rows: list[tuple[str, float]]) -> None:
    assert bag(rows) != bag([*rows, ("d", 0.0)])
    assert bag(rows) != bag([(g, x + 1) for g, x in rows])


def test_crossed_groups_and_missing_numbers() -> None:
    rows = Rows.of({"a": ["x", "y", "(missing)"], "b": ["1", "2", "1"]}, {"score": [1.0, np.nan, 2.0]})
    assert rows.crossed(["a", "b"], "group").levels_of("group") == ("x × 1", "y × 2", "(missing)")
    assert len(rows.complete("score")) == 2
    assert len(rows.complete("score", "a")) == 1


@pytest.mark.parametrize("engine", [pd.DataFrame, pl.DataFrame, dict], ids=["pandas", "polars", "dictionary"])
def test_engines_hand_over_the_same_bag(engine: type) -> None:
    table = {
        "sex": ["f", "m", None, "f"],
        "note": ["long " * 400, "b", "c", None],
        "score": [1.0, 2.5, None, 0.0],
        "age": [1, 2, 3, 4],
        "place": ["x", "y", "x", "y"],
    }
    axes = {"group": "sex", "text": "note", "feature:place": "place"}
    numbers = {"score": ["score"], "feature": ["age"]}
    rows = frames.rows(engine(table), axes, numbers)
    assert rows == frames.rows(table, axes, numbers)
    assert rows.levels_of("group") == ("f", "m", "(missing)")
    assert max(map(len, rows.column("text"))) == 2_000


@pytest.mark.parametrize("engine", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_an_embedding_may_be_a_list_in_every_row(engine: type) -> None:
    rows = frames.rows(engine({"g": ["a", "b"], "v": [[1.0, 2.0], [3.0, 4.0]]}), {"group": "g"}, {"vector": ["v"]})
    assert sorted(rows.numbers["vector"].tolist()) == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(InputError, match="differ in length"):
        frames.rows(engine({"v": [[1.0, 2.0], [3.0]]}), {}, {"vector": ["v"]})
    with pytest.raises(InputError, match="infinit"):
        frames.rows(engine({"v": [1.0, float("inf")]}), {}, {"score": ["v"]})
