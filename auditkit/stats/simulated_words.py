"""Vectors of words whose association with two attributes is known in closed form."""

from __future__ import annotations

import numpy as np

from auditkit.core.estimate import Floats

DIMENSIONS, LIST = 10, 8
LEAN = 0.6
"""How far each attribute lies towards its own end of the axis of association."""
SD = 0.1


def attribute_words() -> tuple[Floats, Floats]:
    """Two fixed lists of 8 unit vectors (8, 10), mirror images of one another: .6 and -.6 along the first axis."""
    side = np.sqrt(1 - LEAN**2)
    first = np.zeros((LIST, DIMENSIONS))
    first[:, 0] = LEAN
    first[np.arange(LIST), 1 + np.arange(LIST)] = side
    second = first.copy()
    second[:, 0] = -LEAN
    return first, second


def target_words(n: int, mean: float, rng: np.random.Generator, frequent: float = 0.0) -> Floats:
    """Draw n vectors (n, 10) that point `mean` ± .1 along the first axis, and anywhere across it.

    Along it they are mean + .3 (2b - 1), b ~ Beta(4, 4); |mean| is at most .7. Their s-value against the attributes is
    exactly 1.2 times that: the lists differ by (1.2, 0, ..., 0) in the mean. `frequent` words are longer, and share a
    direction across.

    >>> x = target_words(5, .5, np.random.default_rng(1))
    >>> a, b = attribute_words()
    >>> np.allclose(x @ (a.mean(axis=0) - b.mean(axis=0)), 1.2 * x[:, 0])
    True
    """
    along = mean + 3 * SD * (2 * rng.beta(4, 4, n) - 1)
    across = rng.standard_normal((n, DIMENSIONS - 1))
    across[:, -1] += frequent
    across *= (np.sqrt(1 - along**2) / np.linalg.norm(across, axis=1))[:, None]
    return (1 + frequent) * np.column_stack([along, across])
