"""Evidence about individuals on graded levels, with favourable and other decisions counted on each, by group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Tally
from auditkit.core.finding import Count


class Graded(NamedTuple):
    """The evidence in units of its pooled SD, `scaled` (k,), and the `positive` and `negative` of each group on it."""

    scaled: Floats
    positive: Floats
    negative: Floats

    @classmethod
    def of(cls, known: Tally, favourable: str) -> Graded:
        """Read a tally with the axes group, evidence and outcome; counts are shaped (groups, k).

        Raises `InputError` where a level of the evidence is no number, `CannotDecide` where it does not vary.

        >>> cells = {("a", "1", "yes"): 3, ("a", "3", "no"): 1, ("b", "3", "yes"): 2}
        >>> g = Graded.of(Tally.of_cells(("group", "evidence", "outcome"), cells), "yes")
        >>> g.scaled.round(6).tolist(), g.positive.tolist()
        ([-1.0, 1.0], [[3.0, 0.0], [0.0, 2.0]])
        """
        values = _numbers(known)
        hits = np.array([level == favourable for level in known.levels_of("outcome")])
        cube = known.cube("group", "evidence", "outcome", of="n")
        positive, negative = cube[:, :, hits].sum(axis=2), cube[:, :, ~hits].sum(axis=2)
        return cls(_standardised(values, (positive + negative).sum(axis=0)), positive, negative)

    def side(self, group: int) -> tuple[Floats, Floats, Floats]:
        """The evidence, and the counts of one group on it."""
        return self.scaled, self.positive[group], self.negative[group]

    def decided(self, group: int, label: str) -> Count:
        """How many of a group were decided favourably."""
        hits, n = float(self.positive[group].sum()), float((self.positive[group] + self.negative[group]).sum())
        return Count(label, round(hits), round(n), hits / n if n else None)


def _numbers(known: Tally) -> Floats:
    levels = known.levels_of("evidence")
    try:
        return np.array([float(level) for level in levels])
    except ValueError:
        column = known.name_of("evidence")
        raise InputError(f'The evidence is a number, and column "{column}" has {levels[-1]!r}.') from None


def _standardised(values: Floats, n: Floats) -> Floats:
    mean = values @ n / n.sum()
    sd = float(np.sqrt((values - mean) ** 2 @ n / n.sum()))
    if sd == 0:
        raise CannotDecide("the evidence does not vary")
    scaled: Floats = (values - mean) / sd
    return scaled
