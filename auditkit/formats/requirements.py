"""What somebody else's list asks for, and which part of a report answers it: a map, a requirement at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.evidence import Claim, cited, claims, document
from auditkit.formats.recipes import Tell

SIGNATURES = ({"name": "", "role": "", "date": ""},) * 2
"""To be filled in by the persons responsible."""
PERFORMANCE = (
    "disparity.calibration",
    "disparity.error_rates",
    "disparity.regression",
    "disparity.subgroups",
    "reporting.stratum_error",
)
"""The detectors that compare how often, or by how much, a system errs."""
DATA = ("selection", "reporting")
"""The families that look at the data themselves."""

Pick = Callable[[Claim], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement, in our own words: what counts as evidence of it here, and what no report of this kind can hold."""

    id: str
    title: str
    asks: str
    absent: tuple[str, ...] = ()
    pick: Pick = lambda claim: False
    tell: tuple[Tell, ...] = ()

    def of(self, report: Report, judgement: Judgement, every: Sequence[Claim]) -> Answered:
        """What this report holds of it."""
        facts = tuple(fact for tell in self.tell for fact in tell(report, judgement))
        return Answered(self, facts, tuple(claim for claim in every if self.pick(claim)))


@dataclass(frozen=True, slots=True)
class Answered:
    """A requirement with the facts and the claims that a report holds of it.

    `fresh` are the facts that no requirement before it told, `again` says which one told how many of the others.
    """

    asked: Asked
    facts: tuple[str, ...]
    claims: tuple[Claim, ...]
    again: tuple[tuple[str, int], ...] = ()
    fresh: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is any evidence."""
        return bool(self.facts or self.claims)

    @property
    def cited(self) -> str:
        """Its claims in a line."""
        return cited(self.claims)

    @property
    def told(self) -> str:
        """The evidence in a line."""
        facts = "1 fact" if len(self.facts) == 1 else f"{len(self.facts)} facts"
        told = [self.cited] if self.claims else []
        return "; ".join([*told, facts] if self.facts else told)

    def to_dict(self) -> dict[str, Any]:
        """The wire format; claims by their number."""
        told: dict[str, Any] = {"id": self.asked.id, "title": self.asked.title, "asks": self.asked.asks}
        told |= {"evidence": list(self.facts), "claims": [claim.id for claim in self.claims]}
        return told | {"found": self.found, "absent": list(self.asked.absent)}


@dataclass(frozen=True, slots=True)
class Map:
    """A list of requirements answered from one report, with all of its claims."""

    answered: tuple[Answered, ...]
    claims: tuple[Claim, ...]


def answer(asked: Sequence[Asked], report: Report, judgement: Judgement) -> Map:
    """The whole list, answered from one report."""
    every = claims(report, judgement)
    told: dict[str, str] = {}
    answered = []
    for one in asked:
        found = one.of(report, judgement, every)
        again = Counter(told[fact] for fact in found.facts if fact in told)
        fresh = tuple(fact for fact in found.facts if fact not in told)
        told |= dict.fromkeys(fresh, one.id)
        answered.append(replace(found, fresh=fresh, again=tuple(again.items())))
    return Map(tuple(answered), every)


def mapped(artefact: str, found: Map, report: Report, judgement: Judgement, rest: Mapping[str, Any]) -> str:
    """A map as JSON, with the lines for signatures."""
    told = {**rest, "requirements": [one.to_dict() for one in found.answered], "signatures": list(SIGNATURES)}
    return document(artefact, report, judgement, told)


def anything(claim: Claim) -> bool:
    """Every claim."""
    return True


def performance(claim: Claim) -> bool:
    """Claims about how often, or by how much, a system errs."""
    return claim.code in PERFORMANCE


def about_data(claim: Claim) -> bool:
    """Claims about the data themselves."""
    return claim.family in DATA
