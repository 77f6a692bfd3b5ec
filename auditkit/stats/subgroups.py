"""Subgroups of many attributes at once: how far their rates diverge from the overall rate, with the search paid for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from auditkit.core.errors import CannotDecide, InputError, nearest
from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Floats, estimates
from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING
from auditkit.stats.confusion import METRICS, one_spelling
from auditkit.stats.contrasts import newcombe
from auditkit.stats.itemsets import Itemset, frequent_itemsets
from auditkit.stats.multiplicity import correlation, max_t
from auditkit.stats.proportions import Curve

Mask = NDArray[np.bool_]

_SIMULATED, _DRAWS, _EXPECTED_DRAWS, _SEED = 2_000, 10_000, 500, 1979
_LEVEL = np.array(LEVELS)
_TRUTH, _SAID = (axis.ravel() == 1 for axis in np.indices((2, 2)))


class Rate(NamedTuple):
    """A rate's own counts in every cell: which of [outcome, prediction], flattened, are its condition and its event."""

    given: Mask
    event: Mask


class Divergences(NamedTuple):
    """The divergences of several rates: `itemset` and `rate` (k,) say of what, `hits` and `n` (k,) count.

    `curve` holds simultaneous bounds, `overall` (rates, 2) the hits and rows of each rate in all cells, `method` how
    the bounds were found, `expected` the largest absolute divergence that is expected where all subgroups are alike.
    """

    itemset: NDArray[np.int64]
    rate: NDArray[np.int64]
    hits: Floats
    n: Floats
    overall: Floats
    curve: Curve
    method: str
    expected: float


class Diverging(NamedTuple):
    """A subgroup, the place of a rate, `hits`, `rows` and `shares` of the subgroup and of all, and their difference."""

    pattern: Itemset
    rate: int
    hits: tuple[int, int]
    rows: tuple[int, int]
    shares: tuple[float, float]
    estimate: Estimate


class Search(NamedTuple):
    """Divergences `listed`, the `leading` one, the `largest` of all `searched`, and what is `expected` of noise."""

    listed: tuple[Diverging, ...]
    leading: Diverging | None
    largest: Estimate
    expected: float
    searched: int


def confusion_tables(tally: Tally, features: Sequence[str], positive: str) -> tuple[NDArray[np.int64], Floats]:
    """Codes (cells, m) of the features' levels, -1 where missing, and the counts (cells, 4) by [outcome, prediction].

    Rows without an outcome or a prediction take no part; True and 1 are one answer, as False and 0. Raises
    `CannotDecide` where no prediction is ever `positive`.

    >>> cells = {("f", "1", "0"): 7, ("f", "0", "0"): 2, ("m", "1", "1"): 5}
    >>> codes, tables = confusion_tables(Tally.of_cells(("sex", "outcome", "prediction"), cells), ["sex"], "1")
    >>> codes.ravel().tolist(), tables.tolist()
    ([0, 1], [[2.0, 0.0, 7.0, 0.0], [0.0, 0.0, 0.0, 5.0]])
    """
    known = one_spelling(tally.without("outcome", MISSING).without("prediction", MISSING))
    if positive == "True" and "True" not in known.levels_of("outcome"):
        positive = "1"
    if positive not in known.levels_of("prediction"):
        raise CannotDecide(f'no prediction is ever "{positive}", the positive outcome')
    at = [known.index(axis) for axis in features]
    codes, cell = np.unique(known.codes[:, at], axis=0, return_inverse=True)
    truth, said = (
        np.array([level == positive for level in known.levels_of(axis)], int)[known.codes[:, known.index(axis)]]
        for axis in ("outcome", "prediction")
    )
    place = 4 * cell.reshape(-1) + 2 * truth + said
    tables = np.bincount(place, known.n, minlength=4 * len(codes)).astype(float).reshape(-1, 4)
    for i, axis in enumerate(features):
        named = np.array([level != MISSING for level in known.levels_of(axis)], bool)
        codes[:, i] = np.where(named[codes[:, i]], codes[:, i], -1)
    return codes, tables


def rate_of(metric: str) -> Rate:
    """Which cells of a confusion table, [outcome, prediction] flattened, are the condition and the event of a metric.

    Raises `InputError` for a metric that there is not.

    >>> rate_of("false_positive_rate").given.tolist()
    [True, True, False, False]
    """
    if metric not in METRICS:
        raise InputError(f'There is no metric "{metric}".{nearest(metric, METRICS)} Metrics: {", ".join(METRICS)}.')
    condition, given, event, wanted = METRICS[metric]
    if not condition:
        return Rate(np.ones(4, bool), _TRUTH == _SAID)
    axis = {"outcome": _TRUTH, "prediction": _SAID}
    on = axis[condition] == given
    return Rate(on, on & (axis[event] == wanted))


def divergences(tables: ArrayLike, members: Mask, rates: Sequence[Rate]) -> Divergences:
    """Estimate rate in the subgroup minus rate in all rows, for every subgroup and rate, simultaneously.

    `tables` (cells, 4) count [outcome, prediction], flattened; `members` (K, cells). With π the subgroup's share of a
    rate's n rows, the divergence is (1 - π) d, d the subgroup's rate less that of its rest: Newcombe's (1998a) limits
    of d times 1 - π, and in quadrature d √(π(1 - π)/n), since π is estimated. In place of the normal quantile stands
    that of the largest of all |Z| (max-t; Hothorn, Bretz & Westfall 2008) from the correlations of all influence
    functions, for the highest levels and beyond 2,000 divergences Šidák's (1967) bound. Subgroups without rows of a
    rate, or with all of them, take no part.

    >>> tables = [[90, 10, 0, 0], [80, 20, 0, 0]]
    >>> d = divergences(tables, np.eye(2, dtype=bool), [rate_of("false_positive_rate")])
    >>> d.curve.value.round(2).tolist(), d.curve.lower[2].round(2).tolist()
    ([-0.05, 0.05], [-0.1, -0.0])
    """
    counts = np.asarray(tables, float)
    hits, n = (np.array([members @ counts[:, side].sum(axis=1) for side in sides]) for sides in _sides(rates))
    overall = np.array([[counts[:, rate.event].sum(), counts[:, rate.given].sum()] for rate in rates]).reshape(-1, 2)
    rate, itemset = np.nonzero((n > 0) & (n < overall[:, 1:]))
    hits, n, whole = hits[rate, itemset], n[rate, itemset], overall[rate]
    number = len(n)
    critical, method = _critical(_influence(counts, members, rates, itemset, rate) if number <= _SIMULATED else number)
    own, rest = _wilson(hits, n, critical), _wilson(whole[:, 0] - hits, whole[:, 1] - n, critical)
    curve = _scaled(newcombe(own, rest), n / whole[:, 1], critical[:, None] / np.sqrt(whole[:, 1]))
    expected = _expected_largest(counts, members, rates, itemset, rate) if number else 0.0
    return Divergences(itemset, rate, hits, n, overall, curve, f"Newcombe, {method}", expected)


def search_subgroups(
    codes: ArrayLike, tables: ArrayLike, rates: Sequence[Rate], support: float, most: int, fold: float
) -> Search:
    """Estimate the divergences of all itemsets with this `support`, and list the `most` divergent that are not folded.

    `codes` (cells, m) and `tables` (cells, 4) as of `confusion_tables`; see `divergences` and `shortlist`.

    >>> rates = [rate_of("false_positive_rate")]
    >>> found = search_subgroups([[0], [1]], [[90, 10, 0, 0], [60, 40, 0, 0]], rates, support=.1, most=1, fold=0)
    >>> found.searched, found.listed[0].pattern, found.listed[0].hits
    (2, ((0, 0),), (10, 50))
    """
    counts = np.asarray(tables, float)
    patterns, members = frequent_itemsets(codes, counts.sum(axis=1), support)
    d = divergences(counts, members, rates)
    value, lower, upper = d.curve
    whole = d.overall[d.rate]
    told = estimates(value, lower, upper, n=whole[:, 1], n_eff=d.n, method=d.method)

    def diverging(at: int) -> Diverging:
        (x, n), (hits, rows) = (d.hits[at], d.n[at]), whole[at]
        pair = (round(x), round(hits)), (round(n), round(rows)), (float(x / n), float(hits / rows))
        return Diverging(patterns[d.itemset[at]], int(d.rate[at]), *pair, told[at])

    leading = diverging(int(np.abs(value).argmax())) if len(value) else None
    listed = tuple(map(diverging, shortlist(d, patterns, most, fold)))
    return Search(listed, leading, largest_divergence(d), d.expected, len(value))


def largest_divergence(d: Divergences) -> Estimate:
    """Estimate the largest absolute divergence of all that were searched; it counts as one comparison.

    No interval reaches further from 0 than the upper bound, and the one that stays furthest from it gives the lower.

    >>> tables = [[90, 10, 0, 0], [60, 40, 0, 0]]
    >>> e = largest_divergence(divergences(tables, np.eye(2, dtype=bool), [rate_of("false_positive_rate")]))
    >>> round(e.value, 2), round(e.interval(.95).low, 2), round(e.interval(.95).high, 2)
    (0.15, 0.08, 0.21)
    """
    value, lower, upper = d.curve
    if not len(value):
        return Estimate.undefined("no subgroup has rows inside and outside")
    low = np.maximum(np.maximum(lower, -upper).max(axis=1), 0)
    high = np.maximum(-lower, upper).max(axis=1)
    at, method = int(np.abs(value).argmax()), f"{d.method}, the largest"
    n, n_eff = d.overall[d.rate[at], 1], d.n[at]
    return estimates(abs(value[at]), low[:, None], high[:, None], n=n, n_eff=n_eff, method=method)[0]


def shortlist(d: Divergences, patterns: Sequence[Itemset], most: int, fold: float) -> list[int]:
    """The places of the most divergent, largest first, without those that add less than `fold` to a parent.

    A parent leaves one item out (Pastor, de Alfaro & Baralis 2021): where its divergence is that of the subgroup, it
    says the same of more rows. What is folded into a parent that is itself folded is folded too.
    """
    value = {(int(r), patterns[i]): v for r, i, v in zip(d.rate, d.itemset, d.curve.value.tolist(), strict=True)}
    kept: list[int] = []
    for at in np.argsort(-np.abs(d.curve.value), kind="stable").tolist():
        rate, pattern = int(d.rate[at]), patterns[d.itemset[at]]
        parents = [tuple(item for item in pattern if item != out) for out in pattern]
        adds = (abs(value[rate, pattern] - value[rate, parent]) for parent in parents if (rate, parent) in value)
        if min(adds, default=fold) >= fold:
            kept.append(at)
        if len(kept) == most:
            break
    return kept


def _sides(rates: Sequence[Rate]) -> tuple[list[Mask], list[Mask]]:
    return [rate.event for rate in rates], [rate.given for rate in rates]


def _influence(
    counts: Floats, members: Mask, rates: Sequence[Rate], itemset: NDArray[np.int64], rate: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """What a row in each occupied cell of [cell, outcome, prediction] adds to each divergence, and how many there are.

    ψ = 1[S] (y - p) / n_S - (y - P) / n on the rate's condition: how it is scaled changes no correlation.
    """
    cell, kind = np.nonzero(counts)
    psi = np.zeros((len(cell), len(itemset)))
    for r, (given, event) in enumerate(rates):
        mine = rate == r
        if not mine.any():
            continue
        inside = members[itemset[mine]][:, cell].T * given[kind][:, None]
        y, on = event[kind].astype(float)[:, None], given[kind].astype(float)[:, None]
        times = counts[cell, kind]
        n, hits = times @ inside, times @ (inside * y)
        total = float(times @ on[:, 0])
        psi[:, mine] = inside * (y - hits / n) / n - on * (y - float(times @ (on * y)[:, 0]) / total) / total
    return psi, counts[cell, kind]


def _critical(known: tuple[Floats, Floats] | int) -> tuple[Floats, str]:
    """The quantile of the largest of all at each level, and its name."""
    number = known if isinstance(known, int) else known[0].shape[1]
    sidak = np.maximum(-ndtri((1 - _LEVEL ** (1 / max(number, 1))) / 2), QUANTILES)
    if isinstance(known, int):
        return sidak, f"Šidák over {number:,} subgroup rates"
    simulated = max_t(correlation(*known), _DRAWS)
    return np.where(np.isnan(simulated), sidak, simulated), f"max-t over {number:,} subgroup rates"


def _wilson(hits: Floats, n: Floats, critical: Floats) -> Curve:
    """Wilson's limits at quantiles (levels,) that belong to no stored level."""
    p, t = hits / n, critical[:, None]
    centre, shrink = p + t**2 / (2 * n), 1 + t**2 / n
    half = t * np.sqrt(p * (1 - p) / n + (t / (2 * n)) ** 2)
    low, high = np.minimum((centre - half) / shrink, p), np.maximum((centre + half) / shrink, p)
    return Curve(p, np.clip(low, 0, 1), np.clip(high, 0, 1))


def _scaled(d: Curve, share: Floats, error: Floats) -> Curve:
    """A difference from the rest as a difference from the whole; `error` is the quantile over √n, (levels, k)."""
    value, spread = (1 - share) * d.value, error * d.value * np.sqrt(share * (1 - share))
    down, up = (np.hypot((1 - share) * arm, spread) for arm in (d.value - d.lower, d.upper - d.value))
    return Curve(value, np.maximum(value - down, -1), np.minimum(value + up, 1))


def _expected_largest(
    counts: Floats, members: Mask, rates: Sequence[Rate], itemset: NDArray[np.int64], rate: NDArray[np.int64]
) -> float:
    """E max |divergence| where every row has its rate's overall chance, by normal draws of fixed seed in each cell."""
    rng, largest = np.random.default_rng(_SEED), np.zeros(_EXPECTED_DRAWS)
    for r, (given, event) in enumerate(rates):
        n = counts[:, given].sum(axis=1)
        mine = members[itemset[rate == r]]
        if not len(mine):
            continue
        p = counts[:, event].sum() / n.sum()
        drawn = rng.standard_normal((_EXPECTED_DRAWS, len(n))) * np.sqrt(n * p * (1 - p))
        weights = mine / (mine @ n)[:, None] - 1 / n.sum()
        largest = np.maximum(largest, np.abs(drawn @ weights.T).max(axis=1))
    return float(largest.mean())
