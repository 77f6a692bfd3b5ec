"""Two groups that come in turns: who stands on the two sides of a seam between two turns is not compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LONG, FALLS, RECENT = 10, 4, 40
"""A group's score rises by 1 with each of its events, to `LONG` at most, and falls by `FALLS` with each of the other's,
to 0 at least; so many events a moment is recent."""
HELD = 20
"""Pairs by which those that were torn, or those that met, are ahead at most."""

Held = tuple[float, int, int]
"""A pair that waits: its X, when it was complete, and of how many outcomes it is."""
Told = tuple[tuple[int, int], tuple[int, int], tuple[Held, ...], int]
NONE: Told = ((0, 0), (-RECENT, -RECENT), (), 0)
"""No seam yet: scores, when each was last `LONG`, pairs that wait, and how far those that were torn are ahead."""


@dataclass(slots=True)
class Seams:
    """A turn of one group, and then one of the other: both scores were `LONG` within `RECENT` events.

    What a rate does from turn to turn is, at a seam, the same as a gap: where all of the one come before all of the
    other, an effect of the group and one of the time have the same likelihood, and no outcome tells them apart. Of
    groups that mix one is met by those before and those behind it. So a pair of a group that comes while the other's
    score was lately `LONG` waits for `RECENT` events, and is torn where its own becomes `LONG` meanwhile.

    Scores are a matter of the groups' order alone, so that whoever is betted on was chosen by no outcome. At random
    less than 20 seams are told in a million events, whatever the two shares are. In turns of 50 and more of which up to
    one in ten are of the other group they are told too, and those few are met (`tests/stats/test_seams.py`). Turns of
    less than `LONG` events are not told, and a rate that moves in step with those is a gap.

    >>> seams = Seams.of(NONE)
    >>> [heard for heard in range(1, 41) if seams.told(int(heard > 20), heard) and not seams.tear(1)]
    [30]
    """

    scores: list[int]
    high: list[int]
    held: list[Held] = field(default_factory=list)
    ahead: int = 0

    @classmethod
    def of(cls, told: Sequence[Any]) -> Seams:
        """What `kept` gave; raises `TypeError` or `ValueError` for anything else."""
        scores, high, held, ahead = told
        numbers = [*scores, *high, ahead, *(part for _, *rest in held for part in rest)]
        if len(scores) != 2 or len(high) != 2 or not all(type(one) is int for one in numbers):
            raise ValueError("seams are told by whole numbers, of two groups")
        return cls(list(scores), list(high), [(float(x), when, of) for x, when, of in held], ahead)

    @property
    def kept(self) -> Told:
        """All of it, as tuples."""
        (a, b), (first, second) = self.scores, self.high
        return (a, b), (first, second), tuple(self.held), self.ahead

    def told(self, group: int, heard: int) -> bool:
        """Whether an event of a group, the so many-th that is heard, tells of a seam."""
        scores = self.scores
        scores[1 - group] = max(scores[1 - group] - FALLS, 0)
        if scores[group] < LONG:
            scores[group] += 1
        if scores[group] < LONG:
            return False
        self.high[group] = heard
        return heard - self.high[1 - group] < RECENT

    def waits(self, group: int, heard: int) -> bool:
        """Whether a pair that an event of a group completes may be one over a seam."""
        return heard - self.high[1 - group] < RECENT

    def tear(self, group: int) -> int:
        """Give up the pairs that wait, for a seam before a turn of a group; of how many outcomes they were."""
        gone = sum(of for _, _, of in self.held)
        self.ahead = min(self.ahead + max(len(self.held), 1), HELD)
        self.held.clear()
        self.high[1 - group] = -RECENT
        return gone

    def released(self, heard: int) -> list[float]:
        """The pairs that have waited long enough."""
        ripe = [x for x, when, _ in self.held if heard - when >= RECENT]
        del self.held[: len(ripe)]
        for _ in ripe:
            self.meets()
        return ripe

    def meets(self) -> None:
        """That a pair was met."""
        if self.ahead > -HELD:
            self.ahead -= 1
