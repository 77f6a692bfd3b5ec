"""Does a score mean what it says? Calibration in the large, and the calibration slope, from binned scores."""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from auditkit.core.estimate import QUANTILES, Estimate, estimates
from auditkit.stats.contrasts import newcombe
from auditkit.stats.discrimination import logit_slope
from auditkit.stats.proportions import Rates, wilson
from auditkit.stats.score_bins import ScoreBins


def calibration_in_the_large(bins: ScoreBins) -> Estimate:
    """Estimate the mean score minus the rate of positives, for scores that are probabilities (Cox 1958).

    It is the sum of s over negatives less that of 1 - s over positives, both over n, and the interval is Newcombe's
    (1998b) on the two: for each part m Wilson's on m(1 - m)n/Var rows, variances and correlation exact from the sums
    that the bins keep. No variance counts as less than 1/4n, that of one row which misses by 1/2, unless m(1 - m) is
    less: a score that never missed may yet. Student's t on s - y covers as little as 24 % where misses are rare.

    >>> e = calibration_in_the_large(ScoreBins.of([.1, .4, .35, .8] * 50, [0, 0, 1, 1] * 50))
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [-0.088, -0.142, -0.034]
    """
    n, hits = bins.positives.sum() + bins.negatives.sum(), bins.positives.sum()
    reason = _why_undefined(bins)
    if reason:
        return Estimate.undefined(reason, n=int(n))
    over = bins.total.sum() - bins.hits.sum(), bins.squares.sum() - bins.hit_squares.sum()
    under = hits - bins.hits.sum(), hits - 2 * bins.hits.sum() + bins.hit_squares.sum()
    first, second = (_part(*sums, n) for sums in (over, under))
    spread = np.prod([squares / n - (total / n) ** 2 for total, squares in (over, under)])
    rho = -over[0] * under[0] / n**2 / np.sqrt(spread) if spread > 1e-18 else 0.0
    curve = newcombe(wilson(first), wilson(second), max(rho, -1.0))
    return estimates(*curve, n=n, n_eff=n, method="Newcombe, over- less under-shoot")[0]


def _part(total: float, squares: float, n: float) -> Rates:
    """A mean of numbers in [0, 1] as a proportion of the rows it is worth."""
    mean = min(max(total / n, 0.0), 1.0)
    widest = mean * (1 - mean)
    variance = max(squares / n - mean**2, min(widest, 1 / (4 * n)))
    worth = n * widest / variance if widest > 0 else n
    return Rates(*(np.array([part], float) for part in (mean, n, worth, np.inf)))


def calibration_slope(bins: ScoreBins) -> Estimate:
    """Estimate b in logit P(positive) = a + b·logit(score): 1 if calibrated, below 1 if too extreme (Cox 1958).

    Maximum likelihood with each bin at its mean score, normal interval. A mean score of exactly 0 or 1 has no logit:
    those rows take no part, and `method` counts them. Undefined where `logit_slope` is.

    >>> rng = np.random.default_rng(1)
    >>> linear = rng.normal(size=4000)
    >>> e = calibration_slope(ScoreBins.of(1 / (1 + np.exp(-2 * linear)), rng.random(4000) < 1 / (1 + np.exp(-linear))))
    >>> e.interval(.95).low < .5 < e.interval(.95).high
    True
    """
    rows = bins.positives + bins.negatives
    reason = _why_undefined(bins)
    if reason:
        return Estimate.undefined(reason, n=int(rows.sum()))
    mean = np.divide(bins.total, rows, out=np.zeros_like(rows), where=rows > 0)
    inner = (mean > 0) & (mean < 1)
    lost = int(rows.sum() - rows[inner].sum())
    slope = logit_slope(logit(mean[inner]), bins.positives[inner], bins.negatives[inner])
    method = "logit slope" + (f", {lost} scores of 0 or 1 left out" if lost else "")
    if slope.value is None or slope.se is None:
        return Estimate.undefined(slope.reason or "the slope has no standard error", n=slope.n, method=method)
    half = np.array(QUANTILES)[:, None] * slope.se
    return estimates(slope.value, slope.value - half, slope.value + half, n=slope.n, n_eff=slope.n, method=method)[0]


def _why_undefined(bins: ScoreBins) -> str | None:
    if bins.lowest.min() < 0 or bins.highest.max() > 1:
        return "scores outside 0 to 1 are not probabilities"
    return None if bins.positives.sum() + bins.negatives.sum() else "no rows"
