"""Treatments of a bias that is several numbers at once: each group's rate less that of the rest, or of one group.

With θ_c the gap of comparison c the bias is the largest, max |θ_c|. The capital E[|θ_t,c| < |θ_0,d| - δ] on one gap of
a treatment against one of the control is that of `stats.treatments`; of the largest gaps,

    E[less] = mean over d of min over c of E[|θ_t,c| < |θ_0,d| - δ],
    E[more] = mean over c of min over d of E[|θ_t,c| > |θ_0,d| + δ].

Where "less" is false there is for every d a c, fixed by the truth and by no data, of which the claim is false: its
capital caps the minimum, and the mean of e-processes is one. "Inside" is claimed where every gap is shown to be inside,
which needs no correction, "outside" where one is shown to be outside; each gap of each arm is a question of its own, so
all claims hold together, about the largest gap and about each one.
References
    Vovk & Wang, Annals of Statistics 49 (2021) 1736; Berger, Technometrics 24 (1982) 295.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate, Floats
from auditkit.stats.treatments import (
    ABOVE,
    BELOW,
    Answers,
    Bounds,
    Change,
    Evidence,
    after_rounds,
    change,
    mean_of,
    own,
    peak,
    sided,
)

OTHER_QUESTIONS = 3
"""Of every treatment beside its gaps: less biased? more biased? worth its cost, or not?"""


def shared(treatments: int, gaps: int, alpha: float = 0.05) -> float:
    """The log e-value at which a claim is made, so that with probability 1 - α no claim about any gap is false.

    Every gap of the control and of every treatment is a question, inside the margin or not, and of a treatment there
    are three more: with one gap it is `stats.treatments.threshold`.

    >>> round(math.exp(shared(8, 1))), round(math.exp(shared(3, 4)))
    (660, 500)
    """
    if not 0 < alpha < 1 or min(treatments, gaps) < 1:
        raise InputError(f"α lies between 0 and 1, and there is a treatment and a gap: {alpha}, {treatments}, {gaps}.")
    return math.log(((treatments + 1) * gaps + OTHER_QUESTIONS * treatments) / alpha)


def weighed_together(control: Answers, treated: Answers, bounds: Bounds) -> Evidence:
    """The evidence for every claim about a treatment after every round (..., R), `stakes` (..., C, R, U) of C gaps.

    Of one gap it is that of `stats.treatments.weighed`. Raises `InputError` for rounds of different shapes.

    >>> rng = np.random.default_rng(1)
    >>> p = np.array([0.3, 0.3, 0.7])[:, None, None]
    >>> x = rng.random((3, 40, 30)) < p  # the control: the third group apart
    >>> y = rng.random((3, 40, 30)) < 0.4
    >>> a, b = (Answers(each_with_the_rest(z.astype(float)), np.ones((40, 90))) for z in (x, y))
    >>> e = weighed_together(a, b, Bounds((-1.0, 1.0), 0.15))
    >>> bool(e.less[-1] > shared(3, 3)), bool(e.more[-1] > shared(3, 3)), bool(e.inside[-1] > shared(3, 3))
    (True, False, True)
    """
    if control.stakes.ndim < 3 or control.stakes.shape[-3:] != treated.stakes.shape[-3:]:
        raise InputError(f"Gaps and rounds differ: {control.stakes.shape} of the control, {treated.stakes.shape}.")
    low, high = bounds.support
    by, width = bounds.less_by, high - low
    was, now = (
        control.stakes[..., :, None, :, :],
        treated.stakes[..., None, :, :, :],
    )  # (..., of the control, own, R, U)
    u_above, u_below = sided(was - now, by, (-width, width))
    v_above, v_below = sided(was + now, by, (2 * low, 2 * high))
    nearer = np.logaddexp(np.minimum(u_above, v_above), np.minimum(u_below, v_below)) - math.log(2)
    further = np.logaddexp(np.minimum(u_below, v_above), np.minimum(u_above, v_below)) - math.log(2)
    less, more = _mean(nearer.min(axis=-2), -2), _mean(further.min(axis=-3), -2)
    lost = control.usable - treated.usable
    affordable, costly = (after_rounds(lost, bounds.may_lose, side, (-1.0, 1.0)) for side in (BELOW, ABOVE))
    inside, outside = own(treated, bounds)
    return Evidence(peak(less), peak(more), inside.min(-2), outside.max(-2), peak(affordable), peak(costly))


def changed(control: Floats, treated: Floats, support: tuple[float, float], level: float) -> Change:
    """max |θ_t,c| - max |θ_0,d| with an interval at a level that holds at every stopping time; x (C, R, U).

    It is the largest over c of the smallest over d of |θ_t,c| - |θ_0,d|, and so are its ends, of the C² intervals of
    these, which hold together (Bonferroni).
    """
    grown, own = growth(control, treated), 1 - (1 - level) / len(control) ** 2
    if grown is None:
        return Change(None, None, None, level)
    each = [[change(was, now, support, own) for was in control] for now in treated]
    lows, highs = ([[pair[end] for pair in row] for row in each] for end in (1, 2))
    return Change(grown, _minimax(lows), _minimax(highs), level)


def growth(control: Floats, treated: Floats) -> float | None:
    """How much larger the largest gap is than the control's; `None` where one of them is not known."""
    if not all(np.isfinite(x).any(axis=(1, 2)).all() for x in (control, treated)):
        return None
    was, now = (float(np.abs(np.nanmean(x, axis=(1, 2))).max()) for x in (control, treated))
    return now - was


def _minimax(ends: Sequence[Sequence[float | None]]) -> float | None:
    """The largest of the smallest of each row; `None` where one is not known."""
    told = [[end for end in row if end is not None] for row in ends]
    return max(map(min, told)) if [len(row) for row in told] == [len(row) for row in ends] else None


def widest(estimates: Sequence[Estimate]) -> int:
    """The place of the largest gap; the first where nothing is known."""
    sizes = [-1.0 if e.value is None else abs(e.value) for e in estimates]
    return sizes.index(max(sizes))


def largest(x: Floats, support: tuple[float, float]) -> Estimate:
    """The largest gap of x (C, R, U), either way, with intervals that hold for all of them together, at any stop."""
    every = [mean_of(gap, support) for gap in x]
    e = every[widest(every)]
    bounds = [e.interval(1 - (1 - level) / len(x))[:2] for level in LEVELS]
    lower, upper = (tuple(ends) for ends in zip(*bounds, strict=True))
    return replace(e, lower=lower, upper=upper, method=f"{e.method}, simultaneous over {len(x)} gaps")


def each_with_the_rest(x: Floats) -> Floats:
    """Of G groups' outcomes (G, R, U) the gaps of each less the mean of the others, (G, R, U).

    >>> each_with_the_rest(np.array([[[1.0]], [[0.0]], [[0.0]]])).ravel().tolist()
    [1.0, -0.5, -0.5]
    """
    gaps = [one - np.delete(x, place, axis=0).sum(axis=0) / (len(x) - 1) for place, one in enumerate(x)]
    return np.array(gaps)


def _mean(path: Floats, axis: int) -> Floats:
    """The log of a mean of capitals."""
    whole: Floats = np.logaddexp.reduce(path, axis=axis) - math.log(path.shape[axis])
    return whole
