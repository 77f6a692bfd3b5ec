"""The expected calibration error against a hand sum and its own expectation; worlds of scores against enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from auditkit.stats.calibration_error import edges_for, expected_calibration_error
from auditkit.stats.score_bins import EDGES, ScoreBins, binned_auc
from auditkit.stats.simulated_scores import normal_grid, scored_rows, true_auc


def test_by_hand() -> None:
    """Bins 0, 3 and 9 (1 belongs to the last): |.05 - 1| + |.35 + .31 - 1| + |1 - 0|, over 4."""
    error, _ = expected_calibration_error([0.05, 0.35, 0.31, 1.0], [1, 1, 0, 0])
    assert error.value == pytest.approx((0.95 + 0.34 + 1) / 4)
    assert error.interval(0.95).low is None


def test_noise_alone_makes_it_what_it_says() -> None:
    rng, runs = np.random.default_rng(1), 300
    s = rng.random(2_000)
    seen = [expected_calibration_error(s, rng.random(2_000) < s) for _ in range(runs)]
    values = [error.value for error, _ in seen]
    assert abs(np.mean(values) - seen[0][1]) < 4 * np.std(values) / np.sqrt(runs) + 1e-4


def test_scores_of_any_kind_can_be_counted() -> None:
    rng = np.random.default_rng(2)
    assert edges_for(rng.random(50)) is EDGES
    scores, hits = np.round(rng.normal(size=200) * 50), rng.random(200) < 0.4
    area, spare = binned_auc(ScoreBins.of(scores, hits, edges_for(scores)))
    assert area.value == pytest.approx(roc_auc_score(hits, scores))
    assert spare == (area.value, area.value)
    assert expected_calibration_error(scores, hits)[0].reason == "scores outside 0 to 1 are not probabilities"
    assert expected_calibration_error([], []) == (expected_calibration_error([], [])[0], None)


def test_the_true_area_is_the_limit_of_drawn_ones() -> None:
    rng = np.random.default_rng(3)
    steps = np.linspace(-2, 2, 9)
    share, p = normal_grid(steps, 0.3), 1 / (1 + np.exp(-steps))
    rows = scored_rows(200_000, steps, {"a": (share, p)}, rng)
    drawn = roc_auc_score(rows.column("outcome") == "1", rows.number("score"))
    assert true_auc(share, p) == pytest.approx(drawn, abs=0.008)
    assert share.sum() == pytest.approx(1)
