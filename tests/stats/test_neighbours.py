"""Coverage and density against prdc, brute force and the exact null; and what the interval and the test are worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import binom, hypergeom

from auditkit.core.errors import InputError
from auditkit.stats.neighbours import coverage, expected_coverage, shortfall_difference


def brute_force(real, generated, k=5):
    """Coverage and density from whole distance matrices."""
    own, other = cdist(real, real), cdist(real, generated)
    np.fill_diagonal(own, np.inf)
    inside = other <= np.partition(own, k - 1, axis=1)[:, k - 1 : k]
    return inside.any(axis=1).mean(), inside.sum() / (k * len(generated))


@pytest.mark.parametrize(("n", "m", "wanted"), [(200, 200, 0.970), (60, 200, 0.999), (200, 60, 0.735)])
def test_expected_coverage_is_that_of_an_urn(n, m, wanted):
    """A point is missed if the first k balls drawn from n - 1 real and m generated ones are real."""
    assert expected_coverage(n, m) == pytest.approx(wanted, abs=5e-4)
    for k in (1, 3, 8):
        assert expected_coverage(n, m, k) == pytest.approx(1 - hypergeom.pmf(k, n + m - 1, n - 1, k))
    assert expected_coverage(5, 10, 5) == 1


points = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=12)


@settings(max_examples=25, deadline=None)
@given(points, points, st.integers(1, 4))
def test_ties_and_copies_are_brute_force(real, generated, k):
    """On a grid of whole numbers nearly all distances are tied; a point on the rim is inside."""
    told = coverage(real, generated, k)
    if len(real) <= k:
        assert told.share.reason == f"{len(real)} real points have no neighbour number {k}"
        return
    share, density = brute_force(np.array(real, float), np.array(generated, float), k)
    assert (told.share.value, told.density.value) == pytest.approx((share, density))
    assert told.shortfall.value == pytest.approx(expected_coverage(len(real), len(generated), k) - share)


@pytest.mark.parametrize(("n", "m", "dim", "k"), [(60, 40, 2, 5), (40, 90, 30, 3)])
def test_coverage_and_density_are_those_of_prdc(n, m, dim, k):
    prdc = pytest.importorskip("prdc")
    rng = np.random.default_rng(dim)
    real, generated = rng.normal(size=(n, dim)), rng.normal(0.3, 0.8, size=(m, dim))
    theirs = prdc.compute_prdc(real, generated, k)
    told = coverage(real, generated, k)
    assert (told.share.value, told.density.value) == pytest.approx((theirs["coverage"], theirs["density"]))


def test_neither_the_order_of_rows_nor_a_shift_matters():
    rng = np.random.default_rng(2)
    real, generated = rng.normal(size=(80, 3)), rng.normal(size=(60, 3))
    told = coverage(real, generated)
    assert coverage(rng.permutation(real), rng.permutation(generated)) == told
    moved = coverage(4 * real + 64, 4 * generated + 64)
    assert (moved.share.value, moved.density.value) == (told.share.value, told.density.value)
    assert told.share.lower != coverage(real, generated, 4).share.lower


def test_a_dropped_mode_is_a_shortfall_and_a_fair_generator_is_none():
    rng = np.random.default_rng(3)
    real = rng.normal(size=(200, 8)) + 6 * (np.arange(200) < 100)[:, None]
    fair, dropped = real[rng.permutation(200)] + rng.normal(size=(200, 8)), rng.normal(size=(200, 8))
    bad, good = coverage(real, dropped), coverage(rng.normal(size=(200, 8)), rng.normal(size=(200, 8)))
    assert bad.shortfall.interval(0.95).low > 0.3
    assert bad.p == 0.001  # none of 999 relabellings covers so little
    assert good.shortfall.interval(0.95).low < 0 < good.shortfall.interval(0.95).high
    gap = shortfall_difference(bad, good)
    assert gap.value == pytest.approx(bad.shortfall.value - good.shortfall.value)
    assert gap.interval(0.95).low > 0.3
    assert gap.n_eff == min(bad.share.n_eff, good.share.n_eff)
    assert coverage(real, fair).share.value > bad.share.value


def test_shortfall_is_expected_less_share():
    rng = np.random.default_rng(4)
    told = coverage(rng.normal(size=(50, 2)), rng.normal(size=(70, 2)))
    assert told.expected == expected_coverage(50, 70)
    assert told.shortfall.lower == pytest.approx([told.expected - high for high in told.share.upper])
    assert 10 < told.share.n_eff <= 50


def test_what_is_not_known_of_few_points():
    none, few = coverage(np.zeros((9, 2)), np.zeros((0, 2))), coverage(np.eye(5), np.eye(5))
    assert (none.share.reason, few.density.reason) == (
        "no generated points",
        "5 real points have no neighbour number 5",
    )
    assert shortfall_difference(none, few).reason == "no generated points"
    rng = np.random.default_rng(5)
    small = coverage(rng.normal(size=(23, 2)), rng.normal(size=(50, 2)))
    assert (small.share.interval(0.95)[:2], small.shortfall.value is None) == ((None, None), False)
    assert shortfall_difference(small, small).interval(0.95)[:2] == (None, None)
    assert coverage(np.zeros((60, 2)), np.zeros((60, 2))).share.value == 1
    with pytest.raises(InputError, match="equal length"):
        coverage(np.zeros((9, 2)), np.zeros((9, 3)))
    with pytest.raises(InputError, match="missing or infinite"):
        coverage(np.zeros((9, 1)), [[np.nan]])


def fair(rng, n, m, dim):
    return rng.normal(size=(n, dim)), rng.normal(size=(m, dim))


def dropping(share):
    """Real points lie about two modes; the generator makes only so much of the second."""

    def draw(rng, n, m, dim):
        real, generated = fair(rng, n, m, dim)
        real[:, 0] += 6 * (rng.random(n) < 0.5)
        generated[:, 0] += 6 * (rng.random(m) < 0.5 * (1 - share) / (1 - 0.5 * share))
        return real, generated

    return draw


def narrow(rng, n, m, dim):
    real, generated = fair(rng, n, m, dim)
    return real, 0.6 * generated


@pytest.mark.slow
@pytest.mark.parametrize("dim", [2, 8])
@pytest.mark.parametrize(
    ("draw", "n", "m"),
    [(fair, 200, 60), (dropping(0.8), 200, 200), (dropping(0.8), 60, 60), (narrow, 100, 100)],
    ids=["fair", "drop", "drop-few", "narrow"],
)
def test_intervals_cover(draw, n, m, dim):
    """The shortfall and the density at these sizes, whose truth is the mean of many draws."""
    rng, replications = np.random.default_rng([dim, n, m]), 200
    truth = np.mean([brute_force(*draw(rng, n, m, dim)) for _ in range(1500)], axis=0)
    held = np.zeros(2)
    for _ in range(replications):
        told = coverage(*draw(rng, n, m, dim))
        pairs = ((told.shortfall, told.expected - truth[0]), (told.density, truth[1]))
        held += [e.interval(0.95).low <= t <= e.interval(0.95).high for e, t in pairs]
    assert binom.cdf(held[0], replications, 0.93) > 1e-4
    assert binom.cdf(held[1], replications, 0.93) > 1e-4


@pytest.mark.slow
def test_gap_of_two_fair_groups_of_other_sizes_covers_nought():
    rng, replications, held = np.random.default_rng(6), 120, 0
    for _ in range(replications):
        gap = shortfall_difference(coverage(*fair(rng, 200, 60, 2)), coverage(*fair(rng, 60, 90, 2)))
        held += gap.interval(0.95).low <= 0 <= gap.interval(0.95).high
    assert binom.cdf(held, replications, 0.93) > 1e-4


@pytest.mark.slow
def test_p_is_exact_where_points_are_tied_too(monkeypatch):
    """Fresh samples from a fine grid and from a coarse one, where most points have a copy."""
    monkeypatch.setattr("auditkit.stats.neighbours._SUBSAMPLES", 2)
    rng, replications = np.random.default_rng(7), 300
    for scale in (1e6, 3.0):
        small = 0
        for _ in range(replications):
            small += coverage(*(np.round(part * scale) for part in fair(rng, 60, 60, 2))).p <= 0.1
        assert binom.sf(small - 1, replications, 0.1) > 1e-4
        assert binom.cdf(small, replications, 0.05) > 1e-4


@pytest.mark.slow
def test_the_jackknife_overstates_the_variance():
    rng, n = np.random.default_rng(8), 100
    values = [brute_force(*fair(rng, n, n, 2))[0] for _ in range(2000)]
    jackknife = []
    for _ in range(40):
        real, generated = fair(rng, n, n, 2)
        left_out = [[brute_force(np.delete(real, i, 0), generated)[0] for i in range(n)]]
        left_out.append([brute_force(real, np.delete(generated, i, 0))[0] for i in range(n)])
        jackknife.append((n - 1) * np.var(left_out, axis=1).sum())
    assert np.mean(jackknife) > 2 * np.var(values)


def two_groups(rng, kept):
    """200 points of a majority and 50 of a minority; 250 generated without group, the minority's share times `kept`."""
    share = 0.2 * kept
    minority = rng.binomial(250, share)
    centre = np.r_[6, np.zeros(7)]
    generated = np.r_[rng.normal(size=(250 - minority, 8)), rng.normal(size=(minority, 8)) + centre]
    return rng.normal(size=(200, 8)), rng.normal(size=(50, 8)) + centre, generated


@pytest.mark.slow
@pytest.mark.parametrize(("kept", "wanted"), [(1.0, (0.972, 0.980)), (0.1, (0.981, 0.426))])
def test_a_minority_that_is_hardly_generated_is_hardly_covered(kept, wanted):
    rng = np.random.default_rng(9)
    shares = []
    for _ in range(200):
        majority, minority, generated = two_groups(rng, kept)
        shares.append([brute_force(majority, generated)[0], brute_force(minority, generated)[0]])
    assert np.mean(shares, axis=0)[0] == pytest.approx(wanted[0], abs=0.01)
    assert np.mean(shares, axis=0)[1] == pytest.approx(wanted[1], abs=0.015 if kept == 1 else 0.04)
    told = coverage(minority, generated, faithful=50)
    assert (told.p, told.expected) == (None, expected_coverage(50, 50))
    assert (told.shortfall.interval(0.95).low > 0.2) == (kept < 1)
