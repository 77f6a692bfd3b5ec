"""Concepts drawn in balanced rounds: when a gate that bets on every draw may be read."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.stats.stopping import Gate, average


def round_means(stakes: ArrayLike, concepts: int) -> Floats:
    """The mean stake of each complete round, in which every concept is drawn once, in any order.

    A stake is 1 where a generation shows what is expected of its concept, else 0, less the reference's share q; the
    mean of a round lies in [-q̄, 1 - q̄]. Draws of one round have different expectations, so they are no fair bets one by
    one; whole rounds are. An incomplete last round is left for later. Raises `InputError` for a round of none.

    >>> round_means([.25, -.75, .25, .25, .5], 2).tolist()
    [-0.25, 0.25]
    """
    means: Floats = _rounds(stakes, concepts).mean(axis=1)
    return means


def settled_after(gate: Gate, stakes: ArrayLike, concepts: int) -> tuple[float, float]:
    """After how many complete rounds a fresh gate that bets on every draw says PASS, and FAIL; infinite where not.

    The bets are constant, so a round multiplies a capital by Π (1 + λ (X_c - m)), whose expectation is at most
    (1 + λ (θ - m))^C by the inequality of the means, with θ the mean over the round: read after whole rounds, and only
    then, the capital is fair although its draws are not alike. It finds a severe bias with a fifth of the draws that
    bets on `round_means` need. `gate` stands on the support of one stake; the smaller of both is the verdict.

    >>> gate = Gate.on(-.05, .05, support=(-.9, .4))
    >>> settled_after(gate, [.1, .4] * 200, 2)
    (inf, 18.0)
    """
    x = _rounds(stakes, concepts).ravel()
    if not len(x):
        return np.inf, np.inf
    inside, outside = (
        [bettor.log_path(x)[concepts - 1 :: concepts] for bettor in side] for side in (gate.inward, gate.outward)
    )
    level = -np.log(gate.alpha)
    return max(_first(path, level) for path in inside), _first(average(outside), level)


def _rounds(stakes: ArrayLike, concepts: int) -> Floats:
    if concepts < 1:
        raise InputError(f"A round has at least one concept, and not {concepts}.")
    x = np.asarray(stakes, float).ravel()
    return x[: len(x) // concepts * concepts].reshape(-1, concepts)


def _first(path: Floats, level: float) -> float:
    reached = np.flatnonzero(path >= level)
    return float(reached[0] + 1) if len(reached) else np.inf
