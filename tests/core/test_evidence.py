"""Evidence adds up: a commutative monoid, whatever the order, the shards and the labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.evidence import Moments, Tally

levels = st.sampled_from(["a", "b", "c d", "10", "2", "(missing)", "nan", "é"])
rows = st.lists(st.tuples(levels, levels, st.sampled_from(["u1", "u2", "u3"])), min_size=1, max_size=40)
SUMS = ("n", "w", "w2", "top")


def tally(table: list[tuple[str, str, str]]) -> Tally:
    return Tally.of({axis: [row[i] for row in table] for i, axis in enumerate(("group", "outcome", "unit"))})


@given(rows, rows, rows)
def test_adding_is_associative_and_commutative(a: list, b: list, c: list) -> None:
    x, y, z = tally(a), tally(b), tally(c)
    assert x + y == y + x
    assert (x + y) + z == x + (y + z)
    assert x + y == tally(a + b)


@given(rows, st.randoms())
def test_order_of_arrival_cannot_matter(table: list, random: object) -> None:
    shuffled = list(table)
    random.shuffle(shuffled)
    assert tally(shuffled) == tally(table)


@given(rows)
def test_a_cube_counts_what_is_there(table: list) -> None:
    t = tally(table)
    cube = t.cube("group", "outcome", of="n")
    for i, group in enumerate(t.levels_of("group")):
        for j, outcome in enumerate(t.levels_of("outcome")):
            assert cube[i, j] == sum(row[:2] == (group, outcome) for row in table)


@given(rows)
def test_marginals_and_parts_keep_every_row(table: list) -> None:
    t = tally(table)
    assert t.marginal("group").total == t.total
    parts = [t.where("group", level).total for level in t.levels_of("group")]
    assert sum(parts) == t.total
    crossed = t.crossed(["group", "outcome"], "both")
    assert crossed.total == t.total
    known = sum("(missing)" not in row[:2] for row in table)
    assert crossed.without("both", "(missing)").total == known


@given(rows, st.lists(st.floats(0.01, 99), min_size=40, max_size=40))
def test_what_leaves_every_row_leaves_every_bit(table: list, weights: list) -> None:
    """Also of a table that does not know yet that it is in order, and so is merged again."""
    columns = {axis: [row[i] for row in table] for i, axis in enumerate(("group", "outcome", "unit"))}
    t = Tally.of(columns, w=weights[: len(table)], w2=[w**2 for w in weights[: len(table)]])
    for known in (t, replace(t)):
        for same in (known.without("group", "?"), known.marginal(*t.axes), known.where("unit", *t.levels_of("unit"))):
            assert (same.axes, same.names, same.levels, same.weighted) == (t.axes, t.names, t.levels, t.weighted)
            for one, other in ((same.codes, t.codes), *((getattr(same, of), getattr(t, of)) for of in SUMS)):
                assert one.dtype == other.dtype
                assert one.tobytes() == other.tobytes()


def test_numbers_sort_by_size_and_missing_comes_last() -> None:
    assert Tally.of({"x": ["10", "9", "(missing)", "a", "-1", "nan"]}).levels_of("x") == (
        "-1",
        "9",
        "10",
        "a",
        "nan",
        "(missing)",
    )


@given(st.lists(st.tuples(levels, st.floats(-1e6, 1e6)), min_size=2, max_size=40))
def test_moments_are_numpys(table: list) -> None:
    m = Moments.of({"group": [g for g, _ in table]}, [x for _, x in table])
    for i, group in enumerate(m.levels_of("group")):
        values = np.array([x for g, x in table if g == group])
        assert m.mean[i] == pytest.approx(values.mean(), abs=1e-6)
        assert m.m2[i] == pytest.approx(((values - values.mean()) ** 2).sum(), rel=1e-6, abs=1e-3)


def test_only_the_same_axes_add_up() -> None:
    with pytest.raises(InputError, match="same axes"):
        Tally.of({"a": ["1"]}) + Tally.of({"b": ["1"]})
