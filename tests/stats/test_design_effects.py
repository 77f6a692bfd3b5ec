"""The design effect against an analysis of variance, exact F limits, its own variance of means, and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import f as f_distribution
from statsmodels.formula.api import ols

from auditkit.core.estimate import LEVELS
from auditkit.stats.design_effects import alike, design_effect, design_effect_of_levels
from auditkit.stats.exact import share_at_most

SURELY = 1e-4


def outcomes(units: int, size: int, icc: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    code = np.repeat(np.arange(units), size)
    own, noise = rng.standard_normal(units), rng.standard_normal(units * size)
    return np.sqrt(icc) * own[code] + np.sqrt(1 - icc) * noise, code


@pytest.mark.parametrize("sizes", [[4] * 12, [1, 1, 2, 3, 5, 9, 14]])
def test_it_is_the_correlation_of_an_analysis_of_variance(sizes: list[int]) -> None:
    rng = np.random.default_rng(3)
    code = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.standard_normal(len(sizes))[code] + rng.standard_normal(len(code))
    table = sm.stats.anova_lm(ols("y ~ C(c)", pd.DataFrame({"y": y, "c": code})).fit())
    squares = table["sum_sq"] / table["df"]
    n, m = len(code), np.array(sizes)
    m0 = (n - (m**2).sum() / n) / (len(m) - 1)
    icc = (squares.iloc[0] - squares.iloc[1]) / (squares.iloc[0] + (m0 - 1) * squares.iloc[1])
    e = design_effect(y, code)
    assert e.value == pytest.approx(1 + ((m**2).sum() / n - 1) * icc)
    assert (e.n, e.clusters, e.n_eff) == (n, len(m), pytest.approx(n / max(e.value, 1)))


def test_limits_leave_each_cluster_out_one_by_one() -> None:
    rng = np.random.default_rng(4)
    sizes = np.array([2, 3, 3, 4, 6, 8])
    code = np.repeat(np.arange(6), sizes)
    y = rng.standard_normal(6)[code] + rng.standard_normal(len(code))
    m0, weighted = (len(code) - (sizes**2).sum() / len(code)) / 5, (sizes**2).sum() / len(code)

    def z(kept: np.ndarray) -> float:
        own = np.unique(code[kept], return_counts=True)[1]
        icc = (design_effect(y[kept], code[kept]).value - 1) / ((own**2).sum() / kept.sum() - 1)
        return float(np.log((1 + (m0 - 1) * icc) / (1 - icc)))

    left = np.array([z(code != c) for c in range(6)])
    se = np.sqrt(5 / 6 * ((left - left.mean()) ** 2).sum())
    end = np.exp(z(code >= 0) - 2.5705818 * se)  # t of 5 at .975
    low, high, _ = design_effect(y, code).interval(0.95)
    assert low == pytest.approx(1 + (weighted - 1) * (end - 1) / (end + m0 - 1))
    assert high is None  # clusters at hand say nothing of how unlike the rest may be


def test_many_normal_clusters_have_the_lower_limits_of_f() -> None:
    """Searle's exact limits of a balanced normal world, which know that it is normal."""
    y, code = outcomes(2_000, 5, 0.3, np.random.default_rng(5))
    e = design_effect(y, code)
    means = y.reshape(2_000, 5).mean(axis=1)
    ratio = 5 * means.var(ddof=1) / ((y - means[code]) ** 2).sum() * 8_000
    for level in LEVELS[:5]:
        f = ratio / f_distribution.ppf((1 + level) / 2, 1_999, 8_000)
        assert e.interval(level).low == pytest.approx(1 + 4 * (f - 1) / (f + 4), abs=0.02)


def test_it_is_by_how_much_the_variance_of_the_mean_grows() -> None:
    """The mean of 4,000 worlds of 20 units of five rows with an ICC of .3, against that of a row over n."""
    rng = np.random.default_rng(6)
    own, noise = rng.standard_normal((4_000, 20, 1)), rng.standard_normal((4_000, 20, 5))
    means = (np.sqrt(0.3) * own + np.sqrt(0.7) * noise).mean(axis=(1, 2))
    assert means.var() * 100 == pytest.approx(1 + 4 * 0.3, abs=4 * 2.2 * np.sqrt(2 / 4_000))


@pytest.mark.parametrize(
    ("outcome", "cluster", "reason"),
    [
        ([1, 2], [0, 0], "fewer than two clusters"),
        ([1, 2, 3], [0, 1, 2], "no cluster has two rows"),
        ([1, 1, 1], [0, 0, 1], "the outcome does not vary"),
    ],
)
def test_what_is_not_defined_says_why(outcome: list[int], cluster: list[int], reason: str) -> None:
    e = design_effect(outcome, cluster)
    assert (e.value, e.reason) == (None, reason)


def test_agreement_in_every_cluster_is_no_certainty() -> None:
    e = design_effect([0, 0, 1, 1, 0, 0, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3])
    assert e.value == 2
    assert set(e.lower + e.upper) == {None}


def test_words_are_indicators_and_numbers_numbers() -> None:
    code = np.repeat(np.arange(30), 4)
    rng = np.random.default_rng(7)
    k = np.where(rng.random(120) < 0.6, rng.integers(3, size=30)[code], rng.integers(3, size=120))
    three = design_effect_of_levels([("red", "green", "blue")[i] for i in k], code)
    assert three.value == pytest.approx(design_effect(np.eye(3)[k], code).value)
    each = design_effect_of_levels([str(i) for i in k], code)
    assert each.value == pytest.approx(design_effect(k, code).value)
    assert each.value != pytest.approx(three.value)
    many = design_effect_of_levels([f"w{i}" for i in range(120)], code)
    assert many.reason == "the outcome has more than 100 levels in words"


def test_a_share_of_a_half_has_both_limits() -> None:
    rng, code = np.random.default_rng(12), np.repeat(np.arange(200), 5)
    own, fresh = rng.integers(2, size=200), rng.integers(2, size=1_000)
    binary = np.where(rng.random(1_000) < 0.5, own[code], fresh)
    low, high, _ = design_effect(binary, code).interval(0.999)
    assert high is not None
    assert low < 1 + 4 * 0.25 < high
    numbers = design_effect(2 * binary, code).interval(0.999)
    assert (numbers.low, numbers.high) == (pytest.approx(low), None)


def test_planted_rows_are_as_alike_as_they_say() -> None:
    unit, outcome = alike(40_003, 4, 0.3, np.random.default_rng(8))
    known = np.array([o != "(missing)" for o in outcome])
    assert known.sum() == 40_000
    assert len(set(unit)) == 10_003
    e = design_effect_of_levels(np.array(outcome)[known].tolist(), np.array(unit)[known])
    assert e.interval(0.9999).low <= 1 + 3 * 0.3 <= e.interval(0.9999).high


@pytest.mark.parametrize(("units", "size", "icc"), [(10, 20, 0.1), (50, 4, 0.0), (50, 4, 0.5)])
def test_coverage(units: int, size: int, icc: float) -> None:
    rng = np.random.default_rng([9, units, int(10 * icc)])
    for binary in (False, True):
        held = 0
        for _ in range(400):
            y, code = outcomes(units, size, icc, rng)
            if binary:
                own, fresh = rng.integers(2, size=units), rng.integers(2, size=len(code))
                y = np.where(rng.random(len(code)) < np.sqrt(icc), own[code], fresh)
            low, high, _ = design_effect(y, code).interval(0.95)
            held += (low is None or low <= 1 + (size - 1) * icc) and (high is None or 1 + (size - 1) * icc <= high)
        assert share_at_most(held, 400, 0.935) > SURELY


@pytest.mark.parametrize(("units", "size"), [(30, 20), (150, 5)])
@pytest.mark.parametrize("share", [0.1, 0.03])
def test_a_likeness_that_few_clusters_show_has_no_upper_limit(units: int, size: int, share: float) -> None:
    """With one, .30 to .96 of the truths were held in such worlds."""
    rng = np.random.default_rng([10, units, int(100 * share)])
    code, held, told = np.repeat(np.arange(units), size), 0, 0
    for _ in range(200):
        own, fresh = rng.random(units) < share, rng.random(units * size) < share
        y = np.where(rng.random(units * size) < np.sqrt(0.3), own[code], fresh).astype(float)
        low, high, _ = design_effect(y, code).interval(0.95) if np.ptp(y) else (None, None, 0)
        told += high is not None
        held += (low is None or low <= 1 + (size - 1) * 0.3) and (high is None or 1 + (size - 1) * 0.3 <= high)
    assert share_at_most(held, 200, 0.935) > SURELY
    assert (told > 150) is ((units, share) == (150, 0.1))


def test_effects_that_are_heavy_in_the_tail_have_no_upper_limit() -> None:
    rng = np.random.default_rng(11)
    code, none = np.repeat(np.arange(150), 20), 0
    for _ in range(40):
        y = rng.lognormal(size=150)[code] + rng.standard_normal(3_000)
        none += design_effect(y, code).interval(0.95).high is None
    assert none == 40
