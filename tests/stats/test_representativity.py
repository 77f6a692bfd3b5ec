"""The R-indicator: closed forms, scipy's own distribution, and the coverage that a bootstrap does not have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ncx2

from auditkit.core.estimate import LEVELS
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import clopper_pearson, rates, wilson
from auditkit.stats.representativity import heterogeneity, max_bias, noncentrality, partial_r_indicators, r_indicator

strata = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8)


def arrays(cells):
    hits, misses = np.array(cells).T
    return hits, hits + misses


@pytest.mark.parametrize(("chi2", "df"), [(40.0, 3), (12.5, 1), (300.0, 19), (9.0, 2.5), (2e4, 5)])
def test_the_inversion_is_that_of_scipy(chi2, df):
    lower, upper = noncentrality(chi2, df)
    for i, level in enumerate(LEVELS):
        if lower[i] > 0:
            assert ncx2.sf(chi2, df, lower[i]) == pytest.approx((1 - level) / 2, rel=1e-6)
        else:
            assert ncx2.sf(chi2, df, 1e-9) >= (1 - level) / 2
        assert ncx2.cdf(chi2, df, upper[i]) == pytest.approx((1 - level) / 2, rel=1e-6)


def test_a_chi_square_smaller_than_chance_makes_does_not_prove_equality():
    lower, upper = noncentrality(0.0, 19)
    assert not lower.any()
    assert np.all(upper > 0)
    assert upper == pytest.approx(noncentrality(18.0, 19)[1])


def test_two_strata_in_closed_form():
    """Two equal strata: S = |r1 - r2| / 2, so R = 1 - |r1 - r2|, less what noise adds."""
    e, _ = r_indicator([102_000, 198_000], [300_000, 300_000])
    assert e.value == pytest.approx(0.68, abs=1e-5)
    plug_in = (102 / 300 - 198 / 300) ** 2 / 4
    noise = 2 * 300 * 0.34 * 0.66 / 598 / 600
    assert r_indicator([102, 198], [300, 300])[0].value == pytest.approx(1 - 2 * np.sqrt(plug_in - noise))


@pytest.mark.parametrize(("k", "n"), [(2, 300), (20, 30)])
def test_the_plug_in_is_too_small_and_the_estimate_as_small_as_it_says(k, n):
    """All alike: the plug-in is .967 for 2 strata of 300, .824 for 20 of 30, which are χ's own means."""
    rng = np.random.default_rng([k, n])
    x = rng.binomial(n, 0.5, (3000, k))
    plug_in = 1 - 2 * (x / n).std(axis=1)
    assert plug_in.mean() == pytest.approx({2: 0.967, 20: 0.824}[k], abs=0.004)
    told = [r_indicator(row, [n] * k) for row in x[:1500]]
    assert np.mean([e.value for e, _ in told]) == pytest.approx(np.mean([null for _, null in told]), abs=0.005)
    assert np.mean([e.value for e, _ in told]) > plug_in.mean() + 0.01


@given(strata)
def test_order_relabelling_and_empty_strata_are_nothing(cells):
    x, n = arrays(cells)
    e, expected = heterogeneity(x, n)
    for other in ((x[::-1], n[::-1]), (n - x, n), (np.append(x, 0), np.append(n, 0))):
        again, same = heterogeneity(*other)
        assert (again.value is None) == (e.value is None)
        if e.value is not None:
            assert again.value == pytest.approx(e.value, abs=1e-9)
            assert again.upper == pytest.approx(e.upper, abs=1e-7)
            assert again.lower == pytest.approx(e.lower, abs=1e-7)
            assert same == pytest.approx(expected)


@given(strata)
def test_bounds_widen_with_the_level_and_hold_the_value(cells):
    e, _ = r_indicator(*arrays(cells))
    if e.value is None:
        assert e.reason
        return
    assert 0 <= e.lower[-1] <= e.lower[0] <= e.value + 1e-12
    assert e.value - 1e-12 <= e.upper[0] <= e.upper[-1] <= 1
    assert np.all(np.diff(e.lower) <= 1e-12)
    assert e.lower[-1] < e.upper[-1]


def test_the_undefined_say_why():
    assert r_indicator([3], [6])[0].reason == "fewer than two strata have rows"
    assert r_indicator([], []) == (r_indicator([], [])[0], None)
    assert "one row" in r_indicator([1, 0, 1], [1, 1, 1])[0].reason
    assert max_bias([0, 0], [50, 50], 0.5).reason == "nobody responded"
    assert partial_r_indicators([3, 0], [6, 0])[1].reason
    with pytest.raises(ValueError, match="not negative"):
        max_bias([10, 20], [50, 50], -1)


@given(strata)
def test_partial_indicators_sum_to_the_variables_own(cells):
    x, n = arrays(cells)
    parts = partial_r_indicators(x, n)
    if (n > 0).sum() < 2:
        return
    w, r = n / n.sum(), x / np.maximum(n, 1)
    assert sum(e.value**2 for e in parts if e.value is not None) == pytest.approx(w @ (r - x.sum() / n.sum()) ** 2)
    for e, k in zip(parts, range(len(n)), strict=True):
        if e.value is not None:
            assert e.value == pytest.approx(np.sqrt(w[k]) * (r[k] - x.sum() / n.sum()), abs=1e-12)


def test_a_category_against_the_rest_is_newcombe():
    x, n = np.array([56, 20, 28]), np.array([70, 30, 50])
    rest = newcombe(wilson(rates(56, 70)), wilson(rates(48, 80)))  # published: .0524 to .3339
    e, w = partial_r_indicators(x, n)[0], 70 / 150
    assert e.lower[2] == pytest.approx(np.sqrt(w) * (1 - w) * rest.lower[2, 0])


def test_max_bias_is_proportional_to_the_spread_of_y():
    one, half = (max_bias([102, 198], [300, 300], sd) for sd in (1.0, 0.5))
    assert half.upper == pytest.approx(tuple(u / 2 for u in one.upper))
    spread, _ = heterogeneity([102, 198], [300, 300])
    assert one.value == pytest.approx(spread.value / 0.5)
    assert one.upper[2] >= spread.upper[2] / 0.5


def coverage(rho, n, replications, seed):
    rng, rho, n = np.random.default_rng(seed), np.asarray(rho, float), np.asarray(n)
    w = n / n.sum()
    truth = np.sqrt(w @ (rho - w @ rho) ** 2)
    draws = rng.binomial(n, rho, (replications, len(n)))
    ends = np.array([heterogeneity(x, n)[0].interval(0.95)[:2] for x in draws])
    return int(((ends[:, 0] <= truth + 1e-12) & (ends[:, 1] >= truth - 1e-12)).sum())


WORLDS = {
    "alike, 2 of 300": ([0.5] * 2, [300] * 2),
    "alike, 20 of 30": ([0.5] * 20, [30] * 20),
    "alike, 50 of 3": ([0.9] * 50, [3] * 50),
    "R .68": ([0.34, 0.66], [300] * 2),
    "R .90, 20 of 200": (0.5 + 0.05 * np.sqrt(3) * np.linspace(-1, 1, 20), [200] * 20),
    "unlike variances": ([0.02, 0.5], [500, 50]),
    "one stratum apart": ([0.05] * 9 + [0.6], [60] * 10),
    "from nobody to everybody": (np.linspace(0.02, 0.98, 20), [20] * 20),
}


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_covers_alike_and_unlike(world):
    held = coverage(*WORLDS[world], replications=10_000, seed=len(world))
    assert clopper_pearson(held, 10_000).upper[7, 0] >= 0.935


def test_covers_where_a_chi_square_of_homogeneity_does_not():
    held = coverage([0.02, 0.5], [500, 50], replications=600, seed=1)
    assert clopper_pearson(held, 600).upper[7, 0] >= 0.935
    rng = np.random.default_rng(2)
    x = rng.binomial([500, 50], [0.02, 0.5], (600, 2))
    r, w = x / np.array([500, 50]), np.array([500, 50]) / 550
    v = (r * (1 - r)) @ w
    q = 550 * (w * (r - (r @ w)[:, None]) ** 2).sum(axis=1) / v
    ends = np.sqrt([[side[2] for side in noncentrality(one, 1)] for one in q]) * np.sqrt(v / 550)[:, None]
    truth = np.sqrt(w[0] * w[1]) * 0.48
    assert np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1])) < 0.70


@pytest.mark.slow
@pytest.mark.parametrize("rho", [[0.3, 0.5, 0.7], [0.1, 0.2, 0.15]])
def test_max_bias_covers(rho):
    rng, n = np.random.default_rng(3), np.array([100, 200, 150])
    w = n / n.sum()
    truth = np.sqrt(w @ (np.array(rho) - w @ rho) ** 2) / (w @ rho)
    ends = [max_bias(x, n, 1.0).interval(0.95) for x in rng.binomial(n, rho, (2000, 3))]
    held = sum(e.low <= truth <= e.high for e in ends)
    assert clopper_pearson(held, 2000).upper[7, 0] >= 0.935
