"""Weights that follow the outcome: intervals on the odds that rows were drawn at, and weights that are not believed."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auditkit.stats.clusters import Sample, drawn_apart, union_rates
from auditkit.stats.contrasts import compare, newcombe
from auditkit.stats.exact import share_at_most
from auditkit.stats.proportions import guarded, rates, wilson

AT_95 = 2
ONE = np.ones((1, 1), bool)


def as_groups(w, hit):
    """A sample of k groups, the k lines of two matrices: weights, 0 where a row was not drawn, and who is hit."""
    seen, miss = w > 0, ~hit
    squares = np.stack([(w**2 * miss).sum(axis=1), (w**2 * hit).sum(axis=1)])
    counts, totals = (seen & hit).sum(axis=1), seen.sum(axis=1)
    names = tuple(map(str, range(len(w))))
    return Sample(names, counts, totals, (w * hit).sum(axis=1), w.sum(axis=1), squares, True, None)


def two_sided(hits, misses):
    """One group, from the weights of its hits and of its misses."""
    w = np.array([*hits, *misses], float)[None]
    return as_groups(w, np.arange(w.shape[1])[None] < len(hits))


def mapped(side, odds):
    return side * odds / (1 - side + side * odds)


@given(st.integers(10, 300), st.integers(10, 300), st.floats(0.01, 100), st.floats(0.01, 100))
def test_cases_and_controls_have_the_limits_of_their_rows_weighted_back(hits, misses, case, control):
    r = union_rates(two_sided([case] * hits, [control] * misses), ONE)
    for limits in (wilson, guarded):
        curve, rows = limits(r), limits(rates(hits, hits + misses))
        assert curve.value == pytest.approx(mapped(rows.value, case / control))
        assert curve.lower == pytest.approx(mapped(rows.lower, case / control), abs=1e-9)
        assert curve.upper == pytest.approx(mapped(rows.upper, case / control), abs=1e-9)
        assert (np.diff(curve.lower[:, 0]) <= 0).all()
        assert (curve.lower[0] <= curve.value).all()


@given(st.integers(0, 10**6), st.integers(12, 60), st.integers(12, 60))
def test_what_is_a_hit_and_what_weights_are_counted_in_do_not_matter(seed, cases, controls):
    rng = np.random.default_rng(seed)
    hits, misses = rng.uniform(0.5, 2, cases), rng.uniform(10, 40, controls)
    s, mirrored = two_sided(hits, misses), two_sided(misses, hits)
    scaled = two_sided(7 * hits, 7 * misses)
    assume(drawn_apart(s, ONE, union_rates(s, ONE)) is not None)
    one, two, three = (wilson(union_rates(each, ONE)) for each in (s, mirrored, scaled))
    assert one.lower == pytest.approx(1 - two.upper)
    assert one.upper == pytest.approx(three.upper)


@pytest.mark.parametrize(
    ("hits", "misses"),
    [
        ([1.0] * 99, [1e90]),
        ([1.0] * 99, [50.0] * 9),
        ([1.0] * 100, [1.0] * 890 + [1000.0] * 10),
        ([1.0] * 17 + [1e90], [1.0] * 42),
        ([1.0] * 50, []),
    ],
)
def test_few_heavy_rows_are_not_taken_for_a_way_of_drawing(hits, misses):
    r = union_rates(two_sided(hits, misses), ONE)
    w = np.array([*hits, *misses])
    assert r.drawn is None
    assert r.n_eff[0] <= w.sum() ** 2 / (w @ w) + 1e-9


def test_groups_that_were_drawn_alike_keep_what_they_had():
    """Weights that say nothing of the outcome, two or one: worth what Kish says, whichever way."""
    r = union_rates(two_sided([1.0, 2.0] * 50, [1.0, 2.0] * 100), ONE)
    assert r.drawn[2, 0] == pytest.approx(1)
    assert r.drawn[1, 0] == pytest.approx(450**2 / 750)


def audited(rng, draws, n, p, of_hits, of_misses, spread=0.0):
    """Rows of which hits and misses are looked at with chances of their own, and those times a log-normal at most 1."""
    hit = rng.random((draws, n)) < p
    chance = np.where(hit, of_hits, of_misses) * np.minimum(rng.lognormal(-spread, spread, (draws, n)), 1)
    return np.where(rng.random((draws, n)) < chance, 1 / chance, 0.0), hit


WORLDS = {
    "hits all, misses 1 in 20": lambda rng, k: (*audited(rng, k, 2000, 0.1, 1.0, 0.05), 0.1),
    "hits all, misses 1 in 5": lambda rng, k: (*audited(rng, k, 400, 0.1, 1.0, 0.2), 0.1),
    "rare": lambda rng, k: (*audited(rng, k, 2500, 0.02, 1.0, 0.04), 0.02),
    "hits 1 in 5": lambda rng, k: (*audited(rng, k, 400, 0.3, 0.2, 1.0), 0.3),
    "and by something else": lambda rng, k: (*audited(rng, k, 2000, 0.1, 1.0, 0.05, 0.5), 0.1),
    "nothing to do with it": lambda rng, k: (rng.lognormal(0, 0.7, (k, 60)), rng.random((k, 60)) < 0.3, 0.3),
}


def covered(world, runs, seed):
    """How often intervals at 95 % hold, of a rate and of the gap of two; the median widths, and by Kish alone."""
    rng, held, told, widths = np.random.default_rng(seed), 0, 0, []
    for _ in range(runs // 100):
        w, hit, p = world(rng, 200)
        each = np.eye(200, dtype=bool)
        sides = [union_rates(as_groups(w, hit), each[side::2]) for side in (0, 1)]
        one, two = map(wilson, sides)
        gap = newcombe(one, two)
        held += int(((one.lower[AT_95] <= p) & (p <= one.upper[AT_95])).sum())
        told += int(((gap.lower[AT_95] <= 0) & (gap.upper[AT_95] >= 0)).sum())
        alone = wilson(sides[0]._replace(drawn=None))
        widths.append([np.median(c.upper[AT_95] - c.lower[AT_95]) for c in (one, alone)])
    return held, told, *np.median(widths, axis=0)


@pytest.mark.parametrize(("world", "narrower"), [("hits all, misses 1 in 20", 2.2), ("nothing to do with it", 0.9)])
def test_weights_by_outcome_are_covered_and_cost_little(world, narrower):
    held, told, width, kish = covered(WORLDS[world], 400, 5)
    assert min(share_at_most(count, 400, 0.95) for count in (held, told)) > 1e-3, (held, told)
    assert kish > narrower * width


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_weights_by_outcome_are_covered(world):
    for count in covered(WORLDS[world], 1_000, 6)[:2]:
        assert share_at_most(count, 1_000, 0.95) > 1e-3, count


def test_a_gap_of_groups_that_were_drawn_at_rates_of_their_own():
    """Two groups of one rate, .2, of one of which misses were looked at 1 in 10: told as no gap, and narrowly."""
    one, two = [1.0] * 200 + [10.0] * 80, [1.0] * 200 + [1.0] * 800
    width = max(len(one), len(two))
    w = np.array([side + [0.0] * (width - len(side)) for side in (one, two)])
    s = as_groups(w, np.arange(width)[None] < np.full((2, 1), 200))
    low, high, _ = compare(s)[0].difference.interval(0.95)
    assert low < 0 < high
    assert high - low < 0.11
