"""Whole rows by shares: never a row off, never more or fewer than there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.stats.quotas import MOST, down, quotas, up

parts = st.lists(st.integers(1, 40), min_size=1, max_size=5)


@given(parts, st.integers(0, 500))
def test_quotas_are_less_than_a_row_off(weights: list[int], n: int) -> None:
    share = np.array(weights) / sum(weights)
    told = quotas(n, share)
    assert told.sum() == n
    assert (np.abs(told - n * share) < 1).all()


@given(parts, st.data())
def test_leaving_out_and_repeating_have_the_shares(weights: list[int], data: st.DataObject) -> None:
    share = np.array(weights) / sum(weights)
    rows = np.array(data.draw(st.lists(st.integers(0, 300), min_size=len(weights), max_size=len(weights))))
    less = down(rows, share)
    assert (less <= rows).all()
    assert (np.abs(less - less.sum() * share) < 1).all()
    fewest = max(have / part for have, part in zip(rows, share, strict=True))
    if fewest > MOST * max(rows.sum(), 1):
        with pytest.raises(InputError, match="more than 100 copies of each"):
            up(rows, share)
        return
    more = up(rows, share)
    assert (more >= rows).all()
    assert (np.abs(more - more.sum() * share) < 1).all()


def test_as_many_rows_as_possible_are_left() -> None:
    """By trying every smaller loss."""
    rows, share = np.array([37, 12, 51]), np.array([0.5, 0.2, 0.3])
    kept = int(down(rows, share).sum())
    assert not [n for n in range(kept + 1, 101) if (quotas(n, share) <= rows).all() and n <= (rows / share).min()]


def test_shares_that_are_none() -> None:
    with pytest.raises(InputError, match=r"sum to 1\.1000"):
        quotas(10, [0.5, 0.6])
