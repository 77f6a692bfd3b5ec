"""What a concept would look like without bias, and which level of an attribute is expected of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from auditkit.core.detector import labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints, Tally, level_order
from auditkit.core.finding import Reference, shares_of
from auditkit.core.roles import MISSING, UNTOLD
from auditkit.stats.concepts import ALL, Concepts

GOAL = "equal shares are a normative target that was set for this audit; they count no world"


class Directed(NamedTuple):
    """C concepts, the level expected of each, its place and its share in the reference."""

    concepts: Concepts
    expected: list[str]
    at: Ints
    share: Floats


@dataclass(frozen=True)
class Expectations:
    """A reference for each concept or one for all, or the levels whose parity is the goal; and stereotypes, if named.

    >>> sky = Reference({"blue": .7, "grey": .3}, why="days", source="a diary")
    >>> e = Expectations({"sky": sky}, None, ())
    >>> e.expected("sky"), e.shares("sky")["blue"], e.expected("sea"), e.support(["sky"])
    ('blue', 0.7, None, (-0.7, 0.30000000000000004))
    """

    given: Reference | Mapping[str, Reference] | None
    stereotype: str | Mapping[str, str] | None
    parity: tuple[str, ...]

    def check(self) -> None:
        """Refuse anything but a reference with shares, or a goal."""
        if bool(self.parity) == (self.given is not None):
            raise InputError("Give a reference, or as parity the levels whose equal shares are the goal: one of both.")
        for concept in self.given if isinstance(self.given, Mapping) else (ALL,):
            shares_of(self.reference(concept))

    def reference(self, concept: str) -> Reference | None:
        """What a concept would look like, and who says so; `None` where nobody does."""
        if self.parity:
            return Reference(dict.fromkeys(self.parity, 1 / len(self.parity)), GOAL, "whoever set up this audit")
        return self.given.get(concept) if isinstance(self.given, Mapping) else self.given

    def references(self, concepts: Sequence[str]) -> list[Reference]:
        """The references of concepts that have one."""
        return [reference for concept in concepts if (reference := self.reference(concept)) is not None]

    def shares(self, concept: str) -> dict[str, float]:
        """The shares of a concept's levels; empty where there is no reference."""
        reference = self.reference(concept)
        return {} if reference is None else reference.shares()

    def table(self, concepts: Sequence[str], levels: Sequence[str]) -> Floats:
        """The shares (C, K) of levels in concepts; 0 where a reference does not name the level."""
        rows = [self.shares(concept) for concept in concepts]
        return np.array([[own.get(level, 0.0) for level in levels] for own in rows]).reshape(len(rows), len(levels))

    def expected(self, concept: str) -> str | None:
        """The level expected of a concept: its stereotype, else that of the largest share; `None` where two tie."""
        shares = self.shares(concept)
        if self.stereotype is not None:
            level = self.stereotype if isinstance(self.stereotype, str) else self.stereotype.get(concept)
            return level if level in shares else None
        most = [level for level, share in shares.items() if share == max(shares.values())]
        return most[0] if len(most) == 1 else None

    def stake(self, concept: str, shown: str) -> float | None:
        """What one generation adds to its concept's gap: 1 where it shows the level expected, less the level's share.

        Its mean within a concept is p_c - q_c. `None` where nothing is expected, or the level could not be read.
        """
        level = self.expected(concept)
        return None if level is None or shown == MISSING else float(shown == level) - self.shares(concept)[level]

    def support(self, concepts: Sequence[str]) -> tuple[float, float]:
        """The range that the stake of a generation of any of these concepts cannot leave."""
        q = [self.shares(concept)[level] for concept in concepts if (level := self.expected(concept)) is not None]
        return -max(q, default=1.0), 1 - min(q, default=0.0)

    @property
    def said(self) -> str:
        """Which level is expected, and against what."""
        what = "the level most common in the reference" if self.stereotype is None else "its stereotype"
        return f"{what} is shown against {f'the declared goal ({GOAL})' if self.parity else 'the reference'}"

    def read(self, tally: Tally, sampled: bool) -> tuple[Concepts, tuple[str, ...]]:
        """The concepts that have a reference and a generation that could be read, and a note on the others.

        Raises `CannotDecide` where generations show no level that a reference knows, so that a reference for one
        attribute is silent about another, and where they show others too: what nobody expected stops no audit.
        """
        asked = tally.without("context", MISSING) if "context" in tally else tally
        names = asked.levels_of("context") if "context" in asked else (ALL,)
        levels = {level for name in names for level in self.shares(name)}
        axes = [axis for axis in ("group", "checked") if axis in asked]
        strange = {level for axis in axes for level in asked.levels_of(axis)} - {MISSING, UNTOLD} - levels
        if not levels & set(asked.levels_of("group")):
            shown = labels(asked.levels_of("group"))
            raise CannotDecide(f"no concept here has a reference for what is shown: {shown}")
        if strange:
            raise CannotDecide(
                f"the reference has no share for: {labels(sorted(strange))}; give what never happens the share 0, and "
                "leave missing what could not be read"
            )
        referred = [name for name in names if self.shares(name)]
        every = Concepts.of(asked, referred, sorted(levels, key=level_order), sampled)
        kept = every.taken(every.counts.sum(axis=1) > 0)
        if kept.checked and kept.unit is not None:
            raise CannotDecide("a reader is put right for these prompts only: take them as given, or leave out checked")
        lost = [name for name in names if name not in kept.names]
        return kept, (f"No reference, or no generation that could be read: {labels(lost)}.",) if lost else ()

    def directed(self, every: Concepts) -> Directed:
        """The concepts of which a level is expected, with that level and its share."""
        c = every.taken([self.expected(name) is not None for name in every.names])
        expected = [level for name in c.names if (level := self.expected(name)) is not None]
        at = np.array([c.levels.index(level) for level in expected], np.int64)
        return Directed(c, expected, at, self.table(c.names, c.levels)[np.arange(len(at)), at])
