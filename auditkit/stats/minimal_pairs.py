"""Minimal pairs: how much likelier a model finds one version of a sentence than the other, over clusters of pairs."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import QUANTILES, Estimate, Floats, estimates
from auditkit.core.evidence import UNIT, Ints, Rows
from auditkit.core.roles import MISSING
from auditkit.stats.cluster_worth import freedom
from auditkit.stats.clustered_scores import between_clusters, mean_of_scores
from auditkit.stats.proportions import Rates, quantiles, wilson


@dataclass(frozen=True)
class MinimalPairs:
    """m pairs: `log_ratio` (m,) of their probabilities, `context` (m,) their categories, `cluster` (m,) their units.

    Without units a pair's item is its cluster, and `clustered` is false where no two pairs share one. `lost` counts the
    items that are no pair, because a version has no score or because neither has any probability.
    """

    log_ratio: Floats
    context: tuple[str, ...]
    cluster: Ints
    clustered: bool
    lost: int

    def __len__(self) -> int:
        return len(self.log_ratio)

    def within(self, context: str) -> MinimalPairs:
        """The pairs of one category."""
        kept = np.array([name == context for name in self.context], bool)
        ratio, cluster = self.log_ratio[kept], self.cluster[kept]
        return replace(self, log_ratio=ratio, context=(context,) * len(ratio), cluster=cluster)


def equally_long(rows: Rows, first: str, second: str) -> tuple[Rows, int]:
    """The rows of items whose versions have as many tokens by the axis `length`, and how many items have not.

    >>> rows = Rows.of({"item": [*"1122"], "group": [*"abab"], "length": [*"7778"]}, {"score": [-1.0] * 4})
    >>> kept, lost = equally_long(rows, "a", "b")
    >>> len(kept), lost
    (2, 1)
    """
    if "length" not in rows:
        return rows, 0
    compared = rows.where("group", first, second)
    told = {(item, length) for item, length in zip(compared.column("item"), compared.column("length"), strict=True)}
    seen = Counter(item for item, length in told if length != MISSING)
    unequal = {item for item, lengths in seen.items() if lengths > 1 and item != MISSING}
    return rows.taken(~np.isin(rows.column("item"), sorted(unequal))), len(unequal)


def minimal_pairs(rows: Rows, first: str, second: str) -> MinimalPairs:
    """Pair the scores of the versions `first` and `second` of each item, log p(first) - log p(second).

    Scores are natural logarithms of probabilities; a version that was scored repeatedly counts with its mean. An item
    is a pair once for each unit and each context that it has. Raises `InputError` for scores above 0.

    >>> rows = Rows.of({"item": [*"112"], "group": [*"aba"]}, {"score": [-1.0, -3.0, -2.0]})
    >>> pairs = minimal_pairs(rows, "a", "b")
    >>> pairs.log_ratio.tolist(), pairs.lost
    ([2.0], 1)
    """
    rows = rows.where("group", first, second).without("item", MISSING)
    above = rows.number("score")[rows.number("score") > 1e-6]
    if len(above):
        told = (
            f"A score is the logarithm of a probability, at most 0, and {len(above)} are above, such as {above[0]:.4g}."
        )
        raise InputError(f"{told} Take the natural logarithm of probabilities.")
    axes = ["item", *(axis for axis in ("context", UNIT) if axis in rows)]
    keys, place = np.unique(np.column_stack([rows.codes(axis) for axis in axes]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    one, two = (_means(rows, place, len(keys), version) for version in (first, second))
    with np.errstate(invalid="ignore"):  # of two versions that are impossible neither is likelier
        ratio = one - two
    paired = ~np.isnan(ratio)
    kept = keys[paired]
    names = rows.levels_of("context") if "context" in rows else ("",)
    context = [names[k] for k in kept[:, 1]] if "context" in rows else [*names] * len(kept)
    cluster, items = kept[:, -1 if UNIT in rows else 0], np.unique(kept[:, 0])
    clustered = UNIT in rows or len(items) < len(kept)
    return MinimalPairs(ratio[paired], tuple(context), cluster, clustered, len(np.unique(keys[:, 0])) - len(items))


def _means(rows: Rows, place: Ints, pairs: int, version: str) -> Floats:
    """The mean score of a version in each pair, NaN where it has none."""
    read = (rows.column("group") == version) & ~np.isnan(rows.number("score"))
    count = np.bincount(place[read], minlength=pairs)
    total = np.bincount(place[read], rows.number("score")[read], minlength=pairs)
    means: Floats = np.divide(total, count, out=np.full(pairs, np.nan), where=count > 0)
    return means


def preference(pairs: MinimalPairs) -> Estimate:
    """Estimate the mean of σ(l) - 1/2, l the log ratio: how much of the two versions' probability the first has.

    Student's t over clusters (`mean_of_scores`), on [-1/2, 1/2].

    >>> pairs = MinimalPairs(np.log([3.0, 3.0, 1.0]), ("",) * 3, np.arange(3), False, 0)
    >>> round(preference(pairs).value, 4)  # .75, .75 and .5
    0.1667
    """
    return mean_of_scores(np.tanh(pairs.log_ratio / 2) / 2, pairs.cluster, 0.5)


def sign_score(pairs: MinimalPairs) -> Estimate:
    """Estimate P(l > 0) - 1/2, ties half: Wilson's limits on n/deff pairs, and t on clusters where there are units.

    >>> pairs = MinimalPairs(np.array([0.1, 2.0, 0.0, -9.0]), ("",) * 4, np.arange(4), False, 0)
    >>> sign_score(pairs).value
    0.125
    """
    n = len(pairs)
    if not n:
        return Estimate.undefined("no pairs")
    x = (np.sign(pairs.log_ratio) + 1) / 2
    p, df, n_eff, units = x.mean(), np.inf, float(n), None
    if pairs.clustered:
        size, spread = between_clusters(x - p, pairs.cluster)
        df, units = freedom(size), len(size)
        n_eff = min(p * (1 - p) / spread, n) if spread > 0 else df + 1
    curve = wilson(Rates(*(np.array([part], float) for part in (p, n, n_eff, df))))
    method = "Wilson" + (", clusters" if units else "")
    return estimates(*(side - 0.5 for side in curve), n=n, n_eff=n_eff, method=method, clusters=units)[0]


def mean_log_ratio(pairs: MinimalPairs) -> Estimate:
    """Estimate the mean log ratio in nats, by Student's t over clusters; undefined where a version is impossible.

    >>> pairs = MinimalPairs(np.array([1.0, 2.0, 3.0]), ("",) * 3, np.arange(3), False, 0)
    >>> [round(bound, 3) for bound in mean_log_ratio(pairs).interval(.95)[:2]]
    [-0.484, 4.484]
    """
    x, n = pairs.log_ratio, len(pairs)
    if not n or not np.isfinite(x).all():
        return Estimate.undefined("a version has no probability at all" if n else "no pairs", n=n)
    mean = float(x.mean())
    size, variance = between_clusters(x - mean, pairs.cluster)
    half = quantiles(np.array([freedom(size)])) * (np.sqrt(variance) if variance > 0 else np.nan)
    kish = size.sum() ** 2 / (size @ size)
    return estimates(mean, mean - half, mean + half, n=n, n_eff=kish, method="t, clusters", clusters=len(size))[0]


def pairs_needed(e: Estimate, margin: float) -> int | None:
    """How many pairs that vary like these a verdict within ± `margin` takes, where nothing is amiss.

    n (2 · 1.645 s.e. / margin)²: two one-sided tests at 5 % then pass nine times in ten. `None` without a width.

    >>> pairs_needed(sign_score(MinimalPairs(np.tile([1.0, -1.0], 50), ("",) * 100, np.arange(100), False, 0)), .05)
    1054
    """
    se = e.standard_error()
    return None if se is None else math.ceil(e.n * (2 * QUANTILES[1] * se / margin) ** 2)
