"""Direct standardisation: Berkeley as published, invariants, and coverage from one stratum to sixty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from auditkit.core.estimate import LEVELS
from auditkit.stats.clusters import Cells, Sample
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import rates, wilson
from auditkit.stats.standardisation import (
    clustered_side,
    standardised_difference,
    standardised_limits,
    standardised_rate,
)

MEN = np.array([[512, 313], [353, 207], [120, 205], [138, 279], [53, 138], [22, 351]])
WOMEN = np.array([[89, 19], [17, 8], [202, 391], [131, 244], [94, 299], [24, 317]])
BERKELEY = (MEN[:, 0], MEN.sum(axis=1), WOMEN[:, 0], WOMEN.sum(axis=1))
stratum = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


def arrays(strata):
    hits1, misses1, hits2, misses2 = np.array(strata).T
    return hits1, hits1 + misses1, hits2, hits2 + misses2


def test_berkeley_changes_sign_as_published():
    """Men minus women: +.142 in all, -.043 [-.079, -.007] at the pooled mix of departments."""
    x1, n1, x2, n2 = (a.sum() for a in BERKELEY)
    crude = standardised_difference(x1, n1, x2, n2)
    e = standardised_difference(*BERKELEY)
    assert round(crude.value, 3) == 0.142
    assert [round(v, 3) for v in (e.value, *e.interval(0.95)[:2])] == [-0.043, -0.079, -0.007]
    assert (e.n, e.n_eff) == (4526, 1835)


@given(stratum)
def test_one_stratum_is_newcombe(cells):
    x1, n1, x2, n2 = arrays([cells])
    e = standardised_difference(x1, n1, x2, n2)
    if min(n1[0], n2[0]) == 0:
        assert e.reason == "no stratum has both groups"
        return
    curve = newcombe(wilson(rates(x1, n1)), wilson(rates(x2, n2)))
    assert e.lower == pytest.approx(tuple(curve.lower[:, 0]))
    assert e.upper == pytest.approx(tuple(curve.upper[:, 0]))


@given(st.lists(stratum, min_size=1, max_size=8))
def test_swapping_flips_and_order_of_strata_is_nothing(strata):
    x1, n1, x2, n2 = arrays(strata)
    e, swapped = standardised_difference(x1, n1, x2, n2), standardised_difference(x2, n2, x1, n1)
    turned = standardised_difference(*arrays(strata[::-1]))
    assert (e.value is None) == (swapped.value is None)
    if e.value is not None:
        assert e.lower == pytest.approx(tuple(-u for u in swapped.upper))
        assert e.upper == pytest.approx(turned.upper)
        assert -1 <= e.lower[-1] <= e.value <= e.upper[-1] <= 1


def test_strata_without_one_group_are_dropped_and_counted():
    more = [np.append(a, extra) for a, extra in zip(BERKELEY, ([5, 0], [9, 0], [0, 3], [0, 4]), strict=True)]
    e, whole = standardised_difference(*more), standardised_difference(*BERKELEY)
    assert (e.value, e.lower, e.n_eff) == (whole.value, whole.lower, whole.n_eff)
    assert e.n == whole.n + 13
    assert e.method == "Newcombe, standardised over 6 strata, 2 dropped for want of a group"
    assert standardised_difference([1], [2], [0], [0]).lower == (None,) * len(LEVELS)


def test_weights_choose_the_mix():
    p = MEN[:, 0] / MEN.sum(axis=1) - WOMEN[:, 0] / WOMEN.sum(axis=1)
    assert standardised_difference(*BERKELEY, weights=WOMEN.sum(axis=1)).value == pytest.approx(
        np.average(p, weights=WOMEN.sum(axis=1))
    )
    only_a = standardised_difference(*BERKELEY, weights=[3, 0, 0, 0, 0, 0])
    assert only_a.value == pytest.approx(p[0])
    assert only_a.method == "Newcombe, standardised over 1 stratum"


def test_a_small_stratum_of_great_weight_is_missed_no_more_often_than_said():
    """Exact: 20 rows weigh .14, of which .8 are hit, 980 the rest, .02. Without its own limits .068, .035 and .013."""
    share, n = np.array([0.14, 0.86]), np.array([20.0, 980.0])
    y = np.flatnonzero(stats.binom.pmf(np.arange(981), 980, 0.02) > 1e-6)
    lower = [[standardised_limits(rates([x, z], n), share).lower[:, 0] for z in y] for x in range(21)]
    chance = np.outer(stats.binom.pmf(np.arange(21), 20, 0.8), stats.binom.pmf(y, 980, 0.02))
    out = (chance[:, :, None] * (np.array(lower) > share @ [0.8, 0.02])).sum(axis=(0, 1))
    for level in (0.9, 0.95, 0.99, 0.999):
        assert out[LEVELS.index(level)] <= (1 - level) / 2, level


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), min_size=1, max_size=8))
def test_limits_are_nested_inside_and_no_nearer_than_of_all_together(strata):
    x, n = np.array([(min(hits, rows), rows) for hits, rows in strata], float).T
    share = n / n.sum()
    curve, alone = standardised_limits(rates(x, n), share), wilson(standardised_rate(x, n, share))
    assert (np.diff(curve.lower[:, 0]) <= 1e-12).all()
    assert (curve.lower <= alone.lower).all()
    assert (curve.upper >= alone.upper).all()
    assert curve.lower.min() >= -1e-12
    assert curve.upper.max() <= 1 + 1e-12


def test_strata_that_share_the_variance_have_the_limits_of_all_together():
    x, n = np.array([8.0, 12, 10, 9, 11, 10]), np.full(6, 40.0)
    share = n / n.sum()
    curve, alone = standardised_limits(rates(x, n), share), wilson(standardised_rate(x, n, share))
    assert (curve.lower == alone.lower).all()
    assert (curve.upper == alone.upper).all()


def across(rows, hits, groups):
    """Clusters (C,) of which each has rows in both strata."""
    size, k = hits.shape
    total, hit = np.full(k, float(rows * size)), hits.sum(axis=0)
    cells = Cells(np.repeat(np.arange(size), k), np.tile(np.arange(k), size), hits.ravel(), np.full(size * k, rows))
    squares = np.stack([total - hit, hit])
    return Sample(groups, hit.astype(int), total.astype(int), hit, total, squares, False, cells)


def test_clusters_that_are_much_alike_are_covered_over_strata():
    """20 of 10 rows in each of two strata, at .1, ICC .6: without `surely_worth` .885 hold at 95 %."""
    rng, held, both = np.random.default_rng(3), 0, np.eye(2, dtype=bool)
    for own in rng.beta(0.1 * 2 / 3, 0.9 * 2 / 3, (300, 20)):
        s = across(10.0, rng.binomial(10, own[:, None], (20, 2)).astype(float), ("0", "1"))
        curve = wilson(clustered_side(s, s.cells, both, np.array([0.5, 0.5]))[0])
        held += bool(curve.lower[2, 0] <= 0.1 <= curve.upper[2, 0])
    assert held >= 276


def test_clusters_of_one_row_over_strata_are_worth_their_design_effect_alone():
    hits = np.tile([1.0, 0, 0, 0], 10)
    cells = Cells(np.arange(40), np.arange(40) % 2, hits, np.ones(40))
    per = np.array([np.bincount(np.arange(40) % 2, of) for of in (hits, 1 - hits)])
    s = Sample(("0", "1"), per[0].astype(int), np.full(2, 20), per[0], per.sum(0), per[::-1], False, cells)
    rate = clustered_side(s, cells, np.eye(2, dtype=bool), np.array([0.5, 0.5]))[0]
    assert rate.n_eff[0] == pytest.approx(
        standardised_rate(per[0], per.sum(0), np.array([0.5, 0.5])).n_eff[0] * 19 / 20
    )


@pytest.mark.slow
@pytest.mark.parametrize(("k", "n", "centre"), [(1, 15, -2.0), (3, 15, 2.0), (6, 200, -1), (20, 10, -1), (60, 4, -1)])
def test_covers_from_one_stratum_to_sixty(k, n, centre):
    rng, replications = np.random.default_rng([k, n]), 1500
    logit = np.linspace(centre - 1, centre + 1, k) if k > 1 else np.array([centre])
    p, q = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-logit - 0.5))
    held = 0
    for _ in range(replications):
        n1, n2 = rng.integers(max(1, n // 2), 2 * n, k), rng.integers(1, 2 * n, k)
        e = standardised_difference(rng.binomial(n1, p), n1, rng.binomial(n2, q), n2, np.ones(k))
        low, high, _ = e.interval(0.95)
        held += low <= np.mean(p - q) <= high
    assert 0.935 <= held / replications <= 0.985
