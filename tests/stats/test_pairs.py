"""Paired readings: published tables, a bootstrap of rows, invariants and coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, ttest_1samp

from auditkit.core.estimate import LEVELS
from auditkit.stats.cluster_worth import worth_alike
from auditkit.stats.pairs import (
    clustered_mean,
    mcnemar_midp,
    paired_difference,
    precision_difference,
    recall_difference,
    specificity_difference,
)

TABLE = np.array([[[600, 20], [60, 20]], [[10, 50], [20, 220]]])
THREE = (precision_difference, recall_difference, specificity_difference)
tables = st.lists(st.integers(0, 40), min_size=8, max_size=8).map(lambda c: np.array(c).reshape(2, 2, 2))


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        ((36, 12, 2, 0), 0.0569, 0.3404),  # Newcombe 1998b
        ((59, 6, 16, 80), -0.1186, -0.0046),  # Fagerland, Lydersen & Laake 2017: Cavo et al. 2012
        ((1, 1, 7, 12), -0.507, -0.026),  # the same: Bentur et al. 2009
    ],
)
def test_published_intervals(cells, low, high):
    interval = paired_difference(*cells).interval(0.95)
    digits = len(str(high).split(".")[1])
    assert (round(interval.low, digits), round(interval.high, digits)) == (low, high)


@given(st.tuples(*[st.integers(0, 50)] * 4))
def test_swapping_the_readings_flips_the_sign(cells):
    both, first, second, neither = cells
    e, swapped = paired_difference(*cells), paired_difference(both, second, first, neither)
    if sum(cells) == 0:
        assert e.value is None
        assert e.reason == "no pairs"
        return
    assert np.allclose(e.lower, -np.array(swapped.upper))
    assert e.lower[-1] <= e.lower[0] <= e.value <= e.upper[0] <= e.upper[-1]


@given(st.integers(0, 60), st.integers(0, 60))
def test_midp_is_its_definition(b, c):
    n, s = b + c, min(b, c)
    expected = 2 * binom.cdf(s, n, 0.5) - binom.pmf(s, n, 0.5) if b != c else 1 - binom.pmf(s, n, 0.5) / 2
    assert mcnemar_midp(b, c) == pytest.approx(expected if n else 1.0)


def test_clustered_mean_of_equal_clusters_is_the_t_interval():
    d = np.random.default_rng(3).uniform(-0.5, 0.6, 11)
    low, high = ttest_1samp(d, 0).confidence_interval(0.95)
    e = clustered_mean(d, np.full(11, 7))
    assert e.interval(0.95)[:2] == pytest.approx((low, high))
    assert (e.clusters, e.n, e.n_eff) == (11, 77, pytest.approx(11))


def test_clusters_that_never_differ_still_leave_doubt():
    e = clustered_mean([0.0] * 20, [5] * 20)
    assert e.interval(0.90).high == pytest.approx(1 - 0.05 ** (1 / 20))
    assert clustered_mean([0.2], [5]).lower == (None,) * len(LEVELS)
    assert clustered_mean([], []).reason == "no clusters with items"
    assert clustered_mean([0.4, 0.3], [0, 9]).clusters == 1


def test_points_are_the_plain_rates():
    items = TABLE.sum()
    y, m, h = (np.repeat(axis.ravel(), TABLE.ravel()) for axis in np.indices((2, 2, 2)))
    assert len(y) == items
    assert precision_difference(TABLE).value == pytest.approx(y[m == 1].mean() - y[h == 1].mean())
    assert recall_difference(TABLE).value == pytest.approx(m[y == 1].mean() - h[y == 1].mean())
    assert specificity_difference(TABLE).value == pytest.approx((1 - m)[y == 0].mean() - (1 - h)[y == 0].mean())


@pytest.mark.parametrize("difference", THREE)
def test_width_is_that_of_a_bootstrap_of_rows(difference):
    rng = np.random.default_rng(5)
    draws = rng.multinomial(TABLE.sum(), TABLE.ravel() / TABLE.sum(), size=3000).reshape(-1, 2, 2, 2)
    sd = np.std([difference(t).value for t in draws])
    assert difference(TABLE).standard_error() == pytest.approx(sd, rel=0.06)


@pytest.mark.parametrize("difference", THREE)
def test_every_row_its_own_cluster_is_nearly_the_rows(difference):
    singles = np.zeros((int(TABLE.sum()), 8))
    singles[np.arange(len(singles)), np.repeat(np.arange(8), TABLE.ravel())] = 1
    rows, clusters = difference(TABLE), difference(TABLE, singles.reshape(-1, 2, 2, 2))
    assert clusters.value == pytest.approx(rows.value)
    assert clusters.clusters == len(singles)
    assert clusters.interval(0.95)[:2] == pytest.approx(rows.interval(0.95)[:2], abs=0.002)


@pytest.mark.parametrize("difference", THREE)
def test_copied_rows_in_clusters_add_nothing(difference):
    singles = np.zeros((int(TABLE.sum()), 8))
    singles[np.arange(len(singles)), np.repeat(np.arange(8), TABLE.ravel())] = 1
    once = difference(TABLE, singles.reshape(-1, 2, 2, 2)).interval(0.95)
    assert difference(9 * TABLE, 9 * singles.reshape(-1, 2, 2, 2)).interval(0.95)[:2] == pytest.approx(once[:2])


@given(tables)
def test_swapping_the_readers_flips_the_sign(table):
    for difference in THREE:
        e, swapped = difference(table), difference(table.swapaxes(1, 2))
        assert (e.value is None) == (swapped.value is None)
        if e.value is not None:
            assert np.allclose(e.lower, -np.array(swapped.upper))
            assert -1 <= e.lower[-1] <= e.value <= e.upper[-1] <= 1


def test_readers_who_never_disagreed_still_get_a_width():
    table = np.array([[[90, 0], [0, 10]], [[0, 0], [0, 50]]])
    for difference in THREE:
        assert difference(table).value == 0
        assert difference(table).interval(0.95).high > 0.001


def test_clusters_whose_readers_never_disagreed_still_get_a_width():
    batches = np.zeros((10, 2, 2, 2))
    batches[:, 0, 1, 1], batches[:, 1, 1, 1] = np.arange(10), np.arange(10)[::-1]
    e = precision_difference(batches.sum(axis=0), batches)
    assert e.value == 0
    assert e.interval(0.95).high > 0.01


def test_clustered_rates_are_worth_what_leaving_each_cluster_out_says():
    """p(1 - p) over (C - 1)/C Σ (p without a batch - p)², of the reader whose calls are worth less.

    Of batches of one size; where sizes differ, no more than batches so alike can be.
    """
    batches = np.random.default_rng(8).integers(0, 9, (6, 2, 2, 2)).astype(float)
    batches[:, 0] = 20 - batches[:, 1]  # a call is 20 items of either truth
    worth = []
    for called in (batches[:, :, 1, :].sum(axis=2), batches[:, :, :, 1].sum(axis=2)):
        hits, total = called[:, 1], called.sum(axis=1)
        p = hits.sum() / total.sum()
        without = (hits.sum() - hits) / (total.sum() - total)
        worth.append(p * (1 - p) / (5 / 6 * ((without - p) ** 2).sum()))
    assert precision_difference(batches.sum(axis=0), batches).n_eff == pytest.approx(min(worth))
    batches *= np.array([1, 1, 1, 2, 5, 25])[:, None, None, None]
    called, hits = batches[:, :, :, 1].sum(axis=(1, 2)), batches[:, 1, :, 1].sum(axis=1)
    assert precision_difference(batches.sum(axis=0), batches).n_eff <= worth_alike(called, hits, called.sum())


def test_nothing_to_read():
    never = np.array([[[9, 2], [0, 0]], [[3, 4], [0, 0]]])
    assert precision_difference(never).reason == "nothing is called positive"
    assert recall_difference(never * [[[0]], [[1]]]).value is not None
    assert specificity_difference(never, [never * [[[0]], [[1]]]]).reason == "no negative items"


def coverage(difference, draw, truth, replications):
    held = [e.interval(0.95) for e in (difference(*draw()) for _ in range(replications)) if e.value is not None]
    assert len(held) > 0.98 * replications
    return np.mean([low <= truth <= high for low, high, _ in held])


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 100, 300])
def test_precision_covers_by_rows(n):
    rng = np.random.default_rng(n)
    p = np.array([[[0.62, 0.03], [0.12, 0.03]], [[0.01, 0.04], [0.01, 0.14]]])
    truth = p[1, 1].sum() / p[:, 1].sum() - p[1, :, 1].sum() / p[:, :, 1].sum()
    held = coverage(precision_difference, lambda: (rng.multinomial(n, p.ravel()).reshape(2, 2, 2),), truth, 3000)
    assert 0.935 <= held <= 0.975


@pytest.mark.slow
@pytest.mark.parametrize("difference", THREE)
def test_covers_by_clusters_where_rows_do_not(difference):
    rng = np.random.default_rng(11)

    def batches():
        """Twelve batches of 30: readers err more in some batches, each reader in other ones, equally on the whole."""
        out = np.zeros((12, 2, 2, 2))
        for batch in out:
            y = rng.random(30) < rng.beta(6, 12)
            m, h = (y ^ (rng.random(30) < rng.beta(1.5, 6)) for _ in range(2))
            np.add.at(batch, (y.astype(int), m.astype(int), h.astype(int)), 1)
        return out.sum(axis=0), out

    assert coverage(difference, batches, 0.0, 1500) >= 0.935
    assert coverage(lambda table, _: difference(table), batches, 0.0, 800) < 0.91
