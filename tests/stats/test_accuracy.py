"""What is right and what of it is lost: published intervals, invariants, the t interval, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from auditkit.core.estimate import Estimate
from auditkit.stats.accuracy import accuracy, accuracy_lost, balanced_accuracy, balanced_accuracy_lost

cells = st.lists(st.integers(1, 12), min_size=8, max_size=8)


def rows(counts: list[int]) -> tuple[np.ndarray, ...]:
    """Truth, right before and right after of the eight cells."""
    return tuple(np.repeat(axis.ravel(), counts).astype(bool) for axis in np.indices((2, 2, 2)))


@given(cells)
def test_points_are_scikit_learns(counts: list[int]) -> None:
    y, before, after = rows(counts)
    said = [np.where(right, y, ~y) for right in (before, after)]
    plain, even = ([metric(y, one) for one in said] for metric in (accuracy_score, balanced_accuracy_score))
    assert [accuracy(before).value, balanced_accuracy(y, before).value] == pytest.approx([plain[0], even[0]])
    assert accuracy_lost(before, after).value == pytest.approx(plain[0] - plain[1])
    assert balanced_accuracy_lost(y, before, after).value == pytest.approx(even[0] - even[1])


@given(cells, st.integers(2, 9))
def test_the_loss_turned_round_is_the_gain(counts: list[int], units: int) -> None:
    y, before, after = rows(counts)
    for cluster in (None, np.arange(len(y)) % units):
        for lost, gained in (
            (accuracy_lost(before, after, cluster), accuracy_lost(after, before, cluster)),
            (balanced_accuracy_lost(y, before, after, cluster), balanced_accuracy_lost(y, after, before, cluster)),
        ):
            assert np.allclose(np.array(lost.lower, float), -np.array(gained.upper, float))


def test_the_paired_interval_is_the_published_one() -> None:
    first = [1] * 59 + [1] * 6 + [0] * 16 + [0] * 80  # Fagerland, Lydersen & Laake 2017, chapter 8
    second = [1] * 59 + [0] * 6 + [1] * 16 + [0] * 80
    low, high, _ = accuracy_lost(first, second).interval(0.95)
    assert (round(low, 4), round(high, 4)) == (-0.1186, -0.0046)


def test_units_of_one_size_give_the_t_interval() -> None:
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(20), 6)
    before, after = rng.random(120) < 0.7, rng.random(120) < 0.6
    apart = (before.astype(float) - after).reshape(20, 6).mean(axis=1)
    assert accuracy_lost(before, after, unit).interval(0.95)[:2] == pytest.approx(
        tuple(ttest_1samp(apart, 0).confidence_interval(0.95))
    )
    even = np.tile([True, False], 60)  # three of each truth in every unit: half the sum of two means is their mean
    assert balanced_accuracy_lost(even, before, after, unit).interval(0.9)[:2] == pytest.approx(
        tuple(ttest_1samp(apart, 0).confidence_interval(0.90))
    )


def test_nothing_lost_still_leaves_doubt() -> None:
    y, same = np.tile([True, False], 30), np.ones(60, bool)
    for cluster in (None, np.repeat(np.arange(20), 3)):
        for lost in (accuracy_lost(same, same, cluster), balanced_accuracy_lost(y, same, same, cluster)):
            assert lost.value == 0
            assert lost.interval(0.9).high > 0.02
    assert accuracy([]).reason == "no rows"
    assert balanced_accuracy_lost([1, 1], [1, 0], [1, 1]).reason == "only one outcome is there"
    assert balanced_accuracy([1, 1], [1, 0]).value is None


def coverage(told: list[Estimate], truth: float) -> float:
    spans = [one.interval(0.9) for one in told]
    return float(np.mean([span.low <= truth <= span.high for span in spans]))


@pytest.mark.parametrize("clustered", [False, True])
def test_the_loss_of_balanced_accuracy_is_covered(clustered: bool) -> None:
    """600 draws at 90 %: a true coverage of 84 % is found in 19 of 20, and one of 90 % refused in 1 of 1,000."""
    rng, told = np.random.default_rng(5), []
    for _ in range(600):
        unit = np.repeat(np.arange(60), rng.integers(1, 6, 60)) if clustered else np.arange(180)
        hard = (rng.normal(size=60)[unit] if clustered else rng.normal(size=180)) > 0.3
        y = rng.random(len(unit)) < 0.3
        before = rng.random(len(unit)) < np.where(hard, 0.6, 0.9) - 0.1 * y
        after = np.where(rng.random(len(unit)) < 0.5, before, rng.random(len(unit)) < np.where(hard, 0.4, 0.8))
        told.append(balanced_accuracy_lost(y, before, after, unit if clustered else None))
    share = 0.38208857781104733  # P(Z > .3)
    right = share * 0.6 + (1 - share) * 0.9 - 0.05
    lost = 0.5 * (right - (share * 0.4 + (1 - share) * 0.8))
    assert 0.862 <= coverage(told, lost) <= 0.95
