"""Combinations of attributes that the data do not cover: maximal uncovered patterns over counted cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainccinv, betaincinv

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate, Floats, estimates
from auditkit.stats.cubes import Attributes, Cube, check_size, marginal_tables

Pattern = tuple[tuple[int, int], ...]
"""Attribute and level code of each fixed attribute, in order; all others are free."""

Mask = NDArray[np.bool_]
Tables = Mapping[Attributes, Floats]

_ALPHA = 1 - 0.95


class Uncovered(NamedTuple):
    """A maximal uncovered pattern, its number of rows, and in relative mode its representation ratio."""

    pattern: Pattern
    rows: int
    ratio: Estimate | None = None


class Search(NamedTuple):
    """The maximal `uncovered` patterns, most general first, how many patterns were `visited` to find them, and in
    relative mode how many the intervals allow for (`compared`) and the `lowest` representation ratio of all those."""

    uncovered: tuple[Uncovered, ...]
    visited: int
    compared: int | None = None
    lowest: Estimate | None = None


def uncovered_patterns(cube: Cube, threshold: float = 30, depth: int = 3) -> Search:
    """Find the most general patterns with fewer than `threshold` rows, fixing at most `depth` attributes.

    A pattern is maximal uncovered if it is uncovered and none of its generalisations is (Asudeh, Jin & Jagadish 2019).
    The lattice is walked top-down: since counts only fall, nothing below an uncovered pattern is looked at. This counts
    the rows at hand and infers nothing; combinations that are rightly rare are found too. Raises `InputError` where
    the levels of attributes to be crossed make more than 2²⁴ combinations.

    >>> cube = Cube.of([[0, 0], [0, 1], [1, 0]], [500, 480, 520])
    >>> uncovered_patterns(cube).uncovered
    (Uncovered(pattern=((0, 1), (1, 1)), rows=0, ratio=None),)
    """
    counts: dict[Attributes, Floats] = {}

    def uncovered(wanted: Sequence[Attributes]) -> Mapping[Attributes, Mask]:
        counts.update(marginal_tables(cube, wanted))
        return {attributes: counts[attributes] < threshold for attributes in wanted}

    found, visited = _walk(cube.sizes, depth, uncovered)
    return Search(tuple(Uncovered(pattern, round(_at(counts, pattern))) for pattern in found), visited)


def underrepresented_patterns(
    cube: Cube, reference: Cube | Sequence[ArrayLike], ratio: float = 0.8, depth: int = 3
) -> Search:
    """Find the most general patterns whose share is surely below `ratio` times their share in the reference.

    `reference` is a cube of the same attributes and levels, or the shares of each attribute's levels, taken as
    independent of one another; its weights are taken as known and made to sum to 1.

    The representation ratio of a pattern with x of n rows is (x/n)/π; the interval is Clopper & Pearson's (1934) at
    level 1 - (1 - level)/K, so that all K patterns hold together. K is Tarone's (1990): a pattern that would not be
    uncovered at .95 even with a count of 0 is out of the running, which n and π alone decide; K is the smallest number
    not below that of the others. How many were visited depends on the counts, so it corrects for nothing. A pattern is
    uncovered if its upper bound at .95 is below `ratio`, and is told if no generalisation of it is uncovered. `lowest`
    estimates the smallest true ratio of the K. Rows are independent.

    >>> cube = Cube.of([[0, 0], [0, 1], [1, 0], [1, 1]], [480, 300, 200, 20])
    >>> found = underrepresented_patterns(cube, Cube.of(cube.codes, [.4, .2, .2, .2]))
    >>> [(u.pattern, round(u.ratio.value, 2), round(u.ratio.interval(.95).high, 2)) for u in found.uncovered]
    [(((0, 1),), 0.55, 0.64)]
    """
    subsets = [s for size in range(1, depth + 1) for s in combinations(range(len(cube.sizes)), size)]
    n, shares = float(cube.weights.sum()), _shares(reference, cube.sizes, subsets)
    least, number = _testable([table.ravel() for table in shares.values()], n, ratio)
    tested = {attributes: table > least for attributes, table in shares.items() if (table > least).any()}
    if not tested:
        lowest = Estimate.undefined("too few rows to tell any pattern of the reference", n=int(n))
        return Search((), 0, 0, lowest)
    counts = dict(marginal_tables(cube, list(tested)))
    limit = _ALPHA / (2 * number)

    def uncovered(wanted: Sequence[Attributes]) -> Mapping[Attributes, Mask]:
        return {s: _surely_below(counts[s], shares[s], n, ratio, limit) for s in wanted}

    found, visited = _walk(cube.sizes, depth, uncovered, tested)
    x, pi = (np.array([_at(tables, pattern) for pattern in found]) for tables in (counts, shares))
    told = tuple(map(Uncovered, found, x.astype(int).tolist(), _ratios(x, pi, n, number)))
    rows, parts = (np.concatenate([tables[s][mask] for s, mask in tested.items()]) for tables in (counts, shares))
    return Search(told, visited, number, _lowest(rows, parts, n, number))


def _walk(
    sizes: Attributes,
    depth: int,
    uncovered: Callable[[Sequence[Attributes]], Mapping[Attributes, Mask]],
    tested: Mapping[Attributes, Mask] | None = None,
) -> tuple[list[Pattern], int]:
    """Level by level: a pattern is visited if all that fix one attribute less were visited and are covered."""
    covered: Mapping[Attributes, Mask] = {(): np.array(True)}
    found: list[Pattern] = []
    visited = 0
    for fixed in range(1, min(depth, len(sizes)) + 1):
        below = {s: _below(covered, s, sizes, tested) for s in combinations(range(len(sizes)), fixed)}
        visits = {s: mask for s, mask in below.items() if mask is not None and mask.any()}
        bare = uncovered(list(visits))
        for s, mask in visits.items():
            found += [tuple(zip(s, levels, strict=True)) for levels in np.argwhere(mask & bare[s]).tolist()]
        visited += sum(int(mask.sum()) for mask in visits.values())
        covered = {s: mask & ~bare[s] for s, mask in visits.items()}
    return sorted(found, key=lambda pattern: (len(pattern), pattern)), visited


def _below(
    covered: Mapping[Attributes, Mask], s: Attributes, sizes: Attributes, tested: Mapping[Attributes, Mask] | None
) -> Mask | None:
    """Where all parents are covered; `None` if one set of parents has nothing covered."""
    parents = [covered.get(s[:i] + s[i + 1 :]) for i in range(len(s))]
    if any(parent is None for parent in parents) or (tested is not None and s not in tested):
        return None
    shape = [sizes[a] for a in s]
    check_size(shape)
    mask = np.ones(shape, bool) if tested is None else tested[s].copy()
    for i, parent in enumerate(parents):
        if parent is not None:
            mask &= np.expand_dims(parent, i)
    return mask


def _shares(reference: Cube | Sequence[ArrayLike], sizes: Attributes, subsets: Sequence[Attributes]) -> Tables:
    """Reference shares of every set of attributes."""
    if isinstance(reference, Cube):
        _same(reference.sizes, sizes)
        total = reference.weights.sum()
        return {s: table / total for s, table in marginal_tables(reference, subsets) if total > 0}
    margins = [np.asarray(margin, float) for margin in reference]
    _same(tuple(len(margin) for margin in margins), sizes)
    for s in subsets:
        check_size([sizes[a] for a in s])
    margins = [margin / margin.sum() for margin in margins]
    return {s: reduce(np.multiply.outer, [margins[a] for a in s]) for s in subsets}


def _same(reference: Attributes, sizes: Attributes) -> None:
    if reference != sizes:
        raise InputError(f"The reference has {reference} levels a column and the data {sizes}: give both one coding.")


def _at(tables: Tables, pattern: Pattern) -> float:
    return float(tables[tuple(a for a, _ in pattern)][tuple(level for _, level in pattern)])


def _testable(shares: Sequence[Floats], n: float, ratio: float) -> tuple[float, int]:
    """The share above which a count of 0 is uncovered, and the number K of patterns that it allows for.

    With K patterns a count of 0 has the upper bound 1 - (α/2K)^(1/n). K is the smallest for which no more than K shares
    exceed that over `ratio`.
    """
    if not (n and len(shares)):
        return np.inf, 1
    falling = np.sort(np.concatenate(shares))[::-1]
    least = -np.expm1(np.log(_ALPHA / 2 / np.arange(1, len(falling) + 1)) / n) / ratio
    at = int(np.argmax(np.append(falling[1:], 0.0) <= least))
    return float(least[at]), at + 1


def _surely_below(x: Floats, pi: Floats, n: float, ratio: float, tail: float) -> Mask:
    """Whether the upper bound of the representation ratio is below `ratio`; only where the ratio itself is."""
    below: Mask = x / n < ratio * pi
    below[below] = _upper(x[below], n, np.array(tail)) / pi[below] < ratio
    return below


def _upper(x: Floats, n: float, tail: Floats) -> Floats:
    bound: Floats = np.where(x < n, betainccinv(x + 1, np.maximum(n - x, 1e-300), tail), 1.0)
    return bound


def _lower(x: Floats, n: float, tail: Floats) -> Floats:
    bound: Floats = np.where(x > 0, betaincinv(np.maximum(x, 1e-300), n - x + 1, tail), 0.0)
    return bound


def _ratios(x: Floats, pi: Floats, n: float, number: int) -> tuple[Estimate, ...]:
    tails = np.array([(1 - level) / (2 * number) for level in LEVELS])[:, None]
    lower, upper = (side(x, n, tails) / pi for side in (_lower, _upper))
    return estimates(x / n / pi, lower, upper, n=n, n_eff=n, method=f"Clopper-Pearson, {number} patterns at once")


def _lowest(x: Floats, pi: Floats, n: float, number: int) -> Estimate:
    """The smallest ratio lies between the smallest lower and the smallest upper bound of all.

    A pattern with as many rows as another and a smaller share in the reference has the larger bounds, so only those
    whose share exceeds that of all with fewer rows can be smallest.
    """
    order = np.lexsort((-pi, x))
    record = np.maximum.accumulate(pi[order])
    first = order[np.diff(record, prepend=0.0) > 0]
    told = _ratios(x[first], pi[first], n, number)
    value, *bounds = (np.min([getattr(e, part) for e in told], axis=0) for part in ("value", "lower", "upper"))
    lower, upper = (side[:, None] for side in bounds)
    return estimates(value, lower, upper, n=n, n_eff=n, method=f"{told[0].method}, the lowest")[0]
