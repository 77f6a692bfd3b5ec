"""The mean gap over concepts: coverage where rates are near 0 and 1, clusters, and references that are samples."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.evidence import Tally
from auditkit.core.finding import Reference
from auditkit.stats.amplification import clustered_mean_gap, mean_gap, reference_variance
from auditkit.stats.clusters import sample
from auditkit.stats.concepts import Concepts
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import rates, wilson

MIXED = np.resize([0.05, 0.2, 0.5, 0.8, 0.95], 12)


def held(p: np.ndarray, n: int, draws: int, seed: int) -> float:
    """How often the 95 % interval of the mean of C rates of n rows holds it, the reference taken as 0."""
    rng, caught = np.random.default_rng(seed), 0
    for x in rng.binomial(n, p, (draws, len(p))):
        low, high, _ = mean_gap(x / n, np.full(len(p), float(n)), np.zeros(len(p))).interval(0.95)
        caught += low <= p.mean() <= high
    return caught / draws


@pytest.mark.slow
@pytest.mark.parametrize("p", [MIXED, *(np.full(12, one) for one in (0.05, 0.2, 0.5, 0.8, 0.95)), np.array([0.95] * 2)])
@pytest.mark.parametrize("n", [30, 100])
def test_it_covers_at_every_rate(p, n):
    assert held(p, n, 10_000, 1) > 0.935


@pytest.mark.parametrize("p", [MIXED, np.full(12, 0.05), np.full(12, 0.95)])
def test_it_covers_near_the_ends(p):
    assert held(p, 30, 600, 2) > 0.92  # .95 less three standard errors


def test_of_one_concept_it_is_wilsons_interval_about():
    e = mean_gap([0.3], [200], [0.0])
    assert e.interval(0.95)[:2] == pytest.approx(
        [float(side[2, 0]) for side in (wilson(rates(60, 200)).lower, wilson(rates(60, 200)).upper)], abs=1e-3
    )


def test_of_many_rows_it_is_the_stratified_sum_of_binomials():
    p, n = np.array([0.7, 0.4, 0.9]), np.array([3000.0, 1000.0, 2000.0])
    se = np.sqrt((p * (1 - p) / (n - 1)).sum()) / 3
    low, high, _ = mean_gap(p, n, [0.6, 0.3, 0.8]).interval(0.95)
    assert (low, high) == pytest.approx((0.1 - 1.96 * se, 0.1 + 1.96 * se), abs=2e-4)


def test_a_reference_of_n_is_a_second_sample():
    one = Reference({"a": 0.4, "b": 0.6}, "a survey", "us", n=300)
    variance = reference_variance([one], ["a"])
    assert variance == pytest.approx(0.4 * 0.6 / 300)
    e = mean_gap([0.5], [100000], [0.4], variance)
    curve = newcombe(wilson(rates(50000, 100000)), wilson(rates(120, 300)))
    assert e.interval(0.95)[:2] == pytest.approx([float(curve.lower[2, 0]), float(curve.upper[2, 0])], abs=1e-5)
    two = Reference({"a": 0.4, "b": 0.6}, "another survey", "them", n=300)
    assert reference_variance([one, two], ["a", "a"]) == pytest.approx(variance / 2)
    assert reference_variance([Reference({"a": 1.0}, "known", "us")], ["a"]) == 0


def test_prompts_that_serve_every_concept_are_one_cluster_each():
    """A prompt that leans leans in all concepts: its influence is summed, and the width is that of four prompts."""
    shown = {("x", k): 50 + 10 * k for k in range(4)} | {("y", k): 30 + 10 * k for k in range(4)}
    cells = {(c, str(k), level): n for (c, k), x in shown.items() for level, n in (("in", x), ("out", 100 - x))}
    t = Tally.of_cells(("c", "unit", "y"), cells)
    e = clustered_mean_gap(sample(t, "c", "y", ["in"]), [0.6, 0.5])
    means = np.array([0.4, 0.5, 0.6, 0.7])
    assert e.value == pytest.approx(0.55 - 0.55)
    assert e.clusters == 4
    half = 3.182446 * means.std(ddof=1) / 2  # t of 3 degrees of freedom
    assert np.ptp(e.interval(0.95)[:2]) / 2 == pytest.approx(half, rel=0.15)  # Wilson's shape pulls it in


@pytest.mark.parametrize("seen", [0.1, 0.4])
def test_rates_put_right_cover_where_readings_do_not(seen):
    """Women are read as men 13 times in 100, men as women 3: what is checked in each of 12 concepts puts it right."""
    rng, caught, naive = np.random.default_rng(4), 0, 0
    concept = np.repeat(np.arange(12), 100)
    for _ in range(150):
        woman = rng.random(1200) < MIXED[concept]
        read = np.where(woman, rng.random(1200) < 0.87, rng.random(1200) < 0.03).astype(int)
        truth = np.where(rng.random(1200) < seen, woman.astype(int), -1)
        names = tuple(map(str, range(12)))
        for checked in (truth, np.full(1200, -1)):
            shown = Concepts(names, ("man", "woman"), concept, read, checked, None, np.ones(1200)).shown(
                np.ones(12, int)
            )
            low, high, _ = mean_gap(shown.rate, shown.n_eff, MIXED).interval(0.95)
            caught += (low <= 0 <= high) * (checked is truth)
            naive += (low <= 0 <= high) * (checked is not truth)
    assert caught / 150 > 0.89
    assert naive / 150 < 0.3


def test_nothing_has_no_mean():
    assert mean_gap([], [], []).reason == "no concept has a direction"
    assert mean_gap([0.5, np.nan], [10, 0], [0.5, 0.5]).reason == "a concept has no rows"
