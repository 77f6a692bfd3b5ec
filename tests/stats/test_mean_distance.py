"""A mean of noisy distances: bounded from both sides at any number of rows per object."""

from __future__ import annotations

from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.stats.distances import total_variation
from auditkit.stats.exact import share_at_most
from auditkit.stats.mean_distance import inverted, mean_share_differences, mean_total_variation, split_distance

SURELY = 1e-4


def compositions(n: int, k: int) -> np.ndarray:
    return np.array([c for c in product(range(n + 1), repeat=k) if sum(c) == n], float)


def probability(counts: np.ndarray, p: np.ndarray) -> np.ndarray:
    coefficient = [factorial(int(c.sum())) / np.prod([factorial(int(x)) for x in c]) for c in counts]
    return np.array(coefficient) * np.prod(p**counts, axis=1)


def by_brute_force(counts: np.ndarray, q: np.ndarray) -> float:
    """The average over every way to deal the rows into two halves."""
    n = int(counts.sum())
    m = n // 2
    total, ways = 0.0, comb(n, m)
    for half in product(*(range(int(c) + 1) for c in counts)):
        if sum(half) == m:
            sign = np.sign(np.array(half) - m * q)
            apart = (counts - half) / (n - m) - q
            total += np.prod([comb(int(c), a) for c, a in zip(counts, half, strict=True)]) / ways * (sign @ apart) / 2
    return total


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=2, max_size=4).filter(lambda x: sum(x) > 1), st.data())
def test_the_split_distance_is_the_average_over_all_halves(counts: list[int], data: st.DataObject) -> None:
    x = np.array(counts, float)
    parts = np.array(data.draw(st.lists(st.floats(0.05, 1), min_size=len(x), max_size=len(x))))
    q = parts / parts.sum()
    assert split_distance(x[None], q[None])[0] == pytest.approx(by_brute_force(x, q), abs=1e-10)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9), st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda x: sum(x[:3]) > 0.1 < sum(x[3:]))
)
def test_in_expectation_the_distance_lies_between_the_two(n: int, numbers: list[float]) -> None:
    """Summed over every sample there is: not a simulation."""
    p, q = (np.array(part) / sum(part) for part in (numbers[:3], numbers[3:]))
    samples = compositions(n, 3)
    weight = probability(samples, p)
    shares = np.broadcast_to(q, samples.shape)
    truth = np.abs(p - q).sum() / 2
    assert weight @ split_distance(samples, shares) <= truth + 1e-9
    assert weight @ (np.abs(samples / n - q).sum(axis=1) / 2) >= truth - 1e-9
    assert probability(samples, q) @ split_distance(samples, shares) == pytest.approx(0, abs=1e-9)


def test_at_many_rows_far_from_the_reference_nothing_is_lost() -> None:
    x, q = np.array([[90_000.0, 10_000.0]]), np.array([[0.2, 0.8]])
    assert split_distance(x, q)[0] == pytest.approx(0.7, abs=1e-12)


def test_a_large_sample_is_split_like_a_normal_one() -> None:
    """E[sign(x + z)(x - z)] = x (2 Φ(x) - 1) - 2 φ(x) for z standard normal, x the error in standard errors."""
    n, q = 40_000, 0.3
    for sd in (0.0, 0.7, 2.0):
        se = np.sqrt(q * (1 - q) / n)
        x = np.round(n * (q + sd * se))
        at = (x / n - q) / se
        phi = np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi)
        from scipy.special import ndtr

        expected = se * (at * (2 * ndtr(at) - 1) - 2 * phi)
        told = split_distance(np.array([[x, n - x]]), np.array([[q, 1 - q]]))[0]
        assert told == pytest.approx(expected, abs=0.02 * se)


@pytest.mark.parametrize(("rows", "tilt"), [(2, 0.0), (5, 0.4), (20, 0.4), (60, 1.5)])
def test_covers_the_mean_distance_of_a_population_of_objects(rows: int, tilt: float) -> None:
    rng = np.random.default_rng([rows, int(10 * tilt), 7])
    population = rng.dirichlet([1.0] * 5, 2_000)
    factor = np.exp(tilt * rng.standard_normal(population.shape))
    p = population * factor
    p /= p.sum(axis=1, keepdims=True)
    truth = (np.abs(p - population).sum(axis=1) / 2).mean()
    runs, held = 150, 0
    for _ in range(runs):
        at = rng.integers(len(p), size=30)
        e, _ = mean_total_variation(rng.multinomial(rows, p[at]), population[at])
        low, high, _ = e.interval(0.95)
        held += low <= truth <= high
    assert share_at_most(held, runs, 0.95) > SURELY


def test_averaging_plug_ins_alone_would_be_sure_of_a_wrong_value() -> None:
    """40 fair objects of 50 rows: the t interval of the mean plug-in distance never holds 0, ours does."""
    rng = np.random.default_rng(3)
    q = np.full((40, 5), 0.2)
    e, expected = mean_total_variation(rng.multinomial(50, q), q)
    assert expected == pytest.approx(0.112, abs=0.002)
    assert abs(e.value - expected) < 0.02
    assert e.interval(0.999).low == 0
    assert e.interval(0.95).high < 0.15


def test_one_object_has_the_interval_of_a_single_distance() -> None:
    one, expected = mean_total_variation([[30, 10, 10], [0, 0, 0]], [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    assert (one, expected) == total_variation([30, 10, 10], [0.5, 0.3, 0.2])


def test_nothing_to_compare_is_said() -> None:
    e, expected = mean_total_variation([[0, 0]], [[0.5, 0.5]])
    assert (e.value, expected) == (None, None)
    assert e.reason


def test_share_differences_sum_to_nothing_and_inversions_are_counted() -> None:
    x, q = [[8, 2, 0], [1, 1, 8], [0, 0, 0]], [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [1, 0, 0]]
    each = mean_share_differences(x, q)
    assert [e.value for e in each] == pytest.approx([0.3, -0.15, -0.15])
    assert inverted(x, q) == 1
