"""Rows to collect, against statsmodels' Wilson interval and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from auditkit.core.errors import InputError
from auditkit.stats.top_up import half_width, rows_for_half_width, top_up


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.8])
@pytest.mark.parametrize("n", [20, 200, 4_000])
def test_half_a_wilson_interval(share: float, n: int) -> None:
    low, high = proportion_confint(share * n, n, 0.05, "wilson")
    assert half_width(share, n) == pytest.approx((high - low) / 2)


@given(st.floats(0, 1), st.floats(0.004, 0.45), st.sampled_from([0.8, 0.95, 0.99]))
def test_just_enough_rows_and_not_one_fewer(share: float, half: float, level: float) -> None:
    n = rows_for_half_width(share, half, level)
    assert half_width(share, n, level) <= half
    assert n == 1 or half_width(share, n - 1, level) > half


def test_by_hand() -> None:
    told = top_up([30, 10, 60], [0.5, 0.25, 0.25])
    assert told.for_shares.tolist() == [90, 50, 0]  # 60 are a quarter of 240
    wide = top_up([30, 10, 60], [0.5, 0.25, 0.25], half=0.05)
    assert wide.for_interval.tolist() == [161, 86, 36]  # 381 rows for a share of one half, by the shares, rounded up
    assert (np.array([30, 10, 60]) + wide.for_interval).sum() >= rows_for_half_width(0.5, 0.05)


def test_an_interval_that_is_narrow_already_asks_for_nothing_more() -> None:
    told = top_up([1_795, 1_901], [0.55, 0.45], half=0.05)
    assert told.for_interval.tolist() == told.for_shares.tolist() == [529, 0]


@given(st.lists(st.integers(0, 400), min_size=2, max_size=2), st.floats(0.05, 0.95), st.floats(0.02, 0.3))
def test_nothing_is_asked_back_and_the_interval_is_reached(rows: list[int], share: float, half: float) -> None:
    told = top_up(rows, [share, 1 - share], half)
    assert (told.for_shares >= 0).all()
    assert (told.for_interval >= told.for_shares).all()
    total = sum(rows) + int(told.for_interval.sum())
    assert half_width(share, total) <= half


def test_half_widths_that_are_none() -> None:
    with pytest.raises(InputError, match=r"between 0 and \.5"):
        rows_for_half_width(0.5, 0.5)
