"""Closed testing against its own definition, statsmodels and the error it promises, from p values and from e-values."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from auditkit.stats.closed_testing import bonferroni, closed_test, e_holm, hommel, running_e_holm, simes
from auditkit.stats.multiplicity import holm_adjusted
from auditkit.stats.proportions import clopper_pearson

ps = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.02, 0.5, 1.0])), min_size=1, max_size=7)
es = st.lists(st.one_of(st.floats(0, 1000), st.sampled_from([0.0, 1.0, 20.0, np.inf])), min_size=1, max_size=7)


@given(ps)
def test_shortcuts_are_the_closed_test_they_stand_for(p):
    assert hommel(p) == pytest.approx(closed_test(p, simes))
    assert holm_adjusted(p) == pytest.approx(closed_test(p, bonferroni))
    assert np.all(hommel(p) <= holm_adjusted(p) + 1e-12)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60))
def test_hommel_is_that_of_statsmodels(p):
    assert hommel(p) == pytest.approx(multipletests(p, method="hommel")[1])


def test_nan_counts_but_is_never_rejected():
    for adjusted in (
        hommel([0.02, np.nan]),
        closed_test([0.02, np.nan], simes),
        closed_test([0.02, np.nan], bonferroni),
    ):
        assert adjusted == pytest.approx([0.04, np.nan], nan_ok=True)
    assert e_holm([60.0, np.nan]) == pytest.approx([30, np.nan], nan_ok=True)
    assert running_e_holm([60.0, np.nan]) == pytest.approx([30, np.nan], nan_ok=True)


def test_nothing_and_too_much():
    assert [f([]).shape for f in (hommel, e_holm, running_e_holm, lambda p: closed_test(p, simes))] == [(0,)] * 4
    with pytest.raises(ValueError, match="8,191 subsets"):
        closed_test(np.ones(13), simes)


@given(es)
def test_e_holm_is_the_smallest_mean_of_any_subset(e):
    k = len(e)
    subsets = [s for size in range(1, k + 1) for s in combinations(range(k), size)]
    wanted = [min(np.mean([e[j] for j in s]) for s in subsets if i in s) for i in range(k)]
    assert e_holm(e) == pytest.approx(wanted)
    assert np.array_equal(e_holm([e, e]), np.array([e_holm(e)] * 2))


@given(es, st.integers(0, 6), st.floats(0, 100))
def test_more_evidence_never_hurts(e, place, more):
    grown = list(e)
    grown[place % len(e)] += more
    for adjust in (e_holm, running_e_holm):
        assert np.all(adjust(grown) >= adjust(e) * (1 - 1e-12))


@given(es)
def test_running_maxima_are_held_to_holm(e):
    reached = running_e_holm(e)
    with np.errstate(divide="ignore"):
        assert reached == pytest.approx(1 / holm_adjusted(1 / np.maximum(e, 1)))
    finite = np.array(e)[np.isfinite(e)]
    assert np.all(reached[np.isfinite(e)] <= np.maximum(finite, 1) * (1 + 1e-12))


def likelihood_ratios(rng, replications, steps, p):
    """Running Bernoulli likelihood ratios of p0 + .2 against p0 = .5, for one stream per hypothesis."""
    draws = rng.random((replications, steps, len(p))) < p
    return np.exp(np.cumsum(np.where(draws, np.log(1.4), np.log(0.6)), axis=1))


def test_running_e_processes_err_at_most_alpha_with_a_look_at_every_step():
    """Four true hypotheses beside one false, looked at 150 times."""
    rng, replications = np.random.default_rng(31), 1500
    paths = likelihood_ratios(rng, replications, 150, np.array([0.5, 0.5, 0.5, 0.5, 0.7]))
    for adjusted in (e_holm(paths).max(axis=1), np.array([running_e_holm(m) for m in paths.max(axis=1)])):
        false = int((adjusted[:, :4] >= 20).any(axis=1).sum())
        assert clopper_pearson(false, replications).lower[7, 0] <= 0.05
        assert (adjusted[:, 4] >= 20).mean() > 0.8


@pytest.mark.parametrize("k", [2, 10])
def test_means_of_running_maxima_are_not_e_values(k):
    """The running maximum of a continuous e-process is Pareto, P(max >= x) = 1/x: averages of such err too often."""
    maxima = 1 / np.random.default_rng(k).random((300_000 // k, k))
    averaged = int((e_holm(maxima) >= 20).any(axis=1).sum())
    sound = sum(bool((running_e_holm(m) >= 20).any()) for m in maxima[:5_000])
    assert clopper_pearson(averaged, len(maxima)).lower[6, 0] > 0.05
    assert clopper_pearson(sound, 5_000).lower[7, 0] <= 0.05
