"""A heavy row that was not seen to be hit: what limits say of a small heavy stratum, and of weights that are near."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from auditkit.auditing import audit
from auditkit.core.estimate import LEVELS
from auditkit.core.evidence import Tally
from auditkit.frames.counting import tally
from auditkit.stats.clusters import Sample, sample, union_rates
from auditkit.stats.proportions import guarded

HEAVY, LIGHT, WEIGHT = 20, 980, 8.0


def strata(x, y):
    """Samples (k) of which x of the heavy and y of the light rows are hits."""
    x, y = (np.asarray(part, float).ravel() for part in (x, y))
    at, names = [WEIGHT * x, WEIGHT * (HEAVY - x)], tuple(map(str, range(len(x))))
    hits, misses = at[0] + y, at[1] + LIGHT - y
    squares = np.stack([WEIGHT * at[1] + LIGHT - y, WEIGHT * at[0] + y])
    heaviest = np.stack([np.where(part > 0, WEIGHT, 1.0) for part in (HEAVY - x, x)])
    n = np.full(len(x), HEAVY + LIGHT)
    return Sample(names, (x + y).astype(int), n, hits, hits + misses, squares, True, None, heaviest)


def missed(p, q, drawn):
    """The exact chances that the limits lie above and below the truth, of rates p of the heavy and q of the light."""
    x = np.arange(HEAVY + 1)
    y = np.flatnonzero(stats.binom.pmf(np.arange(LIGHT + 1), LIGHT, q) > 1e-7)
    chance = np.outer(stats.binom.pmf(x, HEAVY, p), stats.binom.pmf(y, LIGHT, q)).ravel()
    grid = np.meshgrid(x, y, indexing="ij")
    r = union_rates(strata(*grid), np.eye(len(chance), dtype=bool))
    curve = guarded(r if drawn else r._replace(drawn=None))
    truth = (WEIGHT * HEAVY * p + LIGHT * q) / (WEIGHT * HEAVY + LIGHT)
    return (curve.lower > truth) @ chance, (curve.upper < truth) @ chance


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize(("p", "q", "side"), [(0.2, 0.015, 1), (0.8, 0.985, 0)])
def test_a_small_heavy_stratum_is_missed_no_more_often_than_said(p, q, side, drawn):
    """Without the guard the upper limit (mirrored, the lower) misses .063 at 90 %, .011 at 99 % and .010 at 99.9 %."""
    out = missed(p, q, drawn)[side]
    for level in (0.9, 0.95, 0.99, 0.999):
        assert out[LEVELS.index(level)] <= (1 - level) / 2, level


def table(weights, hits, sex="f"):
    return tally({"g": [sex] * len(weights), "y": hits, "w": weights}, {"group": "g", "outcome": "y"}, "w")


@pytest.mark.parametrize(
    ("of_hits", "of_misses"), [([1.0] * 40, [1.0] * 60), ([1.0, 1.5] * 20, [1.5, 1.0] * 30), ([1.0] * 40, [20.0] * 60)]
)
def test_limits_do_not_move_where_weights_are_near_or_are_by_outcome(of_hits, of_misses):
    s = sample(table([*of_hits, *of_misses], [1] * 40 + [0] * 60), "group", "outcome", ["1"])
    assert union_rates(s, np.ones((1, 1), bool)).heavy is None


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
