"""Errors of predicted numbers: against Welch, F, the bootstrap, and how often the intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from auditkit.stats.residuals import Predicted, rmse_ratio, standardised_gap

SURELY = 1e-4


def world(rng: np.random.Generator, n: int, low: float = 0.0, noise: float = 1.0) -> tuple[Predicted, np.ndarray]:
    second = np.arange(n) < n // 3
    prediction = rng.normal(size=n)
    error = np.where(second, low, 0) + np.where(second, noise, 1.0) * rng.normal(size=n) * 0.5
    return Predicted(prediction + error, prediction, np.ones(n)), second


def test_a_known_sd_would_give_welch() -> None:
    """With no gap the SD's own error has no weight: t times the SD is Welch's interval."""
    rng = np.random.default_rng(1)
    p, second = world(rng, 60)
    r = p.residual - np.where(second, p.residual[second].mean(), p.residual[~second].mean())
    e = standardised_gap(p, r, second, ~second)
    welch = stats.ttest_ind(r[second], r[~second], equal_var=False).confidence_interval(0.95)
    assert np.array(e.interval(0.95)[:2]) * p.spread == pytest.approx([welch.low, welch.high], rel=1e-9)


def test_the_rmse_ratio_is_near_the_variance_ratios_f_interval() -> None:
    rng = np.random.default_rng(2)
    r = rng.normal(size=4_000)
    one = np.arange(4_000) < 2_000
    low, high, _ = rmse_ratio(Predicted(r, np.zeros(4_000), np.ones(4_000)), one, ~one).interval(0.95)
    ratio = np.mean(r[one] ** 2) / np.mean(r[~one] ** 2)
    exact = np.sqrt(ratio / stats.f.ppf([0.975, 0.025], 2_000, 2_000))
    assert [low, high] == pytest.approx(exact, abs=0.006)


def test_the_estimated_sd_is_allowed_for() -> None:
    """Groups far apart: most of the error of the gap in SDs is that of the SD; the bootstrap's SE says so too."""
    rng = np.random.default_rng(3)
    n = 800
    second = np.arange(n) < n // 2
    y = np.where(second, 4.0, 0.0) + rng.normal(size=n) * np.where(second, 0.3, 1.0)
    p = Predicted(y, np.zeros(n), np.ones(n))
    e = standardised_gap(p, y, second, ~second)
    drawn = rng.integers(n, size=(2_000, n))
    sides, values = second[drawn], y[drawn]
    gaps = np.where(sides, values, 0).sum(1) / sides.sum(1) - np.where(sides, 0, values).sum(1) / (~sides).sum(1)
    assert e.standard_error() == pytest.approx(np.std(gaps / values.std(axis=1)), rel=0.15)


@pytest.mark.parametrize(("low", "noise"), [(0.0, 1.0), (1.0, 2.0)])
def test_intervals_hold(low: float, noise: float) -> None:
    rng, runs, n = np.random.default_rng(4), 1_500, 600
    spread = np.sqrt(1 + 0.25 * (noise**2 / 3 + 2 / 3) + low**2 * 2 / 9)
    truths = low / spread, np.hypot(0.5 * noise, low) / 0.5
    held = np.zeros(2, int)
    for _ in range(runs):
        p, second = world(rng, n, low, noise)
        told = standardised_gap(p, p.residual, second, ~second), rmse_ratio(p, second, ~second)
        held += [e.interval(0.95).low <= truth <= e.interval(0.95).high for e, truth in zip(told, truths, strict=True)]
    assert (stats.binom.cdf(held, runs, 0.935) > SURELY).all()
    assert (stats.binom.sf(held - 1, runs, 0.975) > SURELY).all()


def test_units_that_share_rows_are_worth_their_number() -> None:
    rng, runs, units, size = np.random.default_rng(5), 600, 40, 15
    unit, second = np.repeat(np.arange(units), size), np.arange(units * size) % 2 == 0
    held = blind = 0
    for _ in range(runs):
        slope = rng.normal(size=units)[unit]  # each unit has its own gap: 0 on average
        y = rng.normal(size=len(unit)) + np.where(second, slope, 0)
        p = Predicted(y, np.zeros(len(unit)), np.ones(len(unit)), unit)
        low, high, _ = standardised_gap(p, y, second, ~second).interval(0.95)
        held += low <= 0 <= high
        low, high, _ = standardised_gap(p._replace(unit=None), y, second, ~second).interval(0.95)
        blind += low <= 0 <= high
    assert stats.binom.cdf(held, runs, 0.935) > SURELY
    assert stats.binom.sf(held - 1, runs, 0.98) > SURELY
    assert stats.binom.cdf(blind, runs, 0.9) < SURELY  # rows taken as independent: too sure


def test_weights_that_repeat_rows_move_the_value_alike() -> None:
    rng = np.random.default_rng(6)
    p, second = world(rng, 90, 0.4)
    times = rng.integers(1, 4, 90)
    twice = Predicted(*(np.repeat(part, times) for part in (p.outcome, p.prediction, p.weight)))
    weighted, at = p._replace(weight=times.astype(float)), np.repeat(second, times)
    for one, other in (
        (standardised_gap(weighted, p.residual, second, ~second), standardised_gap(twice, twice.residual, at, ~at)),
        (rmse_ratio(weighted, second, ~second), rmse_ratio(twice, at, ~at)),
    ):
        assert one.value == pytest.approx(other.value)
        assert one.interval(0.95).high > other.interval(0.95).high
        assert "weights" in one.method


def test_edges() -> None:
    flat = Predicted(np.ones(4), np.ones(4), np.ones(4))
    one, two = np.array([1, 1, 0, 0], bool), np.array([0, 0, 1, 1], bool)
    assert standardised_gap(flat, flat.residual, one, two).reason == "the outcome does not vary"
    assert "never wrong" in (rmse_ratio(flat, one, two).reason or "")
    nobody = np.zeros(4, bool)
    assert standardised_gap(flat, flat.residual, one, nobody).reason == "a group has no rows"
    assert rmse_ratio(flat, nobody, two).reason == "a group has no rows"
    p = Predicted(np.array([1.0, 2, 3]), np.zeros(3), np.ones(3))
    alone = np.array([True, False, False])
    told = standardised_gap(p, p.residual, alone, ~alone)
    assert told.value is not None
    assert told.interval(0.95).low is None
