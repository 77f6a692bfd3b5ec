"""Weights: what they cost, how they are made to fit known totals, and the variance that replicate weights carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.proportions import Rates, wilson

TOLERANCE = 1e-10
_ROUNDS = 5000


class Kish(NamedTuple):
    """The design effect of weights and the rows that are left of n."""

    design_effect: float
    n_eff: float


def kish(weights: ArrayLike) -> Kish:
    """What unequal weights cost: deff = n Σw² / (Σw)² = 1 + CV², and n_eff = (Σw)²/Σw² (Kish 1965).

    Weights of 0 take no part. Raises `InputError` for weights that are negative or not numbers, or all 0.

    >>> kish([1, 1, 1, 3])
    Kish(design_effect=1.3333333333333333, n_eff=3.0)
    """
    w = _checked(weights)
    w = w[w > 0]
    n_eff = float(w.sum() ** 2 / (w @ w))
    return Kish(len(w) / n_eff, n_eff)


def post_stratified(weights: ArrayLike, stratum: ArrayLike, shares: ArrayLike) -> Floats:
    """Scale weights until each stratum has its known share of their unchanged sum, w · share_k Σw / Σ_k w.

    `weights` (n,), `stratum` (n,) of numbers from 0, `shares` (K,) of the population. Raises `InputError` where a
    stratum with a share has no rows, or rows are in a stratum without one.

    >>> post_stratified([1, 1, 1, 1], [0, 0, 0, 1], [.5, .5]).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    return raked(weights, [stratum], [shares])


def raked(weights: ArrayLike, margins: Sequence[ArrayLike], shares: Sequence[ArrayLike]) -> Floats:
    """Scale weights until every margin has its known shares at once (Deming & Stephan 1940; Deville & Särndal 1992).

    Each of `margins` (n,) numbers the levels of a variable from 0, each of `shares` (K,) gives their shares of the
    population. Iterative proportional fitting: margin after margin is post-stratified until all shares hold to 1e-10.
    The result minimises Σ v log(v/w) - v + w among all weights v with these margins; it keeps the sum of `weights`.
    Raises `InputError` where a level with a share has no rows, rows are in a level without one, shares do not sum to 1,
    or no weights can meet all margins.

    >>> v = raked([1, 1, 1, 1], [[0, 0, 1, 1], [0, 1, 0, 1]], [[.6, .4], [.3, .7]])
    >>> v.round(3).tolist()
    [0.72, 1.68, 0.48, 1.12]
    """
    w = _checked(weights)
    if len(margins) != len(shares):
        raise InputError(f"Each margin needs its shares: there are {len(margins)} margins and {len(shares)} shares.")
    known = [_margin(w, m, s, i) for i, (m, s) in enumerate(zip(margins, shares, strict=True))]
    total, v = w.sum(), w / w.sum()
    for _ in range(_ROUNDS):
        worst = 0.0
        for code, share in known:
            now = np.bincount(code, v, minlength=len(share))
            worst = max(worst, float(np.abs(now - share).max()))
            v = v * np.divide(share, now, out=np.zeros_like(share), where=now > 0)[code]
        if worst <= TOLERANCE:
            return np.asarray(v * total, float)
    raise InputError(
        "The weights cannot meet all margins together: combinations of levels that the margins need have no rows. "
        f"After {_ROUNDS} rounds a share is still off by {worst:.2g}. Merge levels, or rake on fewer variables."
    )


def _checked(weights: ArrayLike) -> Floats:
    w = np.atleast_1d(np.asarray(weights, float))
    if not np.isfinite(w).all() or (w < 0).any():
        raise InputError("Weights are numbers of at least 0; some are negative or missing.")
    if not w.any():
        raise InputError("There are no weights above 0.")
    return w


def _margin(w: Floats, levels: ArrayLike, shares: ArrayLike, which: int) -> tuple[NDArray[np.int64], Floats]:
    """One margin, checked: codes and shares."""
    code, share = np.asarray(levels, np.int64), np.asarray(shares, float)
    name = f"margin {which + 1}"
    if code.shape != w.shape or code.min(initial=0) < 0 or code.max(initial=0) >= len(share):
        raise InputError(f"In {name} every row needs a level from 0 to {len(share) - 1}.")
    if not (share >= 0).all() or abs(share.sum() - 1) > 1e-6:
        raise InputError(f"Shares lie in [0, 1] and sum to 1; those of {name} sum to {share.sum():.4f}.")
    rows = np.bincount(code, w, minlength=len(share))
    empty = np.flatnonzero((rows == 0) & (share > 0)).tolist()
    if empty:
        raise InputError(
            f"In {name} level {empty[0]} has a share of {share[empty[0]]:.4g} and no rows to carry it. Merge it with "
            "another level, or leave it out and say that it is not covered."
        )
    if ((rows > 0) & (share == 0)).any():
        lost = int(np.flatnonzero((rows > 0) & (share == 0))[0])
        raise InputError(f"In {name} level {lost} has rows and a share of 0. Leave those rows out, or give it a share.")
    return code, share / share.sum()


Kind = Literal["BRR", "JK1", "JKn"]


def replicate_rate(
    hits: ArrayLike, weights: ArrayLike, replicates: ArrayLike, kind: Kind, factor: float | ArrayLike | None = None
) -> Estimate:
    """Estimate a rate Σwx/Σw whose design is only known by replicate weights, `replicates` (n, R) (Wolter 2007).

    var = Σ c_r (p_r - p)², with c = 1/R for balanced repeated replication, 1/(R (1 - factor)²) with Fay's `factor`;
    (R - 1)/R for the delete-one jackknife JK1; for the stratified JKn `factor` (R,) gives every c_r, (n_h - 1)/n_h.
    Wilson's interval on p(1 - p)/var rows and Student's t; its degrees of freedom are the rank of the replicate weights
    less 1, which are the clusters less the strata of the hidden design; `clusters` is one more. Raises `InputError` for
    shapes that do not fit.

    >>> x, w = [1, 0, 1, 1], [1, 1, 1, 1]
    >>> e = replicate_rate(x, w, 4 / 3 * (1 - np.eye(4)), "JK1")
    >>> e.value, round(e.n_eff, 6)
    (0.75, 3.0)
    """
    x, w, many = np.asarray(hits, float), _checked(weights), np.asarray(replicates, float)
    if x.shape != w.shape or many.ndim != 2 or len(many) != len(w):
        raise InputError(f"Replicate weights need a row for each of the {len(w)} weights; got {many.shape}.")
    p, sums = float(w @ x / w.sum()), many.sum(axis=0)
    if not (sums > 0).all():
        raise InputError("A replicate has no weight at all.")
    moved = x @ many / sums - p
    variance = float(_coefficients(kind, many.shape[1], factor) @ moved**2)
    df, n = float(np.linalg.matrix_rank(many)) - 1, int((w > 0).sum())
    worth = min(p * (1 - p) / variance, float(n)) if variance > 0 else df + 1
    rate = Rates(*(np.array([part]) for part in (p, float(n), worth, df)))
    return estimates(*wilson(rate), n=n, n_eff=worth, method=f"Wilson, {kind} replicates", clusters=int(df) + 1)[0]


def _coefficients(kind: Kind, count: int, factor: float | ArrayLike | None) -> Floats:
    if kind == "JKn":
        c = np.asarray(factor if factor is not None else [], float)
        if c.shape != (count,):
            raise InputError(f"The stratified jackknife needs a factor for each of its {count} replicates.")
        return c
    if kind == "JK1":
        return np.full(count, (count - 1) / count)
    fay = float(np.asarray(factor or 0.0))
    if not 0 <= fay < 1:
        raise InputError(f"Fay's factor lies in [0, 1); this one is {fay}.")
    return np.full(count, 1 / (count * (1 - fay) ** 2))
