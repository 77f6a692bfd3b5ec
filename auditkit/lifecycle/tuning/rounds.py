"""In which order rows are learned: every round in a new order, each row as often as it weighs."""

from __future__ import annotations

import numpy as np

from auditkit.core.estimate import Floats
from auditkit.lifecycle.tuning.pupil import Ints

ORDER, NOISE, START, HELD = range(4)
"""What a stream of random numbers is for; with the seed and a number it makes the stream."""


def stream(seed: int, what: int, number: int = 0) -> int:
    """A seed of 63 bits for torch: the same for the same work, whatever was drawn before.

    >>> stream(0, NOISE, 5) == stream(0, NOISE, 5), stream(0, NOISE, 5) == stream(0, NOISE, 6)
    (True, False)
    """
    return int(np.random.SeedSequence([seed, what, number]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def batch_of(weights: Floats, size: int, step: int, seed: int) -> Ints:
    """The places, (size,), learned at a step, counted from 0: a piece of the rounds, one after the other.

    >>> steps = [batch_of(np.ones(3), 2, step, seed=0) for step in range(6)]
    >>> np.bincount(np.concatenate(steps)).tolist()  # four rounds of three
    [4, 4, 4]
    """
    n = len(weights)
    turn, at = divmod(step * size, n)
    found = round_of(weights, turn, seed)[at : at + size]
    while len(found) < size:
        turn += 1
        found = np.concatenate([found, round_of(weights, turn, seed)[: size - len(found)]])
    return found


def round_of(weights: Floats, number: int, seed: int) -> Ints:
    """One round of n places: row k stands in it n w_k / Σw times, rounded up or down by chance.

    Systematic sampling with probability in proportion to size (Madow, Annals of Mathematical Statistics 20 (1949) 333),
    of the rows in a random order, and then shuffled. With equal weights every row stands in it once.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, ORDER, number]))
    n, order = len(weights), rng.permutation(len(weights))
    ends = np.cumsum(weights[order]) * (n / weights.sum())
    places = np.searchsorted(ends, np.arange(n) + rng.uniform(), side="right")
    found: Ints = rng.permutation(order[np.minimum(places, n - 1)])
    return found
