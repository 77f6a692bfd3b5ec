"""Wilson, Clopper-Pearson, Newcombe and MOVER-R against published figures and simulated coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from auditkit.core.evidence import Tally
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare, mover_ratio, newcombe
from auditkit.stats.proportions import Rates, clopper_pearson, rates, wilson

AT_95 = 2


def at_95(curve: object) -> tuple[float, float]:
    return float(curve.lower[AT_95, 0]), float(curve.upper[AT_95, 0])


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_newcombe_published_it(hits: int, n: int, low: float, high: float) -> None:
    assert at_95(wilson(rates(hits, n))) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 400), st.integers(1, 400))
def test_intervals_are_statsmodels(hits: int, n: int) -> None:
    hits = min(hits, n)
    assert at_95(wilson(rates(hits, n))) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-9)
    assert at_95(clopper_pearson(hits, n)) == pytest.approx(proportion_confint(hits, n, method="beta"), abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(60, 200), st.integers(60, 200))
def test_newcombe_is_statsmodels(x: int, y: int, n: int, m: int) -> None:
    ours = at_95(newcombe(wilson(rates(x, n)), wilson(rates(y, m))))
    theirs = confint_proportions_2indep(x, n, y, m, compare="diff", method="newcomb")
    assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "n", "y", "m", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
    ],
)
def test_newcombe_as_published(x: int, n: int, y: int, m: int, low: float, high: float) -> None:
    assert at_95(newcombe(wilson(rates(x, n)), wilson(rates(y, m)))) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(50, 300), st.integers(50, 300))
def test_the_ratio_turned_around_is_its_inverse(x: int, y: int, n: int, m: int) -> None:
    a, b = wilson(rates(x, n)), wilson(rates(y, m))
    low, high = at_95(mover_ratio(a, b))
    back_low, back_high = at_95(mover_ratio(b, a))
    assert (low * back_high, high * back_low) == pytest.approx((1, 1), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "q", "n", "m"), [(0.05, 0.02, 50, 50), (0.9, 0.95, 25, 400), (0.3, 0.5, 40, 90), (0.5, 0.5, 300, 300)]
)
def test_difference_and_ratio_cover(p: float, q: float, n: int, m: int) -> None:
    rng = np.random.default_rng(17)
    a, b = wilson(rates(rng.binomial(n, p, 20_000), n)), wilson(rates(rng.binomial(m, q, 20_000), m))
    for curve, truth in ((newcombe(a, b), p - q), (mover_ratio(a, b), p / q)):
        known = ~np.isnan(curve.lower[AT_95])
        inside = (curve.lower[AT_95] <= truth) & (truth <= curve.upper[AT_95])
        assert inside[known].mean() >= 0.935


def clustered(rng: np.random.Generator, groups: int, size: int, icc: float, p: float = 0.3) -> Tally:
    a = p * (1 - icc) / icc
    rate = rng.beta(a, a * (1 - p) / p, groups)
    hits = rng.binomial(size, rate)
    units = [str(i) for i in range(groups)]
    cells = {("x", unit, "1"): int(h) for unit, h in zip(units, hits, strict=True)}
    cells |= {("x", unit, "0"): int(size - h) for unit, h in zip(units, hits, strict=True)}
    return Tally.of_cells(("group", "unit", "outcome"), cells)


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "size", "icc"), [(10, 20, 0.2), (5, 50, 0.1), (30, 10, 0.2)])
def test_cluster_wilson_covers_where_rows_do_not(groups: int, size: int, icc: float) -> None:
    from auditkit.stats.clusters import union_rates

    rng = np.random.default_rng(19)
    by_cluster, by_row = 0, 0
    for _ in range(1_500):
        s = sample(clustered(rng, groups, size, icc), "group", "outcome", ["1"])
        low, high = at_95(wilson(union_rates(s, np.ones((1, 1), bool))))
        by_cluster += low <= 0.3 <= high
        low, high = at_95(wilson(rates(s.hits, s.rows)))
        by_row += low <= 0.3 <= high
    assert by_cluster / 1_500 >= 0.93
    assert by_row / 1_500 < 0.92


@pytest.mark.slow
def test_groups_that_share_clusters_are_compared_within_them() -> None:
    rng = np.random.default_rng(23)
    covered, width, naive = 0, 0.0, 0.0
    for _ in range(800):
        shift = rng.normal(0, 1.2, 40)
        columns: dict[str, list[str]] = {"group": [], "unit": [], "outcome": []}
        for group in ("a", "b"):
            for unit, by in enumerate(shift):
                hits = rng.random(10) < 1 / (1 + np.exp(-by))
                columns["group"] += [group] * 10
                columns["unit"] += [str(unit)] * 10
                columns["outcome"] += ["1" if hit else "0" for hit in hits]
        tally = Tally.of(columns)
        (pair,) = compare(sample(tally, "group", "outcome", ["1"]))
        low, high, _ = pair.difference.interval(0.95)
        covered += low <= 0 <= high
        width += high - low
        (apart,) = compare(sample(tally.relabel("unit", {}).marginal("group", "outcome"), "group", "outcome", ["1"]))
        naive += apart.difference.interval(0.95).high - apart.difference.interval(0.95).low
    assert covered / 800 >= 0.93
    assert width == pytest.approx(naive, rel=0.35)


def test_weights_are_worth_what_kish_says() -> None:
    tally = Tally.of(
        {"group": ["a"] * 4, "outcome": ["1", "1", "0", "0"]},
        n=[50, 50, 50, 50],
        w=[50, 200, 50, 200],
        w2=[50, 800, 50, 800],
    )
    from auditkit.stats.clusters import union_rates

    r = union_rates(sample(tally, "group", "outcome", ["1"]), np.ones((1, 1), bool))
    assert r.value[0] == 0.5
    assert r.n_eff[0] == pytest.approx(500**2 / 1700)


def test_a_rate_without_rows_is_undefined() -> None:
    curve = wilson(Rates(*(np.array([x]) for x in (np.nan, 0.0, 0.0, np.inf))))
    assert np.isnan(curve.lower).all()
