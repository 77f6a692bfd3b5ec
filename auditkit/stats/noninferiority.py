"""What a change costs, item by item: the mean of paired losses, whose few large ones must not be overlooked."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

FEWEST = 30
"""Items below which a mean has no bounds: too few to tell how skewed the losses are."""


def mean_of_items(values: ArrayLike) -> Estimate:
    """Estimate the mean of independent items, (n,), that may be skewed: Student's t, put right for skewness.

    The bounds are mean - s/√n g⁻¹(±t), g⁻¹(x) = (3/a) {[1 + a (x - a/6)]^(1/3) - 1} with a = γ/√n and γ the sample's
    skewness (Hall, JRSS B 54 (1992) 221): of losses of which a few are large the upper bound lies further out. Fewer
    than 30 items have a mean and no bounds; items that are not finite take no part.

    >>> e = mean_of_items([0.0, 0.1] * 50)
    >>> [round(v, 4) for v in (e.value, *e.interval(.95)[:2])]
    [0.05, 0.04, 0.06]
    """
    x = np.asarray(values, float)
    x = x[np.isfinite(x)]
    if not len(x):
        return Estimate.undefined("no item has a value", method="mean of items")
    mean, n = float(x.mean()), len(x)
    if n < FEWEST:
        nothing = np.full(len(LEVELS), np.nan)
        return estimates(mean, nothing, nothing, n=n, n_eff=n, method="mean of too few items", clusters=n)[0]
    s = float(x.std(ddof=1))
    skewness = 0.0 if s < 1e-15 else float(((x - mean) ** 3).mean() / x.std() ** 3)
    t, se = quantiles(np.array([n - 1.0]))[:, 0], s / np.sqrt(n)
    lower, upper = (mean - se * _hall(side * t, skewness / np.sqrt(n)) for side in (1, -1))
    return estimates(mean, lower, upper, n=n, n_eff=n, method="mean of items, Hall's t", clusters=n)[0]


def _hall(x: Floats, a: float) -> Floats:
    return x if abs(a) < 1e-9 else np.asarray(3 / a * (np.cbrt(1 + a * (x - a / 6)) - 1), float)
