"""Weighted sums of rates: differences of differences, and errors at another mix."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.evidence import Tally
from auditkit.stats.clusters import Sample, sample
from auditkit.stats.contrasts import compare
from auditkit.stats.exact import share_at_least, share_at_most
from auditkit.stats.linear_contrasts import linear_contrast, reweighted_difference

SURELY = 1e-4


def groups(x: np.ndarray, n: np.ndarray) -> Sample:
    """From hits and rows (k,)."""
    names = [str(i) for i in range(len(x))]
    hits, rows = np.asarray(x, np.int64), np.asarray(n, np.int64)
    squares = np.array([rows - hits, hits], float)
    return Sample(tuple(names), hits, rows, hits.astype(float), rows.astype(float), squares, False, None)


def test_two_rates_are_newcombes_with_and_without_clusters() -> None:
    rng = np.random.default_rng(2)
    unit = rng.integers(30, size=400)
    columns = {"g": [str(u % 2) if u < 15 else str(i % 2) for i, u in enumerate(unit)], "unit": [str(u) for u in unit]}
    t = Tally.of(columns | {"y": [str(int(v)) for v in rng.random(400) < 0.3]})
    for table in (t, Tally.of({axis: c for axis, c in columns.items() if axis != "unit"} | {"y": ["0", "1"] * 200})):
        s = sample(table, "g", "y", ["1"])
        (pair,) = compare(s, "0")
        told = linear_contrast(s, [-1, 1])
        assert told.value == pytest.approx(pair.difference.value)
        assert told.interval(0.95)[:2] == pytest.approx(pair.difference.interval(0.95)[:2], rel=1e-9)
        assert told.clusters == pair.difference.clusters


def test_turning_the_weights_turns_the_interval() -> None:
    s = groups(np.array([3, 9, 20, 0]), np.array([10, 40, 50, 12]))
    one, other = linear_contrast(s, [1, -1, -1, 1]), linear_contrast(s, [-1, 1, 1, -1])
    assert one.value == pytest.approx(-other.value)
    assert one.interval(0.9)[:2] == pytest.approx([-v for v in other.interval(0.9)[1::-1]])


def test_an_empty_group_matters_only_where_it_weighs() -> None:
    s = groups(np.array([3, 0, 5]), np.array([10, 0, 12]))
    assert linear_contrast(s, [1, 0, -1]).value == pytest.approx(0.3 - 5 / 12)
    assert linear_contrast(s, [1, -1, 0]).reason == "no rows in 1"
    assert reweighted_difference(s, [0.3, 0.3, 0.4]).reason == "no rows in 1"
    assert reweighted_difference(s, [0.5, 0, 0.5]).value == pytest.approx(0.5 * 0.3 + 0.5 * 5 / 12 - 8 / 22)


def test_differences_of_differences_cover() -> None:
    rng = np.random.default_rng(4)
    p, n = np.array([0.4, 0.1, 0.15, 0.05]), np.array([60, 90, 80, 100])
    runs, w = 1_500, np.array([1, -1, -1, 1])
    ends = [linear_contrast(groups(rng.binomial(n, p), n), w).interval(0.95)[:2] for _ in range(runs)]
    held = sum(low <= w @ p <= high for low, high in ends)
    assert share_at_most(held, runs, 0.94) > SURELY
    assert share_at_least(held, runs, 0.965) > SURELY


@pytest.mark.parametrize("known", [None, 400])
def test_the_error_at_another_mix_covers_though_the_data_mix_is_only_seen(known: int | None) -> None:
    """Rates so unlike that the mix is most of the variance: with the mixes as known it would hold 62 and 46 %."""
    rng = np.random.default_rng([8, known or 0])
    p, mix, q = np.array([0.9, 0.5, 0.05]), np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.35, 0.25])
    truth, runs, held, fixed = (q - mix) @ p, 1_500, 0, 0
    for _ in range(runs):
        n = rng.multinomial(600, mix)
        seen = q if known is None else rng.multinomial(known, q) / known
        s = groups(rng.binomial(n, p), n)
        low, high, _ = reweighted_difference(s, seen, known).interval(0.95)
        held += low <= truth <= high
        low, high, _ = linear_contrast(s, seen - n / n.sum()).interval(0.95)
        fixed += low <= truth <= high
    assert share_at_most(held, runs, 0.94) > SURELY
    assert share_at_least(held, runs, 0.97) > SURELY
    assert share_at_most(fixed, runs, 0.90) < SURELY


@pytest.mark.slow
def test_arms_that_share_items_cover_and_are_shorter_than_as_if_they_did_not() -> None:
    """200 items, each answered by a model and a control that err together."""
    rng = np.random.default_rng(9)
    runs, held, items, widths = 1_000, 0, 200, []
    cell = [f"{arm}{int(i >= 100)}" for arm in "mc" for i in range(items)]
    unit = [str(i) for i in range(items)] * 2
    p = {"m0": 0.4, "m1": 0.1, "c0": 0.25, "c1": 0.1}
    for _ in range(runs):
        shared = np.tile(rng.random(items), 2)
        u = np.where(rng.random(2 * items) < 0.7, shared, rng.random(2 * items))
        y = [str(int(v < p[c])) for v, c in zip(u, cell, strict=True)]
        intervals = []
        for columns in ({"g": cell, "y": y, "unit": unit}, {"g": cell, "y": y}):
            e = linear_contrast(sample(Tally.of(columns), "g", "y", ["1"], list(p)), [1, -1, -1, 1])
            intervals.append(e.interval(0.95)[:2])
        held += intervals[0][0] <= 0.15 <= intervals[0][1]
        widths.append([high - low for low, high in intervals])
    assert share_at_most(held, runs, 0.94) > SURELY
    assert share_at_least(held, runs, 0.975) > SURELY
    assert np.mean(widths, axis=0)[0] < 0.9 * np.mean(widths, axis=0)[1]
