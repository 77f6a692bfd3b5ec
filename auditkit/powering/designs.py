"""Worlds of a known dose beside the detectors' own: two groups, a plan's own concepts, units that grow in number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from auditkit.core.detector import Planted
from auditkit.core.errors import InputError
from auditkit.core.evidence import UNIT, Evidence, Tally
from auditkit.core.finding import Key
from auditkit.detectors.disparity.selection_rate import RATE
from auditkit.stats.expectations import Expectations

ROUNDING = 1e-9
UNKNOWN = "?"
"""What is shown where nobody says what could be."""


class World(Protocol):
    """Where evidence of a known dose of bias comes from; every detector is one."""

    def plant(self, dose: float, n: int, rng: np.random.Generator) -> Planted:
        """The evidence of about n rows, and the true values."""

    def dose_at(self, theta: float, key: Key | None = None) -> float | None:
        """The dose whose true value of a comparison is `theta`."""


@dataclass(frozen=True)
class TwoGroups:
    """Group a selected at a rate, group b, a share of the rows, further on the side where there is more room.

    >>> TwoGroups(.1, .2).plant(0.0, 1000, np.random.default_rng(0)).evidence.cube("group").tolist()
    [800.0, 200.0]
    """

    rate: float
    share: float
    code: str = "disparity.selection_rate"

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1 or not 0 < self.share <= 0.5:
            raise InputError(
                f"A rate lies between 0 and 1, the share of the smaller group above 0 and at most .5. These are "
                f"{self.rate:g} and {self.share:g}."
            )

    @property
    def said(self) -> str:
        """What is assumed."""
        return (
            f"Two groups, of which the smaller is {100 * self.share:g} % of the rows, selected at a rate of "
            f"{self.rate:g}."
        )

    @property
    def room(self) -> float:
        """How far the rate of group b goes at the full dose."""
        return 1 - self.rate if self.rate < 0.5 else -self.rate

    def plant(self, dose: float, n: int, rng: np.random.Generator) -> Planted:
        """Binomial counts."""
        size, rate = round(n * self.share), self.rate + dose * self.room
        cells: dict[tuple[str, ...], int] = {}
        for group, rows, p in (("a", n - size, self.rate), ("b", size, rate)):
            hits = int(rng.binomial(rows, p))
            cells |= {(group, "1"): hits, (group, "0"): rows - hits}
        key = Key(self.code, f"{RATE} difference", "b", "a", "group")
        truth = {key: rate - self.rate, key._replace(estimand=f"{RATE} ratio"): rate / self.rate}
        return Planted(Tally.of_cells(("group", "outcome"), cells), truth)

    def dose_at(self, theta: float, key: Key | None = None) -> float | None:
        """Closed form: the rate is a straight line in the dose."""
        gap = self.rate * (theta - 1) if key is not None and key.estimand.endswith("ratio") else theta
        return _dose(gap, self.room)


@dataclass(frozen=True)
class Generated:
    """As many generations of each of the plan's own concepts, a part `dose` of them of the level expected of it.

    `concepts` are those that have a reference, of all that are `asked`.
    """

    given: Expectations
    concepts: tuple[str, ...]
    key: Key
    asked: int = 0

    @property
    def said(self) -> str:
        """What is assumed."""
        some = len(self.concepts)
        of = f"{some} concepts, as many of each," if some > 1 else "one concept"
        lost = f" Generations of the {self.asked - some} without a reference play no part." if self.asked > some else ""
        return (
            f"Generations of {of} at the shares of the plan's own references; bias turns a part of "
            f"them into the level expected of their concept.{lost}"
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator) -> Planted:
        """Multinomial counts."""
        cells: dict[tuple[str, ...], int] = {}
        for concept in self.concepts:
            shares, expected = self.given.shares(concept) or {UNKNOWN: 1.0}, self.given.expected(concept)
            part = dose if expected is not None else 0.0
            p = [(1 - part) * share + part * (level == expected) for level, share in shares.items()]
            drawn = rng.multinomial(max(n // len(self.concepts), 1), np.array(p) / sum(p)).tolist()
            cells |= {(concept, level): count for level, count in zip(shares, drawn, strict=True)}
        return Planted(Tally.of_cells(("context", "group"), cells), {self.key: dose * self._room})

    def dose_at(self, theta: float, key: Key | None = None) -> float | None:
        """Closed form: the mean gap is a straight line in the dose."""
        return _dose(theta, self._room)

    @property
    def _room(self) -> float:
        """How far the mean gap goes at the full dose; nowhere where no level is expected."""
        led = {name: level for name in self.concepts if (level := self.given.expected(name)) is not None}
        return math.fsum(1 - self.given.shares(name)[level] for name, level in led.items()) / max(len(led), 1)


@dataclass(frozen=True)
class MoreUnits:
    """A world whose units are as many as its rows ask for: independent draws of it, each with units of its own."""

    world: World
    size: int

    def plant(self, dose: float, n: int, rng: np.random.Generator) -> Planted:
        """The evidence of several worlds is the sum of theirs."""
        copies = max(round(n / self.size), 1)
        drawn = [self.world.plant(dose, n // copies, rng) for _ in range(copies)]
        parts = [_renamed(planted.evidence, k) for k, planted in enumerate(drawn)]
        return Planted(_summed(parts), drawn[0].truth)

    def dose_at(self, theta: float, key: Key | None = None) -> float | None:
        """That of the world."""
        return self.world.dose_at(theta, key)


def _dose(away: float, room: float) -> float | None:
    """The part of the way, `None` where it leads elsewhere."""
    part = away / room if room else math.inf
    return min(max(part, 0.0), 1.0) if -ROUNDING <= part <= 1 + ROUNDING else None


def _summed(parts: Sequence[Evidence]) -> Evidence:
    """The sum by halves: what is added is as large as what it is added to."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return _summed(parts[:middle]) + _summed(parts[middle:])  # type: ignore[operator]  # all are of one kind


def _renamed(evidence: Evidence, copy: int) -> Evidence:
    return evidence.relabel(UNIT, {level: f"{copy}.{level}" for level in evidence.levels_of(UNIT)})
