"""What a finding has to say where a column was perceived by somebody: by whom, and how often that reader errs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditkit.core.annotator import PERCEIVED, Misreading
from auditkit.core.detector import Detector
from auditkit.core.evidence import Evidence
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.roles import MISSING, UNTOLD, Roles

MISREAD = "auditkit.misread"
"""Where a table keeps, by column, how often its reader is known to be wrong."""
READER, PEOPLE = "perceived by ", "perceived by people"
PUT_RIGHT = ", put right by checked labels"


@dataclass(frozen=True)
class Perceptions:
    """By column, who perceived what stands there, and how often that reader is known to be wrong."""

    bases: Mapping[str, str]
    known: Mapping[str, Iterable[Sequence[Any]]]

    @classmethod
    def of(cls, data: Any) -> Perceptions:
        """What a table keeps; nothing where it keeps nothing."""
        kept = getattr(data, "attrs", {})
        return cls(kept.get(PERCEIVED, {}), kept.get(MISREAD, {}))

    def said(
        self, item: Finding | NotAssessed, detector: Detector, roles: Roles, shown: Evidence
    ) -> Finding | NotAssessed:
        """A finding on what somebody perceived, saying so, and whether that reader's errors are still in it.

        They are where no `checked` labels put them right: then the sentence says so, and where a verdict may follow a
        note says how often the reader errs.
        """
        read = list(self._read(detector, roles, shown))
        if not read or not isinstance(item, Finding):
            return item
        right = _put_right(detector, shown)
        basis = " and ".join(dict.fromkeys(self.bases[column] for _, column in read))
        basis += PUT_RIGHT if right and any(role == "group" for role, _ in read) else ""
        left = [c for role, c in read if self._errs(c) and _levels(role, detector) and not (right and role == "group")]
        if not left:
            return replace(item, basis=basis)
        whom = " and ".join(dict.fromkeys(self.bases[column].removeprefix(READER) for column in left))
        correctable = "checked" in detector.uses
        notes = tuple(self.erring(c, correctable) for c in dict.fromkeys(left)) if item.margin else ()
        sentence = f"{item.sentence} As perceived by {whom}, uncorrected."
        return replace(item, basis=basis, sentence=sentence, notes=(*item.notes, *notes))

    def erring(self, column: str, correctable: bool) -> str:
        """How often the reader of a column errs, in a sentence.

        >>> Perceptions({"skin": "perceived by CLIP"}, {"skin": [("skin", "darker", 0.125, 80)]}).erring("skin", True)
        'skin, perceived by CLIP: of 80 darker, 12.5 % were read as something else; the finding does not allow for it.'
        >>> Perceptions({"skin": "perceived by CLIP"}, {}).erring("skin", True)
        'skin, perceived by CLIP: how often it errs is not known: give checked= labels.'
        """
        known = [Misreading(*one) for one in self.known.get(column, ())]
        told = "; ".join(_said(one) for one in known if one.attribute == column)
        if told:
            return f"{column}, {self.bases[column]}: {told}; the finding does not allow for it."
        what = "give checked= labels" if correctable else "this comparison takes no checked= labels"
        return f"{column}, {self.bases[column]}: how often it errs is not known: {what}."

    def _read(self, detector: Detector, roles: Roles, shown: Evidence) -> Iterator[tuple[str, str]]:
        """The perceived columns behind an evidence, with their roles; of several groups those that it shows."""
        names = {part for name in shown.names for part in name.split(" × ")}
        measured = (detector.measures,) if detector.measures else ()
        for role in dict.fromkeys((*detector.needs, *detector.uses, *measured)):
            if role in roles and role != "checked":
                seen = [column for column in roles[role] if role != "group" or column in names]
                yield from ((role, column) for column in seen if column in self.bases)

    def _errs(self, column: str) -> bool:
        """Whether its reader is fallible: not people, and not a reader that is exact by construction."""
        return self.bases[column].startswith(READER) and self.bases[column] != PEOPLE


def _levels(role: str, detector: Detector) -> bool:
    """Whether the role's column is read as levels, which can be right or wrong."""
    return role != detector.measures and role not in (detector.numbers or ())


def _put_right(detector: Detector, shown: Evidence) -> bool:
    """Whether a detector that takes checked labels was shown any."""
    there = "checked" in detector.uses and "checked" in shown
    return there and any(level not in (MISSING, UNTOLD) for level in shown.levels_of("checked"))


def _said(one: Misreading) -> str:
    rate = f"{100 * one.rate:.1f} %"
    if one.n:
        return f"of {one.n:,} {one.level}, {rate} were read as something else"
    return f"{rate} of {one.level} are read as something else"
