"""Distance from the order of a frame: scipy's statistic, what is known of the first k, and coverage."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.stats.exact import share_at_least, share_at_most
from auditkit.stats.ordering import commonest_step, early_positions, order_distance

SURELY = 1e-4


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=2, max_size=60))
def test_is_the_two_sample_statistic_on_what_is_left_of_the_frame(rows: list[tuple[int, bool]]) -> None:
    from scipy.stats import ks_2samp

    x, picked = (np.array(part) for part in zip(*rows, strict=True))
    told = order_distance(x, picked)
    if picked.all() or not picked.any() or np.ptp(x) == 0:
        assert told.estimate.value is None
        assert told.estimate.reason
        return
    left = 1 - picked.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its p, which is not asked for, cannot always be computed
        theirs = ks_2samp(x[picked], x[~picked], method="asymp").statistic
    assert told.estimate.value == pytest.approx(left * theirs)
    bounds = told.estimate.interval(0.95)
    assert 0 <= bounds.low <= told.estimate.value <= bounds.high <= left + 1e-12


@pytest.mark.parametrize("k", [1, 20, 90])
def test_the_first_and_the_last_k_are_as_far_as_can_be(k: int) -> None:
    first, last = (order_distance(np.arange(100.0), at) for at in (np.arange(100) < k, np.arange(100) >= 100 - k))
    assert first.estimate.value == pytest.approx(1 - k / 100)
    assert last.estimate.value == pytest.approx(1 - k / 100)
    assert (first.earlier, last.earlier) == (True, False)


def test_turning_the_order_turns_the_side_only() -> None:
    rng = np.random.default_rng(5)
    x, picked = rng.integers(40, size=300).astype(float), rng.random(300) < 0.3
    one, other = order_distance(x, picked), order_distance(-x, picked)
    assert one.earlier is not other.earlier
    assert one.estimate.interval(0.95) == pytest.approx(other.estimate.interval(0.95))


@pytest.mark.parametrize("dose", [0.0, 0.1, 0.5, 1.0])
def test_holds_the_truth(dose: float) -> None:
    """At no dose is the interval short, on either side of it."""
    rng, truth, runs = np.random.default_rng(1), 0.8 * dose, 400
    told = [order_distance(*early_positions(dose, 500, 0.2, rng)).estimate.interval(0.95) for _ in range(runs)]
    held = sum(low <= truth + 1e-12 and high >= truth - 1e-12 for low, high, _ in told)
    assert share_at_most(held, runs, 0.935) > SURELY
    assert share_at_least(sum(low > truth + 1e-12 for low, _, _ in told), runs, 0.0325) > SURELY


def test_random_samples_take_no_step_too_often_and_systematic_ones_do() -> None:
    rng = np.random.default_rng(3)
    x = rng.permutation(4_000).astype(float)
    assert commonest_step(x, rng.random(4_000) < 0.1).share < 0.2
    assert commonest_step(x, x % 10 == 7) == (10, 1.0)
    assert commonest_step(x, x == 3) is None
