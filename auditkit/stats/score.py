"""The score interval of Miettinen and Nurminen for a difference of two independent proportions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates

_Z = np.array(QUANTILES)[:, None]
_HALVINGS = 50


def miettinen_nurminen(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> tuple[Estimate, ...]:
    """Estimate p1 - p2 by inverting the score test, for k pairs of independent proportions at once.

    The bounds are the differences δ at which |d - δ| / √(N/(N-1) (p̃1 q̃1/n1 + p̃2 q̃2/n2)) reaches the normal quantile,
    with d the observed difference, N = n1 + n2 and p̃ the maximum likelihood under p1 - p2 = δ (Miettinen & Nurminen
    1985). Inputs broadcast to shape (k,); empty groups are undefined.

    >>> low, high, _ = miettinen_nurminen(56, 70, 48, 80)[0].interval(.95)
    >>> round(low, 4), round(high, 4)  # published in Newcombe 1998a
    (0.0528, 0.3382)
    """
    arrays = (np.atleast_1d(np.asarray(a, float)) for a in (x1, n1, x2, n2))
    a, n, b, m = np.broadcast_arrays(*arrays)
    empty = (n <= 0) | (m <= 0)
    n_safe, m_safe = np.where(empty, 1, n), np.where(empty, 1, m)
    d = a / n_safe - b / m_safe
    d, lower, upper = (np.where(empty, np.nan, part) for part in (d, *_bounds(a, n_safe, b, m_safe)))
    return estimates(d, lower, upper, n=n + m, n_eff=n + m, method="Miettinen-Nurminen", reasons="a group has no rows")


def _bounds(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[Floats, Floats]:
    """Halve [-1, d] and [d, 1] together, shape (2, levels, k): the score falls from one end to the other."""
    d = x1 / n1 - x2 / n2
    sign = np.array([1.0, -1.0])[:, None, None]
    shape = (2, len(QUANTILES), len(d))
    outside, inside = np.broadcast_to(-sign, shape), np.broadcast_to(d, shape)
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        rejected = (d - middle) * sign > _Z * _standard_error(middle, x1, n1, x2, n2)
        outside, inside = np.where(rejected, middle, outside), np.where(rejected, inside, middle)
    return inside[0], inside[1]


def _standard_error(delta: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """The standard error of d under p1 - p2 = delta, with the factor N/(N - 1)."""
    total = n1 + n2
    p1, p2 = constrained(delta, x1, n1, x2, n2)
    return np.sqrt((p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * total / np.maximum(total - 1, 1))


def constrained(delta: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[Floats, Floats]:
    """The likeliest (p1, p2) with p1 - p2 = delta: the middle root of the likelihood's cubic in p2, in closed form."""
    total, hits = n1 + n2, x1 + x2
    square = ((n1 + 2 * n2) * delta - total - hits) / (3 * total)
    linear = ((n2 * delta - total - 2 * x2) * delta + hits) / (3 * total)
    constant = x2 * delta * (1 - delta) / total
    q = square**3 - 1.5 * square * linear + constant / 2
    r = np.copysign(np.sqrt(np.maximum(square**2 - linear, 0)), q)
    cosine = np.divide(q, r**3, out=np.zeros_like(q), where=r != 0)
    angle = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
    p2 = np.clip(2 * r * np.cos(angle) - square, np.maximum(0, -delta), np.minimum(1, 1 - delta))
    return np.clip(p2 + delta, 0, 1), p2
