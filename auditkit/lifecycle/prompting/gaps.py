"""Gaps between groups of the design: which answers count as hits, and which group is compared with which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.core.estimate import Floats
from auditkit.stats.contrasts import OTHERS
from auditkit.stats.treatments import Answers

MOST = 10
"""Groups that are compared at once: every gap of the one wording is bet against every gap of the other."""


@dataclass(frozen=True)
class Gaps:
    """How often each group's answers hit, less how often those of another group or of all others do.

    `sides` are the places of each group's prompts, the k-th of all groups a unit; `pairs` the group of each gap and
    those that it is compared with. A hit is an answer of this `level`, or, `turned`, one of any other: who asks about
    refusals names what is an answer, and then only that is of use.
    """

    levels: tuple[str, ...]
    sides: tuple[tuple[int, ...], ...]
    pairs: tuple[tuple[int, tuple[int, ...]], ...]
    level: str
    turned: bool = False

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The two sides of each gap as a finding names them."""
        among = len(self.levels) > 2
        every = [(own, others, among and len(others) == len(self.levels) - 1) for own, others in self.pairs]
        return tuple((self.levels[own], OTHERS if rest else self.levels[others[0]]) for own, others, rest in every)

    def answers(self, shown: NDArray[Any], missing: NDArray[np.bool_]) -> Answers:
        """What answers (R, prompts) stake: (R, units) of one gap, of several (gaps, R, units)."""
        same = np.array([[str(value) == self.level for value in row] for row in shown])
        known, low, high = (np.where(missing, end, same != self.turned) for end in (np.nan, 0.0, 1.0))
        usable = (same if self.turned else True) & ~missing
        told = [self._gaps(*ends) for ends in ((known, known), (low, high), (high, low))]
        heard = (~missing).astype(float) if self.turned else None
        return Answers(told[0], usable.astype(float), told[1], told[2], heard)

    def _gaps(self, own: Floats, other: Floats) -> Floats:
        """Of each gap the one side, with these outcomes, less the mean of the others, with those."""
        gaps = [self._of(own, at) - sum(self._of(other, k) for k in others) / len(others) for at, others in self.pairs]
        return gaps[0] if len(gaps) == 1 else np.array(gaps)

    def _of(self, outcomes: Floats, group: int) -> Floats:
        side: Floats = outcomes[:, list(self.sides[group])]
        return side


def gaps_of(shown: Sequence[Any], levels: tuple[str, ...], versus: str | None, level: str, turned: bool) -> Gaps:
    """The gaps of a design whose prompts are of these groups: of two second less first, of more each less all others.

    With `versus` each less that one.
    """
    sides = tuple(tuple(at for at, one in enumerate(shown) if one == name) for name in levels)
    base = levels[0] if versus is None and len(levels) == 2 else versus
    every = range(len(levels))
    if base is None:
        pairs = tuple((at, tuple(k for k in every if k != at)) for at in every)
    else:
        pairs = tuple((at, (levels.index(base),)) for at in every if levels[at] != base)
    return Gaps(levels, sides, pairs, level, turned)
