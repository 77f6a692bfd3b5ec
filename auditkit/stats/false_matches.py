"""How often different people are taken for one another at a threshold, and in which group more often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.core.evidence import Ints
from auditkit.stats.proportions import quantiles

Flags = NDArray[np.bool_]

MOST = 2_000
"""So many rows of a group are compared with one another; the rest is not needed for a rate of one in a hundred."""
_TAIL = (1 - np.array(LEVELS)) / 2


class Impostors(NamedTuple):
    """Similarities between the rows of a group (n, n), sorted by subject, and where each of S subjects starts.

    `pairs` (S, S) counts pairs of rows of two subjects; 0 on the diagonal: a person is no impostor of themselves.
    `between` holds the similarity of every such pair once.
    """

    similarity: Floats
    starts: Ints
    pairs: Floats
    between: Floats


class Matches(NamedTuple):
    """The false match rate of a group, the variance of its log, and its subjects."""

    rate: float
    log_variance: float
    subjects: int


def impostors(vectors: ArrayLike, subjects: Ints) -> Impostors:
    """Compare unit vectors (n, d) of subjects (n,) with one another by their cosine."""
    order = np.argsort(subjects, kind="stable")
    x = np.asarray(vectors, float)[order]
    _, starts, rows = np.unique(subjects[order], return_index=True, return_counts=True)
    pairs = np.outer(rows, rows).astype(float)
    np.fill_diagonal(pairs, 0)
    subject = np.repeat(np.arange(len(starts)), rows)
    similarity = x @ x.T
    return Impostors(similarity, starts.astype(np.int64), pairs, similarity[subject[:, None] < subject])


def thresholds(group: Impostors, rates: Sequence[float]) -> list[float]:
    """The similarities that these shares of the group's impostor pairs exceed, each halfway between two of them.

    Raises `InputError` unless 0 < rate < 1.

    >>> people = impostors([[1, 0], [.8, .6], [.6, .8]], np.arange(3))  # similarities .8, .6 and .96
    >>> [round(cut, 2) for cut in thresholds(people, [1 / 3])]
    [0.88]
    """
    if not all(0 < rate < 1 for rate in rates):
        raise InputError(f"A false match rate lies between 0 and 1; this is {', '.join(map(str, rates))}.")
    n = len(group.between)
    places = [n - min(max(round(rate * n), 1), max(n - 1, 1)) for rate in rates]
    cut = np.partition(group.between, [k for place in places for k in (max(place - 1, 0), place)])
    return [float(cut[max(place - 1, 0)] + cut[place]) / 2 for place in places]


def matches(group: Impostors, at: float) -> Matches:
    """The share of impostor pairs more similar than `at`, with the variance of its log over subjects.

    A pair is of two people, and each person is in many pairs. Delete-one-subject jackknife of the share, less what it
    counts twice, the pairs' own Σ (hits - rate · pairs)²: the variance of all pairs that share a subject (Aronow, Samii
    & Assenova 2015; Efron & Stein 1981 on the jackknife's excess), and never below the pairs' own.

    >>> found = matches(impostors(np.eye(3), np.arange(3)), .5)
    >>> found.rate, found.subjects
    (0.0, 3)
    """
    above = (group.similarity > at).astype(float)
    by_rows = np.add.reduceat(above, group.starts, axis=0) if len(group.starts) < len(above) else above
    hits = np.add.reduceat(by_rows, group.starts, axis=1) if len(group.starts) < len(above) else by_rows
    hits[group.pairs == 0] = 0
    total, s = group.pairs.sum() / 2, len(group.starts)
    if total <= 0:
        return Matches(np.nan, np.nan, s)
    rate = float(hits.sum() / 2 / total)
    residual = hits - rate * group.pairs
    own = (residual**2).sum() / 2 / total**2
    left = total - group.pairs.sum(axis=1)
    without = residual.sum(axis=1) / np.where(left > 0, left, np.nan)
    variance = max((s - 1) / s * float((without**2).sum()) - own, own) if s > 2 else np.nan
    return Matches(rate, variance / rate**2 if rate > 0 else np.nan, s)


def false_match_ratio(first: Impostors, second: Impostors, rate: float, at: float | None = None) -> Estimate:
    """Estimate the first group's false match rate over the second's, where the second's is `rate`.

    The threshold is read off the second group, unless `at` says it: then both rates are estimated there. On the log
    scale the variance is V1 + e² V2, e the elasticity of the first rate in the second where the threshold moves, 1
    where it is given; Student's t on Satterthwaite's degrees of freedom over the subjects of both. Where the first
    group has no match the ratio is 0 and its upper bound what S/2 pairs of different people may have missed, 1 - (α/2)^
    (2/S), over the second's rate. The groups share no subject.

    >>> rng = np.random.default_rng(1)
    >>> angle = rng.standard_normal(300)
    >>> close, wide = (np.column_stack([np.cos(t), np.sin(t)]) for t in (angle[:150] / 3, angle[150:]))
    >>> e = false_match_ratio(impostors(close, np.arange(150)), impostors(wide, np.arange(150)), .05)
    >>> 2 < e.interval(.95).low < 3 < e.interval(.95).high
    True
    """
    smaller, rows = min(len(g.starts) for g in (first, second)), sum(len(g.similarity) for g in (first, second))
    if smaller < 2:
        return Estimate.undefined("a group has one person, so no two are different", n=rows)
    (cut,) = thresholds(second, [rate]) if at is None else [at]
    one, two = matches(first, cut), matches(second, cut)
    if not two.rate:
        return Estimate.undefined("no two people of the second group are taken for one another", n=rows)
    moved = elasticity(first, second, rate) if at is None else 1.0
    parts = np.array([one.log_variance, two.log_variance * moved**2])
    df = parts.sum() ** 2 / (parts**2 / (np.array([one.subjects, two.subjects]) - 1)).sum() if parts.all() else np.nan
    half = quantiles(np.array([df]))[:, 0] * np.sqrt(parts.sum())
    value = one.rate / two.rate
    lower, upper = value * np.exp(-half), value * np.exp(half)
    if not one.rate:
        lower, upper = np.zeros(len(LEVELS)), (1 - _TAIL ** (2 / one.subjects)) / two.rate
    method = "false match ratio, pairs that share a person"
    return estimates(value, lower, upper, n=rows, n_eff=smaller, method=method, clusters=smaller)[0]


def elasticity(first: Impostors, second: Impostors, rate: float) -> float:
    """By how many percent the first group's rate moves where the second's moves by one, around the second's `rate`.

    Read between half and twice the rate; 1 where there are no matches to read it from.
    """
    cuts = thresholds(second, [rate / 2, min(rate * 2, (1 + rate) / 2)])
    (low, high), (a, b) = ([float((g.between > cut).mean()) for cut in cuts] for g in (first, second))
    return float(np.log(high / low) / np.log(b / a)) if low > 0 and b > a > 0 else 1.0


def drawn_subjects(subjects: Ints, chosen: Flags, rng: np.random.Generator, most: int = MOST) -> Flags:
    """Rows (n,) of as many of the `chosen` rows' subjects, whole and drawn at random, as have `most` rows between them.

    >>> drawn_subjects(np.array([0, 0, 1, 1, 2]), np.ones(5, bool), np.random.default_rng(1), most=4).sum() in (3, 4)
    True
    """
    people, rows = np.unique(subjects[chosen], return_counts=True)
    if rows.sum() <= most:
        return chosen
    order = rng.permutation(len(people))
    kept = people[order[np.cumsum(rows[order]) <= most]]
    return np.asarray(chosen & np.isin(subjects, kept))
