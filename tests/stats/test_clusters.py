"""What clusters of very different size are worth: bounds by hand, and the coverage of rates and of gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from auditkit.core.estimate import LEVELS
from auditkit.stats.cluster_worth import surely_worth, worth_alike, worth_at_most
from auditkit.stats.clusters import Cells, Sample, left_out_mean, union_rates
from auditkit.stats.contrasts import newcombe
from auditkit.stats.exact import share_at_most
from auditkit.stats.proportions import guarded, wilson

AT_95 = 2
clusters = st.lists(st.tuples(st.integers(1, 60), st.floats(0, 1)), min_size=2, max_size=30)


def as_groups(rows, hits):
    """A sample of k groups, whose clusters are the k lines of two matrices of rows and hits."""
    k, size = rows.shape
    total, hit = rows.sum(axis=1), hits.sum(axis=1)
    cells = Cells(np.arange(k * size), np.repeat(np.arange(k), size), hits.ravel(), rows.ravel())
    squares = np.stack([total - hit, hit])
    return Sample(tuple(map(str, range(k))), hit.astype(int), total.astype(int), hit, total, squares, False, cells)


def left_out(rows, hits):
    """The rows that one rate is worth by leaving out each cluster."""
    p = hits.sum() / rows.sum()
    psi = left_out_mean(hits - p * rows, rows)
    return p * (1 - p) / (psi @ psi)


@given(st.integers(2, 40), st.lists(st.integers(0, 40), min_size=2, max_size=30))
def test_nothing_is_taken_from_clusters_of_one_size(size, hits):
    rows, hits = np.full(len(hits), float(size)), np.minimum(np.array(hits, float), size)
    if 0 < hits.sum() < rows.sum() and np.ptp(hits):
        worth = worth_alike(rows, hits, rows.sum())
        assert worth >= min(left_out(rows, hits), rows.sum()) - 1e-9
        assert worth == pytest.approx(min(left_out(rows, hits) + 1, rows.sum()))


@given(clusters, st.floats(0.1, 10))
def test_no_less_than_kishs_clusters_and_no_more_than_the_rows(drawn, scale):
    rows, share = np.array(drawn).T
    hits = np.round(rows * share)
    worth, most = worth_alike(rows, hits, rows.sum()), rows.sum()
    assert most**2 / (rows @ rows) - 1e-9 <= worth <= most + 1e-9
    assert worth_alike(scale * rows, scale * hits, most) == pytest.approx(worth)
    assert worth_alike(rows, rows - hits, most) == pytest.approx(worth)


def test_a_large_cluster_near_the_rate_does_not_hide_how_clusters_vary():
    """1,200 rows at .1 set the rate; of forty clusters of ten, all or none of each, four are hits."""
    rows, hits = np.array([1200.0] + [10.0] * 40), np.array([120.0] + [10.0] * 4 + [0.0] * 36)
    r = union_rates(as_groups(rows[None], hits[None]), np.ones((1, 1), bool))
    assert left_out(rows, hits) > 500
    share = rows / rows.sum()
    assert r.n_eff[0] < 2 / (share @ share)
    assert r.n_eff[0] == worth_alike(rows, hits, 1600)


def test_few_clusters_that_hold_an_outcome_are_worth_their_number():
    """Four of ten, whichever the outcome; not five, nor all that there are."""
    rows, hits = np.full(10, 10.0), np.array([9.0, 1, 1, 1] + [0.0] * 6)
    for side in (hits, rows - hits):
        assert worth_at_most(rows, side, 100) == pytest.approx(10)
        assert worth_alike(rows, side, 100) > 11
    five = np.array([9.0, 1, 1, 1, 1] + [0.0] * 5)
    assert worth_at_most(rows, five, 100) == worth_alike(rows, five, 100)
    assert worth_at_most(rows[:4], hits[:4], 40) == worth_alike(rows[:4], hits[:4], 40)


def test_a_rate_that_few_clusters_hold_is_missed_no_more_often_than_said():
    """Beta-binomial, 20 clusters of 10 at .1, ICC .5: without it the upper limit misses .03 at 99 %, .01 at 99.9 %."""
    rng, missed = np.random.default_rng(1), np.zeros(len(LEVELS))
    for _ in range(20):
        hits = rng.binomial(10, rng.beta(0.1, 0.9, (50, 20))).astype(float)
        r = union_rates(as_groups(np.full((50, 20), 10.0), hits), np.eye(50, dtype=bool))
        missed += (guarded(r).upper < 0.1).sum(axis=1)
    for level in (0.9, 0.95, 0.99, 0.999):
        assert stats.binom.sf(missed[LEVELS.index(level)] - 1, 1_000, (1 - level) / 2) > 1e-3, (level, missed)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40), st.integers(1, 40), st.floats(1, 40))
def test_what_is_surely_worth_lies_between_clusters_and_their_design_effect(held, size, effect):
    """Whichever outcome is called a hit, the rarer decides; clusters of one row are rows."""
    units, own = len(held), np.full(len(held), float(size))
    hits, rows = own * np.array(held), float(units * size)
    worth = surely_worth(own, hits, rows, effect)
    assert worth == rows or units - 1e-9 <= worth <= rows / min(effect, size) + 1e-9
    if abs(hits.sum() / rows - 0.5) > 1e-6:
        assert worth == pytest.approx(surely_worth(7 * own, 7 * (own - hits), rows, effect))
    assert size > 1 or worth == rows


def test_likeness_of_few_heavy_clusters_is_believed_less_than_that_of_many():
    """An ICC of .3 in 20 clusters of 50: one full one may mean that all are alike, six full ones what they show."""
    own, effect = np.full(20, 50.0), 1 + 49 * 0.3
    told = [surely_worth(own, np.resize([*of, *[0.0] * 19], 20), 1000, effect) for of in ([50.0], [50.0, 30.0])]
    assert told[0] == pytest.approx(20)
    assert 20 < told[1] < 1000 / effect
    assert surely_worth(own, np.repeat([50.0, 0.0], [6, 14]), 1000, effect) == 1000


@pytest.mark.parametrize("effect", [2.0, 1 + 49 * 0.05])
def test_where_no_cluster_is_mostly_hit_none_is_feared(effect):
    """20 hits in 1,000 rows, 3 of them in one cluster: a rate of .02 is worth more than twice what it would be else."""
    own, hits = np.full(20, 50.0), np.repeat([3.0, 2.0, 1.0, 0.0], [1, 5, 7, 7])
    worth = surely_worth(own, hits, 1000, effect)
    assert worth < 1000 / effect
    rho = (effect - 1) / 49
    heavy = (4 * rho * 0.98 / (0.02 * 20)) ** 2
    assert worth == pytest.approx(1000 / (1 + 49 * min(heavy, 0.06**0.5 * rho**0.25)))


def test_a_full_cluster_of_one_row_is_not_a_full_one():
    """What the fullest holds is over the mean cluster, so that a single row that is hit says little."""
    own = np.array([1.0] + [50.0] * 19)
    one, among = np.array([1.0] + [1.0] * 19), np.array([0.0, 2.0] + [1.0] * 18)
    told = [surely_worth(own, hits, float(own.sum()), 4.0) for hits in (one, among)]
    assert told[0] > told[1]


def test_five_heavy_clusters_count_as_clusters():
    """One of ten holds nine of thirteen hits: more than four hold one, and yet they are worth no more than eleven."""
    rows, hits = np.full(10, 10.0), np.array([9.0, 1, 1, 1, 1] + [0.0] * 5)
    r = union_rates(as_groups(rows[None], hits[None]), np.ones((1, 1), bool))
    assert worth_at_most(rows, hits, 100) > 15
    assert r.n_eff[0] == pytest.approx(100 / (1 + 9 * 0.9))  # nine tenths of a cluster were seen to be alike


@given(st.lists(st.booleans(), min_size=10, max_size=60))
def test_clusters_of_one_row_are_worth_what_leaving_each_out_says(drawn):
    hits = np.array(drawn, float)
    if min(hits.sum(), len(hits) - hits.sum()) >= 5:
        r = union_rates(as_groups(np.ones((1, len(hits))), hits[None]), np.ones((1, 1), bool))
        assert r.n_eff[0] == pytest.approx(len(hits) - 1)


def test_one_row_that_outweighs_all_others_is_worth_one():
    own, hits = np.array([1e90] + [1.0] * 99), np.array([0.0] + [1.0] * 99)
    assert worth_alike(own, hits, 1.0) == pytest.approx(1)


def covered(shape, units, p, alike, runs, seed):
    """How often both intervals at 95 % hold: of a rate, and of the gap between two groups of `units` clusters each."""
    rng, held, told, batch = np.random.default_rng(seed), 0, 0, 100
    for _ in range(runs // batch):
        drawn = (2 * batch, units)
        rows = np.floor(rng.lognormal(2.5, 1.5, drawn) if shape == "log-normal" else 5 + 5 * rng.pareto(1.1, drawn))
        rows, spread = np.clip(rows, 1, 20_000), (1 - alike) / alike
        own = rng.beta(p * spread, (1 - p) * spread, drawn) if spread else rng.random(drawn) < p
        s, each = as_groups(rows, rng.binomial(rows.astype(int), own).astype(float)), np.eye(2 * batch, dtype=bool)
        one, two = (wilson(union_rates(s, each[side::2])) for side in (0, 1))
        gap = newcombe(one, two)
        held += int(((one.lower[AT_95] <= p) & (p <= one.upper[AT_95])).sum())
        told += int(((gap.lower[AT_95] <= 0) & (gap.upper[AT_95] >= 0)).sum())
    return held, told


def test_clusters_of_very_different_size_that_are_all_or_none_are_covered():
    for count in covered("log-normal", 60, 0.1, 1.0, 300, 1):
        assert share_at_most(count, 300, 0.94) > 1e-3, count


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["log-normal", "Pareto"])
@pytest.mark.parametrize(("units", "p", "alike"), [(10, 0.1, 0.6), (20, 0.1, 0.3), (40, 0.1, 0.6), (20, 0.5, 1.0)])
def test_clusters_of_very_different_size_are_covered(shape, units, p, alike):
    for count in covered(shape, units, p, alike, 2_000, [units, int(10 * alike)]):
        assert share_at_most(count, 2_000, 0.95) > 1e-3, count


ALIKE = [(10, 50, 0.1, 0.3), (20, 20, 0.1, 0.3), (20, 50, 0.1, 0.6), (40, 50, 0.05, 0.3)]


def held(units, size, p, alike, runs, seed):
    """How often intervals of a rate and of a gap hold at 95 %, and the upper limit of a rate misses at 99.9 %."""
    rng, spread, each, out = np.random.default_rng(seed), (1 - alike) / alike, np.eye(200, dtype=bool), np.zeros(3, int)
    for _ in range(runs // 100):
        own = rng.beta(p * spread, (1 - p) * spread, (200, units))
        s = as_groups(np.full((200, units), float(size)), rng.binomial(size, own).astype(float))
        one, two = (guarded(union_rates(s, each[side::2])) for side in (0, 1))
        gap = newcombe(one, two)
        out[0] += ((one.lower[AT_95] <= p) & (p <= one.upper[AT_95])).sum()
        out[1] += ((gap.lower[AT_95] <= 0) & (gap.upper[AT_95] >= 0)).sum()
        out[2] += (one.upper[LEVELS.index(0.999)] < p).sum()
    return out


def test_equal_clusters_that_are_much_alike_are_covered():
    """20 clusters of 50 at .1, ICC .3: without `surely_worth` .92 hold, and .009 are above the limit at 99.9 %."""
    rate, gap, above = held(20, 50, 0.1, 0.3, 600, 7)
    assert share_at_most(rate, 600, 0.95) > 1e-2, rate
    assert share_at_most(gap, 600, 0.95) > 1e-2, gap
    assert above <= 3


@pytest.mark.slow
@pytest.mark.parametrize(("units", "size", "p", "alike"), ALIKE)
def test_equal_clusters_that_are_much_alike_are_covered_everywhere(units, size, p, alike):
    rate, gap, above = held(units, size, p, alike, 2_000, [units, size])
    assert share_at_most(rate, 2_000, 0.94) > 1e-3, rate
    assert share_at_most(gap, 2_000, 0.945) > 1e-3, gap
    assert above <= 10, above  # without `surely_worth` 9 to 25
