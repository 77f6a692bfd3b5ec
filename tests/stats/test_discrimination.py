"""Discrimination against scikit-learn, statsmodels, DeLong's own double sum, and by simulation."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from auditkit.core.estimate import LEVELS
from auditkit.stats.discrimination import auc, auc_difference, logit_slope, logit_slope_difference

tables = st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8)


def rows(table):
    values, pos, neg = np.array(table).T
    return np.concatenate([np.repeat(values, pos), np.repeat(values, neg)]), np.repeat([1, 0], [pos.sum(), neg.sum()])


def delong(score, y):
    """Placements pair by pair, as the paper writes them."""
    a, b = score[y == 1], score[y == 0]
    kernel = (a[:, None] > b) + (a[:, None] == b) / 2
    return kernel.mean(axis=1).var(ddof=1) / len(a) + kernel.mean(axis=0).var(ddof=1) / len(b)


@given(tables)
def test_auc_is_that_of_scikit_learn_with_delongs_variance(table):
    score, y = rows(table)
    e = auc(*np.array(table).T)
    if len(np.unique(y)) < 2:
        assert e.value is None
        assert e.reason in ("no positives", "no negatives", "no rows")
        return
    assert e.value == pytest.approx(roc_auc_score(y, score))
    assert e.lower[-1] <= e.lower[0] <= e.value <= e.upper[0] <= e.upper[-1]
    if min(y.sum(), (1 - y).sum()) > 1 and 0 < e.value < 1 and delong(score, y) > 1e-9:
        low = e.interval(0.95).low
        se = (np.log(e.value / (1 - e.value)) - np.log(low / (1 - low))) / 1.959964
        assert se * e.value * (1 - e.value) == pytest.approx(np.sqrt(delong(score, y)), rel=1e-4)


@given(tables)
def test_turning_the_score_round_mirrors_the_area(table):
    values, pos, neg = np.array(table).T
    e, turned = auc(values, pos, neg), auc(-values, pos, neg)
    assume(e.value is not None)
    assert turned.value == pytest.approx(1 - e.value)
    assert turned.upper == pytest.approx(tuple(1 - low for low in e.lower), abs=1e-9)


def test_perfect_order_is_not_certainty():
    e = auc([0, 1], [0, 10], [10, 0])
    assert (e.value, e.upper) == (1.0, (1.0,) * len(LEVELS))
    assert 0.7 < e.interval(0.95).low < 0.9
    assert e.interval(0.95).low < auc([0, 1], [0, 99], [99, 0]).interval(0.95).low


def test_difference_of_areas():
    good, poor = auc([1, 2, 3], [1, 5, 40], [40, 5, 1]), auc([1, 2, 3], [10, 20, 12], [12, 18, 10])
    e, turned = auc_difference(good, poor), auc_difference(poor, good)
    assert e.value == pytest.approx(good.value - poor.value)
    assert e.lower == pytest.approx(tuple(-u for u in turned.upper))
    assert auc_difference(good, auc([1], [0], [4])).reason == "no positives"


@settings(max_examples=60)
@given(tables)
def test_slope_is_that_of_statsmodels(table):
    values, pos, neg = np.array(table).T
    ours = logit_slope(values, pos, neg)
    if ours.value is None:
        assert ours.reason
        return
    score, y = rows(table)
    peer = sm.Logit(y, sm.add_constant(score.astype(float))).fit(disp=0, method="newton", maxiter=200)
    assert ours.value == pytest.approx(peer.params[1], abs=1e-6)
    assert ours.se == pytest.approx(peer.bse[1], rel=1e-5)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([(0, 3, 0), (1, 0, 4)], "a threshold separates the outcomes"),
        ([(0, 3, 0), (1, 2, 4), (2, 0, 5)], "a threshold separates the outcomes"),
        ([(1, 3, 5)], "all values are equal"),
        ([(0, 3, 0), (1, 5, 0)], "all outcomes are equal"),
        ([(0, 0, 0)], "no rows"),
    ],
)
def test_no_slope_and_why(table, reason):
    slope = logit_slope(*np.array(table).T)
    assert (slope.value, slope.se, slope.reason) == (None, None, reason)
    assert logit_slope_difference(slope, slope).reason == reason


def clustered(rng, groups, size, slope, spread):
    """One row per judgement: cluster code, evidence, decision; each cluster has its own leniency and slope."""
    cluster = np.repeat(np.arange(groups), size)
    x = rng.normal(size=groups * size)
    own, lenient = rng.normal(0, spread, groups), rng.normal(0, 0.5, groups)
    p = 1 / (1 + np.exp(-(slope + own[cluster]) * x - lenient[cluster]))
    return cluster, x, (rng.random(len(x)) < p).astype(float)


def test_sandwich_is_that_of_statsmodels():
    cluster, x, y = clustered(np.random.default_rng(2), 15, 30, 0.8, 0.4)
    ours = logit_slope(x, y, 1 - y, cluster)
    fit = {"cov_type": "cluster", "cov_kwds": {"groups": cluster, "use_correction": False}}
    peer = sm.Logit(y, sm.add_constant(x)).fit(disp=0, **fit)
    assert ours.value == pytest.approx(peer.params[1])
    assert ours.se == pytest.approx(peer.bse[1] * np.sqrt(15 / 14))


def test_clusters_in_both_groups_count_once():
    cluster, x, y = clustered(np.random.default_rng(3), 10, 40, 0.8, 0.4)
    slope = logit_slope(x, y, 1 - y, cluster)
    same = logit_slope_difference(slope, slope)
    assert same.interval(0.95)[:2] == (0, 0)
    apart = logit_slope_difference(slope, logit_slope(x, y, 1 - y, cluster + 10))
    assert (apart.clusters, same.clusters) == (20, 10)
    variance = 2 * slope.se**2 * (9 / 10) * (20 / 19)
    assert apart.interval(0.95).high == pytest.approx(stats.t.ppf(0.975, 19) * np.sqrt(variance))


@pytest.mark.slow
@pytest.mark.parametrize(("p", "q", "shift"), [(40, 40, 0.0), (30, 120, 1.0), (60, 30, 1.8)])
def test_area_covers(p, q, shift):
    rng, truth, replications = np.random.default_rng(p), stats.norm.cdf(shift / np.sqrt(2)), 1500
    held = 0
    for _ in range(replications):
        x = np.r_[rng.normal(shift, 1, p), rng.normal(0, 1, q)]
        low, high, _ = auc(x, np.arange(p + q) < p, np.arange(p + q) >= p).interval(0.95)
        held += low <= truth <= high
    assert 0.935 <= held / replications <= 0.97


@pytest.mark.slow
def test_slope_difference_covers_by_rows_and_by_shared_raters():
    """400 rows each with another base rate; then 20 raters whose slopes vary and who judge both groups."""
    rng, held = np.random.default_rng(6), np.zeros(3)
    for _ in range(800):
        x, y = rng.normal(size=(2, 400)), rng.random((2, 400))
        hit = (y < 1 / (1 + np.exp(-np.array([[1.0], [0.7]]) * x - np.array([[0.0], [-1.0]])))).astype(float)
        by_rows = logit_slope_difference(*(logit_slope(a, b, 1 - b) for a, b in zip(x, hit, strict=True)))
        raters = [clustered(rng, 20, 20, 0.0, 0.0) for _ in range(2)]
        own = rng.normal(0, 0.7, (2, 20))
        slopes, flat = [], []
        for (code, a, _), extra in zip(raters, own, strict=True):
            b = (rng.random(400) < 1 / (1 + np.exp(-(0.5 + extra[code]) * a))).astype(float)
            slopes.append(logit_slope(a, b, 1 - b, code))
            flat.append(logit_slope(a, b, 1 - b))
        intervals = (by_rows, logit_slope_difference(*slopes), logit_slope_difference(*flat))
        truths = (0.3, 0.0, 0.0)
        held += [i.low <= t <= i.high for i, t in zip((e.interval(0.95) for e in intervals), truths, strict=True)]
    rows_, clusters, ignored = held / 800
    assert 0.93 <= rows_ <= 0.972
    assert 0.93 <= clusters <= 0.975
    assert ignored < 0.9
