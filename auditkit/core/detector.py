"""The contract: a detector is a function from evidence to findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from auditkit.core.arguments import Argument
from auditkit.core.errors import CannotDecide, InputError, nearest
from auditkit.core.evidence import UNIT, Evidence
from auditkit.core.finding import Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING

AFFIRMATIVE = frozenset({"1", "true", "yes", "y"})

_FEW = 200
"""Rows of a world that is drawn for its truth alone."""

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
    numbers
        the roles it reads as numbers, row by row; the evidence is then `Rows`. `None` where it reads no rows.
    default_margin
        what it suggests to tolerate; `None` makes it descriptive until a policy says more.
    nuisances
        differences that are not this bias and must not trip it; each is a world that `plant` can build.
    n_min
        the rows of a planted world from which a fair one mostly passes and a full dose surely fails; the calibration
        card is measured there.
    costly
        one examination of `n_min` rows takes more than 50 ms: its card rests on fewer replications.
    conservative
        the estimands whose intervals hold the truth more often than they say, and why.
    plug_in
        whether the same data twice leave every estimate where it was.
    """

    code: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    uses: ClassVar[tuple[str, ...]] = ()
    measures: ClassVar[str | None] = None
    numbers: ClassVar[tuple[str, ...] | None] = None
    subjects: ClassVar[tuple[str, ...]]
    default_margin: ClassVar[Margin | None]
    nuisances: ClassVar[tuple[str, ...]] = ()
    n_min: ClassVar[int] = 4_000
    costly: ClassVar[bool] = False
    conservative: ClassVar[Mapping[str, str]] = {}
    plug_in: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        cls.code = ".".join(cls.__module__.split(".")[-2:])

    @property
    def corrects(self) -> bool:
        """Whether it puts a reader's errors right by labels that people gave, in the role `checked`."""
        return "checked" in self.uses

    @abstractmethod
    def examine(self, evidence: Evidence) -> Told:
        """Estimate, and tell: every comparison this evidence allows, and what it does not allow."""

    @abstractmethod
    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Draw the evidence of about `n` rows from a world with this dose (0 to 1) of the bias.

        `truth` is closed form, never estimated by the detector itself. With a `nuisance`, dose 0 and that difference.
        """

    @classmethod
    def specimen(cls) -> Self:
        """The configuration whose error rates are measured and published."""
        return cls()

    def dose_at(self, theta: float, key: Key | None = None) -> float | None:
        """The dose whose true value of a comparison, the first planted one unless named, is `theta`; by bisection.

        `None` where no dose from 0 to 1 reaches it. For worlds that sit on the edge of a margin.
        """
        worlds = np.random.default_rng(0)

        def off(dose: float) -> float:
            truth = self.plant(dose, _FEW, worlds).truth
            return truth[key or next(iter(truth))] - theta

        low, high = 0.0, 1.0
        side = np.sign(off(low))
        if not side or np.sign(off(high)) == side:
            return None if side else low
        while high - low > 1e-12:
            middle = (low + high) / 2
            low, high = (middle, high) if np.sign(off(middle)) == side else (low, middle)
        return high

    def level_of(self, evidence: Evidence, axis: str, wanted: str | None, field: str, otherwise: str = "") -> str:
        """The level of an axis that a field names, or the only one of two that can be meant ("1", "True", "yes").

        Raises `CannotDecide` where every row has the same level, `InputError` where the level is not there; that says
        to name one with the field, or `otherwise`.
        """
        known = [level for level in evidence.levels_of(axis) if level != MISSING]
        column = evidence.name_of(axis)
        if len(known) < 2:
            what = f'every row has the same {axis}, "{known[0]}"' if known else f"every {axis} is missing"
            raise CannotDecide(f'In column "{column}" {what}, so nothing can be compared.')
        if wanted is None:
            if (only := meant(known)) is not None:
                return only
            raise InputError(
                f'{self.code} cannot tell which level of "{column}" is meant. It has: {labels(known)}. Say which with ',
                *either(field, known),
                f"{otherwise}.",
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


def meant(levels: Sequence[str]) -> str | None:
    """The only one of two levels that can be meant by an event nobody named, if any.

    >>> meant(["0", "1"]), meant(["approved", "denied"]), meant(["1", "2", "3"])
    ('1', None, None)
    """
    found = [level for level in levels if level.casefold() in AFFIRMATIVE]
    return found[0] if len(levels) == 2 and len(found) == 1 else None


def either(field: str, levels: Sequence[str]) -> Iterator[str | Argument]:
    """A field with each of two levels, as they are sorted; with none of more.

    To propose one would be to guess, and the wrong one turns an audit round.

    >>> "".join(map(str, either("positive", ["no", "yes"])))
    'positive="no" or positive="yes"'
    """
    if len(levels) == 2:
        yield from (Argument(field, levels[0]), " or ", Argument(field, levels[1]))
    else:
        yield Argument(field, "...")


def labels(items: Sequence[str]) -> str:
    """A list for a sentence: "a, b and c", cut after eight."""
    shown = list(items) if len(items) <= 8 else [*items[:7], f"{len(items) - 7} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else "none"
