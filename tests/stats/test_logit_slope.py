"""The slope of log odds against statsmodels' binomial model, and where it has no bound or no value."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.special import logit
from scipy.stats import chi2

from auditkit.stats.logit_slope import logit_slope


@pytest.mark.parametrize("hits", [[60, 80, 95, 30], [1, 5, 4, 0], [97, 98, 99, 90]])
def test_it_is_the_profile_likelihood_of_the_binomial_model(hits):
    x, n, g = np.array(hits, float), 100.0, logit([0.5, 0.7, 0.9, 0.2])
    table = np.column_stack([x, n - x])
    full = sm.GLM(table, sm.add_constant(g), family=sm.families.Binomial()).fit(tol=1e-12)

    def loss(b):
        fixed = sm.GLM(table, np.ones((len(x), 1)), family=sm.families.Binomial(), offset=b * g).fit(tol=1e-12)
        return 2 * (full.llf - fixed.llf) - chi2.ppf(0.95, 1)

    best = full.params[1]
    e = logit_slope(x, n, [0.5, 0.7, 0.9, 0.2])
    ends = brentq(loss, best - 3, best), brentq(loss, best, best + 4)
    assert (e.value, *e.interval(0.95)[:2]) == pytest.approx((best, *ends), abs=2e-3)


def test_turning_the_attribute_round_changes_nothing():
    q, x = np.array([0.2, 0.5, 0.9]), np.array([10.0, 30.0, 48.0])
    one, other = logit_slope(x, 50, q), logit_slope(50 - x, 50, 1 - q)
    assert (one.value, *one.interval()[:2]) == pytest.approx((other.value, *other.interval()[:2]))


def test_what_has_no_slope_says_why():
    assert logit_slope([5, 6], 10, [0.4, 0.4]).reason == "the reference has the same share in every concept"
    assert logit_slope([5, 6], 10, [0.4, 1.0]).reason == "the reference has the same share in every concept"
    assert logit_slope([10, 10], 10, [0.4, 0.5]).reason == "the level is generated always or never"
    assert logit_slope([0, 10], 10, [0.4, 0.5]).reason.startswith("the concepts part so cleanly")


def test_concepts_that_part_but_for_one_have_a_steep_slope_with_bounds():
    e = logit_slope([1, 9], 10, [0.45, 0.55])
    assert e.value == pytest.approx(2 * np.log(9) / (2 * np.log(55 / 45)), rel=1e-6)
    assert 1 < e.interval(0.95).low < e.value < e.interval(0.95).high


def test_it_covers_a_true_slope():
    rng, q = np.random.default_rng(8), np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
    p = 1 / (1 + np.exp(-(0.3 + 1.4 * logit(q))))
    held = [
        e.interval()[0] <= 1.4 <= e.interval()[1] for e in (logit_slope(rng.binomial(60, p), 60, q) for _ in range(300))
    ]
    assert np.mean(held) > 0.91
