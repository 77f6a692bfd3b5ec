"""One tally, whatever engine and dtype the columns live in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from auditkit.core.evidence import Tally
from auditkit.frames import columns, moments, tally

NAN = float("nan")
NOT_IN_CSV = frozenset({"csv_path"})

# values, their levels row by row, the engines that cannot hold them
COLUMNS: dict[str, tuple[list[Any], list[str], frozenset[str]]] = {
    "text": (["f", "m", "f", "m"], ["f", "m", "f", "m"], frozenset()),
    "text with nulls": (["f", None, "m", None], ["f", "(missing)", "m", "(missing)"], frozenset()),
    "text that says missing": (["a", "(missing)", None, "a"], ["a", "(missing)", "(missing)", "a"], frozenset()),
    "empty text is a level": (["", "m", None, ""], ["", "m", "(missing)", ""], NOT_IN_CSV),
    "words of yes and no": (["yes", "no", "yes", None], ["yes", "no", "yes", "(missing)"], frozenset()),
    "numbers as text": (["01", "1", "1", "x"], ["01", "1", "1", "x"], frozenset()),
    "bool": ([True, False, True, True], ["True", "False", "True", "True"], frozenset()),
    "bool with nulls": ([True, None, False, True], ["True", "(missing)", "False", "True"], frozenset()),
    "integers": ([1, 0, 1, 10], ["1", "0", "1", "10"], frozenset()),
    "integers with nulls": ([1, None, 0, 1], ["1", "(missing)", "0", "1"], frozenset()),
    "whole floats": ([1.0, 0.0, -0.0, -3.0], ["1", "0", "0", "-3"], frozenset()),
    "floats": ([0.5, 0.1, 1.0, 1e-7], ["0.5", "0.1", "1", "1e-07"], frozenset()),
    "floats with nulls": ([0.5, None, 1.0, None], ["0.5", "(missing)", "1", "(missing)"], frozenset()),
    "floats with nan and nulls": ([0.5, None, NAN, 1.0], ["0.5", "(missing)", "(missing)", "1"], frozenset()),
    "large integers": ([2**53 + 1, 2**53, 7, 7], ["9007199254740993", "9007199254740992", "7", "7"], frozenset()),
    "dates": (
        [dt.date(2024, 2, 29), None, dt.date(2024, 3, 1), None],
        ["2024-02-29", "(missing)", "2024-03-01", "(missing)"],
        frozenset(),
    ),
    "timestamps": (
        [dt.datetime(2024, 2, 29, 13, 5), None, dt.datetime(2024, 3, 1), dt.datetime(2024, 3, 1, 0, 0, 1)],
        ["2024-02-29T13:05:00", "(missing)", "2024-03-01", "2024-03-01T00:00:01"],
        NOT_IN_CSV,  # there a timestamp is the text that it is written as
    ),
    "zoned timestamps": (
        [dt.datetime(2024, 2, 29, 13, 5, 0, us, tzinfo=dt.timezone(dt.timedelta(hours=2))) for us in (0, 500_000, 7)]
        + [None],
        [f"2024-02-29T11:05:00{us}+00:00" for us in ("", ".500000", ".000007")] + ["(missing)"],
        NOT_IN_CSV,
    ),
    "decimals": (
        [Decimal("1.10"), Decimal("2.00"), None, Decimal("1.10")],
        ["1.1", "2", "(missing)", "1.1"],
        frozenset(),
    ),
    "hostile text": (
        ['a"b', "x'; DROP TABLE t; --", "line\nbreak", "<script>\x1b[31m=1+1 ×"],
        ['a"b', "x'; DROP TABLE t; --", "line\nbreak", "<script>\x1b[31m=1+1 ×"],
        frozenset(),
    ),
    "nothing but nulls": ([None, None, None, None], ["(missing)"] * 4, frozenset()),
}
HOSTILE = (
    'a "quoted"; drop',
    "semi;colon",
    "line\nbreak",
    "it's",
    "Sex",
    "sex",
    "{brace}",
    "ünï × 名",
    "n",
    "k0",
    "weight",
)


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_engine_counts_the_same_levels(kind: str, engine: str, make: Any) -> None:
    values, levels, cannot = COLUMNS[kind]
    if engine in cannot:
        pytest.skip("cannot hold these values")
    data = make({"x": values, "sex": ["f", "m", "m", "m"]})
    assert tally(data, {"group": "x", "outcome": "sex"}) == Tally.of({"group": levels, "outcome": ["f", "m", "m", "m"]})


def test_hostile_column_names_are_only_names(engine: str, make: Any) -> None:
    folded = {"csv_path", "parquet_path", "duckdb_relation"}  # capitals do not tell columns apart there
    cannot = {"sex"} if engine in folded else set()
    cannot |= {"line\nbreak"} if engine == "csv_path" else set()  # DuckDB reads a header of one line
    names = [name for name in HOSTILE if name not in cannot]
    data = make({name: [f"v{i}", "w", "w"] for i, name in enumerate(names)})
    assert columns(data) == tuple(names)
    counted = tally(data, {f"group:{name}": name for name in names})
    assert counted.names == tuple(names)
    for i, name in enumerate(names):
        assert counted.levels_of(f"group:{name}") == (f"v{i}", "w")


def test_one_column_can_play_two_roles(make: Any) -> None:
    counted = tally(make({"x": ["a", "b", "a"]}), {"group:x": "x", "context": "x"})
    assert counted == Tally.of({"group:x": ["a", "b", "a"], "context": ["a", "b", "a"]})
    assert counted.names == ("x", "x")


def test_weights_add_up_in_every_engine(make: Any) -> None:
    data = make({"g": ["a", "a", "b", None], "w": [0.5, 2.0, 3.0, 0.0]})
    counted = tally(data, {"group": "g"}, weight="w")
    assert counted.weighted
    assert counted == Tally.of({"group": ["a", "a", "b", "(missing)"]}, [1, 1, 1, 1], [0.5, 2, 3, 0], [0.25, 4, 9, 0])


def test_moments_in_every_engine(make: Any) -> None:
    data = make({"g": ["a", "a", "a", "b", "b", None], "x": [1.0, 2.5, None, 9.0, 11.0, 7.0]})
    told = moments(data, {"group": "g"}, "x")
    assert told.levels_of("group") == ("a", "b", "(missing)")
    assert told.n.tolist() == [2, 2, 1]
    assert told.mean == pytest.approx([1.75, 10.0, 7.0])
    assert told.m2 == pytest.approx([1.125, 2.0, 0.0], abs=1e-12)


def test_large_means_lose_no_digits_of_the_spread(make: Any) -> None:
    told = moments(make({"g": ["a", "a", "b", "b"], "x": [1e9, 1e9 + 2, 1e9 + 5, 1e9 + 6]}), {"group": "g"}, "x")
    assert told.m2 == pytest.approx([2.0, 0.5], rel=1e-12)


def test_far_cells_keep_the_digits_that_the_docstring_promises(make: Any) -> None:
    told = moments(make({"g": ["a", "a", "b", "b"], "x": [0.0, 2.0, 2e5, 2e5 + 2]}), {"group": "g"}, "x")
    assert told.m2 == pytest.approx([2.0, 2.0], rel=10 * (1e5) ** 2 * 1e-16)


def test_weighted_moments_in_every_engine(make: Any) -> None:
    x, w = np.array([1.0, 4.0, -2.0, 3.0]), np.array([1.0, 2.0, 3.0, 0.5])
    told = moments(make({"g": ["a", "a", "a", "b"], "x": x.tolist(), "w": w.tolist()}), {"group": "g"}, "x", "w")
    mean = np.average(x[:3], weights=w[:3])
    assert told.n.tolist() == [3, 1]
    assert told.w == pytest.approx([6.0, 0.5])
    assert told.mean == pytest.approx([mean, 3.0])
    assert told.m2 == pytest.approx([np.sum(w[:3] * (x[:3] - mean) ** 2), 0.0], abs=1e-12)


def test_a_unit_that_is_unique_per_row_is_dropped(make: Any) -> None:
    data = make({"g": ["a", "b", "b"], "id": [11, 12, 13]})
    assert tally(data, {"group": "g", "unit": "id"}) == Tally.of({"group": ["a", "b", "b"]})


def test_a_unit_that_repeats_is_kept(make: Any) -> None:
    data = make({"g": ["a", "b", "b"], "id": ["u", "v", "u"]})
    assert tally(data, {"group": "g", "unit": "id"}) == Tally.of({"group": ["a", "b", "b"], "unit": ["u", "v", "u"]})


def test_only_the_unit_still_counts_the_rows(make: Any) -> None:
    counted = tally(make({"id": ["u", "v", "w"], "other": [1, 2, 3]}), {"unit": "id"})
    assert (counted.axes, counted.total) == ((), 3)
