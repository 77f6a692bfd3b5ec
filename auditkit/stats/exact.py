"""Exact binomial tails: how surprising a count is under a share."""

from __future__ import annotations

from scipy.special import bdtr, bdtrc


def share_at_least(hits: int, n: int, share: float) -> float:
    """P(X ≥ hits) for X ~ Bin(n, share): small where the true share is surely above.

    >>> round(share_at_least(3, 3, .5), 3)
    0.125
    """
    return 1.0 if hits <= 0 else float(bdtrc(hits - 1, n, share))


def share_at_most(hits: int, n: int, share: float) -> float:
    """P(X ≤ hits) for X ~ Bin(n, share): small where the true share is surely below.

    >>> round(share_at_most(0, 3, .5), 3)
    0.125
    """
    return float(bdtr(hits, n, share))
