"""Total variation against exact binomials, its coverage where bootstraps have none, and ratios against statsmodels."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import binom, entropy
from statsmodels.stats.proportion import multinomial_proportions_confint

from auditkit.core.estimate import LEVELS
from auditkit.stats.class_ratios import class_ratios, class_ratios_between
from auditkit.stats.distances import (
    expected_total_variation,
    jensen_shannon,
    kullback_leibler,
    total_variation,
    total_variation_between,
)

counted = st.lists(st.integers(0, 60), min_size=2, max_size=8).filter(any)


def zipf(k):
    return 1 / np.arange(1, k + 1) / (1 / np.arange(1, k + 1)).sum()


def at_least(hits, trials, bound):
    """Only a count that the bound makes rarer than 1e-4 says no."""
    assert binom.cdf(hits, trials, bound) >= 1e-4, hits / trials


def at_most(hits, trials, bound):
    assert binom.sf(hits - 1, trials, bound) >= 1e-4, hits / trials


@pytest.mark.parametrize(("x", "n"), [(100, 200), (20, 200), (3, 500), (0, 60)])
def test_two_classes_have_binomial_radii(x, n):
    """c is the quantile of |x*/n - p| with two rows added to each class; beyond .999 the tail goes on as a binomial."""
    e, _ = total_variation([x, n - x], [0.5, 0.5])
    p, k = (x + 2) / (n + 4), np.arange(n + 1)
    error = np.abs(k / n - p)
    order = np.argsort(error)
    mass = np.cumsum(binom.pmf(k, n, p)[order])
    for level, upper in zip(LEVELS, e.upper, strict=True):
        exact = max(error[order][np.searchsorted(mass, level)], 1 - (1 - level) ** (1 / n))
        # a step of the lattice either way, and the further tail within a tenth more
        assert abs(upper - e.value - exact) <= 1.01 / n + (0.1 * exact if level > 0.999 else 0)


@given(counted)
def test_the_expectation_is_the_sum_over_all_binomials(shares):
    q, n = np.array(shares) / np.sum(shares), 37
    k = np.arange(n + 1)
    exact = sum((np.abs(k / n - p) * binom.pmf(k, n, p)).sum() for p in q) / 2
    assert expected_total_variation(shares, n) == pytest.approx(exact, abs=1e-10)


def test_noise_alone_is_a_distance():
    """The plug-in at p = q, which nothing but its expectation explains."""
    rng, q = np.random.default_rng(3), np.array([0.35, 0.25, 0.2, 0.15, 0.05])
    draws = rng.multinomial(200, q, 20_000) / 200
    mean = np.abs(draws - q).sum(axis=1).mean() / 2
    assert mean == pytest.approx(0.052, abs=0.002)
    assert expected_total_variation(q, 200) == pytest.approx(mean, rel=0.01)
    between = np.abs(draws - rng.multinomial(500, q, 20_000) / 500).sum(axis=1).mean() / 2
    _, expected = total_variation_between(200 * q, 500 * q)
    assert expected == pytest.approx(between, rel=0.02)


@settings(max_examples=15, deadline=None)
@given(counted, st.randoms())
def test_the_order_of_classes_and_clusters_is_nothing(counts, random):
    order = list(range(len(counts)))
    random.shuffle(order)
    x, q = np.array(counts), np.arange(1.0, len(counts) + 1)
    assert total_variation(x[order], q[order])[0].upper == pytest.approx(total_variation(x, q)[0].upper)
    clusters = np.stack([x, 2 * x + 1, np.roll(x, 1)]).astype(float)
    e = total_variation(clusters, q)[0]
    assert total_variation(clusters[[2, 0, 1]], q)[0].upper == pytest.approx(e.upper)
    assert total_variation(clusters[:, order], q[order])[0].upper == pytest.approx(e.upper, rel=0.05)


@settings(max_examples=15, deadline=None)
@given(counted)
def test_bounds_hold_the_value_and_widen(counts):
    e, expected = total_variation(counts, np.ones(len(counts)))
    assert 0 <= e.value <= 1
    assert expected > 0
    assert None not in e.lower + e.upper
    assert list(e.upper) == sorted(e.upper)
    assert list(e.lower) == sorted(e.lower, reverse=True)
    assert e.lower[0] <= e.value <= e.upper[0]


def test_clusters_of_one_are_rows_and_clusters_of_one_kind_are_few():
    rng = np.random.default_rng(5)
    rows = rng.multinomial(1, zipf(4), 400)
    by_rows, by_clusters = total_variation(rows.sum(axis=0), zipf(4))[0], total_variation(rows, zipf(4))[0]
    assert by_clusters.clusters == 400
    assert by_clusters.n_eff == pytest.approx(400, rel=0.01)
    assert by_clusters.interval(0.95).high == pytest.approx(by_rows.interval(0.95).high, rel=0.05)
    tenfold = total_variation(10 * rows[:100], zipf(4))[0]
    hundred = total_variation(rows[:100], zipf(4))[0]
    assert (tenfold.value, tenfold.n_eff) == pytest.approx((hundred.value, 100), rel=0.02)
    assert tenfold.interval(0.95).high == pytest.approx(hundred.interval(0.95).high, rel=0.05)


def test_what_cannot_be_said_has_a_reason():
    told = {
        "no rows": total_variation([0, 0], [1, 1]),
        "the reference has no shares": total_variation([3, 4], [0, 0]),
        "fewer than two classes": total_variation([3], [1]),
    }
    for reason, (e, expected) in told.items():
        assert (e.value, e.reason, expected) == (None, reason, None)
    assert total_variation_between([0, 0], [1, 2])[0].reason == "no rows"
    single, _ = total_variation([[10, 20]], [1, 1])
    assert (single.clusters, set(single.lower), set(single.upper)) == (1, {None}, {None})
    alike, _ = total_variation([[5, 0]] * 8, [0.5, 0.5])
    assert alike.value == 0.5
    assert alike.value - alike.interval(0.95).low >= 1 - 0.05 ** (1 / 8) - 1e-12  # eight clusters, not forty rows


def test_entropies_are_scipys_and_say_when_there_are_none():
    x, q = [5, 0, 12, 3], np.array([0.2, 0.1, 0.3, 0.4])
    p = np.array(x) / 20
    assert jensen_shannon(x, q).value == pytest.approx(jensenshannon(p, q) ** 2)
    assert kullback_leibler(x, q).value == pytest.approx(entropy(p, q))
    assert kullback_leibler([x, x], q).value == pytest.approx(entropy(p, q))
    assert set(jensen_shannon(x, q).lower) == {None}
    assert kullback_leibler([1, 1], [1, 0]).reason == "a class occurs that the reference does not have"
    assert kullback_leibler([0, 0], [1, 1]).reason == "no rows or no reference shares"
    assert jensen_shannon([0, 0], [1, 1]).value is None


@given(counted)
def test_ratios_are_goodmans_over_the_reference(counts):
    q = np.arange(1.0, len(counts) + 1)
    q /= q.sum()
    for i, level in ((1, 0.90), (2, 0.95), (4, 0.99)):
        peer = multinomial_proportions_confint(counts, alpha=1 - level, method="goodman") / q[:, None]
        told = class_ratios(counts, q)
        ours = [(e.lower[i], e.upper[i]) for e in told]
        assert np.array(ours) == pytest.approx(peer, abs=1e-9)


def test_ratios_of_two_samples_and_of_classes_that_are_not_there():
    ratios = class_ratios([6, 3, 1], [0.5, 0.5, 0.0])
    assert (ratios[2].value, ratios[2].reason) == (None, "the reference has no share for this class")
    assert class_ratios([0, 0], [1, 1])[0].reason == "no rows"
    between = class_ratios_between([600, 300, 100], [50_000_000, 30_000_000, 20_000_000])
    known = class_ratios([600, 300, 100], [0.5, 0.3, 0.2])
    for one, other in zip(between, known, strict=True):
        assert one.interval(0.95)[:2] == pytest.approx(other.interval(0.95)[:2], abs=1e-3)
    assert class_ratios_between([5, 5], [10, 0])[1].reason == "this class does not occur in the second sample"
    few, rows = class_ratios([[6, 4]] * 5 + [[2, 8]] * 5, [1, 1])[0], class_ratios([40, 60], [1, 1])[0]
    assert few.interval(0.95).high > rows.interval(0.95).high
    assert class_ratios([[6, 4]], [1, 1])[0].lower == (None,) * len(LEVELS)


@pytest.mark.external
def test_the_twenty_one_actions_come_out(external):
    """Shwartz & Choi 2020: how far books and language models are from how often people do things."""
    text = (external("reporting_actions") / "actions.jsonl").read_text()
    actions = [v for line in text.splitlines() if line for v in json.loads(line).values()]
    published = {"gngrams": 0.733, "bert": 0.881, "roberta": 0.866, "gpt2": 0.829}
    true = np.array([a["true"] for a in actions])
    assert len(actions) == 21
    for source, distance in published.items():
        said = np.array([a[source] for a in actions])
        assert round(total_variation(1000 * said / said.sum(), true)[0].value, 3) == distance


def held(draw, q, truth, replications):
    """How often a .95 interval holds the truth, claims more than it, and a .90 interval less."""
    told = [total_variation(draw(), q)[0] for _ in range(replications)]
    intervals = [e.interval(0.95) for e in told]
    covered = sum(i.low <= truth + 1e-12 and i.high >= truth - 1e-12 for i in intervals)
    above = sum(i.low > truth + 1e-12 for i in intervals)
    below = sum(e.interval(0.90).high < truth - 1e-12 for e in told)
    return covered, above, below


def test_a_fair_sample_is_not_called_biased():
    rng = np.random.default_rng(8)
    covered, above, below = held(lambda: rng.multinomial(200, np.full(5, 0.2)), np.full(5, 0.2), 0.0, 80)
    at_least(covered, 80, 0.935)
    at_most(above, 80, 0.065)
    assert below == 0


@pytest.mark.slow
@pytest.mark.parametrize(("shares", "n"), [(zipf(5), 200), (zipf(10), 400), (zipf(50), 200), (zipf(200), 200)])
def test_it_covers_where_percentiles_of_a_distance_never_do(shares, n):
    """At p = q; the last two have more classes than rows can show, where a bootstrap without added rows covers 0."""
    rng = np.random.default_rng([len(shares), n])
    replications = {5: 500, 10: 400, 50: 150, 200: 60}[len(shares)]
    covered, above, _ = held(lambda: rng.multinomial(n, shares), shares, 0.0, replications)
    at_least(covered, replications, 0.935)
    at_most(above, replications, 0.065)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([0.3, 0.1, 0.2, 0.2, 0.2], [0.2] * 5),
        ([0.96, 0.02, 0.01, 0.005, 0.005], [0.86, 0.12, 0.01, 0.005, 0.005]),
        ([0.6, 0.4], [0.5, 0.5]),
    ],
)
def test_at_the_margin_it_errs_no_more_than_stated(p, q):
    rng = np.random.default_rng(len(p))
    covered, above, below = held(lambda: rng.multinomial(400, p), q, 0.1, 800)
    at_least(covered, 800, 0.935)
    at_most(above, 800, 0.065)
    at_most(below, 800, 0.065)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "n", "least", "most"), [(5, 400, 0.45, 0.7), (5, 600, 0.85, 1), (10, 1000, 0.82, 1)])
def test_a_fair_sample_passes(k, n, least, most):
    """TV < .10 by the .90 interval; at the .95 interval it is .41, .85 and .81."""
    rng, q = np.random.default_rng([k, n]), np.full(k, 1 / k)
    passes = sum(total_variation(rng.multinomial(n, q), q)[0].interval(0.90).high < 0.1 for _ in range(400))
    at_least(passes, 400, least)
    at_most(passes, 400, most)


@pytest.mark.slow
@pytest.mark.parametrize(("p", "q", "n", "m"), [(zipf(8), zipf(8), 200, 300), (zipf(8), np.full(8, 1 / 8), 200, 200)])
def test_two_samples_are_covered(p, q, n, m):
    rng, truth = np.random.default_rng([n, m]), np.abs(p - q).sum() / 2
    told = [total_variation_between(rng.multinomial(n, p), rng.multinomial(m, q))[0].interval(0.95) for _ in range(300)]
    at_least(sum(i.low <= truth <= i.high for i in told), 300, 0.93)


@pytest.mark.slow
@pytest.mark.parametrize(("clusters", "size"), [(8, 30), (40, 15)])
@pytest.mark.parametrize("kind", ["each its own mix", "two kinds"])
def test_clusters_are_covered(clusters, size, kind):
    """Intraclass correlation .10 in five classes, and clusters that hold five of ten classes or the other five."""
    rng = np.random.default_rng([clusters, len(kind)])
    halves = np.array([[0.16] * 5 + [0.04] * 5, [0.04] * 5 + [0.16] * 5])

    def draw():
        mixes = (
            rng.dirichlet(np.full(5, 1.8), clusters) if kind != "two kinds" else halves[rng.integers(2, size=clusters)]
        )
        return np.array([rng.multinomial(size, mix) for mix in mixes])

    q = np.full(5, 0.2) if kind != "two kinds" else np.full(10, 0.1)
    covered, above, _ = held(draw, q, 0.0, 200)
    at_least(covered, 200, 0.93)
    at_most(above, 200, 0.07)
