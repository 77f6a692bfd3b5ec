"""Whether two sets of values differ by more than a random split of both together: every split, counted or drawn."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Floats

ENUMERATED = 20_000
"""Up to so many splits every one is looked at."""
COUNTED = 100
"""Up to so many values the splits are counted on a grid; beyond, they are drawn."""
_BINS = 32_768
_BLOCKS, _BLOCK = 99, 101
_DRAWS = _BLOCKS * _BLOCK
_SEED = 1979


class Permutation(NamedTuple):
    """The p of a permutation test, how many splits there are, and how they were looked at."""

    p: float
    splits: int
    method: str


def permutation_test(x: ArrayLike, y: ArrayLike, two_sided: bool = False) -> Permutation:
    """Test by splits of all n + m whether values x (n,) exceed values y (m,) by more than chance (Fisher 1935).

    p = P(Σ over n of them >= Σ over x), the observed split included, so never 0. Up to 20,000 splits every one is
    looked at. Up to 100 values they are counted: a split falls short of the n largest by a sum of steps, the steps
    are rounded down to a grid, and the splits that fall short by no more than x are counted by dynamic programming; so
    p is never too small, and too large by 2 % of itself at most. Beyond, 9,999 splits are drawn with a fixed seed and
    p = (1 + hits)/10,000 (Phipson & Smyth 2010). Two-sided p is twice the smaller of both tails.

    >>> permutation_test([.9, .8, .7, .6], [.1, .2, .3, .4]).p  # 1 of 70
    0.014285714285714285
    """
    s, t = np.asarray(x, float), np.asarray(y, float)
    splits = comb(len(s) + len(t), len(s))
    if not (len(s) and len(t)):
        return Permutation(1.0, splits, "nothing to compare")
    if splits <= ENUMERATED:
        tail, method = _enumerated, "exact"
    elif len(s) + len(t) <= COUNTED:
        tail, method = _counted, "exact, counted on a grid"
    else:
        tail, method = _drawn, "Monte Carlo"
    p = 2 * min(tail(s, t), tail(t, s)) if two_sided else tail(s, t)
    return Permutation(min(float(p), 1.0), splits, method)


def _enumerated(s: Floats, t: Floats) -> float:
    everyone = np.r_[s, t]
    sums = everyone[np.array(list(combinations(range(len(everyone)), len(s))))].sum(axis=1)
    return float((sums >= s.sum() - 1e-12 * np.abs(everyone).sum()).mean())


def _counted(s: Floats, t: Floats) -> float:
    """Swap k of the n largest for k of the rest: what each costs, on a grid that ends where x falls short."""
    everyone = np.sort(np.r_[s, t])[::-1]
    n = len(s)
    short = everyone[:n].sum() - s.sum() + 1e-12 * np.abs(everyone).sum()
    step = short / _BINS if short > 0 else 1.0
    swaps = min(n, len(t))
    out, into = (_ways(np.abs(part - everyone[n - 1]) / step, swaps) for part in (everyone[:n], everyone[n:]))
    hits = (out * np.cumsum(into, axis=1)[:, ::-1]).sum()
    return float(hits / float(comb(len(everyone), n)))


def _ways(costs: Floats, most: int) -> Floats:
    """In how many ways k of the costs, rounded down, add up to c: (most + 1, bins + 1)."""
    ways = np.zeros((most + 1, _BINS + 1))
    ways[0, 0] = 1
    for done, cost in enumerate(np.floor(costs[costs < _BINS + 1]).astype(int)):
        for k in range(min(done, most - 1), -1, -1):  # from the most: what a cost is added to must not hold it yet
            ways[k + 1, cost:] += ways[k, : _BINS + 1 - cost]
    return ways


def _drawn(s: Floats, t: Floats) -> float:
    rng, everyone = np.random.default_rng(_SEED), np.r_[s, t]
    reached = s.sum() - 1e-12 * np.abs(everyone).sum()
    block = np.tile(everyone, (_BLOCK, 1))  # shuffled row by row: what `permutation` draws one at a time
    sums = (rng.permuted(block, axis=1)[:, : len(s)].sum(axis=1) for _ in range(_BLOCKS))
    hits = sum(int((drawn >= reached).sum()) for drawn in sums)
    return float((1 + hits) / (1 + _DRAWS))
