"""Corrected rates where rows come in clusters: prompts with a rate and a reader's error of their own."""

import numpy as np
import pytest
from scipy.stats import binom

from auditkit.stats.misclassification import corrected_rates
from auditkit.stats.proportions import Curve


def clustered_world(rng, clusters, size, checked, concentration):
    """Prompts with a rate and a reader's error of their own; the first few rows of each are checked."""
    p = rng.beta(0.3 * concentration, 0.7 * concentration, clusters)
    error = rng.beta(0.08 * concentration, 0.92 * concentration, clusters)
    true = rng.random((clusters, size)) < p[:, None]
    annotated = true ^ (rng.random((clusters, size)) < error[:, None])
    seen = np.arange(size) < checked
    cells = (2 * annotated + true)[:, seen]
    table = np.stack([(cells == k).sum(axis=1) for k in range(4)], axis=1).reshape(-1, 1, 2, 2)
    return annotated[:, ~seen].sum(axis=1)[:, None], np.full((clusters, 1), size - checked), table


def test_every_row_its_own_cluster_is_nearly_the_rows():
    rng = np.random.default_rng(2)
    hits, n, table = clustered_world(rng, 600, 1, 1, 1e6)
    more, many, empty = clustered_world(rng, 2000, 1, 0, 1e6)
    hits, n, table = (np.concatenate(pair) for pair in ((hits, more), (n, many), (table, empty)))
    by_rows = corrected_rates(hits.sum(0), n.sum(0), table.sum(0))
    by_clusters = corrected_rates(hits, n, table, by_cluster=True).rates[0]
    assert by_clusters.value == pytest.approx(by_rows.rates[0].value)
    assert by_clusters.interval(0.95)[:2] == pytest.approx(by_rows.rates[0].interval(0.95)[:2], abs=0.002)
    assert (by_clusters.clusters, by_clusters.n) == (2600, 2600)


def test_copied_rows_in_clusters_add_nothing():
    hits, n, table = clustered_world(np.random.default_rng(3), 80, 10, 4, 2.0)
    once, often = (corrected_rates(k * hits, k * n, k * table, by_cluster=True).rates[0] for k in (1, 7))
    assert often.interval(0.95)[:2] == pytest.approx(once.interval(0.95)[:2], rel=1e-6)


def test_one_cluster_has_a_value_and_no_bounds():
    e = corrected_rates([[30]], [[90]], [[[[50, 5], [5, 40]]]], by_cluster=True).rates[0]
    assert 0.3 < e.value < 0.45
    assert e.interval(0.95)[:2] == (None, None)


def test_errors_not_seen_in_few_clusters_keep_the_width_of_clusters():
    """Eight prompts of 50 checked rows, read without error: the rule of three is about eight, not 400."""
    table = np.tile([[[[30, 0], [0, 20]]]], (8, 1, 1, 1))
    hits = np.array([[38], [42], [40], [41], [39], [40], [43], [37]])
    e = corrected_rates(hits, np.full((8, 1), 100), table, by_cluster=True).rates[0]
    assert e.interval(0.95).high - e.value > 0.6 * (1 - 0.025 ** (1 / 8)) / 2


def test_groups_that_share_clusters_move_together():
    hits, n, table = clustered_world(np.random.default_rng(5), 60, 40, 20, 1.5)
    twice = corrected_rates(np.tile(hits, 2), np.tile(n, 2), np.tile(table, (1, 2, 1, 1)), by_cluster=True)
    assert twice.correlations([0], [1]) == pytest.approx(1)
    e = twice.differences([0], [1])[0]
    assert (e.value, e.clusters) == (0, 60)
    assert e.interval(0.95).high < 0.25 * (twice.rates[0].interval(0.95).high - twice.rates[0].value)


@pytest.mark.slow
@pytest.mark.parametrize(("clusters", "size", "checked", "concentration"), [(25, 40, 8, 3.0), (60, 20, 5, 1.0)])
def test_clusters_are_covered(clusters, size, checked, concentration):
    rng, n = np.random.default_rng(clusters), 2000
    worlds = [clustered_world(rng, clusters, size, checked, concentration) for _ in range(n)]
    by_clusters = Curve.of([corrected_rates(*w, by_cluster=True).rates[0] for w in worlds])
    by_rows = corrected_rates(
        *(np.array([part.sum(axis=(0, 1)) for part in side]) for side in zip(*worlds, strict=True))
    ).curve
    held = [((c.lower[2] <= 0.3) & (c.upper[2] >= 0.3)).sum() for c in (by_clusters, by_rows)]
    assert binom.cdf(held[0], n, 0.935) > 1e-4
    assert binom.cdf(held[1], n, 0.85) < 1e-4
