"""What a rate may be where a heavy row that was a hit, or a miss, happened not to be seen."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from auditkit.core.estimate import LEVELS, Floats

NEAR = 1.5  # the most that weights may vary within a side before one not seen is reckoned with, 1 + CV²
FEW = 2.0  # of the heaviest rows that hits or misses are worth, below which a single rate reckons with one more
_TAIL = np.array([(1 - level) / 2 for level in LEVELS])[:, None]


def heavy_rows(rows: Floats, w: Floats, squares: Floats, top: Floats) -> Floats | None:
    """What `beyond_heavy` reads of k rates whose weights are far from equal; `None` where no rate's are.

    Rows, Σ w, Σ w² and the largest weight are of misses and of hits, (2, k). The heaviest of either as a multiple of
    its mean weight, the larger, times the mean of each: where all hits have one weight and all misses another, neither
    is heavy. 0 where weights are near: 1 + CV² at most `NEAR` within hits and within misses.

    >>> of = np.array([[980.0], [20.0]])
    >>> heavy_rows(of, of, of, np.ones((2, 1))) is None
    True
    """
    seen, whole = w > 0, np.where(w.sum(axis=0) > 0, w.sum(axis=0), np.inf)
    mean = np.divide(w, rows, out=np.tile(whole / np.maximum(rows.sum(axis=0), 1), (2, 1)), where=seen)
    times = np.divide(top, mean, out=np.zeros_like(top), where=seen).max(axis=0)
    varied = np.divide(rows * squares, w**2, out=np.ones_like(w), where=seen).max(axis=0)
    heaviest = np.where(varied > NEAR, np.minimum(times * mean, top.max(axis=0)), 0.0) / whole
    return np.concatenate([squares / whole**2, heaviest]) if heaviest.any() else None


def hardly_seen(heavy: Floats) -> Floats:
    """What `beyond_heavy` reads, of rates alone whose hits, or misses, are worth fewer than `FEW` of the heaviest.

    Σ w² < 2 w_M² of either. Who saw two of the heaviest hit and two not knows how such rows vary: Wilson's limits hold.
    """
    few = (heavy[:2] < FEW * heavy[2:] ** 2).any(axis=0)
    return np.concatenate([heavy[:2], np.where(few, heavy[2:], 0.0)])


def beyond_heavy(p: Floats, heavy: Floats, tail: Floats = _TAIL) -> tuple[Floats, Floats]:
    """How far below and above k weighted rates p one more heavy row may lie, as arms (levels, k).

    `heavy` (4, k) are Σ w² / W² over misses and over hits, W the sum of all weights, and the heaviest that a miss and a
    hit may be over W. Of hits y = p, v = Σ w² / W² and w_M, the upper limit is the gamma quantile of shape
    (y + w_M)²/(v + w_M²) and scale (v + w_M²)/(y + w_M) (Fay & Feuer 1997), its arm times √(1 - p), since hits of a
    known number of rows vary less than Poisson counts. The lower one is that of misses, mirrored. 0 where w_M is.
    `tail` is the error on a side, that of `LEVELS` where nothing else is asked.

    >>> below, above = beyond_heavy(np.array([0.0]), np.array([[1e-3], [0.0], [0.01], [0.01]]))
    >>> round(float(above[1, 0]), 3)  # none seen: three times the heaviest, at 95 % of one side
    0.03
    """
    return _arm(1 - p, heavy[0], heavy[2], tail), _arm(p, heavy[1], heavy[3], tail)


def _arm(y: Floats, v: Floats, heaviest: Floats, tail: Floats) -> Floats:
    use = heaviest > 0
    more, varied = np.where(use, y + heaviest, 1.0), np.where(use, v + heaviest**2, 1.0)
    reach = varied / more * gammaincinv(more**2 / varied, 1 - tail) - y
    return np.asarray(np.where(use, np.maximum(reach, 0) * np.sqrt(np.clip(1 - y, 0, 1)), 0.0), float)
