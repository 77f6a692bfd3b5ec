"""How much of the gap between two groups' predictions runs through features that go with the group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.cells import Floats, Ints
from auditkit.core.estimate import Estimate, estimates
from auditkit.stats.proportions import quantiles

ALIASED = 1e-9
"""Below this share of a column's variance within groups the column is the group itself."""


class PredictionGap(NamedTuple):
    """The gap of the second group over the first, what runs `through` all features, through each, and `beside` them.

    `explained` is the share of the predictions' variance within groups that the linear fit explains, `aliased` the
    places of features that do not vary within groups, of which nothing can be told.
    """

    whole: Estimate
    through: Estimate
    parts: tuple[Estimate, ...]
    beside: Estimate
    explained: float | None = None
    aliased: tuple[int, ...] = ()


class _Contrast(NamedTuple):
    """Of each column: deviations `inside` its cell, the difference `apart` of the groups, and its influence by row."""

    inside: Floats
    apart: Floats
    influence: Floats
    cells: int


def prediction_gap(
    prediction: ArrayLike,
    features: Sequence[Floats],
    second: ArrayLike,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    units: ArrayLike | None = None,
) -> PredictionGap:
    """Estimate by how much the gap of mean predictions changes when features are residualised on the group.

    `prediction` (n,), `features` each (n, k) columns, `second` (n,) booleans, `strata` (n,) from 0, `units` (n,).
    Through a feature runs Σ_k β_k Δ_k: Δ the difference of its means, strata mixed as in the pooled rows, β the slopes
    of the prediction on all features within group and stratum (Kitagawa 1955, Oaxaca 1973 and Blinder 1973, with slopes
    held equal). Residualising on the group takes differences of means away and leaves slopes. The standard error sums
    the influence β ψ_Δ + Δ ψ_β of rows, or of units; normal, or t on C - 1 degrees of freedom. Where β and Δ are both
    about 0 it is too wide. Strata with one group alone take no part.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> gap = prediction_gap(0.1 * x[:, 0], [x], [False, False, True, True])
    >>> round(gap.whole.value, 3), round(gap.through.value, 3)
    (0.2, 0.2)
    """
    y, b = np.asarray(prediction, float), np.asarray(second, bool)
    s = np.zeros(len(y), np.int64) if strata is None else np.asarray(strata, np.int64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, float)
    rows = np.zeros((int(s.max(initial=0)) + 1, 2))
    np.add.at(rows, (s, b.astype(int)), w > 0)
    kept = np.asarray((rows > 0).all(axis=1))[s] & (w > 0)
    if not kept.any():
        reason = "a group has no rows" if strata is None else "no stratum has both groups"
        nothing = Estimate.undefined(reason, len(y))
        return PredictionGap(nothing, nothing, tuple(nothing for _ in features), nothing)
    x = np.concatenate([y[:, None], *features], axis=1)[kept]
    group, w = b[kept].astype(np.int64), w[kept]
    c = _contrast(x, group, np.unique(s[kept], return_inverse=True)[1], w)
    of = np.repeat(np.arange(len(features)), [part.shape[1] for part in features])
    belongs = (of[:, None] == np.arange(len(features))).astype(float)
    return _decomposed(c, w, belongs, np.bincount(group), None if units is None else np.asarray(units)[kept])


def _contrast(x: Floats, group: Ints, stratum: Ints, w: Floats) -> _Contrast:
    cell = 2 * stratum + group
    total = np.bincount(cell, w)
    means = np.array([np.bincount(cell, w * column) for column in x.T]).T / total[:, None]
    inside = x - means[cell]
    varies = w @ inside**2 > ALIASED * (w @ (x - w @ x / w.sum()) ** 2)
    share, each = total.reshape(-1, 2).sum(axis=1) / w.sum(), means[1::2] - means[::2]
    apart = share @ each
    lean = (2 * group - 1) * share[stratum] * w / total[cell]
    influence = lean[:, None] * inside + (w / w.sum())[:, None] * (each - apart)[stratum]
    return _Contrast(np.where(varies, inside, 0.0), apart, influence, len(total))


def _decomposed(
    c: _Contrast, w: Floats, belongs: Floats, rows: Ints, units: NDArray[np.generic] | None
) -> PredictionGap:
    """`belongs` (columns, features) says which columns are whose."""
    r, z, delta = c.inside[:, 0], c.inside[:, 1:], c.apart[1:]
    scale = np.sqrt(np.maximum(w @ z**2, 1e-300))
    inverse = np.linalg.pinv((z / scale).T @ (z / scale * w[:, None]), hermitian=True) / np.outer(scale, scale)
    beta = inverse @ (z.T @ (w * r))
    left = r - z @ beta
    psi = beta * c.influence[:, 1:] + delta * (z @ inverse) * (w * left)[:, None]
    parts, psi_parts = (beta * delta) @ belongs, psi @ belongs
    values = np.r_[c.apart[0], parts.sum(), parts, c.apart[0] - parts.sum()]
    influence = np.c_[c.influence[:, 0], psi.sum(axis=1), psi_parts, c.influence[:, 0] - psi.sum(axis=1)]
    whole, through, *each, beside = _estimated(values, influence, units, rows, len(w) - c.cells - len(beta))
    spread = float(w @ r**2)
    constant = belongs.any(axis=0) & ~(z.any(axis=0) @ belongs).astype(bool)
    explained = 1 - float(w @ left**2) / spread if spread > 0 else None
    return PredictionGap(whole, through, tuple(each), beside, explained, tuple(np.flatnonzero(constant).tolist()))


def _estimated(
    values: Floats, influence: Floats, units: NDArray[np.generic] | None, rows: Ints, free: int
) -> tuple[Estimate, ...]:
    """Each value with the normal interval of its influence by row, or with t where units share rows."""
    more: dict[str, Any] = {"n": len(influence), "n_eff": float(rows.min()), "method": "residualised, influence"}
    if units is None:
        variance, df = (influence**2).sum(axis=0) * len(influence) / max(free, 1), np.inf if free > 0 else 0.0
    else:
        code = np.unique(units, return_inverse=True)[1]
        summed = np.array([np.bincount(code, column) for column in influence.T])
        count = summed.shape[1]
        variance, df = (summed**2).sum(axis=1) * count / max(count - 1, 1), count - 1.0
        more |= {"method": "residualised, influence, clusters", "clusters": count}
        more["n_eff"] = min(more["n_eff"], float(count))
    half = quantiles(np.array([df])) * np.sqrt(variance)
    return estimates(values, values - half, values + half, **more)
