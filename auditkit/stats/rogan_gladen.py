"""Rates that a fallible annotator read, put right by its sensitivity and specificity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats, estimates
from auditkit.stats.misclassification import (
    ENOUGH_CHECKED,
    ENOUGH_RARE,
    Corrected,
    beta_limits,
    counted,
    size_caps,
    withheld,
)
from auditkit.stats.proportions import Curve, rates, wilson

_QUOTED = f"the annotator's error rates are only quoted; {ENOUGH_CHECKED} checked rows of each group are needed"
_NO_BETTER = "the annotator is no better than chance: sensitivity + specificity is at most 1"


def rogan_gladen(hits: ArrayLike, n: ArrayLike, checked: ArrayLike, levels: Sequence[str] | None = None) -> Corrected:
    """Estimate true rates from annotated ones and an annotator's sensitivity and specificity, both counted.

    (q + Sp - 1) / (Se + Sp - 1), clipped to [0, 1] (Rogan & Gladen 1978), with q = `hits` / `n` (k,) and `checked`
    (k, 2, 2) counting [annotated, true] among other rows whose truth is known: from elsewhere, in any proportion, or a
    random part of the same rows. In the second case `corrected_rates` is narrower, and so, at a rate of .05, are the
    checked rows alone.

    Bounds are the rates θ where q - θ Se - (1 - θ)(1 - Sp) touches 0 by square-and-add on the limits of q, Se and Sp
    (Fieller's construction; Jeffreys, or Clopper-Pearson below 15 of either truth). Lang & Reiczigel's interval (2014)
    is as wide where both truths are frequent, and covers .92 where one is rare. Undefined where Se + Sp ≤ 1. Below 100
    checked rows caps withhold both verdicts.

    >>> e, = rogan_gladen([640], [2000], [[[190, 5], [10, 95]]]).rates
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.3, 0.261, 0.336]
    """
    c = counted(hits, n, checked)
    positives, wrong = c.yes_true + c.no_true, c.yes - c.yes_true
    negatives, unchecked = c.checked - positives, c.rows - c.checked
    exact = np.minimum(positives, negatives) < ENOUGH_RARE
    parts = ((c.hits - c.yes, unchecked), (c.yes_true, positives), (wrong, negatives))
    curve = _inverted(*(beta_limits(rates(x, size).value, size, exact) for x, size in parts))
    empty = (positives == 0) | (negatives == 0) | (unchecked == 0)
    reasons = np.where(empty, "there are no true yes, no true no, or no annotated rows", _NO_BETTER)
    size = np.minimum(c.checked, unchecked)
    told = estimates(*curve, n=c.rows, n_eff=size, method="Rogan-Gladen", reasons=reasons.tolist())
    return Corrected(told, size_caps(c.checked, levels))


def quoted_rates(hits: ArrayLike, n: ArrayLike, sensitivity: ArrayLike, specificity: ArrayLike) -> Corrected:
    """Estimate true rates with a sensitivity and a specificity that somebody states: never enough for a verdict.

    Rogan & Gladen (1978) on Wilson's limits of `hits` / `n` (k,), taking both stated rates (k,) as exact. That stated
    numbers hold for these rows is unknown, so the caps of every group withhold both verdicts. Raises `InputError` for a
    rate outside [0, 1].

    >>> c = quoted_rates(320, 1000, .95, .95)
    >>> round(c.rates[0].value, 3), [cap.withholds for cap in c.caps[0]]
    (0.3, ['PASS', 'FAIL'])
    """
    given = (np.atleast_1d(np.asarray(a, float)) for a in (hits, n, sensitivity, specificity))
    x, size, se, sp = np.broadcast_arrays(*given)
    if not ((se >= 0) & (se <= 1) & (sp >= 0) & (sp <= 1)).all():
        raise InputError("A sensitivity and a specificity lie between 0 and 1.")
    q = wilson(rates(x, size))
    known = [Curve(rate, *[np.broadcast_to(rate, q.lower.shape)] * 2) for rate in (se, 1 - sp)]
    reasons = np.where(size > 0, _NO_BETTER, "no annotated rows").tolist()
    told = estimates(*_inverted(q, *known), n=size, n_eff=size, method="Rogan-Gladen, quoted", reasons=reasons)
    return Corrected(told, (withheld(_QUOTED),) * len(told))


def _inverted(q: Curve, se: Curve, wrong: Curve) -> Curve:
    """The rates at which q - θ Se - (1 - θ) (1 - Sp) touches 0; NaN where Se + Sp ≤ 1."""
    youden = se.value - wrong.value
    better = np.where(youden > 0, youden, np.nan)
    value = np.clip((q.value - wrong.value) / better, 0, 1)
    fall = (q.value - q.lower, se.upper - se.value, wrong.upper - wrong.value)
    rise = (q.upper - q.value, wrong.value - wrong.lower, se.value - se.lower)
    return Curve(value, _edge(q.value - wrong.value, better, *fall), 1 - _edge(se.value - q.value, better, *rise))


def _edge(distance: Floats, youden: Floats, share: Floats, hit: Floats, miss: Floats) -> Floats:
    """The only root in [0, 1] of distance - θ youden = √(share² + θ² hit² + (1 - θ)² miss²); 0 where there is none.

    The left side falls in a line and the right is convex, so the root that the first line reaches is the only one.
    """
    square = youden**2 - hit**2 - miss**2
    linear = distance * youden - miss**2
    constant = distance**2 - share**2 - miss**2
    root = linear + np.sqrt(np.clip(linear**2 - square * constant, 0, None))
    inside = (distance > 0) & (constant > 0)
    edge = np.minimum(np.divide(constant, root, out=np.zeros_like(root), where=inside), 1)
    return np.where(np.isnan(youden), np.nan, edge)
