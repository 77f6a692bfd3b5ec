"""Leaving one cluster out: brute force, and the coverage of what is built on it where units share groups and strata."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from auditkit.core.evidence import Tally
from auditkit.stats.clusters import Cells, Sample, sample, union_rates
from auditkit.stats.contrasts import OTHERS, compare
from auditkit.stats.exact import share_at_most
from auditkit.stats.jackknife import freedom, left_out
from auditkit.stats.proportions import clopper_pearson
from auditkit.stats.ranges import range_in, range_of_rates
from auditkit.stats.standardisation import Strata, standardised, stratified

rows = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.integers(0, 1)), min_size=4, max_size=40)


def read(triples):
    group, unit, outcome = zip(*triples, strict=True)
    return sample(
        Tally.of({"group": list(group), "outcome": [str(y) for y in outcome], "unit": [f"u{u}" for u in unit]}),
        "group",
        "outcome",
        ["1"],
        ("a", "b"),
    )


@given(rows)
def test_influence_is_what_a_rate_moves_without_the_cluster(triples):
    s = read(triples)
    cluster, rate, share, psi, units = left_out(s, s.cells, np.eye(2, dtype=bool))
    data = np.array([(g == "b", u, y) for g, u, y in triples], int)
    names = sorted({u for _, u, _ in triples})
    for c, g, part, moved in zip(cluster, rate, share, psi, strict=True):
        mine = data[data[:, 0] == g]
        rest = mine[mine[:, 1] != names[c]]
        assert part == pytest.approx(1 - len(rest) / len(mine))
        if len(rest):
            shift = mine[:, 2].mean() - rest[:, 2].mean()
            assert moved == pytest.approx(shift * np.sqrt(1 - 1 / units[g]), abs=1e-12)
        else:
            assert (moved, units[g]) == (0, 1)


def test_equal_clusters_are_linearisation():
    rng = np.random.default_rng(1)
    s = read([("a", u, int(rng.random() < (u + 2) / 10)) for u in range(6) for _ in range(10)] + [("b", 9, 1)])
    cluster, rate, share, psi, _ = left_out(s, s.cells, np.eye(2, dtype=bool))
    r = union_rates(s, np.eye(2, dtype=bool)[:1])
    worth = r.value[0] * (1 - r.value[0]) / (psi[rate == 0] @ psi[rate == 0])
    assert min(worth, 60) == pytest.approx(r.n_eff[0])
    assert freedom(share[rate == 0]) == pytest.approx(5)
    assert len(cluster) == 7


def test_one_heavy_cluster_is_few_degrees_of_freedom():
    assert freedom(np.array([0.9] + [0.1 / 50] * 50)) == 1
    assert 8 < freedom(np.array([0.3] + [0.7 / 50] * 50)) < 10
    assert freedom(np.array([])) == 0


def drawn(rng, p, units, mixing):
    """A world of shared units: rows (unit, group, stratum, hit) with rates `p` (G, K), ICC .2 and varied sizes.

    A unit's rows fall into groups and strata evenly, or as the unit leans, or all into one group.
    """
    groups, strata = p.shape
    unit = np.repeat(np.arange(units), rng.integers(4, 60, units))
    lean = [rng.dirichlet(np.full(k, 0.7 if mixing == "leaning" else 1e6), units)[unit] for k in p.shape]
    g, k = ((rng.random(len(unit))[:, None] > mix.cumsum(axis=1)[:, :-1]).sum(axis=1) for mix in lean)
    g = rng.integers(0, groups, units)[unit] if mixing == "nested" else g
    rho = np.sin(np.pi / 2 * 0.2)  # of the latent normals, whose signs then have correlation .2 at rates of 1/2
    latent = np.sqrt(rho) * rng.standard_normal(units)[unit] + np.sqrt(1 - rho) * rng.standard_normal(len(unit))
    return unit, g * strata + k, latent < ndtri(p[g, k])


def as_sample(unit, cell, hit, size):
    key, inverse = np.unique(unit * size + cell, return_inverse=True)
    n, x = np.bincount(cell, minlength=size).astype(float), np.bincount(cell, hit, minlength=size)
    cells = Cells(key // size, key % size, np.bincount(inverse, hit), np.bincount(inverse).astype(float))
    return Sample(tuple(map(str, range(size))), x.astype(int), n.astype(int), x, n, np.stack([n - x, x]), False, cells)


def held(p, units, mixing, replications, seed):
    """How often both intervals hold: the standardised difference of the first groups, and the widest gap."""
    rng, (groups, strata) = np.random.default_rng(seed), p.shape
    names = tuple(map(str, range(groups)))
    differences, gaps = 0, 0
    for _ in range(replications):
        unit, cell, hit = drawn(rng, p, units, mixing)
        world = Strata(as_sample(unit, cell, hit, p.size), names, tuple(map(str, range(strata))))
        mix = np.bincount(cell % strata, np.isin(cell // strata, [0, 1]), minlength=strata)
        low, high, _ = standardised(world, "1", "0").interval(0.95)
        differences += low <= mix @ (p[1] - p[0]) / mix.sum() <= high
        low, high, _ = range_in(as_sample(unit, cell // strata, hit, groups))[0].interval(0.95)
        truth = np.ptp(p.mean(axis=1))
        gaps += low <= truth + 1e-12 and truth <= high + 1e-12
    return differences, gaps


def world(groups, strata, gap, rate=0.4):
    shift = np.linspace(-0.1, 0.1, strata) if strata > 1 else np.zeros(1)
    return rate + shift + np.linspace(0, gap, groups)[:, None]


@pytest.mark.parametrize(("gap", "mixing"), [(0.0, "even"), (0.15, "leaning")])
def test_sixty_units_that_cross_groups_and_strata_are_covered(gap, mixing):
    for count in held(world(3, 4, gap), 60, mixing, 150, seed=7):
        assert clopper_pearson(count, 150).upper[7, 0] >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("mixing", ["even", "leaning", "nested"])
@pytest.mark.parametrize("gap", [0.0, 0.15])
@pytest.mark.parametrize("rate", [0.15, 0.4])
def test_shared_units_are_covered(mixing, gap, rate):
    for count in held(world(4, 5, gap, rate), 60, mixing, 1000, seed=[int(100 * gap), int(100 * rate)]):
        assert clopper_pearson(count, 1000).upper[7, 0] >= 0.93


def test_rows_as_independent_would_be_far_too_sure():
    """The same worlds read without their units: the widest gap of nothing is claimed much more often than 1 in 20."""
    rng, claims = np.random.default_rng(5), 0
    for _ in range(150):
        _, cell, hit = drawn(rng, world(3, 1, 0.0), 60, "nested")
        n = np.bincount(cell, minlength=3).astype(float)
        claims += range_of_rates(np.bincount(cell, hit, minlength=3) / n, n, n)[0].interval(0.95).low > 0
    assert claims > 45


def test_one_stratum_of_equal_units_is_the_plain_comparison():
    rng = np.random.default_rng(3)
    unit, group = np.repeat(np.arange(30), 8), np.tile([0, 1], 120)
    s = as_sample(unit, group, rng.random(240) < 0.2 + 0.5 * rng.random(30)[unit], 2)
    e, (pair,) = standardised(Strata(s, ("0", "1"), ("x",)), "1", "0"), compare(s)
    plain = pair.difference
    assert e.lower[:3] == pytest.approx(plain.lower[:3])  # to 95 %: beyond it the plain one has exact limits
    assert e.upper[:3] == pytest.approx(plain.upper[:3])
    wider, mine = (np.array(curve.upper[3:]) - curve.lower[3:] for curve in (plain, e))
    assert (wider > mine).all()
    assert wider == pytest.approx(mine, rel=0.08)
    assert (e.clusters, e.n_eff) == (30, pytest.approx(pair.difference.n_eff))
    gap, _ = range_in(s)
    assert gap.upper == pytest.approx([max(u, -low) for low, u in zip(e.lower, e.upper, strict=True)])


def test_a_unit_of_one_row_each_is_a_row():
    rng = np.random.default_rng(4)
    cell, n = rng.integers(0, 6, 900), 900
    s = as_sample(np.arange(n), cell, rng.random(n) < 0.3, 6)
    rows, units = (standardised(Strata(x, ("0", "1"), ("x", "y", "z")), "1", "0") for x in (replace(s, cells=None), s))
    assert units.value == pytest.approx(rows.value)
    assert units.upper[:5] == pytest.approx(rows.upper[:5], abs=0.003)
    gaps = [range_in(x) for x in (replace(s, cells=None), s)]
    assert gaps[1][0].upper[2] == pytest.approx(gaps[0][0].upper[2], abs=0.01)
    assert gaps[1][1] == pytest.approx(gaps[0][1], rel=0.02)


def test_a_unit_alone_in_its_stratum_or_group_is_no_certainty():
    unit, cell = np.array([0] * 50 + [1] * 50 + [2] * 50 + [3] * 50), np.repeat([0, 1, 2, 3], 50)
    s = as_sample(unit, cell, np.repeat([True, False, True, False], 50), 4)
    e = standardised(Strata(s, ("a", "b"), ("x", "y")), "b", "a")
    assert e.interval(0.95).low == -1 or e.interval(0.95).high - e.interval(0.95).low > 1
    gap, _ = range_in(s)
    assert (gap.value, gap.clusters, gap.interval(0.95)[:2]) == (1.0, 1, (0.0, 1.0))


def test_a_unit_in_two_strata_stays_one_unit():
    """Named as strata would name it: levels that hold the separator, and units that recur in every stratum."""
    columns = {
        "group": ["a", "a × b", "a", "a × b"] * 12,
        "context": ["b × c", "c", "c", "b × c"] * 12,
        "unit": [f"u{i // 8}" for i in range(48)],
        "outcome": ["1", "0", "0", "1", "1", "1"] * 8,
    }
    groups, strata = ("a", "a × b"), ("b × c", "c")
    s = stratified(Tally.of(columns), "group", "context", "outcome", ["1"], groups, strata)
    assert s.sample.rows.tolist() == [12] * 4
    assert standardised(s, "a", "a × b").clusters == 6
    assert standardised(s, "a", OTHERS).upper == standardised(s, "a", "a × b").upper
    nobody = stratified(Tally.of(columns), "group", "context", "outcome", ["1"], groups, ())
    assert standardised(nobody, "a", "a × b").reason == "no stratum has both groups"


@pytest.mark.slow
@pytest.mark.parametrize(("units", "p", "spread"), [(40, 0.3, 1.0), (100, 0.05, 1.2)])
def test_a_plain_comparison_covers_where_units_are_of_very_different_size(units, p, spread):
    rng, runs, covered = np.random.default_rng([units, 5]), 300, 0
    names = np.array([f"u{u}" for u in range(units)])
    for _ in range(runs):
        sizes = np.maximum(rng.lognormal(2.5, spread, units).astype(int), 1)
        rate = np.repeat(rng.beta(p * 9, (1 - p) * 9, units), sizes)
        group = np.repeat(np.arange(units) % 2, sizes)
        columns = {
            "group": np.array(["a", "b"])[group].tolist(),
            "outcome": (rng.random(len(rate)) < rate).astype(int).astype(str).tolist(),
            "unit": np.repeat(names, sizes).tolist(),
        }
        s = sample(Tally.of(columns), "group", "outcome", ["1"], ("a", "b"))
        low, high, _ = compare(s)[0].difference.interval(0.95)
        covered += low <= 0 <= high
    assert share_at_most(covered, runs, 0.93) > 1e-4, covered / runs
