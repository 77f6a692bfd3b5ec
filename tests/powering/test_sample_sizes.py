"""The arithmetic of sample sizes, against published numbers, closed forms and its own simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.stats.sample_sizes import NORMAL, Checked, critical, rows_to_fail, rows_to_pass, smallest


@pytest.mark.parametrize(
    ("margin", "p", "both", "one"),
    [
        (0.02, 0.5, 13_528, 10_705),
        (0.02, 0.1, 4_870, 3_854),
        (0.03, 0.5, 6_012, 4_758),
        (0.03, 0.1, 2_164, 1_713),
        (0.05, 0.5, 2_164, 1_713),
        (0.05, 0.1, 779, 617),
        (0.10, 0.5, 541, 429),
        (0.10, 0.1, 195, 155),
    ],
)
def test_two_and_one_sided_tests_of_two_rates_take_what_is_published(
    margin: float, p: float, both: int, one: int
) -> None:
    """Rows a group at 5 % and power 90 %, for equivalence (TOST) and for non-inferiority."""
    error = math.sqrt(2 * p * (1 - p))
    assert rows_to_pass([margin, margin], [error, error]) == pytest.approx(both, abs=1)
    assert rows_to_pass([margin], [error]) == pytest.approx(one, abs=1)


@given(st.floats(0.01, 0.3), st.floats(0.1, 3), st.floats(0.8, 0.9999), st.integers(10, 10_000))
def test_at_the_rows_of_a_fail_its_normal_power_is_what_was_asked(
    distance: float, error: float, level: float, n: int
) -> None:
    rows = rows_to_fail(distance, error, level, n)
    assert rows is not None
    z = distance / (error * math.sqrt(n / rows)) - critical(level)
    assert NORMAL.cdf(z) == pytest.approx(0.9)


def test_a_truth_on_the_edge_is_never_told_from_it() -> None:
    assert rows_to_pass([0.0, 0.1], [1.0, 1.0]) is None
    assert rows_to_pass([], []) is None
    assert rows_to_fail(0.0, 1.0, 0.95) is None


@given(st.floats(0.02, 0.5), st.sampled_from([1, 2]), st.floats(0.05, 20), st.integers(0, 2**32))
def test_steps_find_a_normal_test_from_wherever_they_begin(a: float, sides: int, off: float, seed: int) -> None:
    """The power is Φ(a √n - z), or 2 Φ(a √n - z) - 1: the true n is known, and what is found has that power but for the
    noise of the draws."""
    rng, z = np.random.default_rng(seed), 1.645

    def power(n: int) -> float:
        return max(sides * NORMAL.cdf(a * math.sqrt(n) - z) - (sides - 1), 0.0)

    def check(n: int) -> Checked:
        return Checked(n, int(rng.binomial(1_000, power(n))), 1_000)

    true = ((z + NORMAL.inv_cdf((0.9 + sides - 1) / sides)) / a) ** 2
    found = smallest(check, true * off, z, sides, 2, 1e9)
    assert found is not None
    assert power(found.n) > 0.84 or found.n <= 2
    assert power(max(found.n - 2, 1)) < 0.96 or found.n < 30


def test_an_event_that_begins_at_a_threshold_is_found_by_halving() -> None:
    found = smallest(lambda n: Checked(n, 100 * (n >= 777), 100), 40, 1.645, 1, 10, 1e6)
    assert found is not None
    assert 777 <= found.n <= 777 * 1.3


def test_what_never_happens_is_not_found() -> None:
    assert smallest(lambda n: Checked(n, 0, 100), 40, 1.645, 1, 10, 1e5) is None


def test_what_always_happens_takes_the_least() -> None:
    found = smallest(lambda n: Checked(n, 100, 100), 4_000, 1.645, 1, 40, 1e6)
    assert found is not None
    assert found.n == 40
