"""Scores counted in bins, mergeable, and what the bins still certify about the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from auditkit.core.errors import InputError
from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates
from auditkit.stats.discrimination import auc

_Z = np.array(QUANTILES)
_ROUNDED = 1e-12
"""A range that comes so near to 0 or 1 touches it, but for its rounding."""

EDGES: Floats = np.unique(
    np.r_[0, 5e-324, expit(np.arange(-80, 37, 0.02)), np.linspace(0, 1, 4097), 1, np.nextafter(1, 2)]
)
"""Edges for probabilities: at most 1/4096 apart and at most .02 on the logit scale; exactly 0 and exactly 1 alone."""


@dataclass(frozen=True, eq=False)
class ScoreBins:
    """Rows by bin of their score, the last bin closed: `a + b` holds the rows of both.

    Per bin the `positives` and `negatives`, the `lowest` and `highest` score (infinite where empty), and sums of scores
    s: `total` Σs, `squares` Σs², and over positives alone `hits` Σs, `hit_squares` Σs².

    >>> bins = ScoreBins.of([.1, .4, .35, .8], [0, 0, 1, 1], edges=[0, .25, .5, 1])
    >>> bins.positives.tolist(), bins.negatives.tolist(), bins.total.round(2).tolist()
    ([0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.1, 0.75, 0.8])
    """

    edges: Floats
    positives: Floats
    negatives: Floats
    lowest: Floats
    highest: Floats
    total: Floats
    squares: Floats
    hits: Floats
    hit_squares: Floats

    @classmethod
    def of(cls, scores: ArrayLike, outcomes: ArrayLike, edges: ArrayLike = EDGES) -> ScoreBins:
        """Count rows; raises `InputError` for scores outside the edges, NaN among them."""
        s, y, cuts = np.asarray(scores, float), np.asarray(outcomes, bool), np.asarray(edges, float)
        if not ((s >= cuts[0]) & (s <= cuts[-1])).all():
            raise InputError(f"Scores lie between {cuts[0]:g} and {cuts[-1]:g}; these do not, or some are missing.")
        size = len(cuts) - 1
        place = np.minimum(np.searchsorted(cuts, s, side="right") - 1, size - 1)
        lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
        np.minimum.at(lowest, place, s)
        np.maximum.at(highest, place, s)
        parts = (y, ~y, s, s * s, s * y, s * s * y)
        positives, negatives, *sums = (np.bincount(place, part, minlength=size).astype(float) for part in parts)
        return cls(cuts, positives, negatives, lowest, highest, *sums)

    def __add__(self, other: ScoreBins) -> ScoreBins:
        if not np.array_equal(self.edges, other.edges):
            raise InputError("Only scores counted in the same bins add up.")
        merged = {
            field.name: _MERGED.get(field.name, np.add)(getattr(self, field.name), getattr(other, field.name))
            for field in fields(self)
        }
        return ScoreBins(**merged)

    @property
    def mixed(self) -> NDArray[np.bool_]:
        """The bins whose order is lost: positives and negatives together, at more than one score."""
        return (self.positives > 0) & (self.negatives > 0) & (self.lowest < self.highest)


_MERGED = {"edges": np.maximum, "lowest": np.minimum, "highest": np.maximum}


class _Binned(NamedTuple):
    """The least and the greatest area that the bins allow, and a standard error that DeLong's cannot exceed."""

    low: float
    high: float
    se: float


def binned_auc(bins: ScoreBins) -> tuple[Estimate, tuple[float, float] | None]:
    """Estimate the area under the ROC curve, and the range in which that of the unbinned scores surely lies.

    Positives and negatives that share a bin are taken as ties; were they ordered one way or the other, the area would
    move by at most Σ p_b n_b / 2PN over the `mixed` bins. The interval holds that of `auc` on the scores themselves:
    DeLong's (1988) logit interval at either end of the range, with a standard error that no order within bins exceeds
    (a placement moves by at most half its bin's share). Where the range touches 0 or 1, the end towards 1/2 is the
    looser of Hanley & McNeil's and of logit A - z √(P/(P-1) + N/(N-1)) / A. With `mixed` empty it is `auc` itself.

    >>> rng = np.random.default_rng(1)
    >>> y = rng.random(5000) < .5
    >>> e, (low, high) = binned_auc(ScoreBins.of(expit(rng.normal(size=5000) + y), y))
    >>> round(e.value, 3), round(e.interval(.95).high - e.interval(.95).low, 3), f"{high - low:.0e}"
    (0.76, 0.026, '3e-04')
    """
    p, q, mixed = bins.positives, bins.negatives, bins.mixed
    middle = auc(np.arange(len(p)), p, q)
    if middle.value is None:
        return middle, None
    spare = float(p[mixed] @ q[mixed]) / (2 * p.sum() * q.sum())
    if not spare:
        return middle, (middle.value, middle.value)
    low, high = middle.value - spare, middle.value + spare
    low, high = (0.0 if low < _ROUNDED else low), (1.0 if 1 - high < _ROUNDED else high)
    binned = _Binned(low, high, _largest_se(p, q, mixed, middle.value, low, high))
    lower = _lower(binned, p.sum(), q.sum())
    upper = 1 - _lower(_Binned(1 - high, 1 - low, binned.se), p.sum(), q.sum())
    n, method = p.sum() + q.sum(), "DeLong, logit, certified bins"
    return estimates(middle.value, lower[:, None], upper[:, None], n=n, n_eff=n, method=method)[0], (low, high)


def _largest_se(p: Floats, q: Floats, mixed: NDArray[np.bool_], value: float, low: float, high: float) -> float:
    """The triangle inequality on placements: their spread grows by at most the root mean square of what is unknown."""
    above, below = (np.cumsum(q) - q / 2) / q.sum(), (p.sum() - np.cumsum(p) + p / 2) / p.sum()
    variance = 0.0
    for counts, placed, others in ((p, above, q), (q, below, p)):
        n = counts.sum()
        if n < 2:
            variance += max(low * (1 - low), high * (1 - high), 0.25 * (low < 0.5 < high))
            continue
        moved = counts @ np.where(mixed, others / (2 * others.sum()), 0) ** 2
        variance += (np.sqrt(counts @ (placed - value) ** 2) + np.sqrt(moved)) ** 2 / (n * (n - 1))
    return float(np.sqrt(variance))


def _lower(b: _Binned, p: float, q: float) -> Floats:
    """logit A - z·se/(A(1 - A)) rises, then falls in A: its least value lies at an end of the range."""
    if b.low <= 0:
        return np.zeros(len(_Z))
    if b.high < 1:
        ends = np.array([b.low, b.high])[:, None]
        least: Floats = np.min(expit(logit(ends) - _Z * b.se / (ends * (1 - ends))), axis=0)
        return least
    if min(p, q) < 2:
        return np.zeros(len(_Z))
    perfect = np.array(auc([0, 1], [0, p], [q, 0]).lower, float)
    looser: Floats = np.minimum(perfect, expit(logit(b.low) - _Z * np.sqrt(p / (p - 1) + q / (q - 1)) / b.low))
    return looser
