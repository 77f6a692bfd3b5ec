"""Subgroup search: against brute force, against the slice correlations, and how often all intervals hold at once."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import LEVELS
from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING
from auditkit.stats.confusion import METRICS, conditioned
from auditkit.stats.contrasts import newcombe
from auditkit.stats.itemsets import frequent_itemsets
from auditkit.stats.multiplicity import correlation, slice_correlation
from auditkit.stats.proportions import rates, wilson
from auditkit.stats.subgroups import (
    _influence,
    confusion_tables,
    divergences,
    largest_divergence,
    rate_of,
    search_subgroups,
)

FPR = rate_of("false_positive_rate")
SURELY = 1e-4


def cells(*sizes: int) -> np.ndarray:
    return np.array(list(product(*map(range, sizes))))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), support=st.floats(0.02, 0.5))
def test_itemsets_are_those_that_brute_force_finds(seed: int, support: float) -> None:
    rng = np.random.default_rng(seed)
    codes = cells(2, 3, 2, 2)
    codes[rng.random(codes.shape) < 0.1] = -1
    rows = rng.integers(0, 40, len(codes)) + 1
    expected = set()
    for size in range(1, 5):
        for attributes in combinations(range(4), size):
            for levels in product(*(range(codes[:, a].max() + 1) for a in attributes)):
                inside = np.all([codes[:, a] == x for a, x in zip(attributes, levels, strict=True)], axis=0)
                if rows[inside].sum() >= support * rows.sum() - 1e-9:
                    expected.add(tuple(zip(attributes, levels, strict=True)))
    found = frequent_itemsets(codes, rows, support)
    assert set(found.patterns) == expected
    assert len(found.patterns) == len(expected)
    for pattern, members in zip(found.patterns, found.members, strict=True):
        assert (members == np.all([codes[:, a] == x for a, x in pattern], axis=0)).all()


def test_too_many_itemsets_are_refused() -> None:
    with pytest.raises(InputError, match="more support"):
        frequent_itemsets(np.zeros((1, 20), int), [100], 0.5)


@pytest.mark.parametrize("metric", METRICS)
def test_rates_are_those_of_error_rates(metric: str) -> None:
    rng = np.random.default_rng(1)
    counts = {(g, y, h): int(rng.integers(1, 90)) for g in "ab" for y in "01" for h in "01"}
    tally = Tally.of_cells(("group", "outcome", "prediction"), counts)
    known = conditioned(tally, metric, "1")
    codes, tables = confusion_tables(tally, ["group"], "1")
    d = divergences(tables, np.eye(2, dtype=bool), [rate_of(metric)])
    assert codes.ravel().tolist() == [0, 1]
    assert d.hits.tolist() == known.hits.tolist()
    assert d.n.tolist() == known.rows.tolist()
    overall = known.hits.sum() / known.rows.sum()
    assert d.curve.value == pytest.approx(known.hits / known.rows - overall)


def test_influence_gives_the_correlations_of_slices_where_all_rates_are_one() -> None:
    """Where they are not, that of the share π counts too: the divergence from the whole is (1 - π) times the gap."""
    hits = np.random.default_rng(2).integers(5, 200, 6)
    found = frequent_itemsets(cells(2, 3), hits, 0.01)
    k = len(found.patterns)
    tables = np.column_stack([4 * hits, hits, 0 * hits, 0 * hits]).astype(float)
    ours = correlation(*_influence(tables, found.members, [FPR], np.arange(k), np.zeros(k, int)))
    assert ours == pytest.approx(slice_correlation(found.members, hits, 5 * hits), abs=1e-9)


def test_two_groups_pay_little_for_the_search_and_mirror_one_another() -> None:
    """Nearly one comparison: only what the shares vary keeps the two divergences from being opposite."""
    d = divergences([[80, 20, 0, 0], [60, 40, 0, 0]], np.eye(2, dtype=bool), [FPR])
    assert d.curve.value == pytest.approx([-0.1, 0.1])
    assert d.curve.lower[:, 0] == pytest.approx(-d.curve.upper[:, 1], abs=1e-9)
    gap = newcombe(wilson(rates(40, 100)), wilson(rates(20, 100)))
    down = np.hypot((gap.value - gap.lower[2]) / 2, stats.norm.ppf(0.975) * 0.2 / 2 / np.sqrt(200))
    assert down[0] - 1e-9 < 0.1 - d.curve.lower[2, 1] < 1.1 * down[0]


def test_sidak_takes_over_where_a_simulation_does_not_reach() -> None:
    tables = np.tile([80.0, 20, 0, 0], (4, 1))
    d = divergences(tables, np.eye(4, dtype=bool), [FPR])
    widths = (d.curve.upper - d.curve.lower)[:, 0]
    assert np.isfinite(widths).all()
    assert (np.diff(widths) > 0).all()
    many = divergences(np.tile([80.0, 20, 0, 0], (2_100, 1)), np.eye(2_100, dtype=bool), [FPR])
    assert "Šidák over 2,100" in many.method
    sidak = stats.norm.ppf(1 - (1 - 0.95 ** (1 / 2_100)) / 2)
    centre = (0.2 + sidak**2 / 200) / (1 + sidak**2 / 100)
    reach = sidak * np.sqrt(0.16 / 100 + (sidak / 200) ** 2) / (1 + sidak**2 / 100)
    assert many.curve.upper[2, 0] == pytest.approx(centre + reach - 0.2, rel=0.01)


@pytest.mark.slow
def test_all_intervals_hold_at_once_where_rates_differ() -> None:
    """A world of eleven subgroups with five different chances, every row drawn anew with its cell and its answer."""
    rng, runs, n = np.random.default_rng(3), 400, 3_000
    codes, chance = cells(2, 3), np.array([0.1, 0.1, 0.2, 0.15, 0.3, 0.5])
    share = np.array([0.1, 0.2, 0.2, 0.15, 0.15, 0.2])
    found = frequent_itemsets(codes, share * 1e6, 0.05)
    m = found.members
    truth = (m @ (share * chance)) / (m @ share) - share @ chance
    held = largest = 0
    for _ in range(runs):
        rows = rng.multinomial(n, share)
        hits = rng.binomial(rows, chance)
        d = divergences(np.column_stack([rows - hits, hits, 0 * rows, 0 * rows]), m, [FPR])
        held += bool(((d.curve.lower[2] <= truth) & (truth <= d.curve.upper[2])).all())
        low, high, _ = largest_divergence(d).interval(0.95)
        largest += bool(low <= np.abs(truth).max() <= high)
    assert stats.binom.cdf(held, runs, 0.935) > SURELY
    assert stats.binom.sf(held - 1, runs, 0.975) > SURELY
    assert stats.binom.cdf(largest, runs, 0.95) > SURELY


def test_noise_makes_the_largest_what_it_says() -> None:
    rng, runs = np.random.default_rng(4), 60
    codes = cells(2, 3)
    found = frequent_itemsets(codes, np.ones(6), 0.05)
    seen, expected = [], 0.0
    for _ in range(runs):
        hits = rng.binomial(400, 0.3, 6)
        d = divergences(np.column_stack([400 - hits, hits, 0 * hits, 0 * hits]), found.members, [FPR])
        seen.append(np.abs(d.curve.value).max())
        expected += d.expected / runs
    error = np.std(seen) / np.sqrt(runs) + np.std(seen) / np.sqrt(500)  # theirs, and that of fixed draws
    assert abs(np.mean(seen) - expected) < 4 * error


def test_a_subgroup_that_adds_nothing_is_folded_into_its_parent() -> None:
    tables = np.array([[90, 10, 0, 0], [90, 10, 0, 0], [50, 50, 0, 0], [50, 50, 0, 0]], float)
    both = search_subgroups(cells(2, 2), tables, [FPR], 0.1, 10, 0.0)
    folded = search_subgroups(cells(2, 2), tables, [FPR], 0.1, 10, 0.01)
    assert both.searched == folded.searched == 8
    assert len(both.listed) == 8
    assert {d.pattern for d in folded.listed} == {((0, 0),), ((0, 1),), ((1, 0),), ((1, 1),)}
    assert [d.pattern for d in search_subgroups(cells(2, 2), tables, [FPR], 0.1, 1, 0.01).listed] == [((0, 0),)]


def test_edges() -> None:
    both = [FPR, rate_of("false_negative_rate")]
    assert divergences([[10, 5, 0, 0], [9, 1, 0, 0]], np.eye(2, dtype=bool), both).rate.tolist() == [0, 0]
    nothing = divergences(np.zeros((2, 4)), np.eye(2, dtype=bool), [FPR])
    assert largest_divergence(nothing).value is None
    everything = divergences([[10, 5, 0, 0]], np.ones((1, 1), bool), [FPR])
    assert len(everything.n) == 0
    never = divergences([[10, 0, 0, 0], [20, 0, 0, 0]], np.eye(2, dtype=bool), [FPR])
    assert np.isfinite([*never.curve.lower[2], *never.curve.upper[2]]).all()
    assert len(never.curve.lower) == len(LEVELS)
    with pytest.raises(InputError, match="Did you mean"):
        rate_of("fals_positive_rate")
    lacking = {("f", "True", "1"): 5, (MISSING, "False", "0"): 2, ("m", "False", "1"): 1, ("m", MISSING, "1"): 9}
    tally = Tally.of_cells(("sex", "outcome", "prediction"), lacking)
    codes, tables = confusion_tables(tally, ["sex"], "True")
    assert codes.ravel().tolist() == [0, 1, -1]
    assert tables.tolist() == [[0, 0, 0, 5], [0, 1, 0, 0], [2, 0, 0, 0]]
    with pytest.raises(CannotDecide, match="no prediction"):
        confusion_tables(tally, ["sex"], "yes")
