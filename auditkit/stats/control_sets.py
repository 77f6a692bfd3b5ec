"""What sets of words that mean nothing here differ by: the empirical null of a difference of associations."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Floats
from auditkit.core.evidence import UNIT, Ints, Rows
from auditkit.stats.differential_association import associations

SETS = 999


def by_word(values: ArrayLike, words: Ints) -> Floats:
    """The mean of each word's values, over its templates or images: `values` (n,) and `words` (n,) give (W,).

    >>> by_word([.1, .3, .5], np.array([7, 7, 2])).tolist()
    [0.5, 0.2]
    """
    _, place, rows = np.unique(words, return_inverse=True, return_counts=True)
    means: Floats = np.bincount(place, np.asarray(values, float), minlength=len(rows)) / rows
    return means


def values_of(rows: Rows, first: Floats, second: Floats) -> Floats:
    """The s-value of each word: of each unit where rows share them, else of each row; empty without rows."""
    if not len(rows):
        return np.zeros(0)
    values = associations(rows.numbers["vector"], first, second)
    return by_word(values, rows.codes(UNIT)) if UNIT in rows else values


def control_differences(
    values: ArrayLike, sizes: tuple[int, int], rng: np.random.Generator, sets: int = SETS
) -> Floats:
    """Differences of mean between `sets` pairs of disjoint random sets of these sizes, drawn from values (N,).

    Empty where there are fewer values than both sizes together.

    >>> control_differences([1, 1, 1, 5], (1, 3), np.random.default_rng(1), sets=50).max().item()
    4.0
    """
    s, (n, m) = np.asarray(values, float), sizes
    if not (n and m) or len(s) < n + m:
        return np.zeros(0)
    order = rng.random((sets, len(s))).argsort(axis=1)
    differences: Floats = s[order[:, :n]].mean(axis=1) - s[order[:, n : n + m]].mean(axis=1)
    return differences


def expected_d(difference: float, sd: float, n: int, m: int) -> float:
    """WEAT's d of two sets of n and m whose s-values lie `difference` apart and spread by `sd` within each.

    r √(N(N - 1)/nm) with r the correlation of s with membership in a population mixed as the sample is.

    >>> round(expected_d(1.0, 0.5, 1000, 1000), 3)
    1.414
    """
    share = n * m / (n + m) ** 2
    r = difference * np.sqrt(share) / np.sqrt(sd**2 + share * difference**2)
    return float(r * np.sqrt((n + m) * (n + m - 1) / (n * m)))
