"""The closed form of coverage about modes against the exact sum at a finite size, and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import binom

from auditkit.stats.neighbours import expected_coverage
from auditkit.stats.simulated_modes import MODES, left_of_modes, points_about_modes, true_shortfall


def covered(real, generated, k=5):
    """A real point is covered where one of its k nearest of all points is generated."""
    _, nearest = cKDTree(np.vstack([real, generated])).query(real, k + 1)
    return (nearest[:, 1:] >= len(real)).any(axis=1).mean()


def exact_shortfall(lost, n, k=5):
    """n real and n generated points: the sum over how many of either lie about each mode."""
    held, size = 0.0, np.arange(n + 1)
    for share in left_of_modes(lost):
        real, generated = binom.pmf(size, n, 1 / MODES), binom.pmf(size, n, share)
        likely = [(i, j) for i in size[real > 1e-7] for j in size[generated > 1e-7]]
        held += sum(i / n * real[i] * generated[j] * expected_coverage(i, j, k) for i, j in likely if i)
    return expected_coverage(n, n, k) - held


@pytest.mark.parametrize("lost", [0.0, 0.225, 0.31, 0.675, 0.9])
def test_the_limit_is_near_the_exact_sum_at_a_hundred_and_fifty_rows(lost):
    assert true_shortfall(lost) == pytest.approx(exact_shortfall(lost, 150), abs=0.004)
    assert abs(true_shortfall(lost) - exact_shortfall(lost, 600)) < 0.002


@pytest.mark.parametrize(("lost", "n", "m"), [(0.9, 150, 150), (0.0, 200, 200), (0.0, 60, 200), (0.0, 200, 60)])
def test_the_closed_forms_are_what_simulated_modes_do(lost, n, m):
    """Without loss, at any sizes: .970, .999, .735 of fresh real points are covered, whatever their distribution."""
    rng, even = np.random.default_rng([n, m]), left_of_modes(0.0)
    seen = [
        covered(points_about_modes(n, even, rng), points_about_modes(m, left_of_modes(lost), rng)) for _ in range(150)
    ]
    wanted = expected_coverage(n, m) - (exact_shortfall(lost, n) if lost else 0.0)
    assert abs(np.mean(seen) - wanted) < 4 * np.std(seen) / np.sqrt(len(seen)) + 1e-4


def test_modes_are_lost_one_after_the_other():
    assert left_of_modes(1 / 3).tolist() == pytest.approx([0, 0.25, 0.25, 0.25, 0.25])
    assert left_of_modes(1.0).tolist() == [0, 0, 0, 0.5, 0.5]
    grown = [true_shortfall(lost) for lost in np.linspace(0, 1, 50)]
    assert np.all(np.diff(grown) > 0)
