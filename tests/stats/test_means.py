"""Means against scipy, by the mechanism that selects, and by every relabelling of a few raters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit.core.estimate import LEVELS
from auditkit.stats.means import mean_difference, permutation_of_labels, standardised_mean_differences


def moments(x):
    return len(x), np.mean(x), np.sum((x - np.mean(x)) ** 2)


samples = st.lists(st.floats(-5, 5).map(lambda v: round(v, 2)), min_size=2, max_size=7)


@given(samples, samples)
def test_welch_is_that_of_scipy(a, b):
    (e,) = mean_difference(*moments(a), *moments(b))
    assert e.value == pytest.approx(np.mean(a) - np.mean(b))
    if min(np.ptp(a), np.ptp(b)) > 0.01:  # scipy warns of constants
        interval = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
        assert e.interval(0.95)[:2] == pytest.approx(tuple(interval), rel=1e-6, abs=1e-8)


def test_welch_without_variance_or_rows():
    single, empty, whole = mean_difference([1, 0, 9], 2.0, [0, 0, 4.0], 5, 1.0, 3.0)
    assert (single.value, set(single.lower)) == (1.0, {None})
    assert (empty.value, empty.reason) == (None, "a group is empty")
    assert whole.interval(0.95).low is not None
    constant = mean_difference(4, 1.0, 0.0, 4, 1.0, 0.0)[0]
    assert (constant.value, set(constant.lower)) == (0.0, {None})


def exact_p(a, b, shift, alternative):
    return stats.permutation_test(
        (np.asarray(a) - shift, b),
        lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis),
        vectorized=True,
        n_resamples=np.inf,
        alternative=alternative,
    ).pvalue


@pytest.mark.parametrize(("seed", "size", "rest"), [(1, 5, 6), (2, 3, 8), (3, 6, 6), (4, 4, 3)])
def test_the_interval_is_what_scipys_permutation_test_does_not_reject(seed, size, rest):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0.4, 1, size), rng.normal(0, 1, rest)
    result = permutation_of_labels(np.r_[a, b], np.arange(size + rest) < size)
    assert result.exact
    assert result.p == pytest.approx(min(1, 2 * min(exact_p(a, b, 0, "greater"), exact_p(a, b, 0, "less"))))
    for level in (0.80, 0.90, 0.95):
        low, high, _ = result.estimate.interval(level)
        if low is None:
            assert result.smallest_p > 1 - level
            continue
        tail = (1 - level) / 2 + 1e-12
        assert exact_p(a, b, low - 1e-7, "greater") <= tail < exact_p(a, b, low + 1e-7, "greater")
        assert exact_p(a, b, high + 1e-7, "less") <= tail < exact_p(a, b, high - 1e-7, "less")


def test_too_few_raters_reach_no_level():
    """Two and two: six relabellings, so nothing at 95 % however far apart they are."""
    result = permutation_of_labels([9, 9.5, 0, 0.5], [True, True, False, False])
    assert result.p == result.smallest_p == pytest.approx(2 / 6)
    assert set(result.estimate.lower) == set(result.estimate.upper) == {None}
    assert permutation_of_labels([1.0, 2.0], [True, True]).estimate.reason == "one group has no raters"


@settings(max_examples=40)
@given(samples, st.lists(st.booleans(), min_size=7, max_size=7), st.floats(-3, 3))
def test_a_shift_shifts_and_a_swap_flips(values, labels, shift):
    x, mask = np.array(values), np.array(labels[: len(values)])
    r = permutation_of_labels(x, mask)
    if r.estimate.value is None:
        return
    shifted, swapped = permutation_of_labels(x + shift * mask, mask), permutation_of_labels(x, ~mask)
    for level in range(len(LEVELS)):
        if r.estimate.lower[level] is not None:
            assert shifted.estimate.lower[level] == pytest.approx(r.estimate.lower[level] + shift, abs=1e-8)
            assert swapped.estimate.upper[level] == pytest.approx(-r.estimate.lower[level], abs=1e-8)


def test_many_raters_are_welch():
    rng = np.random.default_rng(8)
    x, mask = rng.normal(size=20), np.arange(20) < 8
    result, peer = permutation_of_labels(x, mask), stats.ttest_ind(x[mask], x[~mask], equal_var=False)
    assert result.p == pytest.approx(peer.pvalue)
    assert result.estimate.interval(0.95)[:2] == pytest.approx(tuple(peer.confidence_interval(0.95)))
    assert (result.exact, result.estimate.clusters) == (False, 20)


def test_a_census_has_no_doubt_and_a_constant_no_effect():
    census, constant, nobody = standardised_mean_differences(
        [10, 5, 0], [0.0, 1.0, 0.0], [9.0, 0.0, 0.0], 10, [0.0, 1.0, 0.0], [9.0, 0.0, 9.0]
    )
    assert census.interval(0.95)[:2] == (0, 0)
    assert (constant.value, constant.reason) == (None, "constant in the frame")
    assert (nobody.value, nobody.reason) == (None, "nothing was selected")


@pytest.mark.slow
@pytest.mark.parametrize("strength", [0.0, 0.4, -0.4])
@pytest.mark.parametrize("shape", ["normal", "skewed", "rare"])
def test_selection_is_covered_over_its_own_repetitions(strength, shape):
    """First 60 of 1,000 by a latent speed correlated with x: the truth is the mean over the mechanism's repetitions."""
    rng = np.random.default_rng([len(shape), 5 + int(strength * 5)])
    frame = {"normal": rng.normal(size=1000), "skewed": rng.exponential(size=1000), "rare": rng.random(1000) < 0.1}
    x = frame[shape].astype(float)
    z = (x - x.mean()) / x.std(ddof=1)
    speed = strength * z + np.sqrt(1 - strength**2) * rng.normal(size=(1500, 1000))
    chosen = x[np.argpartition(-speed, 60, axis=1)[:, :60]]
    means = chosen.mean(axis=1)
    squares = ((chosen - means[:, None]) ** 2).sum(axis=1)
    all_of_it = standardised_mean_differences(60, means, squares, *moments(x))
    truth = np.mean([e.value for e in all_of_it])
    held = np.mean([e.interval(0.95).low <= truth <= e.interval(0.95).high for e in all_of_it])
    assert held >= 0.94
    if strength == 0:
        assert held <= 0.985


@pytest.mark.slow
def test_relabelling_keeps_its_size_and_its_coverage():
    """Five and seven raters, no difference, and a difference of 1."""
    rng, mask = np.random.default_rng(4), np.arange(12) < 5
    x = rng.standard_t(5, (1000, 12))
    assert 0.03 <= np.mean([permutation_of_labels(row, mask).p <= 0.05 for row in x]) <= 0.065
    intervals = [permutation_of_labels(row + mask, mask).estimate.interval(0.95) for row in x]
    assert np.mean([i.low <= 1 <= i.high for i in intervals]) >= 0.935
