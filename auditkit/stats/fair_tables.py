"""Tables shaped like a given one in which group labels mean nothing: who is in which group is drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditkit.core.cells import UNIT, Ints
from auditkit.core.evidence import Tally

GROUP, CONTEXT = "group", "context"
CLUSTERS = (UNIT, "item")
LARGEST = 2_000_000
"""The strata times labels times outcomes that a draw may hold in memory."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Labels:
    """The cells of a table, taken apart: strata, group labels (of several groups together), and all the rest.

    Labels are permuted against the rest within the strata of `context`: given all margins, under the hypothesis that
    groups are alike in distribution, every permutation is equally likely (Fisher 1935). Where units (or items) share
    rows, a unit of one label swaps it whole with another unit, and one of several labels permutes them among its own
    rows.
    """

    tally: Tally
    group: list[int]
    labels: Ints
    label: Ints
    cluster: Ints | None
    single: Mask
    pool: Ints

    @classmethod
    def of(cls, tally: Tally) -> Labels | None:
        """Take a table apart; `None` where its labels cannot be permuted: weights, two kinds of units, or too large."""
        group = [i for i, axis in enumerate(tally.axes) if axis.split(":")[0] == GROUP]
        units = [tally.index(axis) for axis in CLUSTERS if axis in tally]
        if not group or not len(tally) or tally.weighted or len(units) > 1:
            return None
        labels, label = _combinations(tally.codes[:, group])
        contexts = [tally.index(CONTEXT)] if CONTEXT in tally else []
        pool = _combinations(tally.codes[:, contexts])[1] if contexts else np.zeros(len(tally), np.int64)
        single = np.zeros(len(tally), bool)
        cluster = tally.codes[:, units[0]] if units else None
        if cluster is not None:
            single = _alone(cluster, label)
            pool = np.where(_alone(cluster, pool), pool, -1)
        made = cls(tally, group, labels, label, cluster, single, pool)
        return made if made._size() <= LARGEST else None

    def _size(self) -> int:
        """How many counts a draw holds."""
        strata, rest = self._strata(), self._rest()
        return (len(np.unique(strata)) or 1) * len(self.labels) * (len(np.unique(rest)) or 1)

    def _strata(self) -> Ints:
        """Within what the labels of rows are permuted: context, and unit where units have several labels."""
        parts = [i for i, axis in enumerate(self.tally.axes) if axis in (CONTEXT, *CLUSTERS)]
        return _combinations(self.tally.codes[~self.single][:, parts])[1]

    def _rest(self) -> Ints:
        held = [i for i, axis in enumerate(self.tally.axes) if i not in self.group and axis not in (CONTEXT, *CLUSTERS)]
        return _combinations(self.tally.codes[~self.single][:, held])[1]

    def draws(self, rng: np.random.Generator) -> Iterator[Tally]:
        """Table after table with the same margins and other labels, without end."""
        strata, rest = self._strata(), self._rest()
        kept = self.tally.codes[~self.single]
        shape = (int(strata.max(initial=-1)) + 1, len(self.labels), int(rest.max(initial=-1)) + 1)
        table = np.zeros(shape, np.int64)
        np.add.at(table, (strata, self.label[~self.single], rest), self.tally.n[~self.single])
        of_stratum, of_rest = _firsts(strata, shape[0]), _firsts(rest, shape[2])
        held = [i for i, axis in enumerate(self.tally.axes) if axis not in (CONTEXT, *CLUSTERS)]
        while True:
            drawn = random_tables(table.sum(axis=2), table.sum(axis=1), rng) if table.size else table
            s, g, o = np.nonzero(drawn)
            codes = kept[of_stratum[s]] if len(kept) else kept
            codes[:, held] = kept[of_rest[o]][:, held] if len(kept) else codes[:, held]
            codes[:, self.group] = self.labels[g]
            yield self._with(np.vstack([codes, self._swapped(rng)]), np.r_[drawn[s, g, o], self.tally.n[self.single]])

    def _swapped(self, rng: np.random.Generator) -> Ints:
        """The cells of units of one label, whole units having swapped theirs with others of the same context."""
        codes = self.tally.codes[self.single]
        if self.cluster is None or not len(codes):
            return codes
        units, first, back = np.unique(self.cluster[self.single], return_index=True, return_inverse=True)
        label, pool = self.label[self.single][first], self.pool[self.single][first]
        shuffled = rng.permutation(len(units))
        receiving, giving = np.argsort(pool, kind="stable"), shuffled[np.argsort(pool[shuffled], kind="stable")]
        label[receiving] = label[giving]
        codes[:, self.group] = self.labels[label[back.reshape(-1)]]
        return codes

    def _with(self, codes: Ints, n: Ints) -> Tally:
        t = self.tally
        return Tally(t.axes, t.names, t.levels, codes, n, n.astype(float), n.astype(float))


def random_tables(rows: Ints, columns: Ints, rng: np.random.Generator) -> Ints:
    """Draw a table (S, r, c) in each of S strata, uniformly over the permutations with these margins (S, r), (S, c).

    Cell by cell, hypergeometric (Patefield 1981).

    >>> table = random_tables([[30, 70]], [[60, 40]], np.random.default_rng(1))
    >>> table.sum(axis=1).tolist(), table.sum(axis=2).tolist()
    ([[60, 40]], [[30, 70]])
    """
    wanted, left = np.asarray(rows, np.int64), np.array(columns, np.int64)
    out = np.zeros((len(left), wanted.shape[1], left.shape[1]), np.int64)
    for i in range(wanted.shape[1] - 1):
        need, pool = wanted[:, i].copy(), left.sum(axis=1)
        for j in range(left.shape[1] - 1):
            pool = pool - left[:, j]
            out[:, i, j] = rng.hypergeometric(left[:, j], pool, need)
            need -= out[:, i, j]
        out[:, i, -1] = need
        left -= out[:, i]
    out[:, -1] = left
    return out


def _combinations(codes: Ints) -> tuple[Ints, Ints]:
    """The combinations of codes that occur, and which one each row has."""
    if not codes.shape[1]:
        return codes[:1], np.zeros(len(codes), np.int64)
    found, at = np.unique(codes, axis=0, return_inverse=True)
    return found, at.reshape(-1).astype(np.int64)


def _alone(cluster: Ints, label: Ints) -> Mask:
    """Whether the cluster of each cell has one label only."""
    pairs = np.unique(np.column_stack([cluster, label]), axis=0)
    several = np.bincount(pairs[:, 0], minlength=int(cluster.max(initial=0)) + 1) > 1
    return ~several[cluster]


def _firsts(at: Ints, size: int) -> Ints:
    """A row that has each combination."""
    first = np.zeros(size, np.int64)
    first[at[::-1]] = np.arange(len(at))[::-1]
    return first
