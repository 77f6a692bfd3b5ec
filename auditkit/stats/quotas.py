"""Whole rows that come as near to given shares as whole rows can: of a fixed number, by leaving out, by repeating."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats

Ints = NDArray[np.int64]


MOST = 100
"""Copies of a row that are still taken for a balance: beyond it a few rows would speak for all."""


def quotas(n: int, shares: ArrayLike) -> Ints:
    """n rows by shares (K,), each less than one row off, the largest remainders rounded up (Hamilton's method).

    >>> quotas(10, [.45, .55]).tolist(), quotas(100, [.45, .55]).tolist()
    ([5, 5], [45, 55])
    """
    exact = n * _shares(shares)
    whole = np.floor(np.round(exact, 9)).astype(np.int64)
    order = np.argsort(-(exact - whole).round(9), kind="stable")
    whole[order[: n - int(whole.sum())]] += 1
    return whole


def down(rows: ArrayLike, shares: ArrayLike) -> Ints:
    """How many rows (K,) of each level to keep: the most that have these shares with nothing added.

    >>> down([90, 10], [.5, .5]).tolist(), down([9, 45], [.45, .55]).tolist()
    ([10, 10], [9, 11])
    """
    have, share = np.asarray(rows, np.int64), _shares(shares)
    needed = share > 0
    n = math.floor(round(float((have[needed] / share[needed]).min()), 9))
    keep = quotas(n, share)
    while (keep > have).any():  # a remainder that was rounded up past what is there
        n -= 1
        keep = quotas(n, share)
    return keep


def up(rows: ArrayLike, shares: ArrayLike) -> Ints:
    """How many rows (K,) each level should have: the fewest that have these shares with nothing left out.

    >>> up([90, 10], [.5, .5]).tolist(), up([9, 45], [.45, .55]).tolist()
    ([90, 90], [37, 45])
    """
    have, share = np.asarray(rows, np.int64), _shares(shares)
    needed = share > 0
    n = math.ceil(round(float((have[needed] / share[needed]).max()), 9))
    if n > MOST * max(int(have.sum()), 1):
        raise InputError(
            f"To have these shares with nothing left out, {int(have.sum()):,} rows would have to become {n:,}: more "
            f"than {MOST} copies of each. Leave rows out instead, or collect the rare ones."
        )
    want = quotas(n, share)
    while (want < have)[needed].any():
        n += 1
        want = quotas(n, share)
    return want


def _shares(shares: ArrayLike) -> Floats:
    share = np.asarray(shares, float)
    if not (share >= 0).all() or abs(float(share.sum()) - 1) > 1e-6:
        raise InputError(f"Shares lie in [0, 1] and sum to 1; these sum to {float(share.sum()):.4f}.")
    whole: Floats = share / share.sum()
    return whole
