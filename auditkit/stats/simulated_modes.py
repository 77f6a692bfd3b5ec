"""Points about modes far apart, some of which a generator loses: their coverage is known in closed form."""

from __future__ import annotations

import numpy as np

from auditkit.core.estimate import Floats

MODES, LOSABLE, DIMENSIONS = 5, 3, 4
_APART = 50.0


def left_of_modes(lost: float) -> Floats:
    """The shares of five modes among generated points, after `lost` of what three of them held, one after the other.

    >>> [round(float(share), 2) for share in left_of_modes(.5)]
    [0.0, 0.14, 0.29, 0.29, 0.29]
    """
    held = np.ones(MODES)
    held[:LOSABLE] -= np.clip(lost * LOSABLE - np.arange(LOSABLE), 0, 1)
    return np.asarray(held / held.sum(), float)


def points_about_modes(n: int, shares: Floats, rng: np.random.Generator) -> Floats:
    """Draw n points (n, 4), each N(0, 1) in every direction about one of the modes, 50 apart."""
    points = rng.standard_normal((n, DIMENSIONS))
    points[:, 0] += _APART * rng.choice(MODES, n, p=shares)
    return points


def true_shortfall(lost: float, k: int = 5) -> float:
    """How much less as many generated as real points cover, for many points: Σ_j p_j (p_j/(p_j + q_j))^k - 2^-k.

    A real point of mode j is missed if its k nearest are all real, and each is with chance p_j/(p_j + q_j), p_j the
    share of the mode among real points, here 1/5, and q_j among generated ones.

    >>> true_shortfall(0.0), round(true_shortfall(.9), 3)
    (0.0, 0.386)
    """
    real = 1 / MODES
    missed = real * (real / (real + left_of_modes(lost))) ** k
    return float(missed.sum()) - 0.5**k if lost else 0.0
