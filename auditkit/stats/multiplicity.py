"""PLACEHOLDER-HOLM"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p: ArrayLike, alpha: float = 0.05) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Holm's step-down test (Holm 1979): which are rejected, and the confidence level 1 - alpha/(m - rank) of each.

    >>> holm([.001, .04, .03], .05)[0].tolist()
    [True, False, False]
    """
    values = np.asarray(p, float)
    m = len(values)
    order = np.argsort(values, kind="stable")
    share = alpha / (m - np.arange(m))
    kept = np.cumprod(values[order] <= share).astype(bool)
    rejected, level = np.zeros(m, bool), np.zeros(m)
    rejected[order], level[order] = kept, 1 - share
    return rejected, level
