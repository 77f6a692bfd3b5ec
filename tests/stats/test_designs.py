"""What sharing costs: scipy's F, statsmodels' two-way sandwich, brute-force sign flips, and coverage."""

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f, f_oneway
from statsmodels.stats.sandwich_covariance import cov_cluster, cov_cluster_2groups

from auditkit.core.estimate import LEVELS
from auditkit.stats.designs import intraclass_correlation, mean_of_few, two_way_rate
from auditkit.stats.proportions import clopper_pearson


def moments(groups):
    return [len(g) for g in groups], [np.mean(g) for g in groups], [np.var(g) * len(g) for g in groups]


def test_the_bounds_are_where_scipys_f_puts_them():
    rng = np.random.default_rng(1)
    groups = [rng.normal(mean, 1, 6) for mean in rng.normal(0, 0.7, 9)]
    e, ratio = intraclass_correlation(*moments(groups)), f_oneway(*groups).statistic
    assert e.value == pytest.approx((ratio - 1) / (ratio + 5))
    for i, level in enumerate(LEVELS):
        for rho, tail in ((e.lower[i], (1 - level) / 2), (e.upper[i], (1 + level) / 2)):
            assert f.sf(ratio / (1 + 6 * rho / (1 - rho)), 8, 45) == pytest.approx(tail, rel=1e-6)


def test_copies_of_each_row_cost_what_they_are_worth():
    rng = np.random.default_rng(2)
    x = (rng.random(400) < 0.3).astype(float)
    e = intraclass_correlation(np.full(400, 5), x, np.zeros(400))
    assert (e.value, e.lower[2]) == (1.0, None)


def test_correlations_that_do_not_exist_say_why():
    assert intraclass_correlation([], [], []).reason == "fewer than two clusters have rows"
    assert "one row" in intraclass_correlation([1, 1], [0, 1], [0, 0]).reason
    assert intraclass_correlation([3, 0, 4], [0.2, 0, 0.4], [1, 0, 1]).clusters == 2


@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_the_correlation_of_normal_rows_is_covered_exactly(rho):
    rng, count, size, held = np.random.default_rng(3), 12, 8, 0
    for _ in range(1500):
        x = np.sqrt(rho) * rng.standard_normal((count, 1)) + np.sqrt(1 - rho) * rng.standard_normal((count, size))
        e = intraclass_correlation(np.full(count, size), x.mean(axis=1), x.var(axis=1) * size)
        held += e.lower[2] <= rho <= e.upper[2]
    sure = clopper_pearson(held, 1500)
    assert sure.lower[7, 0] <= 0.95 <= sure.upper[7, 0]


def crossed(rng, raters, items, p=0.4):
    a, b = rng.normal(0, 0.5, raters), rng.normal(0, 0.5, items)
    rater, item = (side.ravel() for side in np.indices((raters, items)))
    latent = a[rater] + b[item] + rng.normal(0, np.sqrt(0.5), raters * items)
    return (latent < np.quantile(rng.normal(0, 1, 200_000), p)).astype(float), rater, item


def test_two_ways_are_the_sandwich_of_statsmodels():
    x, rater, item = crossed(np.random.default_rng(4), 15, 20)
    fit = sm.OLS(x, np.ones(len(x))).fit()
    both, first, second = cov_cluster_2groups(fit, rater, item)
    variance = max(float(both[0, 0]), float(first[0, 0]), float(second[0, 0]))
    assert float(cov_cluster(fit, rater)[0, 0]) == pytest.approx(float(first[0, 0]))
    e = two_way_rate(x, np.ones(len(x)), rater, item)
    assert e.n_eff == pytest.approx(min(x.mean() * (1 - x.mean()) / variance, len(x)), rel=1e-9)
    assert e.clusters == 15


def test_the_variance_never_falls_below_either_way():
    """Raters who disagree by design, item by item: the sum of both ways less what they share would be negative."""
    rater, item = (side.ravel() for side in np.indices((6, 6)))
    x = ((rater + item) % 2).astype(float)
    e = two_way_rate(x, np.ones(36), rater, item)
    assert 0 < e.n_eff <= 36
    assert e.lower[2] < 0.5 < e.upper[2]
    nested = two_way_rate(x, np.ones(36), rater, rater * 6 + item)
    assert nested.clusters == 6


def test_cells_are_rows_counted():
    x, rater, item = crossed(np.random.default_rng(5), 8, 9)
    once = two_way_rate(x, np.ones(72), rater, item)
    shuffled = np.random.default_rng(6).permutation(72)
    names = np.array([f"r{r}" for r in rater])
    again = two_way_rate(np.append(x[shuffled], 0), [*[1] * 72, 0], [*names[shuffled], "none"], [*item[shuffled], 99])
    assert again.upper == pytest.approx(once.upper)


def test_three_raters_bound_nothing_and_say_so():
    x, rater, item = crossed(np.random.default_rng(7), 3, 20)
    e = two_way_rate(x, np.ones(60), rater, item)
    assert e.value == pytest.approx(x.mean())
    assert e.lower == e.upper == (None,) * len(LEVELS)
    assert "3 clusters" in e.reason
    assert two_way_rate([], [], [], []).reason == "no rows"


@pytest.mark.slow
def test_crossed_raters_and_items_are_covered():
    rng, held, alone = np.random.default_rng(8), 0, 0
    for _ in range(1500):
        x, rater, item = crossed(rng, 20, 30)
        low, high, _ = two_way_rate(x, np.ones(len(x)), rater, item).interval(0.95)
        held += low <= 0.4 <= high
        one = two_way_rate(x, np.ones(len(x)), item, np.arange(len(x))).interval(0.95)
        alone += one.low <= 0.4 <= one.high
    assert clopper_pearson(held, 1500).upper[7, 0] >= 0.93
    assert alone < held - 100


@given(st.lists(st.floats(-1, 1).map(lambda v: round(v, 6)), min_size=4, max_size=7))
def test_the_interval_is_what_flipping_signs_does_not_reject(d):
    e = mean_of_few(d)
    spread = max(np.ptp(d), 1e-3)
    for theta in np.linspace(min(d) - spread / 7, max(d) + spread / 7, 23):
        moved = np.array(d) - theta
        flipped = np.array([np.dot(signs, moved) for signs in product((1, -1), repeat=len(d))])
        p_high = np.mean(flipped >= moved.sum() - 1e-9)
        p_low = np.mean(flipped <= moved.sum() + 1e-9)
        for i, level in enumerate(LEVELS[:4]):
            low = -np.inf if e.lower[i] is None else e.lower[i]
            high = np.inf if e.upper[i] is None else e.upper[i]
            if min(abs(theta - low), abs(theta - high)) > 1e-6:
                rejected = min(p_high, p_low) <= (1 - level) / 2 + 1e-12
                assert rejected == (not low < theta < high)


def test_six_clusters_are_needed_for_95_percent_and_four_for_any():
    draw = np.random.default_rng(9).normal(size=14)
    reached = {c: mean_of_few(draw[:c]).lower[2] is not None for c in range(1, 15)}
    assert [c for c, there in reached.items() if there] == list(range(6, 15))
    assert mean_of_few(draw[:4]).lower[0] is not None
    three = mean_of_few(draw[:3])
    assert three.value == pytest.approx(draw[:3].mean())
    assert three.lower == (None,) * len(LEVELS)
    assert "3 clusters" in three.reason
    assert mean_of_few([]).reason == "no clusters"
    assert mean_of_few([np.nan, 0.2]).clusters == 1


@pytest.mark.parametrize("clusters", [6, 8])
def test_unequal_clusters_are_covered_exactly(clusters):
    """Contrasts whose spread differs thirtyfold, which Student's t takes for one: symmetric is enough."""
    rng, spread = np.random.default_rng(clusters), np.geomspace(0.1, 3, clusters)
    draws = rng.standard_t(3, (1500, clusters)) * spread + 0.3
    ends = [mean_of_few(d).interval(0.95) for d in draws]
    sure = clopper_pearson(sum(low <= 0.3 <= high for low, high, _ in ends), 1500)
    nominal = 1 - 2 * np.floor(0.025 * 2**clusters) / 2**clusters
    assert sure.lower[7, 0] <= nominal <= sure.upper[7, 0]
