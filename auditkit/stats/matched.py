"""Items shown in several versions: contrasts and disagreements within each item, over items or clusters of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Ints, Tally
from auditkit.stats.pairs import clustered_mean, paired_difference
from auditkit.stats.proportions import Curve, proportion

Worth = dict[str, float]
"""What each level of an outcome counts, from 0 to 1."""

UNITS = "Units are what is sampled; the items are taken as given."
ITEMS = "No unit: items are what is sampled; of one judge whose answers are fixed it says how it treats such items."


@dataclass(frozen=True)
class Matched:
    """m matches, each of one item (of one unit, where units share rows), with readings of k members.

    `match`, `member`, `level` and `n` count the readings sparsely; `size` (m, k) sums them. `cluster` (m,) is the unit
    of each match, or its item; `clustered` says that units share matches. `lost` counts items without a full match.
    """

    match: Ints
    member: Ints
    level: Ints
    n: Floats
    size: Floats
    levels: tuple[str, ...]
    cluster: Ints
    clustered: bool
    lost: int

    def __len__(self) -> int:
        return len(self.size)

    @property
    def single(self) -> bool:
        """Whether no two matches share a cluster and no member was read twice."""
        return len(np.unique(self.cluster)) == len(self) and bool((self.size <= 1).all())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the interval is about, and how many items take no part."""
        lost = f"{self.lost} items lack a version that is compared, and take no part."
        return (UNITS if self.clustered else ITEMS, *([lost] if self.lost else []))

    def means(self, values: Mapping[str, float]) -> Floats:
        """The mean of each member in each match, (m, k), from the value of every level; NaN where it was not read."""
        worth = np.array([values[level] for level in self.levels] or [0.0])
        place = self.match * self.size.shape[1] + self.member
        total = np.bincount(place, self.n * worth[self.level], minlength=self.size.size).reshape(self.size.shape)
        means: Floats = np.divide(total, self.size, out=np.full(self.size.shape, np.nan), where=self.size > 0)
        return means

    def disagreement(self, a: int, b: int) -> Floats:
        """The chance that a reading of member a and one of member b differ in level, 1 - Σ_y p_ay p_by, (m,)."""
        key, place = np.unique(self.match * max(len(self.levels), 1) + self.level, return_inverse=True)
        share = [np.bincount(place, np.where(self.member == one, self.n, 0.0), minlength=len(key)) for one in (a, b)]
        match = key // max(len(self.levels), 1)
        agreed = np.bincount(match, share[0] * share[1], minlength=len(self))
        both = self.size[:, a] * self.size[:, b]
        differ: Floats = 1 - np.divide(agreed, both, out=np.full(len(self), np.nan), where=both > 0)
        return differ

    def taken(self, kept: ArrayLike) -> Matched:
        """Some of the matches, by mask."""
        mask = np.asarray(kept, bool)
        rows, place = mask[self.match], np.cumsum(mask) - 1
        parts = (self.member[rows], self.level[rows], self.n[rows])
        size, cluster = self.size[mask], self.cluster[mask]
        return Matched(place[self.match[rows]], *parts, size, self.levels, cluster, self.clustered, self.lost)


def matched(
    tally: Tally, member: str, members: Sequence[str], event: str, within: Sequence[str] = (), needed: int | None = None
) -> Matched:
    """Match the readings of `event` within each level of `item`, of `unit` where units share rows, and of `within`.

    `members` are the levels of the axis `member` that are compared; a match that lacks one of the first `needed` of
    them (all, unless given) takes no part.

    >>> columns = {"item": [*"11223"], "cue": [*"ababa"], "outcome": [*"10111"]}
    >>> m = matched(Tally.of(columns), "cue", ["a", "b"], "outcome")
    >>> m.means({"0": 0.0, "1": 1.0}).tolist(), m.lost
    ([[1.0, 0.0], [1.0, 1.0]], 1)
    """
    axes = ["item", *within, *([UNIT] if UNIT in tally else [])]
    known = tally.marginal(*axes, member, event)
    k = len(members)
    place = np.array([members.index(level) if level in members else -1 for level in known.levels_of(member)] or [0])
    who = place[known.codes[:, known.index(member)]]
    codes = known.codes[who >= 0]
    which, n = who[who >= 0], known.n[who >= 0].astype(float)
    keys, match = np.unique(codes[:, [known.index(axis) for axis in axes]], axis=0, return_inverse=True)
    match = match.reshape(-1)
    size = np.bincount(match * k + which, n, minlength=len(keys) * k).astype(float).reshape(-1, k)
    full = (size[:, : k if needed is None else needed] > 0).all(axis=1)
    cluster = keys[:, -1] if UNIT in tally else keys[:, 0]
    lost = len(known.levels_of("item")) - len(np.unique(keys[full, 0]))
    level = codes[:, known.index(event)]
    every = Matched(match, which, level, n, size, known.levels_of(event), cluster, UNIT in tally, lost)
    return every.taken(full)


def mean_contrast(m: Matched, values: Mapping[str, float], coefficients: Sequence[float]) -> Estimate:
    """Estimate the mean over matches of Σ c_j ȳ_j, ȳ_j the mean of member j on values from 0 to 1.

    One difference of single 0-or-1 readings is Newcombe's paired interval; all else the mean over clusters (units,
    else items) with Student's t. The coefficients sum to 0.

    >>> columns = {"item": [*"1122"], "cue": [*"abab"], "outcome": [*"1011"]}
    >>> mean_contrast(matched(Tally.of(columns), "cue", "ab", "outcome"), {"0": 0.0, "1": 1.0}, [1, -1]).value
    0.5
    """
    if not len(m):
        return Estimate.undefined("no item has every version that is compared")
    c, means = np.asarray(coefficients, float), m.means(values)
    if len(c) == 2 and m.single and not m.clustered and set(values.values()) <= {0.0, 1.0}:
        first, second = means[:, 0] > 0, means[:, 1] > 0
        cells = ((first & second).sum(), (first & ~second).sum(), (~first & second).sum(), (~first & ~second).sum())
        return scaled(paired_difference(*map(float, cells)), float(c[0]))
    return mean_over_clusters(means @ c, m.cluster, float(np.abs(c).sum() / 2))


def mean_over_clusters(differences: ArrayLike, cluster: Ints, reach: float = 1.0) -> Estimate:
    """Estimate the mean of differences within ±`reach`, (m,), that share clusters, (m,).

    >>> mean_over_clusters([.5, .5, 0., 0.], np.array([0, 0, 1, 1])).clusters
    2
    """
    d = np.asarray(differences, float) / reach
    _, place = np.unique(cluster, return_inverse=True)
    size = np.bincount(place)
    means = np.bincount(place, d) / np.maximum(size, 1)
    return scaled(clustered_mean(means, size), reach)


def excess_disagreement(m: Matched, pair: tuple[int, int], noise: Sequence[tuple[int, int]]) -> Estimate:
    """Estimate how much oftener the members of `pair` disagree than those of the pairs of `noise`, within an item.

    F - F0, F0 the mean over the pairs of noise that the item has; items without any take no part. For readings drawn
    anew with chances p and q the expectation of F - F0 is ½ Σ_y (p_y - q_y)², so 0 exactly where the cue does nothing.
    Single readings with one pair of noise make a paired table (Newcombe 1998b), all else the mean over clusters.

    >>> columns = {"item": [*"111222"], "version": ["a", "b", "a'"] * 2, "said": [*"yny" "nnn"]}
    >>> m = matched(Tally.of(columns), "version", ["a", "b", "a'"], "said")
    >>> excess_disagreement(m, (0, 1), [(0, 2)]).value
    0.5
    """
    flips = m.disagreement(*pair)
    alike = np.array([m.disagreement(*one) for one in noise]).reshape(-1, len(m))
    there = ~np.isnan(alike)
    asked = there.any(axis=0) & ~np.isnan(flips)
    if not asked.any():
        return Estimate.undefined("no item has a baseline")
    base = np.where(there, alike, 0).sum(axis=0)[asked] / there.sum(axis=0)[asked]
    f = flips[asked]
    if m.single and not m.clustered and set(np.unique([f, base])) <= {0.0, 1.0}:
        cells = [((f == one) & (base == other)).sum() for one in (1, 0) for other in (1, 0)]
        return paired_difference(*map(float, cells))
    return mean_over_clusters(f - base, m.cluster[asked])


def disagreement_rate(m: Matched, a: int, b: int) -> Estimate:
    """Estimate how often the readings of two members differ: Wilson for single readings, else over clusters.

    >>> columns = {"item": [*"112233"], "version": [*"ababab"], "said": [*"ynyynn"]}
    >>> disagreement_rate(matched(Tally.of(columns), "version", "ab", "said"), 0, 1).value.__round__(3)
    0.333
    """
    if not len(m):
        return Estimate.undefined("no item has every version that is compared")
    differ = m.disagreement(a, b)
    if m.single and not m.clustered:
        return proportion(differ.sum(), len(m))[0]
    e = mean_over_clusters(differ, m.cluster)
    value, lower, upper = Curve.of([e])
    bounds = (np.clip(lower, 0, 1), np.clip(upper, 0, 1))
    return estimates(value, *bounds, n=e.n, n_eff=e.n_eff, method=e.method, clusters=e.clusters, reasons=e.reason)[0]


def scaled(e: Estimate, factor: float) -> Estimate:
    """An estimate on another scale; a negative factor turns the interval round.

    >>> scaled(paired_difference(36, 12, 2, 0), .5).value.__round__(3)
    0.1
    """
    value, lower, upper = (side * factor for side in Curve.of([e]))
    low, high = (lower, upper) if factor >= 0 else (upper, lower)
    kept = {"n": e.n, "n_eff": e.n_eff, "method": e.method, "clusters": e.clusters, "reasons": e.reason}
    return estimates(value, low, high, **kept)[0]  # type: ignore[arg-type]  # one dictionary of several types


def versions(tally: Tally, axes: Sequence[str], name: Callable[[Mapping[str, str]], str]) -> Tally:
    """Replace axes by one axis "version", named from the levels that a row has on them.

    >>> t = Tally.of({"cue": [*"ab"], "arm": ["new", "again"]})
    >>> versions(t, ["cue", "arm"], lambda row: row["cue"] + row["arm"]).levels_of("version")
    ('anew', 'bagain')
    """
    parts = {axis: tally.levels_of(axis) for axis in axes}
    names = {" × ".join(row): name(dict(zip(axes, row, strict=True))) for row in product(*parts.values())}
    return tally.crossed(list(axes), "version").relabel("version", names)


def worth(levels: Sequence[str], scale: tuple[float, float] | None, favourable: Callable[[], str]) -> dict[str, float]:
    """What each level of an outcome counts: its place on the scale of a rating, else 1 for the favourable one.

    >>> worth(["no", "yes"], None, lambda: "yes")
    {'no': 0.0, 'yes': 1.0}
    """
    if scale is not None:
        return spaced(levels, scale)
    hit = favourable()
    return {level: float(level == hit) for level in levels}


def spaced(levels: Sequence[str], scale: tuple[float, float]) -> Worth:
    """Place ratings on their scale: 0 at its low end, 1 at its high end.

    Raises `InputError` for what is no number or lies outside the scale.

    >>> spaced(["1", "3", "5"], (1, 5))
    {'1': 0.0, '3': 0.5, '5': 1.0}
    """
    low, high = scale
    if not low < high:
        raise InputError(f"A scale runs from a lower to a higher number, and not from {low:g} to {high:g}.")
    try:
        placed = {level: (float(level) - low) / (high - low) for level in levels}
    except ValueError:
        raise InputError(f"A scale needs numbers, and the levels are: {', '.join(levels[:8])}.") from None
    beyond = [level for level, value in placed.items() if not 0 <= value <= 1]
    if beyond:
        raise InputError(f"{beyond[0]} lies outside the scale from {low:g} to {high:g}. Say what the scale is.")
    return placed
