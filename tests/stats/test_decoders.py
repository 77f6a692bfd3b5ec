"""Temperatures on shares, and the distance between arms over contexts."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.evidence import Tally
from auditkit.stats.decoders import mean_distance_between, sharpened, shifts
from auditkit.stats.distances import total_variation_between
from auditkit.stats.standardisation import standardised_difference


def test_a_temperature_raises_shares_to_its_inverse():
    assert sharpened([0.6, 0.3, 0.1], 1.0).tolist() == pytest.approx([0.6, 0.3, 0.1])
    assert sharpened([0.6, 0.4], 1 / 3).tolist() == pytest.approx([0.216 / 0.28, 0.064 / 0.28])
    assert sharpened([[0.5, 0.5], [0.8, 0.2]], 0.01)[1].tolist() == pytest.approx([1, 0])


def test_contexts_are_held_at_their_pooled_mix():
    cells = {("d", "x", "a"): 40, ("d", "x", "b"): 60, ("d", "y", "a"): 10, ("d", "y", "b"): 10}
    cells |= {("n", "x", "a"): 50, ("n", "x", "b"): 50, ("n", "y", "a"): 80, ("n", "y", "b"): 120}
    s = shifts(Tally.of_cells(("arm", "context", "group"), cells), ("d", "n"), ("a", "b"))
    expected = standardised_difference([60, 10], [100, 20], [50, 120], [100, 200])
    assert s.each[1].interval(0.95) == expected.interval(0.95)
    assert s.each[0].value == pytest.approx(-s.each[1].value)
    assert s.counts.tolist() == [[[40, 60], [10, 10]], [[50, 50], [80, 120]]]


def test_noise_makes_as_much_distance_as_it_is_said_to():
    rng = np.random.default_rng(1)
    told = [mean_distance_between(rng.multinomial(200, [0.5, 0.3, 0.2], (2, 6))) for _ in range(200)]
    assert np.mean([e.value for e, _ in told]) == pytest.approx(np.mean([noise for _, noise in told]), rel=0.03)


def test_one_context_has_an_interval_and_none_has_no_value():
    counts = np.array([[[30, 20]], [[20, 30]]])
    assert mean_distance_between(counts)[0] == total_variation_between([30, 20], [20, 30])[0]
    assert mean_distance_between(np.zeros((2, 1, 2)))[0].reason == "no context has both arms"
