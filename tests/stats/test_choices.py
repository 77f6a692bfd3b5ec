"""Choices between two: statsmodels' conditional logit, a direct maximum of Firth's penalised likelihood, coverage."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import binom, t
from statsmodels.discrete.conditional_models import ConditionalLogit

from auditkit.core.evidence import Rows
from auditkit.stats.choices import choices, preference


def draw(rng, n, alpha=0.4, beta=1.0):
    x = rng.standard_normal((n, 2)) * [1.0, 3.0]
    return x, (rng.logistic(size=n) < alpha + beta * x[:, 0] - 0.2 * x[:, 1]).astype(float)


def test_it_is_mcfaddens_conditional_logit():
    """The long form: two rows a choice, the origin and the quality as covariates, the choice as the group."""
    rng = np.random.default_rng(1)
    x, y = draw(rng, 300)
    p = preference(y, 1 - y, x)
    base = rng.standard_normal((300, 2))
    design = np.vstack([np.column_stack([np.ones(300), base + x]), np.column_stack([np.zeros(300), base])])
    peer = ConditionalLogit(np.concatenate([y, 1 - y]), design, groups=np.tile(np.arange(300), 2)).fit(
        disp=False, method="newton"
    )
    assert p.log_odds.value == pytest.approx(peer.params[0], abs=1e-5)
    assert p.log_odds.standard_error() == pytest.approx(peer.bse[0], rel=1e-3)
    assert p.share.value == pytest.approx(expit(peer.params[0]) - 0.5, abs=1e-5)


def test_clusters_are_the_sandwich():
    rng = np.random.default_rng(2)
    x, y = draw(rng, 400)
    who = rng.integers(0, 25, 400)
    p = preference(y, 1 - y, x, who)
    fitted = sm.Logit(y, sm.add_constant(x)).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": who, "use_correction": False}
    )
    low, high, _ = p.log_odds.interval(0.95)
    assert p.log_odds.method == "conditional logit, clusters"
    assert (high - low) / (2 * t.ppf(0.975, 24)) == pytest.approx(fitted.bse[0] * np.sqrt(25 / 24), rel=1e-6)


def penalised(beta, x, k, n):
    linear = x @ beta
    p = expit(linear)
    return -(
        k @ linear - n @ np.logaddexp(0, linear) + np.linalg.slogdet(x.T @ (x * (n * p * (1 - p))[:, None]))[1] / 2
    )


def test_separated_choices_are_firths():
    x = np.array([[-2.0], [-1.0], [-0.5], [0.4], [1.0], [2.5]])
    k = np.array([0.0, 0, 0, 1, 1, 1])
    p = preference(k, 1 - k, x)
    design = np.column_stack([np.ones(6), x])
    peer = minimize(penalised, np.zeros(2), (design, k, np.ones(6)), method="BFGS", options={"gtol": 1e-8})
    assert p.log_odds.method == "conditional logit, Firth"
    assert p.log_odds.value == pytest.approx(peer.x[0], abs=1e-4)


@given(st.integers(1, 200), st.booleans())
def test_always_the_same_choice_is_a_preference_and_not_undefined(n, first):
    always, never = np.full(n, 1.0), np.zeros(n)
    p = preference(*((always, never) if first else (never, always)), np.zeros((n, 0)))
    assert p.log_odds.value == pytest.approx((1 if first else -1) * np.log((n + 0.5) / 0.5))
    assert p.gamma >= 1


def test_clusters_that_always_choose_alike_are_worth_one_choice_each():
    many = preference(np.ones(100), np.zeros(100), np.zeros((100, 0)), np.repeat(np.arange(5), 20))
    assert many.log_odds.clusters == 5
    assert (
        many.log_odds.interval(0.95).low < preference(np.ones(100), np.zeros(100), np.zeros((100, 0))).log_odds.lower[2]
    )


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-3, 3)), min_size=1, max_size=12))
def test_never_a_traceback_and_turning_the_pair_round_turns_the_sign(rows):
    k, m, x = (np.array(column, float) for column in zip(*rows, strict=True))
    p, turned = preference(k, m, x[:, None]), preference(m, k, -x[:, None])
    if p.share.value is None:
        assert p.share.reason
        return
    assert p.share.value == pytest.approx(-turned.share.value, abs=1e-6)
    assert p.gamma == pytest.approx(turned.gamma, rel=1e-5)
    assert -0.5 <= p.share.lower[-1] <= p.share.value <= p.share.upper[-1] <= 0.5


def test_the_unit_of_quality_does_not_matter():
    x, y = draw(np.random.default_rng(4), 200)
    one, other = preference(y, 1 - y, x), preference(y, 1 - y, x * [1e-4, 1e5])
    assert one.log_odds.value == pytest.approx(other.log_odds.value, abs=1e-8)


def test_collinear_and_empty():
    x = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    assert preference([1, 0, 1], [0, 1, 0], x).share.reason == "the covariates are collinear"
    assert preference([0], [0], [[1.0]]).share.reason == "no choices"


def test_gamma_is_the_odds_of_the_nearer_bound():
    p = preference([300], [100], np.zeros((1, 0)))
    assert p.gamma == pytest.approx(np.exp(p.log_odds.interval(0.95).low))
    assert preference([100], [300], np.zeros((1, 0))).gamma == pytest.approx(p.gamma)


def test_choices_are_read_item_by_item():
    rows = Rows.of(
        {
            "item": [*"112233445"],
            "origin": ["m", "h"] * 4 + ["m"],
            "outcome": [*"100111001"],
            "slot": [*"122112121"],
        },
        {"quality": [5.0, 3.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]},
    )
    c = choices(rows, "m", "1", placed=True)
    order = np.argsort(c.differences[:, 0])
    assert c.first[order].tolist() == [0.0, 1.0]
    assert c.differences[order].tolist() == [[-1.0, -1.0], [2.0, 1.0]]
    assert (c.lost, c.clusters) == (3, None)


@pytest.mark.slow
def test_the_preference_covers_by_clusters_where_rows_do_not():
    """30 judges of 20 choices, each with a preference of its own, none on average."""
    rng, runs, held = np.random.default_rng(5), 600, {"clusters": 0, "rows": 0}
    for _ in range(runs):
        own = rng.normal(0, 0.7, 30).repeat(20)
        y = (rng.logistic(size=600) < own).astype(float)
        who = np.arange(30).repeat(20)
        for name, clusters in (("clusters", who), ("rows", None)):
            low, high, _ = preference(y, 1 - y, np.zeros((600, 0)), clusters).share.interval(0.95)
            held[name] += low <= 0 <= high
    assert binom.cdf(held["clusters"], runs, 0.935) > 1e-4
    assert binom.cdf(held["rows"], runs, 0.935) < 1e-4
