"""Shrinkage against its own integral, against a known family, and over cells that were singled out as the worst."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaln
from scipy.stats import binom

from auditkit.stats.proportions import rates, wilson
from auditkit.stats.shrinkage import shrink

families = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8).filter(
    lambda cells: sum(x + y for x, y in cells) > 0
)


def integrated(x, n, k=250):
    """The posterior on a plain grid of the mean and of the smallest cell's shrinkage, both uniform."""
    x, n, axis = np.asarray(x, float), np.asarray(n, float), (np.arange(k) + 0.5) / k
    mu, b = (side.ravel() for side in np.meshgrid(axis, axis))
    m = n[n > 0].min() * (1 - b) / b
    one, two = (mu * m)[:, None], ((1 - mu) * m)[:, None]
    log = (betaln(one + x, two + n - x) - betaln(one, two)).sum(axis=1)
    weight = np.exp(log - log.max())
    return weight / weight.sum(), one + x, two + n - x


@pytest.mark.parametrize(
    ("x", "n"),
    [
        ([0, 3, 8], [5, 12, 9]),
        ([12] * 6, [40] * 6),
        ([5, 20, 33, 2], [40, 40, 40, 40]),
        ([4], [9]),
        ([0, 7, 3], [0, 9, 9]),
    ],
)
def test_grid_is_the_integral(x, n):
    weight, one, two = integrated(x, n)
    for level in (0.8, 0.95):
        s = shrink(x, n, level)
        assert s.value == pytest.approx(weight @ (one / (one + two)), abs=5e-4)
        for bound, tail in ((s.lower, (1 - level) / 2), (s.upper, (1 + level) / 2)):
            assert weight @ betainc(one, two, bound) == pytest.approx(tail, abs=5e-3)


@pytest.mark.parametrize(
    ("mean", "worth", "rows"), [(0.3, 40, 110), (0.01, 2000, 20_000), (0.5, 4, 30), (0.9, 500, 900)]
)
def test_a_large_family_is_found(mean, worth, rows):
    """3,000 cells of one beta distribution: each is (x + mean·worth)/(n + worth), and its interval covers."""
    rng = np.random.default_rng(worth)
    n = rng.integers(rows // 2, 2 * rows, 3000)
    p = rng.beta(mean * worth, (1 - mean) * worth, 3000)
    x = rng.binomial(n, p)
    s = shrink(x, n)
    spread = np.sqrt(mean * (1 - mean) / (worth + 1))
    assert s.mean == pytest.approx(mean, abs=6 * spread / np.sqrt(3000) + 0.001 * mean)
    assert s.weight == pytest.approx(worth, rel=0.15)
    assert s.value == pytest.approx((x + mean * worth) / (n + worth), abs=0.15 * spread)
    covered = int(((s.lower <= p) & (p <= s.upper)).sum())
    assert 1e-5 < binom.cdf(covered, 3000, 0.95) < 1 - 1e-5


@settings(max_examples=40)
@given(families)
def test_bounds_hold_the_value_and_order_follows_the_hits(cells):
    x, n = np.array([a for a, _ in cells]), np.array([a + b for a, b in cells])
    s = shrink(x, n)
    assert np.all((s.lower <= s.value) & (s.value <= s.upper) & (s.lower >= 0) & (s.upper <= 1))
    assert (s.hits.tolist(), s.n.tolist()) == (x.tolist(), n.tolist())
    mirrored = shrink(n - x, n)
    assert mirrored.value == pytest.approx(1 - s.value, abs=1e-6)
    assert mirrored.upper == pytest.approx(1 - s.lower, abs=1e-6)
    order = np.argsort(x[n == n[0]])
    assert np.all(np.diff(s.value[n == n[0]][order]) >= -1e-12)


def test_equal_cells_borrow_from_one_another_and_differing_ones_do_not():
    alike, apart = shrink([30] * 20, [100] * 20), shrink([2, 98] * 10, [100] * 20)
    assert alike.upper[0] - alike.lower[0] < 0.08  # alone: .18
    assert apart.value[:2] == pytest.approx([0.02, 0.98], abs=0.01)
    assert apart.weight < 5 < 100 < alike.weight


def test_nothing_is_nothing():
    assert shrink([], []) is None
    assert shrink([0, 0], [0, 0]) is None
    unseen = shrink([0, 30, 33, 27], [0, 100, 100, 100])
    assert unseen.value[0] == pytest.approx(0.3, abs=0.02)
    assert unseen.upper[0] - unseen.lower[0] > unseen.upper[1] - unseen.lower[1]


@pytest.mark.slow
def test_the_worst_of_64_cells_is_covered():
    """Cells of 5 to 60 rows, Beta(12, 28): the singled-out cell, where an interval for each cell alone fails."""
    rng, replications = np.random.default_rng(64), 250
    shrunken, naive, errors = [], [], []
    for _ in range(replications):
        n, p = rng.integers(5, 61, 64), rng.beta(12, 28, 64)
        x = rng.binomial(n, p)
        s, w = shrink(x, n), wilson(rates(x, n))
        raw, lowest = int((x / n).argmin()), int(s.value.argmin())
        shrunken += [s.lower[i] <= p[i] <= s.upper[i] for i in (lowest, int(s.value.argmax()))]
        naive += [w.lower[2, i] <= p[i] <= w.upper[2, i] for i in (raw, int((x / n).argmax()))]
        errors.append([((x / n - p) ** 2).mean(), ((s.value - p) ** 2).mean()])
    assert binom.cdf(sum(shrunken), len(shrunken), 0.94) > 1e-4
    assert binom.sf(sum(naive) - 1, len(naive), 0.85) > 1e-4
    assert np.mean(naive) < 0.85
    assert np.sqrt(np.mean(errors, axis=0)) == pytest.approx([0.098, 0.056], abs=0.003)
