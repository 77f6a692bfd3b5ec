"""What a change costs, item by item: the mean of paired losses, whose few large ones must not be overlooked."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.proportions import quantiles

FEWEST = 30
"""Items below which a mean has no bounds: too few to tell how skewed the losses are."""
TAIL = 0.05
"""How often a bound may miss that lets a change pass: one-sided, as the 90 % interval has it."""
PASSES, FAILS = LEVELS.index(0.90), LEVELS.index(0.95)
"""Where the levels stand whose upper bound lets a change pass, and whose lower bound fails it."""


def mean_of_items(
    values: ArrayLike, weights: ArrayLike | None = None, within: tuple[float, float] | None = None
) -> Estimate:
    """Estimate the mean of independent items, (n,), that may be skewed: Student's t, put right for skewness.

    The mean is m = Σ W x/Σ W, a ratio, whose items say u = n W (x - m)/Σ W (linearised: Cochran 1977, 6.4), with s
    their standard deviation and γ their skewness. The bounds are m - s/√n g⁻¹(±t), where
    g⁻¹(x) = (3/a) {[1 + a (x - a/6)]^(1/3) - 1} with a = γ/√n (Hall, JRSS B 54 (1992) 221): of losses of which a few
    are large the upper bound lies further out. t has n_eff - 1 degrees of freedom, n_eff = (Σ W)²/Σ W² (Kish 1965).
    Items worth fewer than 30 have a mean and no bounds; items that are not finite take no part.

    Losses of which none was seen have no spread. So where items can only lie `within` (low, high) the upper bound is at
    least m + (1 - α^(1/n_eff)) (high - m), α the tail: a share of items above that would have been met by one of n_eff
    but for α (the rule of three: Hanley & Lippman-Hand, JAMA 249 (1983) 1743). The lower bound mirrors it.

    >>> e = mean_of_items([0.0, 0.1] * 50)
    >>> [round(v, 4) for v in (e.value, *e.interval(.95)[:2])]
    [0.05, 0.04, 0.06]
    >>> round(mean_of_items([0.0] * 100, within=(-1, 1)).interval(.90).high, 4)  # 1 - .05^(1/100)
    0.0295
    """
    x = np.asarray(values, float)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, float)
    x, w = x[np.isfinite(x)], w[np.isfinite(x)]
    if not len(x):
        return Estimate.undefined("no item has a value", method="mean of items")
    n, n_eff = len(x), float(w.sum() ** 2 / (w**2).sum())
    n_eff = float(n) if math.isclose(n_eff, n) else n_eff
    mean, told = float((w * x).sum() / w.sum()), " by weight" if n_eff < n else ""
    if n_eff < FEWEST:
        nothing = np.full(len(LEVELS), np.nan)
        method = f"mean of too few items{told}"
        return estimates(mean, nothing, nothing, n=n, n_eff=n_eff, method=method, clusters=n)[0]
    lower, upper = _bounds(n * w * (x - mean) / w.sum(), mean, n, n_eff, within)
    told += "" if within is None else f", none beyond {within[0]:g} and {within[1]:g}"
    return estimates(mean, lower, upper, n=n, n_eff=n_eff, method=f"mean of items{told}, Hall's t", clusters=n)[0]


def fewest_for(margin: float, most: float) -> int:
    """Items from which a mean loss can be told to be below `margin`, where one may lose `most` and none did.

    ln(.05)/ln(1 - margin/most), and 30 at least.

    >>> fewest_for(.02, 1), fewest_for(.05, 1), fewest_for(.5, 1)
    (149, 59, 30)
    """
    if margin >= most:
        return FEWEST
    return max(FEWEST, math.ceil(math.log(TAIL) / math.log1p(-margin / most)))


def _bounds(u: Floats, mean: float, n: int, n_eff: float, within: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """The bounds at every level, were there n items, of what those at hand say about their mean."""
    spread = float(u.std())
    skewness = 0.0 if spread < 1e-15 else float((u**3).mean() / spread**3)
    t, se = quantiles(np.array([n_eff - 1]))[:, 0], spread / np.sqrt(n - 1)
    lower, upper = (mean - se * hall(side * t, skewness / np.sqrt(n)) for side in (1, -1))
    if within is None:
        return lower, upper
    rare = 1 - ((1 - np.array(LEVELS)) / 2) ** (1 / n_eff)
    lower = np.maximum(within[0], np.minimum(lower, mean - rare * (mean - within[0])))
    return lower, np.minimum(within[1], np.maximum(upper, mean + rare * (within[1] - mean)))


def hall(x: ArrayLike, a: ArrayLike) -> Floats:
    """Hall's g⁻¹(x) = (3/a) {[1 + a (x - a/6)]^(1/3) - 1}; x itself where a is 0."""
    given, skewed = np.broadcast_arrays(np.asarray(x, float), np.asarray(a, float))
    flat = np.abs(skewed) < 1e-9
    by = np.where(flat, 1.0, skewed)
    return np.where(flat, given, 3 / by * (np.cbrt(1 + by * (given - by / 6)) - 1))
