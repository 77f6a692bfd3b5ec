"""The expected calibration error of binned scores, and the bins that scores of any kind can be counted in."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.score_bins import EDGES

TENTHS: Floats = np.linspace(0, 1, 11)


def edges_for(scores: ArrayLike) -> Floats:
    """The fine edges of probabilities for scores from 0 to 1, else one bin for each distinct score.

    >>> edges_for([3, 7, 3]).round(6).tolist()
    [3.0, 7.0, 7.0]
    """
    s = np.unique(np.asarray(scores, float))
    if len(s) and s[0] >= 0 and s[-1] <= 1:
        return EDGES
    return np.append(s, np.nextafter(s[-1:], np.inf))


def expected_calibration_error(scores: ArrayLike, outcomes: ArrayLike) -> tuple[Estimate, float | None]:
    """Estimate Σ over tenths |Σ (s - y)| / n of scores (n,) against outcomes (n,), and what noise alone would make it.

    Ten bins of equal width (Naeini, Cooper & Hauskrecht 2015). It is never 0 in a sample, however well calibrated: the
    second result is Σ √(2/π Σ s(1 - s)) / n, its expectation where every score is the true chance. No bounds are told:
    no bootstrap covers a sum of absolute values. Undefined for scores outside 0 to 1.

    >>> e, expected = expected_calibration_error([.25] * 100 + [.75] * 100, [1] * 30 + [0] * 70 + [1] * 70 + [0] * 30)
    >>> round(e.value, 3), round(expected, 3)
    (0.05, 0.035)
    """
    s, y = np.asarray(scores, float), np.asarray(outcomes, float)
    if not len(s):
        return Estimate.undefined("no rows"), None
    if s.min() < 0 or s.max() > 1:
        return Estimate.undefined("scores outside 0 to 1 are not probabilities", n=len(s)), None
    place = np.minimum(np.searchsorted(TENTHS, s, side="right") - 1, len(TENTHS) - 2)
    gaps, variance = np.bincount(place, s - y), np.bincount(place, s * (1 - s))
    unknown = np.full(len(LEVELS), np.nan)
    error = estimates(np.abs(gaps).sum() / len(s), unknown, unknown, n=len(s), n_eff=len(s), method="ten equal bins")
    return error[0], float(np.sqrt(2 / np.pi * variance).sum() / len(s))
