"""The mean of paired losses: Hall's interval by hand, and how often it misses where losses are skewed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import skew, t

from auditkit.stats.noninferiority import FEWEST, mean_of_items

DRAWS = 2_000


def test_the_bounds_are_those_of_halls_transformation() -> None:
    x = np.random.default_rng(1).exponential(size=50)
    e = mean_of_items(x)
    a, se = skew(x) / np.sqrt(50), x.std(ddof=1) / np.sqrt(50)
    for level in (0.9, 0.95):
        z = t.ppf((1 + level) / 2, 49)
        low, high, _ = e.interval(level)
        # g(T) = T + a T^2/3 + a^2 T^3/27 + a/6 is symmetric about 0: it is ±z at the bounds
        for bound, wanted in ((low, z), (high, -z)):
            assert bound is not None
            T = (x.mean() - bound) / se
            assert T + a * T**2 / 3 + a**2 * T**3 / 27 + a / 6 == pytest.approx(wanted, abs=1e-9)


def test_without_skewness_it_is_students_interval() -> None:
    x = np.tile([-1.0, 1.0], 30)
    half = t.ppf(0.975, 59) * x.std(ddof=1) / np.sqrt(60)
    assert mean_of_items(x).interval(0.95)[:2] == pytest.approx((-half, half))


def test_few_items_and_none() -> None:
    few = mean_of_items(np.arange(FEWEST - 1.0))
    assert few.value == 14.0
    assert few.interval(0.9)[:2] == (None, None)
    assert mean_of_items([]).value is None
    assert mean_of_items([np.nan, np.inf]).value is None
    assert mean_of_items([0.0] * 30).interval(0.95)[:2] == (0.0, 0.0)


@pytest.mark.parametrize(
    ("draw", "mean", "n", "rate"),
    [
        (lambda rng, n: rng.normal(size=n), 0.0, 30, 0.054),
        (lambda rng, n: rng.exponential(size=n), 1.0, 30, 0.061),
        (lambda rng, n: rng.exponential(size=n), 1.0, 100, 0.056),
        (lambda rng, n: rng.lognormal(0, 1, n), np.exp(0.5), 100, 0.075),
    ],
)
def test_the_upper_bound_misses_little_more_than_5_percent_and_less_than_students(
    draw: Callable[[Any, int], Any], mean: float, n: int, rate: float
) -> None:
    """`rate` was measured over 4,000 to 20,000 draws; these draws may lie three standard deviations above it."""
    rng = np.random.default_rng(7)
    missed = plain = 0
    for _ in range(DRAWS):
        x = draw(rng, n)
        high = mean_of_items(x).interval(0.9).high
        assert high is not None
        missed += high < mean
        plain += x.mean() + t.ppf(0.95, n - 1) * x.std(ddof=1) / np.sqrt(n) < mean
    assert missed / DRAWS < rate + 3 * np.sqrt(rate * (1 - rate) / DRAWS)
    assert missed <= plain + 0.01 * DRAWS
