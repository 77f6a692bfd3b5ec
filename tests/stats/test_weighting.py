"""Weights: raking against Newton's method on its dual, replicates against the designs that they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import hadamard
from scipy.stats import t as student

from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.stats.clusters import sample
from auditkit.stats.jackknife import left_out
from auditkit.stats.weighting import kish, post_stratified, raked, replicate_rate

weights = st.lists(st.floats(0.01, 100), min_size=1, max_size=30)


@given(weights, st.floats(0.01, 100))
def test_kish_is_one_plus_the_squared_coefficient_of_variation(w, k):
    cost = kish(w)
    assert cost.design_effect == pytest.approx(1 + np.var(w) / np.mean(w) ** 2)
    assert cost.n_eff * cost.design_effect == pytest.approx(len(w))
    assert kish(np.multiply(w, k)) == pytest.approx(cost)
    assert kish([*w, 0.0]) == pytest.approx(cost)


def newton(w, margins, shares):
    """v = w exp(Xλ) with the margins as dummies: the dual of the same problem, whose Hessian is X'diag(v)X."""
    x = np.column_stack([np.asarray(m)[:, None] == np.arange(len(s)) for m, s in zip(margins, shares, strict=True)])
    target, lam = np.concatenate(shares) * w.sum(), np.zeros(x.shape[1])
    for _ in range(100):
        v = w * np.exp(x @ lam)
        step = np.linalg.pinv((x * v[:, None]).T @ x) @ (target - x.T @ v)
        lam += step / max(1.0, np.abs(step).max())
    return w * np.exp(x @ lam)


@pytest.mark.parametrize("seed", range(5))
def test_raking_is_newton_on_the_dual(seed):
    rng = np.random.default_rng(seed)
    w, sizes = rng.gamma(2.0, 1.0, 300), (3, 4, 2)
    margins = [rng.integers(0, k, 300) for k in sizes]
    shares = [rng.dirichlet(np.full(k, 5.0)) for k in sizes]
    v = raked(w, margins, shares)
    assert v == pytest.approx(newton(w, margins, shares), rel=1e-8)
    assert v.sum() == pytest.approx(w.sum())
    for m, s in zip(margins, shares, strict=True):
        assert np.bincount(m, v) / v.sum() == pytest.approx(s, abs=1e-10)


def test_one_margin_is_post_stratification_in_closed_form():
    w, stratum = np.array([1.0, 3, 2, 2]), np.array([0, 0, 1, 2])
    v = post_stratified(w, stratum, [0.5, 0.25, 0.25])
    assert v == pytest.approx([1.0, 3.0, 2.0, 2.0])
    assert post_stratified(w, stratum, [0.2, 0.4, 0.4]) == pytest.approx([0.4, 1.2, 3.2, 3.2])


def test_raking_what_already_fits_changes_nothing():
    rng = np.random.default_rng(1)
    w, m = rng.random(50) + 0.1, [rng.integers(0, 2, 50), rng.integers(0, 3, 50)]
    shares = [np.bincount(x, w) / w.sum() for x in m]
    assert raked(w, m, shares) == pytest.approx(w, rel=1e-9)


@pytest.mark.parametrize(
    ("margins", "shares", "said"),
    [
        ([[0, 0, 1]], [[0.5, 0.3, 0.2]], "no rows to carry it"),
        ([[0, 1, 1]], [[1.0, 0.0]], "share of 0"),
        ([[0, 1, 1]], [[0.5, 0.6]], "sum to 1"),
        ([[0, 1, 2]], [[0.5, 0.5]], "needs a level"),
        ([[0, 1]], [[0.5, 0.5]], "needs a level"),
        ([[0, 1, 1]], [], "needs its shares"),
        ([[0, 1, 1], [0, 1, 1]], [[0.5, 0.5], [0.3, 0.7]], "cannot meet all margins"),
    ],
)
def test_margins_that_cannot_be_met_are_told_kindly(margins, shares, said):
    with pytest.raises(InputError, match=said):
        raked([1.0, 1.0, 1.0], margins, shares)


@pytest.mark.parametrize("w", [[-1.0, 2.0], [np.nan, 1.0], [0.0, 0.0], []])
def test_weights_that_are_none_are_refused(w):
    with pytest.raises(InputError, match=r"[Ww]eights"):
        kish(w)


def test_balanced_half_samples_are_the_stratified_variance():
    """Eight strata of two clusters of ten rows: the rate is linear, and BRR is Σ (d_h)²/4H² itself."""
    rng, strata = np.random.default_rng(2), 8
    stratum, which = np.repeat(np.arange(strata), 20), np.tile(np.repeat([0, 1], 10), strata)
    x = (rng.random(160) < 0.4).astype(float)
    signs = hadamard(16)[:, 1 : strata + 1]
    replicates = np.where((signs[:, stratum] > 0) == (which == 0), 2.0, 0.0).T
    d = [x[(stratum == h) & (which == 0)].mean() - x[(stratum == h) & (which == 1)].mean() for h in range(strata)]
    variance = np.square(d).sum() / 4 / strata**2
    e = replicate_rate(x, np.ones(160), replicates, "BRR")
    assert e.clusters == strata + 1
    assert e.n_eff == pytest.approx(min(x.mean() * (1 - x.mean()) / variance, 160))
    fay = replicate_rate(x, np.ones(160), 1 + (replicates - 1) * 0.5, "BRR", 0.5)
    assert fay.upper == pytest.approx(e.upper)


def test_delete_one_is_the_jackknife_of_clusters():
    rng = np.random.default_rng(3)
    unit = np.repeat(np.arange(12), rng.integers(2, 20, 12))
    x = (rng.random(len(unit)) < 0.2 + 0.5 * rng.random(12)[unit]).astype(int)
    replicates = (unit[:, None] != np.arange(12)) * 12 / 11
    e = replicate_rate(x, np.ones(len(unit)), replicates, "JK1")
    s = sample(
        Tally.of({"group": ["a"] * len(x), "outcome": list(map(str, x)), "unit": list(map(str, unit))}),
        "group",
        "outcome",
        ["1"],
    )
    psi = left_out(s, s.cells, np.ones((1, 1), bool)).psi
    assert e.n_eff == pytest.approx(min(x.mean() * (1 - x.mean()) / (psi @ psi), len(x)))
    assert e.clusters == 12
    again = replicate_rate(x, np.ones(len(unit)), replicates, "JKn", np.full(12, 11 / 12))
    assert again.upper == pytest.approx(e.upper)


def test_the_limits_are_wilsons_at_students_t():
    x, w = np.array([1, 0, 1, 1, 0, 1, 0, 0]), np.ones(8)
    e = replicate_rate(x, w, 8 / 7 * (1 - np.eye(8)), "JK1")
    assert e.n_eff == pytest.approx(7)
    t = student.ppf(0.975, 7)
    for bound in (e.lower[2], e.upper[2]):
        assert abs(0.5 - bound) / np.sqrt(bound * (1 - bound) / 7) == pytest.approx(t)


def test_replicates_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="a row for each"):
        replicate_rate([1, 0], [1, 1], np.ones((3, 4)), "BRR")
    with pytest.raises(InputError, match="no weight at all"):
        replicate_rate([1, 0], [1, 1], np.array([[0.0, 1], [0, 1]]), "BRR")
    with pytest.raises(InputError, match="a factor for each"):
        replicate_rate([1, 0], [1, 1], np.ones((2, 4)), "JKn", 0.5)
    with pytest.raises(InputError, match="Fay"):
        replicate_rate([1, 0], [1, 1], np.ones((2, 4)), "BRR", 1.0)
