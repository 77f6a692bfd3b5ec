"""Mantel and Haenszel's ratio against an independent implementation, and in sparse and clustered worlds."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from auditkit.core.evidence import Tally
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare
from auditkit.stats.exact import share_at_least, share_at_most
from auditkit.stats.mantel_haenszel import mantel_haenszel_ratio
from auditkit.stats.standardisation import Strata, stratified
from auditkit.stats.typical_values import atypical_ratio

SURELY = 1e-4


def strata(x: np.ndarray, n: np.ndarray) -> Strata:
    """From hits and rows (2, K) of groups a and b."""
    columns: dict[str, list[str]] = {"g": [], "k": [], "y": []}
    counts = []
    for i, g in enumerate("ab"):
        for k in range(x.shape[1]):
            for y, c in (("1", x[i, k]), ("0", n[i, k] - x[i, k])):
                for axis, level in zip(columns, (g, str(k), y), strict=True):
                    columns[axis].append(level)
                counts.append(int(c))
    kept = [i for i, c in enumerate(counts) if c]
    t = Tally.of({axis: [c[i] for i in kept] for axis, c in columns.items()}, n=[counts[i] for i in kept])
    return stratified(t, "g", "k", "y", ["1"], ["a", "b"], [str(k) for k in range(x.shape[1])])


def test_the_value_is_statsmodels() -> None:
    rng = np.random.default_rng(11)
    n = rng.integers(5, 200, (2, 6))
    x = rng.binomial(n, 0.3)
    tables = [np.array([[x[0, k], n[0, k] - x[0, k]], [x[1, k], n[1, k] - x[1, k]]], float) for k in range(6)]
    told = mantel_haenszel_ratio(strata(x, n), "a", "b")
    assert told.value == pytest.approx(StratifiedTable(tables).riskratio_pooled, rel=1e-12)


def test_the_interval_is_near_greenland_and_robins_where_counts_are_large() -> None:
    """Greenland & Robins (1985): var log RR = Σ (n1 n2 t/N² - x1 x2/N) / (R S)."""
    n, x = np.array([[400, 300, 500], [600, 250, 450]]), np.array([[160, 90, 200], [180, 60, 130]])
    total, both = n.sum(axis=0), x.sum(axis=0)
    r, s = (x[0] * n[1] / total).sum(), (x[1] * n[0] / total).sum()
    se = np.sqrt((n[0] * n[1] * both / total**2 - x[0] * x[1] / total).sum() / (r * s))
    low, high, _ = mantel_haenszel_ratio(strata(x, n), "a", "b").interval(0.95)
    assert [low, high] == pytest.approx([r / s * np.exp(-1.96 * se), r / s * np.exp(1.96 * se)], rel=0.01)


def test_one_stratum_is_mover_r() -> None:
    t = Tally.of({"g": ["a", "a", "b", "b"], "k": ["1"] * 4, "y": ["0", "1"] * 2}, n=[9, 3, 30, 25])
    one = mantel_haenszel_ratio(stratified(t, "g", "k", "y", ["1"], ["a", "b"], ["1"]), "a", "b")
    (pair,) = compare(sample(t, "g", "y", ["1"]), "b")
    assert one.value == pytest.approx(pair.ratio.value)
    assert one.interval(0.95)[:2] == pytest.approx(pair.ratio.interval(0.95)[:2], rel=1e-9)


def test_a_stratum_with_one_side_is_dropped_and_said() -> None:
    told = mantel_haenszel_ratio(strata(np.array([[3, 5], [2, 0]]), np.array([[10, 9], [20, 0]])), "a", "b")
    assert told.value == pytest.approx(3.0)
    assert "1 dropped" in told.method
    nothing = mantel_haenszel_ratio(strata(np.array([[3, 0], [0, 1]]), np.array([[10, 0], [0, 9]])), "a", "b")
    assert nothing.value is None
    assert nothing.reason


def test_no_hits_on_the_second_side_is_unbounded_above_and_defined_below() -> None:
    told = mantel_haenszel_ratio(strata(np.array([[9], [0]]), np.array([[20], [20]])), "a", "b")
    assert told.value is None
    assert told.reason
    assert told.interval(0.95).low > 1
    assert told.interval(0.95).high is None


def test_covers_in_sparse_strata() -> None:
    """40 strata of 4 and 8 rows whose rates differ, a ratio of 1.5."""
    rng = np.random.default_rng(5)
    runs, held = 200, 0
    n = np.array([np.full(40, 4), np.full(40, 8)])
    for _ in range(runs):
        base = rng.uniform(0.05, 0.55, 40)
        low, high, _ = mantel_haenszel_ratio(strata(rng.binomial(n, [1.5 * base, base]), n), "a", "b").interval(0.95)
        held += low <= 1.5 <= high
    assert share_at_most(held, runs, 0.95) > SURELY
    assert share_at_least(held, runs, 0.98) > SURELY


@pytest.mark.slow
def test_covers_where_units_share_rows() -> None:
    """60 units of 10 rows, two strata, both groups in every unit, intraclass correlation about .2; a ratio of 1."""
    rng = np.random.default_rng(6)
    runs, held, rows = 1_500, 0, 600
    unit = np.repeat(np.arange(60), 10)
    columns = {"unit": [str(u) for u in unit], "k": [str(u % 2) for u in unit]}
    for _ in range(runs):
        rate = rng.beta(1.6, 2.4, 60)[unit]
        g, y = rng.random(rows) < 0.4, rng.random(rows) < rate
        t = Tally.of(columns | {"g": ["a" if v else "b" for v in g], "y": ["1" if v else "0" for v in y]})
        e = mantel_haenszel_ratio(stratified(t, "g", "k", "y", ["1"], ["a", "b"], ["0", "1"]), "a", "b")
        low, high, _ = e.interval(0.95)
        held += low <= 1 <= high
    assert share_at_most(held, runs, 0.94) > SURELY
    assert share_at_least(held, runs, 0.97) > SURELY


def test_atypical_is_what_the_object_mostly_is_not() -> None:
    cells = {
        ("banana", "yellow", "1"): 20, ("banana", "yellow", "0"): 80,
        ("banana", "teal", "1"): 8, ("banana", "teal", "0"): 12,
        ("sheep", "yellow", "1"): 9, ("sheep", "yellow", "0"): 1, ("unknown", "yellow", "1"): 50,
    }  # fmt: skip
    shown = Tally.of_cells(("context", "outcome", "selected"), cells)
    references = {"banana": {"yellow": 0.9, "green": 0.1}, "sheep": {"white": 1.0}}
    told = atypical_ratio(shown, references, ["1"])
    assert told.value == pytest.approx(2.0)
    assert told.n == 130
