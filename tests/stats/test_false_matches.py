"""False match rates against brute force over pairs, and their coverage where people are in many pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from auditkit.core.errors import InputError
from auditkit.stats.false_matches import (
    drawn_subjects,
    elasticity,
    false_match_ratio,
    impostors,
    matches,
    thresholds,
)
from auditkit.stats.simulated_faces import chance_of_match, true_ratio, wrapped_faces


def people(seed, subjects, most=3, d=3):
    rng = np.random.default_rng(seed)
    whose = rng.permutation(np.repeat(np.arange(subjects), rng.integers(1, most + 1, subjects)))
    x = rng.standard_normal((len(whose), d)) + 0.5
    return x / np.linalg.norm(x, axis=1, keepdims=True), whose


def pairs_of(x, whose):
    """Every pair of rows of two people: their similarity and who they are."""
    found = [(i, j) for i, j in combinations(range(len(x)), 2) if whose[i] != whose[j]]
    return np.array([x[i] @ x[j] for i, j in found]), [{whose[i], whose[j]} for i, j in found]


@given(st.integers(0, 10_000), st.integers(3, 8), st.floats(-0.5, 0.9))
def test_rates_and_variances_are_those_of_brute_force(seed, subjects, at):
    x, whose = people(seed, subjects)
    similar, who = pairs_of(x, whose)
    ours = matches(impostors(x, whose), at)
    hits = similar > at
    assert ours.rate == pytest.approx(hits.mean())
    assert ours.subjects == subjects
    if not hits.any():
        return
    without = [hits[[s not in pair for pair in who]].mean() for s in range(subjects)]
    jackknife = (subjects - 1) / subjects * np.sum((np.array(without) - hits.mean()) ** 2)
    residual = hits - hits.mean()
    blocks = {}
    for value, pair in zip(residual, who, strict=True):
        blocks[frozenset(pair)] = blocks.get(frozenset(pair), 0) + value
    own = sum(value**2 for value in blocks.values()) / len(hits) ** 2
    assert ours.log_variance * ours.rate**2 == pytest.approx(max(jackknife - own, own), rel=1e-9, abs=1e-15)


def test_without_images_that_share_a_person_the_variance_is_dyadic_robust():
    """Up to the jackknife's own (S - 1)/S · (S/(S - 2))²: Σ over pairs of pairs that share a person, by definition."""
    x, _ = people(5, 40, most=1)
    found = matches(impostors(x, np.arange(40)), 0.6)
    similar, who = pairs_of(x, np.arange(40))
    residual = (similar > 0.6) - found.rate
    share = np.array([[bool(a & b) for b in who] for a in who])
    by_definition = residual @ share @ residual / len(who) ** 2
    assert found.log_variance * found.rate**2 == pytest.approx(by_definition, rel=0.1)


@given(st.integers(0, 10_000), st.floats(0.01, 0.99))
def test_the_threshold_has_that_share_above_it(seed, rate):
    x, whose = people(seed, 12)
    similar, _ = pairs_of(x, whose)
    (cut,) = thresholds(impostors(x, whose), [rate])
    k = min(max(round(rate * len(similar)), 1), len(similar) - 1)
    assert (similar > cut).sum() == k


def test_what_cannot_be_estimated_says_why():
    some, alone = impostors(*people(1, 10)), impostors(np.eye(2)[:1], np.zeros(1, int))
    assert "one person" in false_match_ratio(some, alone, 0.1).reason
    assert "one person" in false_match_ratio(alone, some, 0.1).reason
    assert "taken for one another" in false_match_ratio(some, some, 0.1, at=1.5).reason
    for rate in (0.0, 1.0, -1.0):
        with pytest.raises(InputError, match="between 0 and 1"):
            false_match_ratio(some, some, rate)
    assert elasticity(impostors(np.eye(10), np.arange(10)), some, 0.1) == 1.0


def test_a_group_without_matches_is_bounded_above():
    apart, near = impostors(np.eye(40), np.arange(40)), impostors(*people(2, 60))
    e = false_match_ratio(apart, near, 0.1)
    rate = matches(near, thresholds(near, [0.1])[0]).rate
    assert (e.value, e.interval(0.95).low) == (0.0, 0.0)
    assert e.interval(0.95).high == pytest.approx((1 - 0.025 ** (1 / 20)) / rate)


def test_people_are_drawn_whole():
    whose = np.repeat(np.arange(100), 3)
    chosen = whose % 2 == 0
    kept = drawn_subjects(whose, chosen, np.random.default_rng(3), most=60)
    assert kept.sum() == 60
    assert not (kept & ~chosen).any()
    assert set(np.bincount(whose[kept], minlength=100).tolist()) == {0, 3}
    assert drawn_subjects(whose, chosen, np.random.default_rng(3)) is chosen


def test_the_closed_form_is_what_simulated_faces_do():
    rng = np.random.default_rng(4)
    x, whose = wrapped_faces(60_000, 1.0, 0.7, (1, 2), rng)
    a, b = x[:30_000], x[30_000:]
    assert whose[29_999] != whose[30_000]
    for angle in (0.02, 0.5, 2.0):
        share = ((a * b).sum(axis=1) > np.cos(angle)).mean()
        expected = chance_of_match(angle, 1.0)
        assert abs(share - expected) < 4.5 * np.sqrt(expected * (1 - expected) / len(a))
    assert true_ratio(0.5, 0.01) == pytest.approx(2.0, abs=0.01)  # a small arc holds twice the share


def covered(rng, sizes, scale, rate, images, replications, at=None):
    truth, hits = true_ratio(scale, rate), 0
    for _ in range(replications):
        outer, inner = (
            impostors(*wrapped_faces(n, spread, 0.0, images, rng))
            for n, spread in zip(sizes, (scale, 1.0), strict=True)
        )
        low, high, _ = false_match_ratio(outer, inner, rate, at).interval(0.95)
        hits += low <= truth <= high
    return hits


@pytest.mark.parametrize(("sizes", "scale", "images"), [((120, 120), 0.8, (1,)), ((60, 240), 1.0, (1, 2))])
def test_coverage(sizes, scale, images):
    hits = covered(np.random.default_rng([7, *sizes]), sizes, scale, 0.02, images, 300)
    assert binom.cdf(hits, 300, 0.935) >= 1e-4, hits / 300


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "scale", "rate", "images"),
    [((300, 300), 1.0, 0.01, (3,)), ((300, 300), 0.4, 0.001, (2,)), ((200, 200), 0.5, 0.2, (1,))],
)
def test_coverage_at_length(sizes, scale, rate, images):
    hits = covered(np.random.default_rng([8, *sizes]), sizes, scale, rate, images, 600)
    assert binom.cdf(hits, 600, 0.935) >= 1e-4, hits / 600


@pytest.mark.slow
def test_pairs_taken_as_independent_would_hold_the_truth_far_less_often():
    """Why people, not pairs: with a rate of .2 the variance of independent pairs is a fraction of what it is."""
    rng, ratios, said = np.random.default_rng(9), [], []
    for _ in range(200):
        group = impostors(*wrapped_faces(200, 1.0, 0.0, (1,), rng))
        found = matches(group, np.cos(0.4))
        ratios.append(found.rate)
        said.append(found.rate * (1 - found.rate) / len(group.between))
    assert np.var(ratios) > 4 * np.mean(said)
