"""Rates of many small cells pulled towards their family, to rank and to show them; never to judge them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, expit, logit, ndtri

from auditkit.core.estimate import Floats

_MANY = 200
_ZOOMS = 8
_ENOUGH = 60
_IN_SIGHT = 25
_NEGLIGIBLE = 12.0
_STEPS = 40
_CLOSE = 1e-8
Box = tuple[tuple[float, float], tuple[float, float]]


class Shrunken(NamedTuple):
    """k cells: raw `hits` and `n`, the shrunken `value` with its posterior interval, and the family's mean and weight.

    `weight` is the number of rows that the family counts for in every cell. There is no `Estimate` in it, so that no
    rule can judge it: a small cell that differs is drawn towards the others, and its raw counts belong beside it.
    """

    hits: Floats
    n: Floats
    value: Floats
    lower: Floats
    upper: Floats
    mean: float
    weight: float


def shrink(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> Shrunken | None:
    """Shrink the rates of k cells of one family towards its mean by the beta-binomial model, for ranking and display.

    p_i ~ Beta(μM, (1 - μ)M) and hits_i ~ Bin(n_i, p_i); μ uniform and the shrinkage n/(n + M) of the smallest cell
    uniform in (0, 1) (Christiansen & Morris 1997), which shrinks too little rather than too much. The value is the
    posterior mean and the interval the middle `level` of the posterior, summed over a grid of (μ, M): read at the best
    (μ, M) alone it is too short (Morris 1983). It holds on average over the cells of an exchangeable family and for
    whichever of them its hits single out, the worst included; it does not hold for each cell, and no verdict may rest
    on it. A cell without rows gets the family's prediction. `hits` and `n` (k,) may be weighted. `None` where there
    are no rows at all.

    >>> s = shrink([0, 4, 30], [5, 12, 100])
    >>> s.value.round(2).tolist(), round(s.mean, 2)
    ([0.19, 0.31, 0.3], 0.29)
    """
    x, total = (np.asarray(a, float) for a in np.broadcast_arrays(np.atleast_1d(hits), np.atleast_1d(n)))
    if not total.sum() > 0:
        return None
    mu, m, weight = _family(x, total)
    cells, place = np.unique(np.stack([x, total]), axis=1, return_inverse=True)
    a, b = (mu * m)[:, None] + cells[0], ((1 - mu) * m)[:, None] + cells[1] - cells[0]
    value = weight @ (a / (a + b))
    lower, upper = (_quantile(a, b, weight, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    value, lower, upper = (side[place.ravel()] for side in (value, lower, upper))
    return Shrunken(x, total, value, lower, upper, float(weight @ mu), float(1 / (weight @ (1 / m))))


def _quantile(a: Floats, b: Floats, weight: Floats, tail: float) -> Floats:
    """Where `weight` @ Beta(a, b) (nodes, cells) holds so much of its mass: Newton's steps on a nearly straight line.

    That line is the normal score of the mass below against logit p; a step that leaves the bracket halves it instead.
    """
    low, high, x = np.full(a.shape[1], -40.0), np.full(a.shape[1], 40.0), logit(weight @ (a / (a + b)))
    wanted, norm = ndtri(tail), betaln(a, b)
    for _ in range(_STEPS):
        p = expit(x)
        mass = np.clip(weight @ betainc(a, b, p), 1e-300, 1 - 1e-16)
        low, high = np.where(mass < tail, x, low), np.where(mass < tail, high, x)
        score = ndtri(mass)
        density = weight @ np.exp(a * np.log(p) + b * np.log(expit(-x)) - norm)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            stepped = x - (score - wanted) * np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi) / density
        before, x = x, np.where((low <= stepped) & (stepped <= high), stepped, (low + high) / 2)
        if np.abs(x - before).max(initial=0.0) < _CLOSE:
            break
    out: Floats = expit(x)
    return out


def _family(x: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Nodes μ and M with their posterior weights, on a grid in their logits that is drawn closer to where it is.

    The best few nodes stay in sight even where one of them outweighs all others: seen from a wrong μ the best M is
    wrong too. Many cells leave a posterior so nearly normal that a coarse grid sums it exactly.
    """
    box = ((-12.0, 12.0), (-9.0, 9.0))
    for _ in range(_ZOOMS):
        log, nodes = _posterior(x, n, box, 24)
        kept = log > -_NEGLIGIBLE
        if kept.sum() >= _ENOUGH:
            break
        kept |= log >= np.partition(log, -_IN_SIGHT)[-_IN_SIGHT]
        box = _around(nodes[:, kept], box)
    log, (u, v) = _posterior(x, n, _around(nodes[:, kept], box), 10 if len(n) >= _MANY else 20)
    kept = log > -_NEGLIGIBLE
    weight = np.exp(log[kept])
    return expit(u[kept]), _smallest(n) * np.exp(-v[kept]), weight / weight.sum()


def _around(nodes: Floats, box: Box) -> Box:
    """The box of these nodes of a 24 x 24 grid, and one step more."""
    low, high = nodes.min(axis=1), nodes.max(axis=1)
    (a, b), (c, d) = ((low[i] - (end - start) / 23, high[i] + (end - start) / 23) for i, (start, end) in enumerate(box))
    return (float(a), float(b)), (float(c), float(d))


def _posterior(x: Floats, n: Floats, box: Box, nodes: int) -> tuple[Floats, Floats]:
    """Log density, 0 at its largest, at the nodes (2, nodes²) of a grid in logit μ and logit shrinkage."""
    u, v = (axis.ravel() for axis in np.meshgrid(*(np.linspace(*side, nodes) for side in box), indexing="ij"))
    log = _log_likelihood(x, n, expit(u), _smallest(n) * np.exp(-v)) + np.log(
        expit(u) * expit(-u) * expit(v) * expit(-v)
    )
    return log - log.max(), np.stack([u, v])


def _smallest(n: Floats) -> float:
    return float(n[n > 0].min())


def _log_likelihood(x: Floats, n: Floats, mu: Floats, m: Floats) -> Floats:
    """Σ log B(μM + x, (1 - μ)M + n - x) - log B(μM, (1 - μ)M), cells with equal counts computed once."""
    cells, times = np.unique(np.stack([x, n])[:, n > 0], axis=1, return_counts=True)
    a, b = mu * m, (1 - mu) * m
    total = -times.sum() * betaln(a, b)
    for (hit, size), count in zip(cells.T, times, strict=True):
        total = total + count * betaln(a + hit, b + size - hit)
    out: Floats = total
    return out
