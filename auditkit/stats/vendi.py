"""The Vendi score: how many unlike members a group is worth. A description without an interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates

_SEED = 1979


def vendi_score(similarity: ArrayLike) -> float:
    """exp(-Σ λ log λ), λ the eigenvalues of a similarity matrix over its trace (Friedman & Dieng 2022, q = 1).

    `similarity` is (n, n) between the members, 1 on the diagonal, or Σ x xᵀ (d, d) of their unit vectors, which has the
    same eigenvalues. From 1, all alike, to n, nothing in common. It grows with n for the same population: only scores
    at the same n can be compared.

    >>> round(vendi_score(np.eye(3)), 6), round(vendi_score(np.ones((3, 3))), 6)
    (3.0, 1.0)
    """
    k = np.asarray(similarity, float)
    eigenvalues = np.clip(np.linalg.eigvalsh(k / np.trace(k)), 0, None)
    return float(np.exp(-xlogy(eigenvalues, eigenvalues).sum()))


def vendi_ratio(x: ArrayLike, y: ArrayLike, repeats: int = 200, rng: np.random.Generator | None = None) -> Estimate:
    """Tell the Vendi score of unit vectors x (n, d) over that of y (m, d) at equal size.

    The larger group is thinned `repeats` times to the size of the smaller, without replacement, and its scores are
    averaged. There are no bounds: a bootstrap repeats rows, which lowers the score, and misses the truth nearly always
    where sizes differ. Without `rng` the seed is fixed.

    >>> vendi_ratio([[1, 0], [0, 1]], [[1, 0], [1, 0], [1, 0]]).value.__round__(3)
    2.0
    """
    groups = [np.asarray(v, float) for v in (x, y)]
    size, n = min(len(v) for v in groups), sum(len(v) for v in groups)
    if not size:
        return Estimate.undefined("a group is empty", n=n)
    rng = rng or np.random.default_rng(_SEED)
    first, second = (_thinned(v, size, repeats, rng) for v in groups)
    nothing = np.full((len(LEVELS), 1), np.nan)
    return estimates(first / second, nothing, nothing, n=n, n_eff=size, method="Vendi ratio at equal size")[0]


def _thinned(x: Floats, size: int, repeats: int, rng: np.random.Generator) -> float:
    if len(x) == size:
        return vendi_score(x.T @ x)
    parts = (x[rng.choice(len(x), size, replace=False)] for _ in range(repeats))
    return float(np.mean([vendi_score(part.T @ part) for part in parts]))
