"""A heavy row that was not seen to be hit: what limits say of a small heavy stratum, and of weights that are near."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from auditkit import Reference
from auditkit.auditing import audit
from auditkit.core.estimate import LEVELS
from auditkit.core.evidence import Tally
from auditkit.detectors.selection import Composition
from auditkit.frames.counting import tally
from auditkit.stats.clusters import Sample, sample, union_rates
from auditkit.stats.culprits import differences_from_median
from auditkit.stats.proportions import guarded, wilson
from auditkit.stats.standardisation import standardised, stratified

HEAVY, LIGHT, WEIGHT = 20, 980, 8.0
REFERENCE = Reference({"a": 0.4, "b": 0.4, "c": 0.2}, why="a test", source="a test")


def strata(x, y):
    """Samples (k) of which x of the heavy and y of the light rows are hits."""
    x, y = (np.asarray(part, float).ravel() for part in (x, y))
    at, names = [WEIGHT * x, WEIGHT * (HEAVY - x)], tuple(map(str, range(len(x))))
    hits, misses = at[0] + y, at[1] + LIGHT - y
    squares = np.stack([WEIGHT * at[1] + LIGHT - y, WEIGHT * at[0] + y])
    heaviest = np.stack([np.where(part > 0, WEIGHT, 1.0) for part in (HEAVY - x, x)])
    n = np.full(len(x), HEAVY + LIGHT)
    return Sample(names, (x + y).astype(int), n, hits, hits + misses, squares, True, None, heaviest)


def missed(p, q, drawn, limits=guarded):
    """The exact chances that the limits lie above and below the truth, of rates p of the heavy and q of the light."""
    x = np.arange(HEAVY + 1)
    y = np.flatnonzero(stats.binom.pmf(np.arange(LIGHT + 1), LIGHT, q) > 1e-7)
    chance = np.outer(stats.binom.pmf(x, HEAVY, p), stats.binom.pmf(y, LIGHT, q)).ravel()
    grid = np.meshgrid(x, y, indexing="ij")
    r = union_rates(strata(*grid), np.eye(len(chance), dtype=bool))
    curve = limits(r if drawn else r._replace(drawn=None))
    truth = (WEIGHT * HEAVY * p + LIGHT * q) / (WEIGHT * HEAVY + LIGHT)
    return (curve.lower > truth) @ chance, (curve.upper < truth) @ chance


@pytest.mark.parametrize("limits", [guarded, wilson])
@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize(("p", "q", "side"), [(0.2, 0.015, 1), (0.8, 0.985, 0)])
def test_a_small_heavy_stratum_is_missed_no_more_often_than_said(p, q, side, drawn, limits):
    """Without the guard the upper limit (mirrored, the lower) misses .063 at 90 %, .011 at 99 % and .010 at 99.9 %."""
    out = missed(p, q, drawn, limits)[side]
    for level in (0.9, 0.95, 0.99, 0.999):
        assert out[LEVELS.index(level)] <= (1 - level) / 2, level


@pytest.mark.parametrize("drawn", [True, False])
def test_weights_that_say_nothing_cost_little_where_the_heavy_were_seen(drawn):
    """At .5 of all ten of the heavy are hit: Wilson's limits hold, and a single rate keeps them."""
    r = union_rates(strata(10, 490), np.ones((1, 1), bool))
    r = r if drawn else r._replace(drawn=None)
    assert r.heavy is not None
    near, far = wilson(r), wilson(r._replace(heavy=None))
    assert (near.upper == far.upper).all()
    assert (near.lower == far.lower).all()


def test_a_single_rate_is_guarded_where_fewer_than_two_of_the_heaviest_were_hit():
    r = union_rates(strata([0, 1, 2], [15, 15, 15]), np.eye(3, dtype=bool))
    wider = wilson(r).upper > wilson(r._replace(heavy=None)).upper + 1e-9
    assert wider[LEVELS.index(0.95)].tolist() == [True, True, False]


def table(weights, hits, sex="f"):
    return tally({"g": [sex] * len(weights), "y": hits, "w": weights}, {"group": "g", "outcome": "y"}, "w")


@pytest.mark.parametrize(
    ("of_hits", "of_misses"), [([1.0] * 40, [1.0] * 60), ([1.0, 1.5] * 20, [1.5, 1.0] * 30), ([1.0] * 40, [20.0] * 60)]
)
def test_limits_do_not_move_where_weights_are_near_or_are_by_outcome(of_hits, of_misses):
    s = sample(table([*of_hits, *of_misses], [1] * 40 + [0] * 60), "group", "outcome", ["1"])
    assert union_rates(s, np.ones((1, 1), bool)).heavy is None


def test_a_level_that_never_occurs_may_have_been_a_heavy_row():
    """Of 200 rows 5 weigh 40 and none is of c: 3.7 of the heaviest may be, of 395 in all. Kish's 19 rows say less."""
    weights = [40.0] * 5 + [1.0] * 195
    data = {"g": ["a", "b"] * 100, "w": weights}
    findings = audit(data, Composition(REFERENCE), group="g", weight="w").findings
    of = next(f for f in findings if f.level == "c").estimate
    kish = sum(weights) ** 2 / sum(w**2 for w in weights)
    assert of.value == 0
    exact = 1 - 0.025 ** (1 / kish)
    assert of.interval(0.95).high == pytest.approx(max(exact, -np.log(0.025) * 40 / sum(weights)) / 0.2, rel=1e-3)
    assert of.interval(0.95).high > 1.2 * exact / 0.2


def test_a_group_stands_apart_no_sooner_than_one_more_heavy_row_allows():
    """None of its 20 heavy rows is hit, and half of them may be."""
    s = strata([0, 10, 10, 10], [15, 15, 15, 15])
    r = union_rates(s, np.eye(4, dtype=bool))
    first = differences_from_median(r)[0]
    alone = differences_from_median(r._replace(heavy=None))[0]
    assert first.interval(0.99).high > alone.interval(0.99).high
    assert first.interval(0.99).low <= alone.interval(0.99).low
    light = differences_from_median(r._replace(heavy=np.zeros_like(r.heavy)))[0]
    assert (light.lower, light.upper) == (alone.lower, alone.upper)


def test_standardised_over_strata_counts_rows_and_not_what_they_are_worth():
    data = {"g": ["a", "b"] * 60, "k": ["1", "2", "2"] * 40, "y": ["1", "0", "1", "1"] * 30, "w": [1.0, 5.0, 2.0] * 40}
    roles = {"group": "g", "stratum": "k", "outcome": "y"}
    strata = stratified(tally(data, roles, "w"), "group", "stratum", "outcome", ["1"], ["a", "b"], ["1", "2"])
    e = standardised(strata, "a", "b")
    assert e.n == 120
    assert e.n_eff < 60


def test_the_largest_weight_is_kept_when_cells_are_counted_merged_and_added():
    one, other = table([1.0, 8.0, 1.0, 2.0], [1, 0, 0, 1]), table([1.0, 30.0], [0, 1])
    assert one.heaviest.tolist() == [8.0, 2.0]
    assert (one + other).heaviest.tolist() == [8.0, 30.0]
    assert (one + other).marginal("group").heaviest.tolist() == [30.0]
    assert sample(one + other, "group", "outcome", ["1"]).heaviest.tolist() == [[8.0], [30.0]]


def test_a_report_keeps_the_largest_weights():
    data = {"sex": ["f", "m"] * 30, "hired": ["1", "0", "1"] * 20, "w": [1.0, 2.0, 9.0] * 20}
    report = audit(data, group="sex", outcome="hired", weight="w")
    assert report.cells is not None
    assert report.cells.heaviest.max() == 9
    assert type(report).from_json(report.to_json()).cells == report.cells


def test_where_nobody_kept_it_the_largest_weight_is_the_least_that_it_can_be():
    assert Tally.of({"group": ["a"]}, n=[5], w=[12.0], w2=[68.0]).heaviest.tolist() == [pytest.approx(68 / 12)]
