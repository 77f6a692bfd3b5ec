"""What of a gap runs through features: done by hand, statsmodels' slopes, the jackknife, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.stats.exact import share_at_least, share_at_most
from auditkit.stats.prediction_gaps import PredictionGap, prediction_gap

SURELY = 1e-4


def world(n: int, rng: np.random.Generator, gap: float = 0.5, slope: float = 0.3):
    b = rng.random(n) < 0.4
    x = rng.normal(size=(n, 2)) + gap * np.c_[b, np.zeros(n)]
    x[:, 1] += 0.5 * x[:, 0]
    return slope * x[:, 0] + 0.2 * x[:, 1] + 0.1 * b + 0.3 * rng.normal(size=n), [x[:, :1], x[:, 1:]], b


def test_residualising_by_hand_changes_the_gap_by_that_much() -> None:
    """Fit on features and group, put residualised features in, and look at the gap that is left."""
    sm = pytest.importorskip("statsmodels.api")
    y, parts, b = world(500, np.random.default_rng(3))
    x = np.concatenate(parts, axis=1)
    fit = sm.OLS(y, np.c_[np.ones(500), b, x]).fit()
    residual = np.column_stack([sm.OLS(c, np.c_[np.ones(500), b]).fit().resid + c.mean() for c in x.T])
    left = fit.predict(np.c_[np.ones(500), b, residual])
    told = prediction_gap(y, parts, b)
    whole = y[b].mean() - y[~b].mean()
    assert told.whole.value == pytest.approx(whole)
    assert told.through.value == pytest.approx(whole - (left[b].mean() - left[~b].mean()))
    assert told.beside.value == pytest.approx(fit.params[1])
    assert sum(part.value for part in told.parts) == pytest.approx(told.through.value)


def test_is_statsmodels_pooled_oaxaca_blinder() -> None:
    oaxaca = pytest.importorskip("statsmodels.stats.oaxaca")
    y, parts, b = world(400, np.random.default_rng(9))
    x = np.c_[b.astype(float), np.concatenate(parts, axis=1)]
    theirs = oaxaca.OaxacaBlinder(y, x, 0, hasconst=False, swap=False).two_fold(two_fold_type="pooled")
    told = prediction_gap(y, parts, b)
    assert abs(theirs.params[2]) == pytest.approx(abs(told.whole.value))
    assert abs(theirs.params[1]) == pytest.approx(abs(told.through.value), rel=1e-6)


def test_errors_are_the_jackknifes() -> None:
    rng = np.random.default_rng(5)
    y, parts, b = world(300, rng)
    s, w = rng.integers(2, size=300), rng.integers(1, 4, 300).astype(float)
    told = prediction_gap(y, parts, b, s, w)
    gone = [np.arange(300) != i for i in range(300)]
    again = [prediction_gap(y[k], [p[k] for p in parts], b[k], s[k], w[k]) for k in gone]
    for name in ("whole", "through", "beside"):
        values = np.array([getattr(one, name).value for one in again])
        se = np.sqrt(299 / 300 * ((values - values.mean()) ** 2).sum())
        assert getattr(told, name).standard_error() == pytest.approx(se, rel=0.05)


def test_units_that_say_it_twice_are_not_twice_as_sure() -> None:
    y, parts, b = world(400, np.random.default_rng(6))
    once = prediction_gap(y, parts, b)
    twice = [np.repeat(a, 2, axis=0) for a in (y, *parts, b)]
    told = prediction_gap(twice[0], twice[1:-1], twice[-1], units=np.repeat(np.arange(400), 2))
    assert told.through.value == pytest.approx(once.through.value)
    assert told.through.standard_error() == pytest.approx(once.through.standard_error(), rel=0.01)
    assert told.through.clusters == 400


def test_strata_take_out_what_they_explain() -> None:
    """A feature that differs between strata alone, groups in unequal shares of them: nothing runs through it."""
    rng = np.random.default_rng(7)
    b = rng.random(20_000) < 0.5
    s = (rng.random(20_000) < np.where(b, 0.8, 0.2)).astype(int)
    x = s + 0.1 * rng.normal(size=20_000)
    assert prediction_gap(x, [x[:, None]], b).through.value > 0.5
    low, high, _ = prediction_gap(x, [x[:, None]], b, s).through.interval(0.999)
    assert low < 0 < high
    assert high - low < 0.02


@pytest.mark.parametrize(("gap", "slope"), [(0.0, 0.3), (0.5, 0.3), (0.5, 0.0)])
def test_holds_the_truth(gap: float, slope: float) -> None:
    """Through the first feature runs slope · gap, through the second .2 · .5 · gap."""
    rng, runs = np.random.default_rng(1), 600
    truth = gap * (slope + 0.1)
    told = [prediction_gap(*world(300, rng, gap, slope)).through.interval(0.95) for _ in range(runs)]
    held = sum(low <= truth <= high for low, high, _ in told)
    assert share_at_most(held, runs, 0.935) > SURELY
    assert share_at_least(held, runs, 0.975) > SURELY


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_turning_the_groups_turns_the_sign_and_scale_scales(seed: int) -> None:
    y, parts, b = world(60, np.random.default_rng(seed))
    one = prediction_gap(y, parts, b)
    for other, sign in ((prediction_gap(y, parts, ~b), -1), (prediction_gap(-3 * y, [9 * p for p in parts], b), -3)):
        assert other.through.value == pytest.approx(sign * one.through.value)
        assert other.through.standard_error() == pytest.approx(abs(sign) * one.through.standard_error())


def undefined(gap: PredictionGap) -> bool:
    return gap.through.value is None and bool(gap.through.reason) and all(p.value is None for p in gap.parts)


def test_is_defined_or_says_why() -> None:
    x = [np.arange(6.0)[:, None]]
    y = np.arange(6.0)
    assert undefined(prediction_gap(y, x, np.zeros(6, bool)))
    assert undefined(prediction_gap(y, x, np.arange(6) < 3, np.arange(6) // 3))
    same = prediction_gap(y, [*x, (np.arange(6) < 3).astype(float)[:, None], np.zeros((6, 0))], np.arange(6) < 3)
    assert same.aliased == (1,)
    assert same.parts[1].value == 0
    two = prediction_gap([0.0, 1.0], [np.array([[1.0], [2.0]])], [False, True])
    assert two.through.interval(0.95)[:2] == (None, None)
    constant = prediction_gap(np.ones(6), x, np.arange(6) < 3)
    assert (constant.through.value, constant.explained) == (0, None)
