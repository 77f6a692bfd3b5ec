"""Telling two samples apart on held-out rows: statsmodels' covariance, closed forms, and error rates."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from auditkit.stats.columns import indicators, standardised
from auditkit.stats.exact import share_at_least, share_at_most
from auditkit.stats.separability import _fit, half, separated

SURELY = 1e-4


def shifted(n: int, shift: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) < n // 2
    x = rng.normal(size=(n, 2))
    x[y, 0] += shift
    return np.concatenate([standardised(column, squares=True) for column in x.T], axis=1), y


def test_fit_and_covariance_are_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(8)
    y = np.arange(3_000) < 600
    x = np.c_[np.ones(3_000), rng.normal(size=(3_000, 2)) + 0.5 * y[:, None]]
    weights = np.where(y, 2.5, 0.625)
    model = sm.GLM(y.astype(float), x, sm.families.Binomial(), freq_weights=weights).fit(tol=1e-12)
    beta, covariance = _fit(x, y)
    assert beta == pytest.approx(model.params, abs=2e-3)
    p = model.fittedvalues
    bread = np.linalg.inv(x.T @ (x * (weights * p * (1 - p))[:, None]))
    meat = x * (weights * (y - p))[:, None]
    assert covariance == pytest.approx(bread @ meat.T @ meat @ bread, rel=0.01, abs=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.6, 1.3])
def test_holds_the_truth_in_a_normal_world(shift: float) -> None:
    """e(x) < .05 where x > log(19)/δ + δ/2; the AUC is Φ(δ/√2). The mass's interval is never too short."""
    rng, runs, normal = np.random.default_rng(1), 150, NormalDist()
    mass = normal.cdf(shift / 2 - np.log(19) / shift) if shift else 0.0
    area = normal.cdf(shift / 2**0.5)
    held = np.zeros(2, int)
    for _ in range(runs):
        told = separated(*shifted(4_000, shift, rng), rng)
        for i, (estimate, truth) in enumerate(((told.unsupported, mass), (told.auc, area))):
            low, high, _ = estimate.interval(0.95)
            held[i] += low <= truth <= high
    assert share_at_most(held[0], runs, 0.935) > SURELY
    assert share_at_most(held[1], runs, 0.93) > SURELY


def test_no_alarm_where_nothing_differs() -> None:
    """The AUC of held-out rows is above .5 at 2.5 %, which that of pooled folds is not."""
    rng, runs = np.random.default_rng(2), 300
    above = 0
    for _ in range(runs):
        told = separated(rng.normal(size=(300, 5)), np.arange(300) < 150, rng)
        above += told.auc.interval(0.95).low > 0.5
    assert share_at_least(above, runs, 0.0325) > SURELY


def test_a_level_that_one_sample_lacks_is_unsupported() -> None:
    rng = np.random.default_rng(6)
    code = np.r_[rng.integers(3, size=1_000), rng.integers(4, size=1_000)]
    told = separated(indicators(code), np.arange(2_000) >= 1_000, rng)
    assert told.unsupported.value == pytest.approx(0.25, abs=0.06)
    assert told.worth < told.rows


def test_a_level_that_both_rarely_have_is_not() -> None:
    rng = np.random.default_rng(7)
    code = np.repeat(np.arange(60), 20)
    told = separated(indicators(code), rng.random(1_200) < 0.5, rng)
    assert told.unsupported.value == 0


def test_is_defined_or_says_why() -> None:
    rng = np.random.default_rng(1)
    flat = separated(np.zeros((100, 0)), np.arange(100) < 50, rng)
    assert flat.auc.value == 0.5
    assert flat.unsupported.value == 0
    one = separated(rng.normal(size=(100, 2)), np.arange(100) < 1, rng)
    assert one.auc.value is None
    assert one.auc.reason in one.told


def test_halves_do_not_depend_on_the_order_of_rows() -> None:
    x = np.random.default_rng(2).normal(size=(51, 2))
    turned = np.random.default_rng(3).permutation(51)
    one, other = half(x, np.random.default_rng(4)), half(x[turned], np.random.default_rng(4))
    assert (one[turned] == other).all()
    assert one.sum() == 25
