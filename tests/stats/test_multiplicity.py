"""Holm and Benjamini-Hochberg against statsmodels, max-t against closed forms, all by the error they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, studentized_range
from statsmodels.stats.multitest import multipletests

from auditkit.core.estimate import LEVELS, QUANTILES
from auditkit.stats.multiplicity import (
    benjamini_hochberg,
    correlation,
    holm,
    holm_adjusted,
    max_t,
    slice_correlation,
)
from auditkit.stats.proportions import clopper_pearson

ps = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(ps, st.floats(0.001, 0.5))
def test_holm_is_that_of_statsmodels(p, alpha):
    rejected, level = holm(p, alpha)
    peer = multipletests(p, alpha, method="holm")
    if np.min(np.abs(np.array(peer[1]) - alpha)) > 1e-9:
        assert rejected.tolist() == peer[0].tolist()
    assert holm_adjusted(p) == pytest.approx(peer[1])
    assert sorted(level) == pytest.approx(sorted(1 - alpha / np.arange(1, len(p) + 1)))


@given(ps)
def test_a_smaller_p_is_never_treated_worse(p):
    rejected, level = holm(p)
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(rejected[order].astype(int)) <= 0)
    assert np.all(np.diff(level[order]) < 0) or len(p) == 1
    assert np.all(np.array(p)[rejected] <= 1 - level[rejected] + 1e-12)


def test_nan_counts_but_is_never_rejected():
    rejected, level = holm([np.nan, 0.02, 0.001])
    assert rejected.tolist() == [False, True, True]
    assert level == pytest.approx([0.95, 0.975, 1 - 0.05 / 3])
    assert np.isnan(holm_adjusted([np.nan, 0.02])[0])
    assert holm_adjusted([np.nan, 0.02])[1] == pytest.approx(0.04)
    assert holm([])[0].shape == (0,)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_independent_contrasts_are_sidak(k):
    c = max_t(np.eye(k))
    exact = [norm.isf((1 - level ** (1 / k)) / 2) for level in LEVELS[:5]]
    assert c[:5] == pytest.approx(exact, abs=0.02)


def test_all_pairs_are_the_studentised_range():
    """The largest of all pairwise differences of five means, over √2: Tukey's quantile without his formula."""
    contrasts = np.array([np.eye(5)[i] - np.eye(5)[j] for i in range(5) for j in range(i)])
    c = max_t(contrasts @ contrasts.T / 2)
    wanted = [studentized_range.ppf(level, 5, np.inf) / np.sqrt(2) for level in LEVELS[:4]]
    assert c[:4] == pytest.approx(wanted, abs=0.02)


def test_levels_out_of_reach_are_nan():
    reach = np.isfinite(max_t(np.eye(3)))
    assert reach.tolist() == [True] * 8 + [False]
    assert np.isfinite(max_t(np.eye(3), draws=2_000)).sum() == 5
    assert np.array_equal(max_t(np.eye(3)), max_t(np.eye(3)), equal_nan=True)


@given(st.integers(2, 6), st.integers(0, 1000))
def test_between_one_comparison_and_independent_ones(k, seed):
    r = correlation(np.random.default_rng(seed).normal(size=(8, k)))
    c = max_t(r, draws=4_000)
    sidak = [norm.isf((1 - level ** (1 / k)) / 2) for level in LEVELS[:5]]
    assert np.all(c[:5] >= QUANTILES[:5])
    assert np.all(c[:5] <= np.array(sidak) + 1e-9)


def test_correlation_from_counted_cells_is_that_of_the_rows():
    rng = np.random.default_rng(4)
    influence, counts = rng.normal(size=(6, 4)), rng.integers(1, 9, 6)
    rows = np.repeat(influence, counts, axis=0)
    assert correlation(influence, counts) == pytest.approx(np.corrcoef(rows.T))
    constant = correlation(np.c_[influence[:, 0], np.ones(6)])
    assert constant == pytest.approx(np.eye(2))


@pytest.mark.slow
def test_group_against_rest_errs_as_often_as_it_says():
    """Eight fair groups of unequal size, each against the pooled others."""
    rng = np.random.default_rng(12)
    n = np.array([100, 150, 200, 300, 400, 600, 800, 1500])
    share, total = n / n.sum(), n.sum()
    influence = (np.eye(8) / share - (1 - np.eye(8)) / (1 - share)) * 1.0
    c = max_t(correlation(np.r_[influence, -influence], np.r_[n, n]))
    hits = rng.binomial(n, 0.4, (6000, 8))
    rest = hits.sum(axis=1, keepdims=True) - hits
    pooled = hits.sum(axis=1, keepdims=True) / total
    z = (hits / n - rest / (total - n)) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / (total - n)))
    wrong = (np.abs(z).max(axis=1)[:, None] > c[[1, 2]]).mean(axis=0)
    assert wrong == pytest.approx([0.10, 0.05], abs=0.009)


@given(ps)
def test_benjamini_hochberg_is_that_of_statsmodels(p):
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    assert np.all(benjamini_hochberg(p) <= holm_adjusted(p) + 1e-12)
    with_nan = benjamini_hochberg([*p, np.nan])
    assert np.isnan(with_nan[-1])
    assert with_nan[:-1] == pytest.approx(multipletests([*p, 1.0], method="fdr_bh")[1][:-1])


def cube(rng, cells=12, k=5):
    return rng.random((k, cells)) < 0.4, rng.integers(5, 60, cells), rng.uniform(0.1, 0.9, cells)


def test_slices_correlate_as_the_gaps_of_resampled_rows_do():
    """Multinomial resampling of the cube, which knows no influence function."""
    rng = np.random.default_rng(8)
    members, n, rate = cube(rng)
    hits = rng.binomial(n, rate)
    both = rng.multinomial(200 * n.sum(), np.r_[hits, n - hits] / n.sum(), 20_000)
    x, rows = both[:, :12], both[:, :12] + both[:, 12:]
    inside, outside = members.astype(float).T, 1 - members.astype(float).T
    gaps = (x @ inside) / (rows @ inside) - (x @ outside) / (rows @ outside)
    assert slice_correlation(members, hits, n) == pytest.approx(np.corrcoef(gaps.T), abs=0.03)


def test_slices_without_rows_or_without_a_rest_are_independent():
    r = slice_correlation([[1, 1, 1], [0, 0, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]], [3, 5, 0], [10, 10, 0])
    assert r[:3] == pytest.approx(np.eye(5)[:3])
    assert r[3, 4] == pytest.approx(-1)
    assert slice_correlation([[1, 0]], [0, 0], [0, 0]).tolist() == [[1.0]]


def test_nested_slices_of_a_fair_cube_err_as_often_as_they_say():
    """Ten slices of a 2 x 3 cube that name one or two attributes, each against its own rest."""
    rng, replications = np.random.default_rng(21), 20_000
    a, b = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    members = np.array([a == 0, *(b == j for j in range(3)), *np.eye(6, dtype=bool)])
    n = np.array([1200, 2000, 3400, 5000, 2600, 1800])
    c = max_t(slice_correlation(members, 0.3 * n, n))[2]
    hits = rng.binomial(n, 0.3, (replications, 6))
    inside, size, total = hits @ members.T, members @ n, hits.sum(axis=1, keepdims=True)
    rest, pooled = n.sum() - size, total / n.sum()
    z = (inside / size - (total - inside) / rest) / np.sqrt(pooled * (1 - pooled) * (1 / size + 1 / rest))
    false = int((np.abs(z).max(axis=1) > c).sum())
    exact = clopper_pearson(false, replications)
    assert exact.lower[6, 0] <= 0.05 <= exact.upper[6, 0]
    assert c < norm.isf((1 - 0.95**0.1) / 2) - 0.05  # narrower than ten independent comparisons
