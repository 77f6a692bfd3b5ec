"""Features as a design matrix, and columns that give the answer away."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.rows import Rows
from auditkit.stats.columns import Columns, identifying, indicators, standardised


def rows(n: int = 40) -> Rows:
    rng = np.random.default_rng(4)
    levels = {"feature:city": (["x", "y"] * n)[:n], "feature:id": [f"r{i}" for i in range(n)]}
    levels["feature:flat"] = ["one"] * n
    return Rows.of(levels, {"feature": np.c_[rng.normal(size=n), np.full(n, 7.0)]}, None, {"feature": ("age", "seven")})


def test_what_does_not_vary_has_no_width() -> None:
    columns = Columns.of(rows())
    assert columns.names == ("feature:city", "feature:id", "feature:flat", "age", "seven")
    assert [part.shape[1] for part in columns.parts()] == [2, 0, 0, 1, 0]
    assert columns.design().shape == (40, 4)
    kept = columns.without(["feature:id", "age"])
    assert kept.names == ("feature:city", "feature:flat", "seven")
    assert [len(part) for part in (kept.levels, kept.numbers)] == [2, 1]


def test_rows_without_a_feature_are_left_out() -> None:
    some = Rows.of({"feature:a": ["u", "(missing)", "v"]}, {"feature": [1.0, 2.0, np.nan]})
    columns = Columns.of(some)
    assert columns.complete.sum() == 1
    assert len(columns.levels[0]) == len(columns.numbers[0]) == 1


def test_identifiers_and_giveaways_are_named() -> None:
    columns = Columns.of(rows())
    y = columns.numbers[0] > 0
    assert identifying(columns, y) == ["feature:id", "age"]
    city = columns.levels[0] == 1
    assert identifying(columns, city) == ["feature:city", "feature:id"]
    assert identifying(columns, np.arange(40) % 2 == 0) == ["feature:id"]


def test_rare_levels_are_one() -> None:
    code = np.repeat(np.arange(150), [12] * 120 + [3] * 30)
    whole = indicators(code)
    assert whole.shape == (len(code), 101)
    assert whole.sum(axis=1).tolist() == [1.0] * len(code)
    assert whole[:, -1].sum() == 20 * 12 + 30 * 3


def test_a_number_is_standardised_once_it_varies() -> None:
    x = np.array([1e9, 1e9 + 1, 1e9 + 5])
    z = standardised(x, squares=True)
    assert z.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert z[:, 0].std() == pytest.approx(1)
    assert standardised(np.full(9, 1e9)).shape == (9, 0)
    assert standardised(np.zeros(0)).shape == (0, 0)


def test_draws_do_not_depend_on_other_roles() -> None:
    some = rows()
    named = Rows.of(
        {"group": ["g"] * 40} | {a: some.column(a).tolist() for a in some.axes}, some.numbers, None, some.measured
    )
    one, other = (Columns.of(bag).generator("x").random() for bag in (some, named))
    assert one == other
