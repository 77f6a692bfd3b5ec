"""Minimal pairs and word choices: the clustered interval of a share with ties, exact expectations, and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.evidence import Rows, Tally
from auditkit.stats.clusters import sample, union_rates
from auditkit.stats.minimal_pairs import (
    MinimalPairs,
    mean_log_ratio,
    minimal_pairs,
    pairs_needed,
    preference,
    sign_score,
)
from auditkit.stats.proportions import wilson
from auditkit.stats.simulated_preferences import draw_log_ratios, draw_words, expected_score
from auditkit.stats.word_choices import Prompts, association_scores, mean_score

NO_SILENCE = np.zeros((1, 2))


def pairs(ratio, cluster=None):
    ratio = np.asarray(ratio, float)
    shared = cluster is not None
    return MinimalPairs(ratio, ("",) * len(ratio), np.asarray(cluster if shared else np.arange(len(ratio))), shared, 0)


def test_the_clustered_score_is_that_of_any_clustered_rate():
    rng = np.random.default_rng(1)
    cluster, ratio = rng.integers(0, 12, 200), rng.normal(0.4, 1.0, 200)
    up = (ratio > 0).astype(int).astype(str)
    counted = Tally.of({"all": ["all"] * 200, "said": up, "unit": cluster.astype(str)})
    s = sample(counted, "all", "said", ["1"])
    curve = wilson(union_rates(s, np.ones((1, 1), bool)))
    e = sign_score(pairs(ratio, cluster))
    assert e.value == pytest.approx(curve.value[0] - 0.5)
    assert np.allclose(e.lower, curve.lower[:, 0] - 0.5)
    assert np.allclose(e.upper, curve.upper[:, 0] - 0.5)


def test_repeated_scores_count_with_their_mean():
    columns = {"item": [*"11122"], "group": [*"aabab"]}
    m = minimal_pairs(Rows.of(columns, {"score": [-1.0, -3.0, -4.0, -5.0, -5.0]}), "a", "b")
    assert m.log_ratio.tolist() == [2.0, 0.0]
    assert (m.lost, m.clustered) == (0, False)


def test_an_item_of_several_contexts_is_one_cluster():
    columns = {"item": [*"1111"], "group": [*"abab"], "context": [*"xxyy"]}
    m = minimal_pairs(Rows.of(columns, {"score": [-1.0, -2.0, -1.0, -3.0]}), "a", "b")
    assert (sorted(m.context), len(set(m.cluster)), m.clustered) == (["x", "y"], 1, True)
    assert m.within("y").log_ratio.tolist() == [2.0]


def test_pairs_of_templates_are_worth_what_they_vary():
    """One value a template: as many as templates; templates that are alike: nearly all of the pairs."""
    cluster = np.repeat(np.arange(10), 40)
    same = preference(pairs(np.repeat(np.random.default_rng(1).normal(size=10), 40), cluster))
    alike = preference(pairs(np.random.default_rng(2).normal(size=400), cluster))
    assert same.n_eff == pytest.approx(9)
    assert 150 < alike.n_eff <= 400
    assert (same.clusters, alike.clusters, alike.n) == (10, 10, 400)


def test_nothing_that_differs_has_no_width_in_nats():
    e = mean_log_ratio(pairs([0.5] * 10))
    assert (e.value, e.interval(0.95)[:2]) == (0.5, (None, None))
    assert preference(pairs([0.5] * 10)).interval(0.95).low is not None
    assert sign_score(pairs([])).value is None
    assert mean_log_ratio(pairs([])).reason == "no pairs"
    assert pairs_needed(preference(pairs([0.5])), 0.05) is None


def test_pairs_needed_pass_nine_times_in_ten():
    p = pairs(np.tile([3.0, -3.0], 100))
    needed = pairs_needed(preference(p), 0.05)
    rng, passed = np.random.default_rng(3), 0
    for _ in range(400):
        low, high, _ = preference(pairs(draw_log_ratios(np.full(needed, 0.5), [3.0], rng))).interval(0.90)
        passed += low > -0.05 and high < 0.05
    assert 0.86 < passed / 400 < 0.94


@pytest.mark.parametrize(
    "chances",
    [[[0.9, 0.1], [0.1, 0.9]], [[0.5, 0.2], [0.2, 0.5]], [[0.8, 0.8], [0.2, 0.2]], [[0.3, 0.05], [0.1, 0.6]]],
)
def test_the_expected_score_is_what_is_drawn(chances):
    rng = np.random.default_rng(4)
    drawn = draw_words(np.tile(chances, (200_000, 1, 1)), 4, rng)
    b = association_scores(drawn[:, :2])
    b = b[~np.isnan(b)]
    assert expected_score(chances, 4) == pytest.approx(b.mean(), abs=5 * b.std() / np.sqrt(len(b)))


def test_names_changed_about_turn_the_score_round():
    n = np.random.default_rng(5).integers(0, 4, (300, 2, 2))
    assert np.allclose(association_scores(n), -association_scores(n[:, ::-1]), equal_nan=True)
    assert np.allclose(association_scores(n), association_scores(n[:, ::-1, ::-1]), equal_nan=True)


def covered(estimates, truth, level=0.95):
    hits = [low - 1e-9 <= truth <= high + 1e-9 for low, high, _ in (e.interval(level) for e in estimates)]
    return np.mean(hits)


@pytest.mark.slow
@pytest.mark.parametrize(("templates", "each"), [(8, 20), (20, 20), (60, 5)])
@pytest.mark.parametrize("lean", [0.0, 0.25])
def test_intervals_of_pairs_of_templates_cover(templates, each, lean):
    """Templates lean .2 up or down together: what the pairs are worth is far less than their number."""
    rng, told = np.random.default_rng([templates, int(100 * lean)]), []
    cluster, strengths = np.repeat(np.arange(templates), each), np.array([0.4, 3.0])
    for _ in range(2_000):
        p = 0.5 + lean + 0.2 * rng.choice([-1, 1], templates)[cluster]
        m = pairs(draw_log_ratios(p, strengths, rng), cluster)
        told.append((preference(m), sign_score(m), mean_log_ratio(m)))
    truths = (lean * np.tanh(strengths / 2).mean(), lean, 2 * lean * strengths.mean())
    for estimates, truth in zip(zip(*told, strict=True), truths, strict=True):
        assert 0.935 <= covered(estimates, truth) <= 0.975


@pytest.mark.slow
def test_intervals_of_lone_pairs_cover_with_many_ties():
    """A tie in five varies less than a toss: Wilson's limits on all pairs are then wide, never short."""
    rng, told = np.random.default_rng(7), []
    for _ in range(2_000):
        ratio = draw_log_ratios(np.full(150, 0.6), [0.4, 3.0], rng) * (rng.random(150) > 0.2)
        told.append(sign_score(pairs(ratio)))
    assert covered(told, 0.8 * 0.1) >= 0.945


@pytest.mark.slow
@pytest.mark.parametrize("templates", [6, 15, 30])
def test_scores_of_prompts_of_templates_cover(templates):
    """Half of the templates go with the stereotype in .7 of words, half in .5."""
    rng, told, cluster = np.random.default_rng(templates), [], np.repeat(np.arange(templates), 4)
    chances = np.array([[[p, 1 - p], [1 - p, p]] for p in (0.7, 0.5)])
    truth = np.mean([expected_score(c, 6) for c in chances])
    for _ in range(2_000):
        drawn = draw_words(chances[rng.integers(0, 2, templates)][cluster], 6, rng)
        told.append(mean_score(Prompts(drawn[:, :2].astype(float), NO_SILENCE, cluster, 0)))
    assert 0.935 <= covered(told, truth) <= 0.975
