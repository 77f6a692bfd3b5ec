"""Patterns against brute force over all of them, and the error rate of telling one that is not there."""

import time
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS
from auditkit.stats.cubes import Cube, marginal_tables
from auditkit.stats.patterns import uncovered_patterns, underrepresented_patterns


@st.composite
def cubes(draw, highest=40):
    """Up to five attributes of one to four levels, some cells absent, some there twice."""
    sizes = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)))
    cell = st.tuples(*(st.integers(0, size - 1) for size in sizes))
    cells = draw(st.lists(st.tuples(cell, st.integers(0, highest)), max_size=60))
    codes = np.array([code for code, _ in cells]).reshape(len(cells), len(sizes))
    return Cube.of(codes, [rows for _, rows in cells], sizes)


def every_pattern(sizes, depth):
    for fixed in range(1, depth + 1):
        for attributes in combinations(range(len(sizes)), fixed):
            for levels in product(*(range(sizes[a]) for a in attributes)):
                yield tuple(zip(attributes, levels, strict=True))


def rows_of(cube, pattern):
    return sum(w for code, w in zip(cube.codes, cube.weights, strict=True) if all(code[a] == v for a, v in pattern))


def maximal(bare):
    return sorted((p for p in bare if not any(set(q) < set(p) for q in bare)), key=lambda p: (len(p), p))


@settings(max_examples=60, deadline=None)
@given(cubes(), st.integers(0, 60), st.integers(1, 5))
def test_the_walk_is_brute_force(cube, threshold, depth):
    found = uncovered_patterns(cube, threshold, depth)
    rows = {p: rows_of(cube, p) for p in every_pattern(cube.sizes, depth)}
    wanted = maximal({p for p, n in rows.items() if n < threshold})
    assert [u.pattern for u in found.uncovered] == wanted
    assert [u.rows for u in found.uncovered] == [rows[p] for p in wanted]
    bare = {p for p, n in rows.items() if n < threshold}
    assert found.visited == sum(not any(set(q) < set(p) for q in bare) for p in rows)


def test_what_the_paper_finds():
    """Example 1 of Asudeh, Jin & Jagadish: five rows over three binary attributes; 1XX is the only MUP at 1 row."""
    cube = Cube.of([[0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 1, 1], [0, 0, 1]], np.ones(5), (2, 2, 2))
    assert [u.pattern for u in uncovered_patterns(cube, 1).uncovered] == [((0, 1),)]


def tarone(shares, n, ratio):
    """K by trying every K, and the patterns that it allows."""
    for k in range(1, len(shares) + 1):
        allowed = {p for p, pi in shares.items() if 1 - (0.05 / (2 * k)) ** (1 / n) < ratio * pi}
        if len(allowed) <= k:
            return k, allowed
    return 0, set()


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 4), st.floats(0.3, 1))
def test_the_relative_walk_is_brute_force(data, depth, ratio):
    cube = data.draw(cubes())
    weights = data.draw(st.lists(st.integers(0, 20), min_size=(k := int(np.prod(cube.sizes))), max_size=k))
    reference = Cube.of(list(product(*map(range, cube.sizes))), weights, cube.sizes)
    found = underrepresented_patterns(cube, reference, ratio, depth)
    n, total = cube.weights.sum(), sum(weights)
    if not (n and total):
        assert found.lowest.reason
        return
    shares = {p: rows_of(reference, p) / total for p in every_pattern(cube.sizes, min(depth, len(cube.sizes)))}
    number, allowed = tarone(shares, n, ratio)
    if not allowed:
        assert (found.uncovered, found.compared, found.lowest.value) == ((), 0, None)
        return
    assert found.compared == number
    rows = {p: rows_of(cube, p) for p in allowed}
    tail = 0.05 / (2 * number)
    bare = {p for p in allowed if binom.cdf(rows[p], n, ratio * shares[p]) < tail}
    near = {p for p in allowed if abs(binom.cdf(rows[p], n, min(ratio * shares[p], 1)) - tail) < 1e-9}
    if not near:
        assert [u.pattern for u in found.uncovered] == maximal(bare)
    for u in found.uncovered:
        assert u.ratio.value == pytest.approx(rows[u.pattern] / n / shares[u.pattern])
        for level, high in zip(LEVELS, u.ratio.upper, strict=True):
            exact = (1 - level) / (2 * number)
            assert binom.cdf(rows[u.pattern], n, high * shares[u.pattern]) == pytest.approx(exact, rel=1e-4)
    assert found.lowest.value == pytest.approx(min(rows[p] / n / shares[p] for p in allowed))


@given(st.data())
def test_lowest_is_the_least_of_all_curves(data):
    cube = data.draw(cubes(highest=400))
    margins = [data.draw(st.lists(st.integers(1, 9), min_size=size, max_size=size)) for size in cube.sizes]
    joint = Cube.of(list(product(*map(range, cube.sizes))), [np.prod(c) for c in product(*margins)], cube.sizes)
    found, same = (underrepresented_patterns(cube, reference, depth=2) for reference in (margins, joint))
    assert [u.pattern for u in found.uncovered] == [u.pattern for u in same.uncovered]
    assert found.lowest.lower == pytest.approx(same.lowest.lower, nan_ok=True)
    if found.lowest.value is not None:
        for u in found.uncovered:
            assert found.lowest.value <= u.ratio.value + 1e-12
            assert (np.array(found.lowest.lower) <= np.array(u.ratio.lower) + 1e-12).all()
            assert (np.array(found.lowest.upper) <= np.array(u.ratio.upper) + 1e-12).all()


@settings(max_examples=40)
@given(cubes(), st.randoms())
def test_the_order_of_cells_is_nothing(cube, random):
    order = list(range(len(cube.weights)))
    random.shuffle(order)
    shuffled = Cube.of(cube.codes[order], cube.weights[order], cube.sizes)
    assert uncovered_patterns(cube) == uncovered_patterns(shuffled)


def test_tables_in_blocks_are_tables_one_by_one(monkeypatch):
    rng = np.random.default_rng(1)
    sizes = (3, 2, 5, 4, 2, 3, 6)
    cube = Cube.of(np.stack([rng.integers(0, s, 500) for s in sizes], axis=1), rng.integers(0, 9, 500), sizes)
    wanted = [s for size in (1, 2, 3) for s in combinations(range(7), size)]
    for cells in (4, 60, 2**18):
        monkeypatch.setattr("auditkit.stats.cubes._JOINT", cells)
        tables = dict(marginal_tables(cube, wanted))
        assert set(tables) == set(wanted)
        for s, table in tables.items():
            one = np.zeros([sizes[a] for a in s])
            np.add.at(one, tuple(cube.codes[:, a] for a in s), cube.weights)
            assert np.array_equal(table, one)


def test_what_cannot_be_searched():
    with pytest.raises(InputError, match="too many combinations"):
        uncovered_patterns(Cube.of([[9_999, 9_999]], [1], (10_000, 10_000)), 0)
    with pytest.raises(InputError, match="one coding"):
        underrepresented_patterns(Cube.of([[0]], [1], (2,)), Cube.of([[0]], [1], (3,)))
    with pytest.raises(InputError, match="2"):
        Cube.of([[2]], [1], (2,))
    empty = Cube.of(np.zeros((0, 2)), [], (2, 2))
    assert [u.pattern for u in uncovered_patterns(empty).uncovered] == [((a, v),) for a in (0, 1) for v in (0, 1)]
    assert underrepresented_patterns(empty, [[1, 1], [1, 1]]).lowest.reason
    assert underrepresented_patterns(
        Cube.of([[0]], [9]), empty._replace(sizes=(1,), codes=empty.codes[:, :1])
    ).lowest.reason


def world(rng, rows, dropped=0.0):
    """Three dependent attributes; a share of the rows at (0 is 1, 1 is 2) is deleted. Counts, and shares before."""
    codes = np.array(list(product(range(6), range(6), range(2))))
    shares = np.random.default_rng(3).dirichlet(np.full(len(codes), 30.0))
    left = shares * np.where((codes[:, 0] == 1) & (codes[:, 1] == 2), 1 - dropped, 1)
    return Cube.of(codes, rng.multinomial(rows, left / left.sum())), Cube.of(codes, shares)


def test_a_deleted_pattern_is_told_and_nothing_else():
    """Its generalisations lose a seventh of their rows, which is tolerable; its specialisations go without saying."""
    cube, reference = world(np.random.default_rng(0), 50_000, dropped=0.8)
    found = underrepresented_patterns(cube, reference)
    assert [u.pattern for u in found.uncovered] == [((0, 1), (1, 2))]
    low, high, _ = found.uncovered[0].ratio.interval(0.95)
    assert low < 0.2 < high < 0.4


@pytest.mark.slow
def test_curves_hold_together_and_little_is_told_of_a_fair_sample():
    """False claims where all true ratios are 1, at the edge (ratio 1), and coverage of the lowest ratio."""
    rng, replications = np.random.default_rng(5), 1500
    fair, edge, kept = 0, 0, 0
    for _ in range(replications):
        cube, reference = world(rng, 3000)
        found = underrepresented_patterns(cube, reference)
        low, high, _ = found.lowest.interval(0.95)
        fair, kept = fair + bool(found.uncovered), kept + (low <= 1 <= high)
        edge += bool(underrepresented_patterns(cube, reference, ratio=1.0).uncovered)
    assert fair == 0
    assert binom.sf(edge - 1, replications, 0.025) > 1e-4
    assert edge > 0
    assert binom.cdf(kept, replications, 0.95) > 1e-4


@pytest.mark.slow
def test_a_million_rows_of_twenty_attributes():
    rng = np.random.default_rng(0)
    cube = Cube.of(rng.integers(0, 3, (1_000_000, 20)), np.ones(1_000_000), (3,) * 20)
    started = time.process_time()
    found = underrepresented_patterns(cube, [np.ones(3)] * 20)
    assert time.process_time() - started < 30
    assert (found.visited, found.uncovered) == (found.compared, ())
