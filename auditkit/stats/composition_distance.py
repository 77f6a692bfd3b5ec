"""How far a whole composition lies from a reference, with the rows weighted and clustered as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from auditkit.core.cells import level_order
from auditkit.core.estimate import Estimate, Floats
from auditkit.core.evidence import UNIT, Tally
from auditkit.stats.distances import total_variation, total_variation_between

_ROUNDING = 1e-9


def composition_distance(
    tally: Tally, axis: str, shares: Mapping[str, float], reference_n: int | None = None
) -> tuple[Estimate, float | None]:
    """Estimate TV = ½ Σ |p - π| of the levels of an axis from `shares` (K,), and what to expect of it if p = π.

    The interval is the triangle inequality's, see `total_variation`: it holds at p = π, where a distance has no spread
    to either side. `reference_n` is the size of the sample that the reference was counted in. Levels without a share
    take no part. Weights: the rows are taken for as many as `worth` says.

    >>> t = Tally.of_cells(("group",), {("a",): 52, ("b",): 48})
    >>> e, expected = composition_distance(t, "group", {"a": .6, "b": .4})
    >>> round(e.value, 2), [round(bound, 2) for bound in e.interval(.95)[:2]], round(expected, 3)
    (0.08, [0.0, 0.18], 0.039)
    """
    levels = sorted(shares, key=level_order)
    q, x = np.array([shares[level] for level in levels], float), _summed(tally, axis, levels)
    rows = int(_summed(tally, axis, levels, "n").sum())
    if tally.weighted and x.sum() > 0:
        squares = _summed(tally, axis, levels, "w2")
        whole = np.floor(worth(_classes(x), _classes(squares)) * (1 + _ROUNDING))
        x = x * (whole / x.sum())
    told, expected = total_variation_between(x, q * reference_n) if reference_n else total_variation(x, q)
    return replace(told, n=rows + (reference_n or 0)), expected


def worth(weights: Floats, squares: Floats) -> float:
    """How many equal rows err at least as much, in any direction: Σ w over the largest Σ_k w² / Σ_k w of a class k.

    `weights` and `squares` (K,) are Σ w and Σ w² of each class. The shares' linearised covariance is
    Σ_k squares_k e_k e_kᵀ / W², e_k = 1_k - p, that of n equal rows Σ_k p_k e_k e_kᵀ / n; so with this n the second
    exceeds the first in every direction, and errors stay less often within any distance (Anderson 1955). Kish's
    n_eff = W²/Σ w² is the same with the mean over rows in place of the largest class.

    >>> worth(np.array([60., 40.]), np.array([60., 40.])), worth(np.array([60., 40.]), np.array([60., 80.]))
    (100.0, 50.0)
    """
    mean = np.divide(squares, weights, out=np.zeros(len(weights)), where=weights > 0)
    return float(weights.sum() / mean.max())


def _summed(tally: Tally, axis: str, levels: list[str], of: str = "w") -> Floats:
    """The rows, or their weights, of each level (K,), or of each cluster and level (C, K)."""
    cube = tally.cube(*([UNIT] if UNIT in tally else []), axis, of=of)
    place = {level: k for k, level in enumerate(tally.levels[tally.index(axis)])}
    none = np.zeros(cube.shape[:-1])
    return np.stack([cube[..., place[level]] if level in place else none for level in levels], axis=-1)


def _classes(x: Floats) -> Floats:
    totals: Floats = np.atleast_2d(x).sum(axis=0)
    return totals
