"""Weights for independence against the paper's own numbers, and systematic draws against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.stats.reweighing import reweighed, systematic

PAPER = {("m", "+"): 0.75, ("m", "-"): 2.0, ("f", "+"): 1.5, ("f", "-"): 2 / 3}
"""Kamiran & Calders, Knowledge and Information Systems 33 (2012) 1, the ten applicants of table 1 and their weights."""


def test_the_ten_job_applicants_of_the_paper() -> None:
    people = [("m", "+")] * 4 + [("m", "-")] + [("f", "+")] * 2 + [("f", "-")] * 3
    weights = reweighed([sex == "f" for sex, _ in people], [label == "+" for _, label in people])
    for person, weight in zip(people, weights, strict=True):
        assert weight == pytest.approx(PAPER[person])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.floats(0.1, 9)), min_size=1, max_size=60))
def test_group_and_outcome_are_independent_and_their_shares_stay(rows: list[tuple[int, int, float]]) -> None:
    rows = [*rows, *((g, y, 1.0) for g in range(3) for y in range(2))]
    g, y, w = (np.array(part) for part in zip(*rows, strict=True))
    v = reweighed(g, y, w)
    assert v.sum() == pytest.approx(w.sum())
    for level in range(3):
        assert v[g == level].sum() == pytest.approx(w[g == level].sum())
        assert v[(g == level) & (y == 1)].sum() / v[g == level].sum() == pytest.approx(w[y == 1].sum() / w.sum())


def test_nobody_is_made_up() -> None:
    with pytest.raises(InputError, match="no weight makes up for rows that are not there"):
        reweighed([0, 0, 1], [0, 1, 1])


@given(st.lists(st.floats(0, 50), min_size=1, max_size=40), st.integers(0, 60), st.integers(0, 2**32))
def test_systematic_draws_are_the_expected_counts_rounded(weights: list[float], n: int, seed: int) -> None:
    w = np.array([*weights, 1.0])
    counts = systematic(w, n, np.random.default_rng(seed))
    expected = n * w / w.sum()
    assert counts.sum() == n
    assert (counts >= np.floor(expected - 1e-6)).all()
    assert (counts <= np.ceil(expected + 1e-6)).all()


def test_systematic_draws_are_unbiased() -> None:
    w = np.array([0.2, 0.5, 1.3, 2.0, 0.01])
    rng = np.random.default_rng(1)
    many = np.mean([systematic(w, 7, rng) for _ in range(4_000)], axis=0)
    assert many == pytest.approx(7 * w / w.sum(), abs=0.04)  # four standard errors of a count that is 0 or 1 off
