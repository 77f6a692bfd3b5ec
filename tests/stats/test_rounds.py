"""Bets on balanced rounds: fair at their ends whatever the concepts, and quick where the bias is severe."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.stats.rounds import round_means, settled_after
from auditkit.stats.stopping import Gate

Q = np.array([0.9, 0.8, 0.7, 0.6] * 2)


def runs(p, q, draws, rounds, gate, seed):
    rng = np.random.default_rng(seed)
    return np.array([settled_after(gate, (rng.random((rounds, len(p))) < p) - q, len(p)) for _ in range(draws)])


def test_one_concept_a_round_is_the_gate_itself():
    x = np.random.default_rng(1).choice([0.25, -0.75], 800)
    gate = Gate.on(-0.05, 0.05, support=(-0.75, 0.25))
    assert settled_after(gate, x, 1) == tuple(float(side) for side in gate.times(x))


@pytest.mark.parametrize("first", [True, False])
def test_concepts_far_apart_at_the_edge_seldom_fail(first):
    p = np.array([0.95] * 4 + [0.15] * 4)  # mean .55: the gap is .05, on the edge, whichever half comes first
    p = p if first else p[::-1]
    after = runs(p, np.full(8, 0.5), 400, 60, Gate.on(-0.05, 0.05, support=(-0.5, 0.5)), 2)
    assert np.isfinite(after[:, 1]).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_a_severe_bias_is_found_in_a_few_rounds_and_sooner_than_by_their_means():
    p = Q + 0.8 * (1 - Q)  # θ = .2
    gate = Gate.on(-0.05, 0.05, support=(-0.9, 0.4), variance=0.1)
    after = runs(p, Q, 60, 60, gate, 3)
    assert (after[:, 1] < after[:, 0]).all()
    assert np.median(after[:, 1]) <= 12
    rng, means = np.random.default_rng(3), Gate.on(-0.05, 0.05, support=(-0.75, 0.25), variance=0.02)
    slower = [means.times(round_means((rng.random((60, 8)) < p) - Q, 8))[1] for _ in range(60)]
    assert np.median(slower) > 2 * np.median(after[:, 1])


def test_a_round_of_none_is_refused():
    with pytest.raises(InputError, match="at least one concept"):
        round_means([0.1], 0)
    assert settled_after(Gate.on(-0.05, 0.05, support=(-1, 1)), [0.1], 2) == (np.inf, np.inf)
