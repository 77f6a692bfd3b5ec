"""Slopes within users: a dummy regression, one user left out at a time, HC3, and coverage."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from auditkit.stats.proportions import quantiles
from auditkit.stats.trend import slope_within


def log(rng: np.random.Generator, users: int, each: int, slope: float = 0.0):
    t = np.tile(np.arange(each), users) + np.repeat(rng.integers(0, 30, users), each)
    user = np.repeat(np.arange(users), each)
    own = rng.beta(8, 4, users)[user] * (1 + slope * np.tile(np.arange(each), users))
    return (rng.random(users * each) < own).astype(float), t, np.ones(users * each), user


def test_the_value_is_that_of_a_regression_with_an_intercept_for_each_user() -> None:
    x, t, n, user = log(np.random.default_rng(1), 7, 15)
    design = np.column_stack([t, np.eye(7)[user]])
    assert slope_within(x, t, n, user, per=100).value == pytest.approx(100 * sm.OLS(x, design).fit().params[0])


def test_the_error_is_the_jackknife_over_users() -> None:
    x, t, n, user = log(np.random.default_rng(2), 9, 12)
    e = slope_within(x, t, n, user)
    left = [slope_within(x[user != u], t[user != u], n[user != u], user[user != u]).value for u in range(9)]
    se = np.sqrt(8 / 9 * sum((b - e.value) ** 2 for b in left))
    half = float(quantiles(np.array([8.0]))[2, 0]) * se
    assert e.interval(0.95)[:2] == pytest.approx((e.value - half, e.value + half))
    assert e.clusters == 9


def test_one_user_is_hc3() -> None:
    x, t, n, user = log(np.random.default_rng(3), 1, 40)
    fit = sm.OLS(x, sm.add_constant(t)).fit(cov_type="HC3", use_t=True)
    assert slope_within(x, t, n, user).interval(0.95)[:2] == pytest.approx(tuple(fit.conf_int()[1]))


@given(st.integers(1, 5), st.integers(-40, 40))
def test_equal_rows_may_be_counted_and_positions_moved(times: int, shift: int) -> None:
    x, t, n, user = log(np.random.default_rng(4), 5, 8)
    once = slope_within(np.tile(x, times), np.tile(t, times), np.tile(n, times), np.tile(user, times))
    counted = slope_within(x, t + shift, n * times, user)
    assert counted.interval(0.95)[:2] == pytest.approx(once.interval(0.95)[:2])
    assert counted.value == pytest.approx(once.value)


def test_what_has_no_slope() -> None:
    assert slope_within([1, 0], [3, 3], [1, 1], [0, 0]).reason == "no user has two positions"
    assert slope_within([], [], [], []).value is None
    flat = slope_within([1, 1, 1, 1], [1, 2, 1, 2], np.ones(4), [0, 0, 1, 1])
    assert flat.value == 0
    assert flat.interval(0.95).low is None  # nobody varied, so nothing says how much they could


@pytest.mark.slow
@pytest.mark.parametrize(("users", "each", "slope"), [(60, 6, -0.03), (15, 20, 0.0), (8, 30, -0.02)])
def test_covers(users: int, each: int, slope: float) -> None:
    rng = np.random.default_rng(users)
    truth, held = slope * 8 / 12, 0
    for _ in range(2_000):
        low, high, _ = slope_within(*log(rng, users, each, slope)).interval(0.95)
        held += low <= truth <= high
    assert 0.935 <= held / 2_000 <= 0.975
