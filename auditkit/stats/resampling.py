"""The bootstrap on counted cells: the same multinomial as resampling rows, without touching a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.estimate import LEVELS, Floats

Statistic = Callable[[Floats], Floats]
"""Counts (B, cells) in, statistics (B, k) out; NaN where undefined."""

_CHUNK = 1_000_000
_SEED = 1979


class Bootstrap(NamedTuple):
    """k statistics: the observed `value`, bounds (levels, k) by two methods, and how many draws were defined.

    Percentile bounds are the quantiles of the draws; basic bounds reflect them, 2·value - quantile. Neither covers a
    maximum, a distance or any other statistic that noise alone makes larger.
    """

    value: Floats
    percentile_lower: Floats
    percentile_upper: Floats
    basic_lower: Floats
    basic_upper: Floats
    draws: NDArray[np.int64]


def cell_bootstrap(
    cells: ArrayLike, statistic: Statistic, replicates: int = 20_000, rng: np.random.Generator | None = None
) -> Bootstrap:
    """Resample the counts of `cells` (cells,) as one multinomial and bound what `statistic` makes of them (Efron 1979).

    Draws at which a statistic is undefined are left out of its quantiles. A level that needs more draws than there are,
    20/(1 - level), is NaN. Without `rng` the seed is fixed. Draws are made in chunks; only the statistics are kept, as
    32-bit floats.

    >>> share = lambda counts: counts[:, :1] / counts.sum(axis=1, keepdims=True)
    >>> b = cell_bootstrap([30, 70], share)
    >>> round(float(b.percentile_lower[2, 0]), 2), round(float(b.percentile_upper[2, 0]), 2)
    (0.21, 0.39)
    """
    counts = np.asarray(cells, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(statistic(counts[None]), float)[0]
        draws = _sorted_draws(counts, statistic, replicates, len(value), rng or np.random.default_rng(_SEED))
        defined = replicates - np.isnan(draws).sum(axis=1)
        lower, upper = _quantiles(draws, defined)
    return Bootstrap(value, lower, upper, 2 * value - upper, 2 * value - lower, defined)


def _sorted_draws(
    counts: Floats, statistic: Statistic, replicates: int, k: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """All statistics (k, replicates), each row sorted, the undefined last."""
    occupied = np.flatnonzero(counts)
    n, p = int(counts.sum()), counts[occupied] / counts.sum()
    out = np.empty((k, replicates), np.float32)
    step = max(_CHUNK // len(counts), 1)
    for start in range(0, replicates, step):
        size = min(step, replicates - start)
        table = np.zeros((size, len(counts)))
        table[:, occupied] = rng.multinomial(n, p, size)
        out[:, start : start + size] = statistic(table).T
    out.sort(axis=1)
    return out


def _quantiles(draws: NDArray[np.float32], defined: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Both tails at each level, linear between order statistics; NaN where the draws do not reach."""
    level = np.array(LEVELS)[:, None]
    reached = defined * (1 - level) >= 20 - 1e-6
    bounds = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        place = tail * np.maximum(defined - 1, 0)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, draws.shape[1] - 1)
        row = np.arange(len(draws))
        at_low, at_high = draws[row, low].astype(float), draws[row, high].astype(float)
        between = np.where(at_low == at_high, at_low, at_low + (place - low) * (at_high - at_low))
        bounds.append(np.where(reached, between, np.nan))
    return bounds[0], bounds[1]
