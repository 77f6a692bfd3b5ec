"""The contract: a detector is a function from evidence to findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.errors import CannotDecide, InputError, nearest
from auditkit.core.evidence import UNIT, Evidence
from auditkit.core.finding import Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING

AFFIRMATIVE = frozenset({"1", "true", "yes", "y"})

Told = tuple[Finding | NotAssessed, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """A world with a known dose of bias: what a detector would see there, and the true values by finding key.

    Findings that the plant says nothing about are absent from `truth`.
    """

    evidence: Evidence
    truth: Mapping[Key, float]


class Detector(ABC):
    """A question about evidence. Subclasses are frozen dataclasses whose fields are configuration, never columns.

    The naming law: `detectors/selection/composition.py` holds `Composition`, code `selection.composition`, derived
    from where it stands.

    needs
        the roles it cannot do without; each becomes an axis of the tally it is shown.
    uses
        the roles it takes when they are given. `unit` and `weight` are always taken.
    measures
        a role whose numbers are summarised instead of counted; the evidence is then `Moments`.
    default_margin
        what it suggests to tolerate; `None` makes it descriptive until a policy says more.
    nuisances
        differences that are not this bias and must not trip it; each is a world that `plant` can build.
    """

    code: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    uses: ClassVar[tuple[str, ...]] = ()
    measures: ClassVar[str | None] = None
    subjects: ClassVar[tuple[str, ...]]
    default_margin: ClassVar[Margin | None]
    nuisances: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.code = ".".join(cls.__module__.split(".")[-2:])

    @abstractmethod
    def examine(self, evidence: Evidence) -> Told:
        """Estimate, and tell: every comparison this evidence allows, and what it does not allow."""

    @abstractmethod
    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Draw the evidence of about `n` rows from a world with this dose (0 to 1) of the bias.

        `truth` is closed form, never estimated by the detector itself. With a `nuisance`, dose 0 and that difference.
        """

    @abstractmethod
    def dose_at(self, theta: float) -> float:
        """The dose whose true effect on the headline finding is `theta`; for worlds that sit on the margin's edge."""

    def level_of(self, evidence: Evidence, axis: str, wanted: str | None, field: str) -> str:
        """The level of an axis that a field names, or the only one of two that can be meant ("1", "True", "yes").

        Raises `CannotDecide` where every row has the same level, `InputError` where the level is not there.
        """
        known = [level for level in evidence.levels_of(axis) if level != MISSING]
        column = evidence.name_of(axis)
        if len(known) < 2:
            what = f'every row has the same {axis}, "{known[0]}"' if known else f"every {axis} is missing"
            raise CannotDecide(f'In column "{column}" {what}, so nothing can be compared.')
        if wanted is None:
            meant = [level for level in known if level.casefold() in AFFIRMATIVE]
            if len(known) == 2 and len(meant) == 1:
                return meant[0]
            raise InputError(
                f'{self.code} cannot tell which level of "{column}" is meant. It has: {labels(known)}. '
                f"Say which with {field}."
            )
        if str(wanted) not in known:
            raise InputError(
                f'"{column}" has no level "{wanted}". It has: {labels(known)}.{nearest(str(wanted), known)}'
            )
        return str(wanted)

    def refuse(self, evidence: Evidence, *, weights: bool = False, units: bool = False) -> None:
        """Raise `CannotDecide` on weights or shared units that this detector's intervals do not allow for."""
        if weights and evidence.weighted:
            raise CannotDecide("its interval does not allow for weights: leave the role weight out")
        if units and UNIT in evidence:
            raise CannotDecide("its interval takes rows as independent, and here units share rows")

    def not_assessed(self, because: str, attribute: str = "", estimand: str = "") -> NotAssessed:
        """Say what this detector could not look at."""
        return NotAssessed(self.code, because, attribute, estimand)


def labels(items: Sequence[str]) -> str:
    """A list for a sentence: "a, b and c", cut after eight."""
    shown = list(items) if len(items) <= 8 else [*items[:7], f"{len(items) - 7} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else "none"
