"""Max minus min: scipy's quantiles, brute force over pairs, and the coverage that a bootstrap does not have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import studentized_range

from auditkit.core.estimate import LEVELS
from auditkit.stats.multiplicity import max_t
from auditkit.stats.proportions import clopper_pearson
from auditkit.stats.ranges import combined, expected_range, range_of_rates, range_quantiles

groups = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=2, max_size=9)


def rates_of(cells):
    n = np.array([max(x, m) for x, m in cells], float)
    return np.array([min(x, m) for x, m in cells]) / n, n


@pytest.mark.parametrize("g", [2, 5, 60])
def test_quantiles_are_those_of_the_studentised_range(g):
    wanted = [studentized_range.ppf(level, g, np.inf) for level in LEVELS[:5]]
    assert range_quantiles(g)[:5] == pytest.approx(wanted, abs=1e-6)
    assert np.all(np.diff(range_quantiles(g)) > 0)


def test_two_groups_are_newcombe_on_the_absolute_difference():
    """With one pair there is no search to pay for: published .0524 to .3339 (Newcombe 1998a)."""
    e, _ = range_of_rates([56 / 70, 48 / 80], [70, 80], [70, 80])
    assert [round(v, 4) for v in e.interval(0.95)[:2]] == [0.0524, 0.3339]


@given(groups)
def test_bounds_are_the_worst_of_all_pairs(cells):
    p, n = rates_of(cells)
    e, _ = range_of_rates(p, n, n)
    assert e.value == pytest.approx(np.ptp(p))
    for level in (1, 4):
        z = range_quantiles(len(p))[level] / np.sqrt(2)
        low, high = np.sort(
            [(p + z**2 / 2 / n + s * z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)) / (1 + z**2 / n) for s in (-1, 1)],
            axis=0,
        )
        pairs = [(i, j) for i in range(len(p)) for j in range(len(p)) if i != j]
        lowest = max(p[i] - p[j] - np.hypot(p[i] - low[i], high[j] - p[j]) for i, j in pairs)
        highest = max(p[i] - p[j] + np.hypot(high[i] - p[i], p[j] - low[j]) for i, j in pairs)
        assert e.lower[level] == pytest.approx(max(lowest, 0), abs=1e-9)
        assert e.upper[level] == pytest.approx(min(highest, 1), abs=1e-9)


@given(groups, st.randoms())
def test_order_and_relabelling_of_outcomes_are_nothing(cells, random):
    p, n = rates_of(cells)
    order = list(range(len(p)))
    random.shuffle(order)
    e, expected = range_of_rates(p, n, n)
    for q, m in ((p[order], n[order]), (1 - p, n)):
        other, again = range_of_rates(q, m, m)
        assert other.lower == pytest.approx(e.lower, abs=1e-9)
        assert other.upper == pytest.approx(e.upper, abs=1e-9)
        assert again == pytest.approx(expected, abs=1e-9)


def test_expectation_under_equality_is_that_of_binomials():
    rng = np.random.default_rng(1)
    n = np.array([20, 40, 80, 160, 320] * 6)
    simulated = np.ptp(rng.binomial(n, 0.4, (20_000, 30)) / n, axis=1).mean()
    assert expected_range(0.4, n.astype(float)) == pytest.approx(simulated, rel=0.02)
    assert expected_range(1.0, n.astype(float)) == 0
    assert expected_range(0.5, np.full(3, 10.0), np.ones((3, 3))) == 0


def test_groups_without_rows_take_no_part():
    e, expected = range_of_rates([0.2, np.nan, 0.6], [50, 0, 50], [50, 0, 50])
    same, same_expected = range_of_rates([0.2, 0.6], [50, 50], [50, 50])
    assert (e, expected) == (same, same_expected)
    undefined, nothing = range_of_rates([0.2, np.nan], [50, 0], [50, 3])
    assert (undefined.value, undefined.n, nothing) == (None, 53, None)


def correlated(rng, g, together=False):
    loadings = rng.normal(size=(g, 3)) * rng.random(3) * 2
    loadings = np.abs(loadings) if together else loadings
    covariance = loadings @ loadings.T + np.diag(rng.random(g) + 0.1)
    sd = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sd, sd)


def test_no_correlation_is_independence_and_more_of_it_is_narrower():
    p, n, flat = np.array([0.3, 0.5, 0.4, 0.35]), np.full(4, 200.0), np.full((4, 4), 0.6)
    np.fill_diagonal(flat, 1.0)
    alone, zero, shared = (range_of_rates(p, n, n, correlation=r) for r in (None, np.eye(4), flat))
    assert zero[0].lower == pytest.approx(alone[0].lower)
    assert zero[0].upper == pytest.approx(alone[0].upper)
    assert shared[0].upper[2] < alone[0].upper[2]
    assert shared[0].lower[2] > alone[0].lower[2]
    assert shared[1] == pytest.approx(alone[1] * np.sqrt(0.4), rel=1e-6)


@pytest.mark.parametrize("g", [3, 6])
def test_the_quantile_of_independent_groups_is_enough_for_correlated_ones(g):
    """All pairwise differences by max-t under random correlations: never above the studentised range's quantile."""
    rng = np.random.default_rng(g)
    for _ in range(4):
        pairs = np.array([np.eye(g)[i] - np.eye(g)[j] for i in range(g) for j in range(i)])
        covariance = pairs @ correlated(rng, g) @ pairs.T
        sd = np.sqrt(np.diag(covariance))
        c = max_t(covariance / np.outer(sd, sd), draws=20_000)
        assert c[2] <= range_quantiles(g)[2] / np.sqrt(2) + 0.03


def test_expectation_under_correlation_is_that_of_normals():
    """Clusters that raise or lower all groups together, each as it will."""
    rng = np.random.default_rng(2)
    n = np.array([50.0, 100, 200, 100, 80])
    for _ in range(6):
        rho, sd = correlated(rng, 5, together=True), np.sqrt(0.21 / n)
        z = rng.multivariate_normal(np.zeros(5), rho * np.outer(sd, sd), 20_000)
        assert expected_range(0.3, n, rho) == pytest.approx(np.ptp(z, axis=1).mean(), rel=0.10)


def test_few_clusters_are_wider_and_one_cluster_may_have_any_rate():
    p, n = [0.3, 0.5, 0.4], [100] * 3
    uppers = [range_of_rates(p, n, n, df=df)[0].upper[2] for df in (np.inf, 20, 4, 1)]
    assert np.all(np.diff(uppers) > 0)
    e, _ = range_of_rates(p, n, n, df=[np.inf, 0, np.inf])
    assert e.upper[0] >= 0.7
    assert e.lower[2] == 0


@given(groups, st.floats(0.1, 50))
def test_gaps_combine_by_their_worst_at_half_the_error(cells, k):
    p, n = rates_of(cells)
    one, _ = range_of_rates(p, n * k, n)
    worst, mean = combined([one, one], max), combined([one, one], lambda pair: sum(pair) / 2)
    assert worst.value == mean.value == one.value
    assert worst.interval(0.9)[:2] == pytest.approx(one.interval(0.95)[:2])
    assert worst.upper == mean.upper
    undefined, _ = range_of_rates([0.5], [4], [4])
    assert combined([one, undefined], max).reason == "fewer than two groups have a rate"


def test_many_groups_need_no_table_of_pairs():
    rng = np.random.default_rng(8)
    n = rng.integers(50, 400, 6_000)
    e, _ = range_of_rates(rng.binomial(n, 0.3) / n, n, n)
    assert e.value < e.upper[2]


def sizes(rng, kind, g, total):
    if kind == "equal":
        return np.full(g, total // g)
    return np.maximum(np.round(rng.dirichlet(np.full(g, 2.0)) * total).astype(int), 20)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["equal", "dirichlet"])
@pytest.mark.parametrize("gap", [0.0, 0.2])
@pytest.mark.parametrize("p", [0.3, 0.5])
def test_sixty_groups_are_covered(kind, gap, p):
    """20,000 rows in 60 groups; where the percentile bootstrap covers 1 %."""
    rng, replications = np.random.default_rng([60, int(10 * p), int(gap * 10)]), 1000
    held, highs = [], []
    for _ in range(replications):
        n = sizes(rng, kind, 60, 20_000)
        truth = p - gap / 2 + gap * np.concatenate([[0, 1], rng.random(58)])
        e, _ = range_of_rates(rng.binomial(n, truth) / n, n, n)
        low, high, _ = e.interval(0.95)
        held.append(low <= gap + 1e-12 and high >= gap)
        highs.append(high)
    assert np.mean(held) >= 0.93
    if gap == 0 and kind == "equal":
        assert np.mean(highs) <= 0.30


@pytest.mark.slow
@pytest.mark.parametrize(("g", "n"), [(2, 60), (5, 300), (16, 40)])
def test_a_gap_is_claimed_where_there_is_none_no_more_often_than_stated(g, n):
    rng = np.random.default_rng(g)
    draws = rng.binomial(n, 0.4, (3000, g)) / n
    size = np.full(g, float(n))
    claims = sum(range_of_rates(p, size, size)[0].interval(0.95).low > 0 for p in draws)
    assert clopper_pearson(claims, len(draws)).lower[4, 0] <= 0.05
