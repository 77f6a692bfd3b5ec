"""How well features tell two samples apart on rows that were held out, and how much of one the other cannot support."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates
from auditkit.stats.discrimination import auc
from auditkit.stats.proportions import rates, wilson
from auditkit.stats.weighting import kish

Flags = NDArray[np.bool_]

RIDGE = 10.0
"""The penalty's inverse: six rows of one sample alone are the fewest that a level needs to count as unsupported."""

_Z = np.array(QUANTILES)[:, None]


class Separated(NamedTuple):
    """On the held-out half: the area under the curve, the share of the second sample without support, and n_eff.

    `worth` is what the first sample's held-out rows are worth (of `rows`) once weighted to look like the second.
    """

    auc: Estimate
    unsupported: Estimate
    worth: float
    rows: int

    @property
    def told(self) -> str:
        """How well the two are told apart, in words."""
        low, high, _ = self.auc.interval(0.95)
        if self.auc.value is None or low is None or high is None:
            return f"not defined, {self.auc.reason or 'no interval'}"
        return f"an area under the curve of {self.auc.value:.3f} [{low:.3f}, {high:.3f}]"


def separated(design: Floats, second: ArrayLike, rng: np.random.Generator, least: float = 0.05) -> Separated:
    """Fit P(second | x) by logistic regression on half of the rows, and tell what it does on the other half.

    `design` (n, k), `second` (n,) booleans. Both samples are weighted alike, so that e(x) = P(first | x) does not
    depend on how many rows each has. AUC by DeLong on the held-out half. A row of the second sample is unsupported
    where e(x) < `least`: Wilson's limits, with the shares of rows that are surely or possibly so by the fit's own bands
    (sandwich covariance, White 1982) added in quadrature. Bands hold row by row, so with many features the interval is
    wide.

    >>> rng = np.random.default_rng(1)
    >>> x = np.r_[rng.normal(size=500), rng.normal(3, 1, 500)][:, None]
    >>> told = separated(x, np.arange(1000) >= 500, rng)
    >>> told.auc.value > .95, told.unsupported.value > .5
    (True, True)
    """
    y = np.asarray(second, bool)
    trained = half(design, rng)
    if min(np.bincount(2 * trained + y, minlength=4)) < 2:
        nothing = Estimate.undefined("a sample has next to no rows in one of the halves", n=len(y))
        return Separated(nothing, nothing, 0.0, 0)
    x = np.c_[np.ones(len(y)), design]
    beta, covariance = _fit(x[trained], y[trained])
    score, held = x[~trained] @ beta, y[~trained]
    return Separated(
        auc(score, held, ~held),
        _unsupported(x[~trained][held], beta, covariance, np.log(1 / least - 1)),
        kish(np.exp(np.clip(score[~held], -30, 30))).n_eff,
        int((~held).sum()),
    )


def half(design: Floats, rng: np.random.Generator) -> Flags:
    """A random half of the rows; they are first put in the order of what they hold, whatever order they came in."""
    mask = np.zeros(len(design), bool)
    order = np.lexsort(design.T) if design.shape[1] else np.arange(len(design))
    mask[order[rng.permutation(len(design))[: len(design) // 2]]] = True
    return mask


def _fit(x: Floats, y: Flags) -> tuple[Floats, Floats]:
    """Coefficients, the first of them the intercept, and their sandwich covariance."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=RIDGE, class_weight="balanced", solver="newton-cholesky", max_iter=100)
    model.fit(x[:, 1:], y) if x.shape[1] > 1 else None
    beta = np.r_[model.intercept_, model.coef_[0]] if x.shape[1] > 1 else np.zeros(1)
    weight = np.where(y, len(y) / (2 * y.sum()), len(y) / (2 * (~y).sum()))
    p = 1 / (1 + np.exp(-np.clip(x @ beta, -500, 500)))
    penalty = np.full(len(beta), 1 / RIDGE)
    penalty[0] = 0
    bread = np.linalg.pinv(x.T @ (x * (weight * p * (1 - p))[:, None]) + np.diag(penalty))
    scores = x * (weight * (y - p))[:, None]
    return beta, bread @ (scores.T @ scores) @ bread


def _unsupported(x: Floats, beta: Floats, covariance: Floats, edge: float) -> Estimate:
    """The share of rows beyond the edge; Wilson's arms, and those to the shares surely and possibly beyond it."""
    score = x @ beta
    error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", x, covariance, x), 0)) * _Z
    share, n = float((score > edge).mean()), len(x)
    surely, possibly = ((score + side * error > edge).mean(axis=1) for side in (-1, 1))
    curve = wilson(rates(share * n, n))
    low = share - np.hypot(share - curve.lower[:, 0], share - surely)
    high = share + np.hypot(curve.upper[:, 0] - share, possibly - share)
    bounds = (np.clip(side, 0, 1)[:, None] for side in (low, high))
    return estimates(share, *bounds, n=n, n_eff=n, method="Wilson on held-out rows, and the fit's bands")[0]
