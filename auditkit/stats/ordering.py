"""Whether those who were selected stand in the order of their frame as a random sample would."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import kolmogi

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import rates, wilson

_TAIL = (1 - np.array(LEVELS)) / 2


class OrderDistance(NamedTuple):
    """The distance, the position `at` which it is reached, and whether the selected come `earlier` there."""

    estimate: Estimate
    at: float | None = None
    earlier: bool = False


class Step(NamedTuple):
    """The commonest step from one selected row to the next in the order, and its share of all steps."""

    size: int
    share: float


def order_distance(positions: ArrayLike, selected: ArrayLike) -> OrderDistance:
    """Estimate D = max |F of the selected - F of the frame| over positions, the frame being all rows (Kolmogorov 1933).

    `positions` (n,) numbers, `selected` (n,) booleans. D = (1 - f) max |F_s - F_u|, F_u of those not selected and f the
    sampled fraction: 0 for a random sample in expectation of F, 1 - f where the first k were taken. The lower limit
    holds for all positions at once, D - K √((1 - f)/n_s), K the quantile of Kolmogorov's distribution: the factor
    1 - f is the finite population's. At the upper limit one position is enough: Newcombe's (1998) at the largest
    difference. So the interval is wide at both ends, never short.

    >>> told = order_distance(range(100), [i < 20 for i in range(100)])
    >>> round(told.estimate.value, 2), told.earlier, told.at
    (0.8, True, 19.0)
    """
    x, chosen = np.asarray(positions, float), np.asarray(selected, bool)
    n, picked = len(x), int(chosen.sum())
    if not 0 < picked < n:
        return OrderDistance(Estimate.undefined("everybody was selected" if picked else "nobody was selected", n=n))
    distinct, place = np.unique(x, return_inverse=True)
    if len(distinct) < 2:
        return OrderDistance(Estimate.undefined("all positions are the same", n=n))
    ours, rest = (np.bincount(place[mask], minlength=len(distinct)).cumsum() for mask in (chosen, ~chosen))
    apart = ours / picked - rest / (n - picked)
    at = int(np.abs(apart).argmax())
    earlier, left = bool(apart[at] >= 0), 1 - picked / n
    curves = [wilson(rates(part[at], total)) for part, total in ((ours, picked), (rest, n - picked))]
    one = newcombe(*(curves if earlier else curves[::-1]))
    value = left * abs(float(apart[at]))
    lower = value - kolmogi(_TAIL) * np.sqrt(left / picked)
    bounds = (np.clip(lower, 0, 1)[:, None], np.clip(left * one.upper, value, left))
    told = estimates(value, *bounds, n=n, n_eff=picked, method="Kolmogorov below, Newcombe above")[0]
    return OrderDistance(told, float(distinct[at]), earlier)


def commonest_step(positions: ArrayLike, selected: ArrayLike) -> Step | None:
    """Tell the commonest step between selected rows in the order of `positions` (n,); `None` for fewer than two.

    Random selection of a fraction f takes a step of s with probability f (1 - f)^(s - 1), never more than 1/4 for any
    s above 1; systematic selection takes one step always.

    >>> commonest_step(range(100), [i % 5 == 0 for i in range(100)])
    Step(size=5, share=1.0)
    """
    order = np.argsort(np.asarray(positions, float), kind="stable")
    steps: NDArray[np.int64] = np.diff(np.flatnonzero(np.asarray(selected, bool)[order]))
    if not len(steps):
        return None
    counts = np.bincount(steps)
    return Step(int(counts.argmax()), float(counts.max() / len(steps)))


def early_positions(dose: float, n: int, fraction: float, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """Draw positions (n,) on 0 to 1 and who was selected: the next in order with chance `dose`, else anyone later.

    Of the selected a share `dose` lies evenly below c = `dose` · `fraction`, where nobody is left out, all others lie
    evenly above c: max |F_s - F_u| is `dose`, whatever n.
    """
    picked = round(n * fraction)
    c = dose * picked / n
    early = rng.random(picked) < dose
    low = np.r_[np.where(early, 0.0, c), np.full(n - picked, c)]
    high = np.r_[np.where(early, c, 1.0), np.ones(n - picked)]
    return low + (high - low) * rng.random(n), np.arange(n) < picked
