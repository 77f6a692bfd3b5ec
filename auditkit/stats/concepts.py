"""Generations of several concepts, read for an attribute: how often each shows a level, as read or as put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Floats
from auditkit.core.evidence import UNIT, Ints, Tally, level_order
from auditkit.core.finding import Cap
from auditkit.core.roles import MISSING, UNTOLD
from auditkit.stats.clusters import Sample, sample, union_rates
from auditkit.stats.double_sampling import rates_by_reading
from auditkit.stats.misclassification import size_caps
from auditkit.stats.proportions import Curve, wilson

UNSAID = -2
"""The place of a truth that somebody looked up and could not tell."""
ALL = "all generations"
"""The one concept of generations that were asked for none."""


Untold = Literal["left out", "in no row", "in every row"]


class Shown(NamedTuple):
    """How often C concepts show one level each: rates and the rows they are worth, and each rate's own limits."""

    rate: Floats
    rows: Floats
    n_eff: Floats
    curve: Curve
    method: str
    caps: tuple[Cap, ...] = ()
    sample: Sample | None = None


@dataclass(frozen=True)
class Concepts:
    """C concepts and the K levels that a reference knows, with a cell for each row, read or not.

    `concept`, `level` and `truth` are the places of a row's values, -1 for a level that could not be read and for a
    truth that nobody looked up, -2 for one that was looked up and not told; `unit` is its prompt, where prompts were
    sampled and share rows.
    """

    names: tuple[str, ...]
    levels: tuple[str, ...]
    concept: Ints
    level: Ints
    truth: Ints
    unit: Ints | None
    n: Floats

    @classmethod
    def of(cls, tally: Tally, names: Sequence[str], levels: Sequence[str], sampled: bool) -> Concepts:
        """Read the roles context, group, checked and, where prompts are `sampled`, unit of these concepts alone."""
        rows = tally.where("context", *names) if "context" in tally else tally
        places = [dict(zip(some, range(len(some)), strict=True)) for some in (names, levels)]

        def at(axis: str, place: Mapping[str, int]) -> Ints:
            known = np.array([place.get(level, -1) for level in rows.levels_of(axis)] or [0], np.int64)
            return known[rows.codes[:, rows.index(axis)]]

        concept = at("context", places[0]) if "context" in rows else np.zeros(len(rows), np.int64)
        truth = at("checked", {**places[1], UNTOLD: UNSAID}) if "checked" in rows else np.full(len(rows), -1)
        unit = rows.codes[:, rows.index(UNIT)] if sampled and UNIT in rows else None
        n = rows.n.astype(float)
        return cls(tuple(names), tuple(levels), concept, at("group", places[1]), truth, unit, n)

    def taken(self, kept: ArrayLike) -> Concepts:
        """Some of the concepts, by mask (C,)."""
        mask = np.asarray(kept, bool)
        rows, place = mask[self.concept], np.cumsum(mask) - 1
        names = tuple(name for name, keep in zip(self.names, mask, strict=True) if keep)
        unit = None if self.unit is None else self.unit[rows]
        parts = self.level[rows], self.truth[rows], unit, self.n[rows]
        return Concepts(names, self.levels, place[self.concept[rows]], *parts)

    @property
    def counts(self) -> Floats:
        """Rows (C, K) by concept and level as read."""
        known = self.level >= 0
        return self._counted(self.concept[known] * len(self.levels) + self.level[known], self.n[known])

    @property
    def unread(self) -> Floats:
        """Rows (C,) whose level could not be read."""
        lost = self.level < 0
        return np.bincount(self.concept[lost], self.n[lost], minlength=len(self.names)).astype(float)

    @property
    def checked(self) -> bool:
        """Whether somebody looked up any truth."""
        return bool((self.truth >= 0).any())

    @property
    def untold(self) -> Floats:
        """Rows (C,) that were read, and whose truth somebody looked up and could not tell."""
        lost = (self.truth == UNSAID) & (self.level >= 0)
        return np.bincount(self.concept[lost], self.n[lost], minlength=len(self.names)).astype(float)

    @property
    def told(self) -> Floats:
        """Rows (C,) that were read, and whose truth is known."""
        known = (self.truth >= 0) & (self.level >= 0)
        return np.bincount(self.concept[known], self.n[known], minlength=len(self.names)).astype(float)

    def _counted(self, cells: Ints, n: Floats) -> Floats:
        shape = len(self.names), len(self.levels)
        return np.bincount(cells, n, minlength=shape[0] * shape[1]).astype(float).reshape(shape)

    def shown(self, levels: Ints, untold: Untold = "left out") -> Shown:
        """How often each concept (C,) shows its own one of `levels` (C,); put right where truths were looked up.

        Put right by `rates_by_reading`, concept by concept, so that a reader who errs more on one of them is no harm;
        both verdicts on their mean are withheld where fewer than 100 rows were checked in all. What was looked up and
        not told is left out, or taken to show its concept's level in no row, or in every row.
        """
        if self.checked:
            return self._corrected(levels, untold)
        known = self.level >= 0
        hit = np.where(self.level == levels[self.concept], "in", "out")[known].tolist()
        columns = {"context": [str(i) for i in self.concept[known]], "shown": hit}
        if self.unit is not None:
            columns[UNIT] = [str(u) for u in self.unit[known]]
        tally = Tally.of(columns, n=self.n[known].astype(int).tolist())
        s = sample(tally, "context", "shown", ["in"], [str(i) for i in range(len(self.names))])
        r = union_rates(s, np.eye(len(self.names), dtype=bool))
        return Shown(r.value, r.n, r.n_eff, wilson(r), "Wilson" + ("" if s.plain else ", clusters"), (), s)

    def _corrected(self, levels: Ints, untold: Untold) -> Shown:
        known = self.level >= 0
        told = known & (self.truth >= 0)
        open_ = known & (self.truth == UNSAID) & (untold != "left out")
        looked, true = told | open_, told & (self.truth == levels[self.concept]) | (open_ & (untold == "in every row"))
        cell = self.concept * len(self.levels) + self.level
        read, seen, right = (self._counted(cell[mask], self.n[mask]) for mask in (known, looked, true))
        c = rates_by_reading(read, seen, right, levels, self.names)
        rows, worth = (np.array([getattr(e, part) for e in c.rates], float) for part in ("n", "n_eff"))
        (caps,) = size_caps([self.n[told].sum()], ["all concepts"])
        return Shown(c.curve.value, rows, worth, c.curve, "prediction-powered", caps)


def paired_concepts(made: Tally, known: Tally) -> tuple[tuple[Concepts, Concepts], list[str]]:
    """The concepts that both tallies show something of that could be read, level by level; and those that are lost.

    Raises `CannotDecide` where there are none, and where only one of both was looked up by somebody.
    """
    sides = [t.without("context", MISSING) if "context" in t else t for t in (made, known)]
    each = [t.levels_of("context") if "context" in t else (ALL,) for t in sides]
    levels = {level for t in sides for axis in ("group", "checked") if axis in t for level in t.levels_of(axis)}
    names = [name for name in each[0] if name in each[1]]
    read = [Concepts.of(t, names, sorted(levels - {MISSING, UNTOLD}, key=level_order), False) for t in sides]
    kept = np.all([c.counts.sum(axis=1) > 0 for c in read], axis=0)
    if not kept.any():
        raise CannotDecide("no concept was read in both arms")
    if read[0].checked != read[1].checked:
        raise CannotDecide("somebody checked rows of one arm alone: a reader is put right in both or in none")
    a, b = (c.taken(kept) for c in read)
    return (a, b), [name for name in dict.fromkeys((*each[0], *each[1])) if name not in a.names]
