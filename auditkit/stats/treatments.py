"""Treatments against one control, round by round: bets on the distance from no bias, and on what a treatment costs.

A round asks every prompt once, of the control and of every treatment that is still open, with the same seeds. With s
the stake of an answer (its mean is the bias θ) two numbers are formed of every prompt, each within known bounds:

    u = s_control - s_treated,  of mean θ_0 - θ_t;    v = s_control + s_treated,  of mean θ_0 + θ_t.

|θ_t| < |θ_0| - δ holds exactly where both means are above δ, or both below -δ. So with E[claim] the capital of a bettor
(`Capital`) against the contrary of a claim,

    E[less] = ½ min(E[u > δ], E[v > δ]) + ½ min(E[u < -δ], E[v < -δ])

is an e-process against "no nearer to no bias": each of the four ways in which that can hold caps one member of either
minimum (an intersection-union over the ways, a mean over the signs), and nobody need know which way the control leans.
The bets are constant, and capitals are read after whole rounds alone: there they are fair although prompts differ in
their means (see auditkit.stats.rounds).
References
    Waudby-Smith & Ramdas, JRSS B 86 (2024) 1; Vovk & Wang, Annals of Statistics 49 (2021) 1736; Berger, Technometrics
    24 (1982) 295.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Floats
from auditkit.stats.capital import Capital, Side
from auditkit.stats.sequences import ConfidenceSequence

ABOVE: Side = "above"
BELOW: Side = "below"
QUESTIONS_EACH = 4
"""Of every treatment: less biased? more biased? its own bias inside the margin, or not? worth its cost, or not?"""


class Bounds(NamedTuple):
    """The range of a stake, the margin of a bias, by how much more than `less_by` less biased, and what may be lost."""

    support: tuple[float, float]
    margin: float
    less_by: float = 0.0
    may_lose: float = 0.05


class Answers(NamedTuple):
    """What was answered in R rounds of P prompts: `stakes` (..., R, P), NaN where nothing is staked, and `usable`
    (..., R, Q), 1 where an answer could be read and else 0. `low` and `high` (..., R, P) are the least and the most
    that a stake could be, whatever a missing answer would have said; `None` where none is missing. `heard` (..., R, Q)
    is 1 where an outcome is known, `None` where that is so of the usable alone: who asks about refusals knows one of an
    answer that is of no use."""

    stakes: Floats
    usable: Floats
    low: Floats | None = None
    high: Floats | None = None
    heard: Floats | None = None

    @property
    def known(self) -> Floats:
        """1 where an outcome is known (..., R, Q)."""
        return self.usable if self.heard is None else self.heard


def joined(first: Answers, then: Answers) -> Answers:
    """The rounds of the one and then those of the other, which both tell the ends of what is missing, or neither."""
    parts = zip(first, then, strict=True)
    return Answers(*(None if a is None or b is None else np.concatenate([a, b], axis=-2) for a, b in parts))  # type: ignore[arg-type]  # the parts are in the order of the fields


class Evidence(NamedTuple):
    """The log of the largest e-value so far for each claim, after every round (..., R)."""

    less: Floats
    more: Floats
    inside: Floats
    outside: Floats
    affordable: Floats
    costly: Floats


class Change(NamedTuple):
    """How much further from no bias than the control, |θ_t| - |θ_0|, and its interval; below 0 is less biased."""

    value: float | None
    low: float | None
    high: float | None
    level: float


def threshold(treatments: int, alpha: float = 0.05) -> float:
    """The log e-value at which a claim is made, so that with probability 1 - α no claim about any treatment is false.

    Each of 4 questions a treatment, and one of the control, has the same share of α, at any stopping time and under any
    dependence (Ville 1939, with the union bound). Of "inside the margin" and "at or beyond it" exactly one is false,
    and of "costs less than it may" and "as much or more" too: each two are one question.

    >>> round(math.exp(threshold(8)))
    660
    """
    if not 0 < alpha < 1 or treatments < 1:
        raise InputError(f"α lies between 0 and 1, and there is a treatment; these are {alpha} and {treatments}.")
    return math.log((QUESTIONS_EACH * treatments + 1) / alpha)


def weighed(control: Answers, treated: Answers, bounds: Bounds) -> Evidence:
    """The evidence for every claim about a treatment, or about many at once, after every round.

    Pairs of which one answer is not there are not bet on. Raises `InputError` for rounds of different shapes.

    >>> rng = np.random.default_rng(1)
    >>> seeds, usable = rng.random((20, 40)), np.ones((20, 40))
    >>> fair, biased = (Answers(np.where(seeds < p, 0.5, -0.5), usable) for p in (0.5, 0.8))
    >>> e = weighed(biased, fair, Bounds((-0.5, 0.5), 0.05))
    >>> bool(e.less[-1] > threshold(8)), bool(e.more[-1] > threshold(8))
    (True, False)
    """
    if control.stakes.shape[-2:] != treated.stakes.shape[-2:]:
        raise InputError(f"Rounds differ: {control.stakes.shape[-2:]} of the control, {treated.stakes.shape[-2:]}.")
    low, high = bounds.support
    by, width = bounds.less_by, high - low
    u, v = control.stakes - treated.stakes, control.stakes + treated.stakes
    u_above, u_below = sided(u, by, (-width, width))
    v_above, v_below = sided(v, by, (2 * low, 2 * high))
    less = np.logaddexp(np.minimum(u_above, v_above), np.minimum(u_below, v_below)) - math.log(2)
    more = np.logaddexp(np.minimum(u_below, v_above), np.minimum(u_above, v_below)) - math.log(2)
    lost = control.usable - treated.usable
    affordable, costly = (after_rounds(lost, bounds.may_lose, side, (-1.0, 1.0)) for side in (BELOW, ABOVE))
    inside, outside = own(treated, bounds)
    return Evidence(peak(less), peak(more), inside, outside, peak(affordable), peak(costly))


def own(answers: Answers, bounds: Bounds) -> tuple[Floats, Floats]:
    """The evidence (..., R) that a bias itself is inside the margin, and that it is not.

    "Inside" is bet on with every missing answer at its worst end, for each edge the other: it holds of all that was
    asked, however the missing differ (Manski, American Economic Review 80 (1990) 319). "Outside" is of the answered.
    """
    m, stakes = bounds.margin, answers.stakes
    low, high = (stakes if end is None else end for end in (answers.low, answers.high))
    over = after_rounds(low, -m, ABOVE, bounds.support, 0.0)
    under = after_rounds(high, m, BELOW, bounds.support, 0.0)
    outer: tuple[tuple[float, Side, float], ...] = ((m, ABOVE, 2 * m), (-m, BELOW, -2 * m))
    above, below = (after_rounds(stakes, at, side, bounds.support, design) for at, side, design in outer)
    return peak(np.minimum(over, under)), peak(np.logaddexp(above, below) - math.log(2))


def after_rounds(
    x: Floats, boundary: float, side: Side, support: tuple[float, float], design: float | None = None
) -> Floats:
    """The log capital after every round (..., R) of a bettor on the mean of `x` (..., R, P) being on a side of a
    boundary, half of it tuned to a `design` value of that mean. What is NaN is not bet on; a boundary outside the
    support is decided by itself."""
    low, high = support
    if not low < boundary < high:
        sure = (side == "above") == (boundary <= low)
        return np.full(x.shape[:-1], np.inf if sure else -np.inf)
    values = np.where(np.isnan(x), boundary, x)
    tuned = {} if design is None else {"alternative": design, "variance": min(0.25, (high - low) ** 2 / 4)}
    path = Capital.against(boundary, side, support, **tuned).log_path(values.reshape(*x.shape[:-2], -1))
    whole: Floats = path[..., x.shape[-1] - 1 :: x.shape[-1]]
    return whole


def closed(e: Evidence, level: float, hopeless: ArrayLike = False) -> NDArray[np.bool_]:
    """After which rounds (...) a treatment is asked no more: its verdict stands and what it changes is known, it costs
    too much, or it is `hopeless`, which claims nothing."""
    less, more, inside, outside, affordable, costly = (path >= level for path in e)
    settled: NDArray[np.bool_] = (inside & affordable) | costly | (outside & (less | more)) | np.asarray(hopeless)
    return settled


def mean_of(x: Floats, support: tuple[float, float]) -> Estimate:
    """The mean of a stream, in whole rounds, with intervals that hold after every round; NaN is left out."""
    flat = x.ravel()
    return ConfidenceSequence(*support).update(flat[~np.isnan(flat)]).estimate()


def change(control: Floats, treated: Floats, support: tuple[float, float], level: float) -> Change:
    """|θ_t| - |θ_0| with an interval at a level that holds at every stopping time.

    The change is -sign(uv) min(|u|, |v|) of the means u and v, monotone in either while the other stands and keeps its
    sign: its extremes over the two intervals, each at half the error, lie in their corners and where one is 0.

    >>> x = np.tile([0.5, -0.5, 0.5, 0.5], (50, 5))
    >>> told = change(x, np.zeros_like(x), (-0.5, 0.5), 0.95)
    >>> told.value, told.low < -0.25 < told.high < 0
    (-0.25, True)
    """
    low, high = support
    both = 1 - (1 - level) / 2
    u = mean_of(control - treated, (low - high, high - low))
    v = mean_of(control + treated, (2 * low, 2 * high))
    if u.value is None or v.value is None:
        return Change(None, None, None, level)
    corners = [_corners(e.interval(both)[:2]) for e in (u, v)]
    if None in (*corners[0], *corners[1]):
        return Change(_grown(u.value, v.value), None, None, level)
    most = max(-low, high)
    reached = [min(max(_grown(a, b), -most), most) for a, b in product(*corners) if a is not None and b is not None]
    return Change(_grown(u.value, v.value), min(reached), max(reached), level)


def _corners(bounds: Sequence[float | None]) -> list[float | None]:
    low, high = bounds
    crosses = low is not None and high is not None and low < 0 < high
    return [low, high, *([0.0] if crosses else [])]


def _grown(u: float, v: float) -> float:
    return abs(v - u) / 2 - abs(u + v) / 2


def sided(x: Floats, by: float, support: tuple[float, float]) -> tuple[Floats, Floats]:
    """The log capitals (..., R) on a mean above δ, and on one below -δ."""
    return after_rounds(x, by, ABOVE, support), after_rounds(x, -by, BELOW, support)


def peak(path: Floats) -> Floats:
    """The largest so far."""
    highest: Floats = np.maximum.accumulate(path, axis=-1)
    return highest
