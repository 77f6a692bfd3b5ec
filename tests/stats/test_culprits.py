"""Which group stands apart: against every subset that might be the body, and by the names it gives wrongly."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.estimate import LEVELS
from auditkit.stats.contrasts import newcombe
from auditkit.stats.culprits import culprits, differences_from_median
from auditkit.stats.multiplicity import holm_adjusted
from auditkit.stats.proportions import Rates, clopper_pearson, rates, wilson

cells = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8)


def counted(groups):
    return rates([x for x, _ in groups], [x + y for x, y in groups])


def misnamed(p, margin):
    """The groups for which "more than the margin from most others, on one side" is false."""
    false = []
    for g, mine in enumerate(p):
        others = np.delete(p, g)
        above = (mine - others > margin + 1e-12).sum()
        below = (others - mine > margin + 1e-12).sum()
        false.append(max(above, below) <= len(others) / 2)
    return np.array(false)


def named(rng, p, n, margin, replications):
    n = np.broadcast_to(n, np.shape(p))
    return np.array([culprits(rates(rng.binomial(n, p), n), margin).named for _ in range(replications)])


def test_two_groups_are_newcombe():
    one, two = differences_from_median(rates([56, 48], [70, 80]))
    assert [round(v, 4) for v in one.interval(0.95)[:2]] == [0.0524, 0.3339]
    assert [round(v, 4) for v in two.interval(0.95)[:2]] == [-0.3339, -0.0524]


@given(cells.filter(lambda groups: len(groups) == 3 and min(x + y for x, y in groups) > 0))
def test_three_groups_are_the_worse_of_two_newcombes(groups):
    r = counted(groups)
    for g, e in enumerate(differences_from_median(r)):
        pairs = [newcombe(*(wilson(Rates(*(part[[i]] for part in r[:4]))) for i in (g, j))) for j in range(3) if j != g]
        assert e.lower == pytest.approx(np.minimum(*(c.lower[:, 0] for c in pairs)), abs=1e-7)
        assert e.upper == pytest.approx(np.maximum(*(c.upper[:, 0] for c in pairs)), abs=1e-7)


def listed_lower(p, n, g, level):
    """Both lower bounds over every J of h others, at the level each is due, from Wilson intervals of statsmodels."""
    from statsmodels.stats.proportion import proportion_confint

    others = [j for j in range(len(p)) if j != g]
    h = -(-len(others) // 2)
    bounds = []
    for share, of_pairs in ((2 * h, True), (2, False)) if h > 1 else ((1, True),):
        low, high = proportion_confint(p * n, n, (1 - level) / share, method="wilson")
        each = []
        for chosen in map(list, combinations(others, h)):
            pairs = p[g] - p[chosen] - np.hypot(p[g] - low[g], high[chosen] - p[chosen])
            spread = (p[g] - low[g]) ** 2 + ((high[chosen] - p[chosen]) ** 2).sum() / h**2
            each.append(pairs.max() if of_pairs else p[g] - p[chosen].mean() - np.sqrt(spread))
        bounds.append(min(each))
    return max(bounds)


@given(cells.filter(lambda groups: min(x + y for x, y in groups) > 0), st.sampled_from([0, 2, 5]))
def test_the_search_is_never_inside_what_listing_finds(groups, at):
    r = counted(groups)
    for g, e in enumerate(differences_from_median(r)):
        listed = listed_lower(r.value, r.n, g, LEVELS[at])
        assert listed - 0.02 <= e.lower[at] <= listed + 1e-6


@given(cells, st.randoms())
def test_order_and_relabelling_of_outcomes_are_nothing(groups, random):
    order = list(range(len(groups)))
    random.shuffle(order)
    before = culprits(counted(groups), 0.05)
    after = culprits(counted([groups[i] for i in order]), 0.05)
    assert after.p == pytest.approx(before.p[order], abs=1e-9)
    mirrored = culprits(counted([(y, x) for x, y in groups]), 0.05)
    assert mirrored.p == pytest.approx(before.p, abs=1e-9)
    for one, other in zip(before.differences, mirrored.differences, strict=True):
        assert (one.value is None) == (other.value is None)
        if one.value is not None and other.value is not None:
            assert one.value == pytest.approx(-other.value)
            assert one.lower == pytest.approx([-v for v in other.upper])


@given(cells)
def test_bounds_hold_the_value_and_widen(groups):
    for e in differences_from_median(counted(groups)):
        if e.value is None:
            continue
        assert e.lower[0] <= e.value + 1e-9
        assert e.upper[0] >= e.value - 1e-9
        assert np.all(np.diff(e.lower) <= 1e-9)
        assert np.all(np.diff(e.upper) >= -1e-9)
        assert min(e.lower) >= -1
        assert max(e.upper) <= 1


def test_groups_without_rows_take_no_part():
    r = rates([250, 0, 250, 250, 100], [500, 0, 500, 500, 500])
    full = culprits(rates([250, 250, 250, 100], [500] * 4), 0.05)
    found = culprits(r, 0.05)
    assert found.named.tolist() == [False, False, False, False, True]
    assert found.differences[1].reason == "no rows to take the rate of"
    assert found.p[[0, 2, 3, 4]] == pytest.approx(full.p)
    lonely = culprits(rates([3, 0], [7, 0]), 0.05)
    assert lonely.named.tolist() == [False, False]
    assert {e.reason for e in lonely.differences} == {"fewer than two groups have a rate"}
    assert culprits(rates([], []), 0.05).named.shape == (0,)


def test_few_clusters_are_wider_and_one_cluster_says_nothing():
    r = rates([250, 250, 250, 100], [500] * 4)
    few = differences_from_median(r._replace(df=np.full(4, 6.0)))[3].interval()
    many = differences_from_median(r)[3].interval()
    assert few.low < many.low < many.high < few.high
    assert differences_from_median(r._replace(df=np.array([9.0, 9.0, 9.0, 0.0])))[3].interval().low is None


def test_p_is_holm_over_the_estimates():
    found = culprits(rates([50, 52, 47, 20, 90], [100] * 5), 0.05)
    raw = [min(e.p_above(0.05), e.p_below(-0.05)) for e in found.differences]
    assert found.p == pytest.approx(holm_adjusted(raw))


def test_with_many_rows_half_the_culprits_cannot_hide_one_another():
    """Nine of twenty far off: the mean of the nearest half never leaves them, the median does."""
    p = np.array([0.1] * 9 + [0.5] * 11)
    r = rates(p * 1e7, np.full(20, 1e7))
    assert culprits(r, 0.05).named.tolist() == (p == 0.1).tolist()
    assert differences_from_median(r)[0].interval().high == pytest.approx(-0.4, abs=0.002)


def test_one_bad_group_does_not_taint_the_innocent():
    """Three at .50 beside one at .20: against the pooled others all four differ, and all would be named."""
    rng = np.random.default_rng(41)
    p, n = np.array([0.5, 0.5, 0.5, 0.2]), 1500
    found = named(rng, p, n, 0.05, 400)
    false = int(found[:, :3].any(axis=1).sum())
    assert clopper_pearson(false, 400).lower[7, 0] <= 0.05
    assert found[:, 3].mean() > 0.95
    hits = np.full(4, n) * p
    pooled = newcombe(wilson(rates(hits, n)), wilson(rates(hits.sum() - hits, 3 * n)))
    assert np.all((pooled.lower[2] > 0.05) | (pooled.upper[2] < -0.05))


WORLDS = {
    "bare majority, no margin": ([0.2, 0.5, 0.5], 500, 0.0),
    "all equal": ([0.5] * 3, 400, 0.0),
    "innocents at the edge": ([0.2, 0.5, 0.5, 0.55], 500, 0.05),
    "culprits on both sides": ([0.1, 0.9, 0.5, 0.5, 0.5], 300, 0.0),
    "culprits on one side": ([0.1, 0.1, 0.5, 0.5, 0.5], 300, 0.0),
    "very unequal sizes": ([0.1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.5, 0.5], [50, 100, 100, 50, 100, 400, 1000, 5000], 0.0),
    "rare outcome": ([0.3, 0.02, 0.02, 0.02], [80, 60, 200, 900], 0.0),
    "innocents spread over the margin": ([0.1, 0.1, 0.5, 0.51, 0.53, 0.55], 400, 0.05),
}


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_a_group_is_wrongly_named_at_most_as_often_as_stated(world):
    p, n, margin = WORLDS[world]
    found = named(np.random.default_rng(43), p, n, margin, 2000)
    false = found[:, misnamed(np.array(p), margin)].any(axis=1)
    assert clopper_pearson(int(false.sum()), len(false)).lower[7, 0] <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "margin", "n", "power"), [(1, 0.05, 300, 0.9), (12, 0.05, 500, 0.9), (29, 0.0, 400, 0.9)]
)
def test_sixty_groups(bad, margin, n, power):
    p = np.array([0.2] * bad + [0.5] * (60 - bad))
    found = named(np.random.default_rng(bad), p, n, margin, 150)
    false = int(found[:, bad:].any(axis=1).sum())
    assert clopper_pearson(false, len(found)).lower[7, 0] <= 0.05
    assert found[:, :bad].mean() > power


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "n"), [([0.3] * 5, 60), ([0.1, 0.3, 0.5, 0.7], 80), ([0.4, 0.4, 0.4, 0.9], [30, 60, 500, 40])]
)
def test_differences_are_covered(p, n):
    rng, p = np.random.default_rng(47), np.array(p)
    n = np.broadcast_to(n, p.shape)
    truth = [p[g] - np.median(np.delete(p, g)) for g in range(len(p))]
    held = []
    for _ in range(1500):
        told = [e.interval() for e in differences_from_median(rates(rng.binomial(n, p), n))]
        held.append([i.low <= t + 1e-12 and i.high >= t - 1e-12 for i, t in zip(told, truth, strict=True)])
    for covered in np.sum(held, axis=0):
        assert clopper_pearson(int(covered), len(held)).upper[7, 0] >= 0.95
