"""Log odds ratios of one stratum beside the one that all others share: their difference, direction and mirror image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.associations import log_odds_ratios, mantel_haenszel_odds_ratio
from auditkit.stats.contrasts import square_and_add
from auditkit.stats.proportions import Curve


def own_and_rest(table: Floats, others: Floats) -> tuple[Estimate, Estimate]:
    """The log odds ratio of a table (2, 2), and the one that others (k, 2, 2) share by Mantel & Haenszel (1959).

    Where a diagonal of the others is empty, 1/2 is added to each of their cells.

    >>> table = np.array([[20., 10], [10, 20]])
    >>> own, rest = own_and_rest(table, np.stack([table, table]))
    >>> round(own.value, 2), round(rest.value, 2), rest.interval(.95).low > own.interval(.95).low
    (1.39, 1.39, True)
    """
    pooled = mantel_haenszel_odds_ratio(others)
    return log_odds_ratios(table)[0], _log(
        pooled if pooled.value is not None else mantel_haenszel_odds_ratio(others + 0.5)
    )


def shift(own: Estimate, rest: Estimate) -> Estimate:
    """One log odds ratio minus another of other rows, by square-and-add (Zou & Donner 2008).

    >>> table = np.array([[20., 10], [10, 20]])
    >>> shift(*own_and_rest(table, table[None])).value.__round__(6)
    0.0
    """
    curve = square_and_add(Curve.of([own]), Curve.of([rest]))
    reason = own.reason or rest.reason or "no association shows"
    n, n_eff, method = own.n + rest.n, min(own.n_eff, rest.n_eff), "MOVER of Woolf and Mantel-Haenszel"
    return estimates(*curve, n=n, n_eff=n_eff, method=method, reasons=reason)[0]


def oriented(e: Estimate, sign: int) -> Estimate:
    """The estimate itself, or its mirror image where `sign` is negative.

    >>> table = np.array([[20., 10], [10, 20]])
    >>> own, _ = own_and_rest(table, table[None])
    >>> oriented(own, -1).interval(.95).high == -own.interval(.95).low
    True
    """
    value, lower, upper = Curve.of([e])
    curve = (value, lower, upper) if sign > 0 else (-value, -upper, -lower)
    return estimates(*curve, n=e.n, n_eff=e.n_eff, method=e.method, reasons=e.reason)[0]


def direction(e: Estimate) -> int:
    """The sign that an estimate is sure of at 95 %, else 0.

    >>> direction(own_and_rest(np.array([[20., 10], [10, 20]]), np.ones((1, 2, 2)))[0])
    1
    """
    low, high, _ = e.interval(0.95)
    return 1 if low is not None and low > 0 else -1 if high is not None and high < 0 else 0


def true_log_odds(first: ArrayLike, second: ArrayLike) -> Floats:
    """The log odds ratio of two chances, NaN where the first is 0 or 1.

    >>> true_log_odds([.8, 1], [.2, 0]).round(3).tolist()
    [2.773, nan]
    """
    pairs = zip(np.atleast_1d(first).tolist(), np.atleast_1d(second).tolist(), strict=True)
    return np.array([math.log(p * (1 - q) / ((1 - p) * q)) if 0 < p < 1 else math.nan for p, q in pairs])


def _log(odds: Estimate) -> Estimate:
    curve = Curve.of([odds])
    with np.errstate(divide="ignore"):
        return estimates(*(np.log(side) for side in curve), n=odds.n, n_eff=odds.n_eff, method=odds.method)[0]
