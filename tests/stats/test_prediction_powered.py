"""Prediction-powered means against recorded values of ppi-python, scipy and coverage; readings that stay unbiased."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm, ttest_1samp, ttest_ind

from auditkit.stats.misclassification import corrected_rates
from auditkit.stats.prediction_powered import CheckedScores, prediction_powered_means, unbiased_readings
from auditkit.stats.proportions import Curve

FEW, MANY = np.arange(60), np.arange(500)
TRUTH = FEW * 37 % 61 / 61
READING = np.clip(TRUTH + 0.3 * np.sin(FEW), 0, 1)
UNCHECKED = np.clip(MANY * 29 % 101 / 101 + 0.1 * np.cos(MANY), 0, 1)


def moments(x):
    return len(x), np.mean(x), np.sum((x - np.mean(x)) ** 2)


def mean(truth, reading, unchecked, tuning=None):
    return prediction_powered_means(CheckedScores.of(truth, reading), *moments(unchecked), tuning).rates[0]


@pytest.mark.parametrize(
    ("tuning", "value", "low", "high"),
    [
        (1.0, 0.48164972, 0.42624383, 0.53705562),
        (0.5, 0.48754617, 0.43837894, 0.53671341),
        (0.0, 0.49344262, 0.41987409, 0.56701115),
    ],
)
def test_values_of_ppi_python(tuning, value, low, high):
    """Recorded from ppi_mean_ci of version 0.2.3, which takes z and divides squares by n instead of n - 1."""
    e = mean(TRUTH, READING, UNCHECKED, tuning)
    assert e.value == pytest.approx(value)
    one, two = np.var(TRUTH - tuning * READING), tuning**2 * np.var(UNCHECKED)
    assert norm.ppf(0.975) * np.sqrt(one / 60 + two / 500) == pytest.approx((high - low) / 2)
    assert 1 < (e.interval(0.95).high - e.value) / ((high - low) / 2) < 1.035


def test_tuning_is_that_of_ppi_python_and_the_narrowest():
    """Recorded as above: there λ is over the variance of all readings, here over that of the checked rows."""
    theirs = np.cov(TRUTH, READING, bias=True)[0, 1] / np.var(np.r_[READING, UNCHECKED], ddof=1) / (1 + 60 / 500)
    e, recorded = (mean(TRUTH, READING, UNCHECKED, tuning) for tuning in (None, theirs))
    assert recorded.value == pytest.approx(0.48449535)
    assert e.standard_error() < recorded.standard_error() * 1.02
    widths = [mean(TRUTH, READING, UNCHECKED, tuning).standard_error() for tuning in np.linspace(0, 1.2, 25)]
    assert e.standard_error() < 1.02 * min(widths)


def test_welch_when_the_reading_is_the_truth_of_another_sample():
    """λ = 1 and a reading that errs: the two means of Welch's t, one of errors and one of readings."""
    low, high = ttest_ind(UNCHECKED, READING - TRUTH, equal_var=False).confidence_interval(0.95)
    assert mean(TRUTH, READING, UNCHECKED, 1.0).interval(0.95)[:2] == pytest.approx((low, high))


def test_a_reading_that_tells_nothing_leaves_the_checked_rows():
    low, high = ttest_1samp(TRUTH, 0).confidence_interval(0.95)
    for reading, unchecked in ((np.ones(60), np.ones(500)), (READING, [])):
        n, centre, m2 = moments(unchecked) if len(unchecked) else (0, 0.0, 0.0)
        e = prediction_powered_means(CheckedScores.of(TRUTH, reading), n, centre, m2).rates[0]
        assert e.interval(0.95)[:2] == pytest.approx((low, high))


@settings(max_examples=40)
@given(st.lists(st.integers(2, 40), min_size=4, max_size=4), st.integers(0, 300), st.integers(0, 300))
def test_counted_answers_are_the_tuned_mean_of_ones_and_zeros(cells, hits, misses):
    if hits + misses < 2:
        return
    table = np.array(cells).reshape(2, 2)
    f, y = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices((2, 2)))
    unchecked = np.repeat([1, 0], [hits, misses])
    by_counts = corrected_rates([hits], [hits + misses], [table]).rates[0]
    assert mean(y, f, unchecked).value == pytest.approx(by_counts.value)


def test_nothing_to_estimate_from():
    none = prediction_powered_means(CheckedScores.of([], []), 10, 0.4, 2.0)
    assert (none.rates[0].value, none.rates[0].reason) == (None, "no rows were checked")
    assert len(none.caps[0]) == 2
    two = mean([0.2, 0.8], [0.3, 0.5], UNCHECKED)
    assert two.value is not None
    assert set(two.lower) == {None}
    constant = mean(np.full(9, 0.4), np.full(9, 0.4), np.full(30, 0.4))
    assert (constant.value, set(constant.upper)) == (pytest.approx(0.4), {None})


@pytest.mark.parametrize("tuning", [None, 1.0])
@pytest.mark.parametrize("n", [20, 200])
def test_skewed_scores_are_covered_and_groups_compared(n, tuning):
    """Scores of mean .25 in one group and .2 in the other, read with an error of each group's own."""
    rng, replications, sides, truths = np.random.default_rng(n), 1500, [], (0.25, 0.2)
    for truth, bias in zip(truths, (0.1, -0.05), strict=True):
        y = rng.beta(4 * truth, 4 * (1 - truth), (replications, n + 600))
        f = np.clip(y + bias + 0.1 * rng.normal(size=y.shape), 0, 1)
        a, b, rest = y[:, :n], f[:, :n], f[:, n:]
        da, db, dr = (part - part.mean(axis=1, keepdims=True) for part in (a, b, rest))
        sums = [(one * two).sum(axis=1) for one, two in ((da, da), (db, db), (da, db))]
        checked = CheckedScores(n, a.mean(axis=1), b.mean(axis=1), *sums)
        sides.append(prediction_powered_means(checked, 600, rest.mean(axis=1), (dr**2).sum(axis=1), tuning))
    for side, truth in zip(sides, truths, strict=True):
        held = (side.curve.lower[2] <= truth) & (truth <= side.curve.upper[2])
        assert binom.cdf(held.sum(), replications, 0.935) > 1e-4
    both = type(sides[0])(sides[0].rates + sides[1].rates, sides[0].caps + sides[1].caps)
    told = Curve.of(both.differences(range(replications), range(replications, 2 * replications)))
    held = (told.lower[2] <= 0.05) & (told.upper[2] >= 0.05)
    assert binom.cdf(held.sum(), replications, 0.935) > 1e-4


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), min_size=1, max_size=30),
    st.floats(0.05, 1),
    st.floats(0, 1),
)
def test_readings_stay_within_their_range(rows, probability, tuning):
    f, y, seen = (np.array(part) for part in zip(*rows, strict=True))
    told = unbiased_readings(f, np.where(seen, y, np.nan), seen, probability, tuning)
    assert told.low - 1e-9 <= told.values.min() <= told.values.max() <= told.high + 1e-9
    as_checked, as_not = (
        unbiased_readings(f, y, np.full(len(f), s), probability, tuning).values for s in (True, False)
    )
    assert probability * as_checked + (1 - probability) * as_not == pytest.approx(y)


def test_the_ends_of_the_range_are_reached():
    low, high = unbiased_readings([1.0, 0.0], [0.0, 1.0], [True, True], 0.2, 0.8).values
    told = unbiased_readings([], [], [], 0.2, 0.8)
    assert (low, high) == (pytest.approx(told.low), pytest.approx(told.high))
    for wrong in ((0.0, 1.0), (1.2, 1.0), (0.5, 1.5)):
        with pytest.raises(ValueError, match="probability"):
            unbiased_readings([1.0], [1.0], [True], *wrong)
