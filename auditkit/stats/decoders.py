"""Two ways to sample from one model: how far they shift the shares of an attribute, and how much they narrow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.evidence import Tally
from auditkit.stats.class_counts import class_counts
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare
from auditkit.stats.distances import total_variation_between
from auditkit.stats.matched import matched, mean_contrast
from auditkit.stats.standardisation import standardised, stratified


def sharpened(shares: ArrayLike, temperature: float) -> Floats:
    """Shares (..., K) after sampling at a temperature: p^(1/T), renormalised.

    >>> sharpened([.6, .4], .5).round(3).tolist()
    [0.692, 0.308]
    """
    p = np.asarray(shares, float) ** (1 / temperature)
    out: Floats = p / p.sum(axis=-1, keepdims=True)
    return out


class Shifts(NamedTuple):
    """The difference of each of K levels between two arms, notes on it, and rows (2, C, K) by arm and context."""

    each: tuple[Estimate, ...]
    notes: tuple[str, ...]
    counts: Floats


def shifts(tally: Tally, arms: tuple[str, str], levels: Sequence[str]) -> Shifts:
    """Estimate p_a - p_b of each level between two arms, contexts held at their pooled mix.

    Where `item` says which rows of both arms share prompt and seed, each item is compared with itself and there is
    nothing to hold (`mean_contrast`); else by `standardised`, contexts in which one arm is missing left out; without
    contexts by `compare`. Units that arms share are allowed for.

    >>> t = Tally.of({"arm": [*"aabb"], "group": [*"xyxy"]}, n=[70, 30, 60, 40])
    >>> e, = shifts(t, ("a", "b"), ["x"]).each
    >>> [round(v, 3) for v in (e.value, *e.interval(.95)[:2])]
    [0.1, -0.032, 0.227]
    """
    both = tally.where("arm", *arms)
    contexts = both.levels_of("context") if "context" in both else ()
    axis, among = ("context", contexts) if contexts else ("", ())
    counts = np.array([np.atleast_2d(class_counts(both.where("arm", a), "group", levels, axis, among)) for a in arms])
    if "item" in both:
        m = matched(both, "arm", arms, "group", [axis] if axis else [])
        told = [mean_contrast(m, {name: float(name == level) for name in m.levels}, [1.0, -1.0]) for level in levels]
        return Shifts(tuple(told), m.notes, counts)
    if axis:
        told = [standardised(stratified(both, "arm", axis, "group", [k], arms, contexts), *arms) for k in levels]
    else:
        told = [compare(sample(both, "arm", "group", [k], arms), arms[1])[0].difference for k in levels]
    return Shifts(tuple(told), (), counts)


def mean_distance_between(counts: ArrayLike) -> tuple[Estimate, float]:
    """Tell the mean over C contexts of the total variation between two arms (2, C, K), and what noise makes of it.

    One context has the interval of `total_variation_between`. Of several it is the plug-in and described alone.

    >>> e, expected = mean_distance_between([[[30, 20], [40, 10]], [[25, 25], [25, 25]]])
    >>> round(e.value, 2), e.interval(.95)[:2], round(expected, 2)
    (0.2, (None, None), 0.08)
    """
    x, y = np.asarray(counts, float)
    kept = (x.sum(axis=1) > 0) & (y.sum(axis=1) > 0)
    x, y, n = x[kept], y[kept], int(x.sum() + y.sum())
    if not kept.any():
        return Estimate.undefined("no context has both arms", n=n), 0.0
    rows, others = x.sum(axis=1, keepdims=True), y.sum(axis=1, keepdims=True)
    pooled = (x + y) / (rows + others)
    noise = np.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / others) / (2 * np.pi)).sum(axis=1)  # ½ Σ E|error|
    if len(x) == 1:
        return total_variation_between(x[0], y[0])[0], float(noise[0])
    value, nothing = np.abs(x / rows - y / others).sum(axis=1).mean() / 2, np.full((len(LEVELS), 1), np.nan)
    told = estimates(value, nothing, nothing, n=n, n_eff=n, method="total variation, plug-in")
    return told[0], float(noise.mean())
