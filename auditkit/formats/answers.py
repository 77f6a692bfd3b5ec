"""Answers in words behind a finding: what was asked and answered, by cell, and where some of the answers looked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from auditkit.core.attention import UNATTENDED
from auditkit.core.finding import Exemplar, Finding
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.core.roles import MISSING
from auditkit.core.target import Attention
from auditkit.formats.intervals import ranked
from auditkit.formats.sheets import COUNTED, shot_of

ASKED, ANSWERED = "text", "answer"
"""The columns of a run that hold what was asked and what was answered."""
MOST_QUOTES, MOST_MAPS = 24, 6
"""Answers of one finding that a page shows, and pictures of where they looked."""
MOST_SQUARES = 12_000
"""Of those pictures on one page; findings take their share in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What was asked, what was answered, why there is no answer, and the rest of its row; each may be empty.

    Of a conversation the first question is told, with the answers before the last one: "is snow white ? “yes” …".
    """

    asked: str
    answered: str
    because: str
    row: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The answers of one cell, how many rows that has where its label says so, and where the first of them looked."""

    label: str
    rows: str
    quotes: tuple[Quote, ...]
    maps: tuple[Attention, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a page shows of a finding's answers; `unseen` says of which models nothing is known of where they looked.

    `same_as` is the place of another finding that shows the same answers, so that a page need not hold them twice.
    """

    passages: tuple[Passage, ...]
    left_out: int
    unseen: tuple[str, ...]
    same_as: int | None = None

    @property
    def shown(self) -> int:
        """How many answers."""
        return sum(len(passage.quotes) for passage in self.passages)

    @property
    def maps(self) -> int:
        """How many pictures of where they looked."""
        return sum(len(passage.maps) for passage in self.passages)


def answers(report: Report, judgement: Judgement) -> dict[int, Quoted]:
    """The answers in words of every finding that has some, by its place in the report's order."""
    found: dict[int, Quoted] = {}
    first: dict[tuple[Exemplar, ...], int] = {}
    room = MOST_SQUARES
    for place, (finding, _) in enumerate(ranked(report, judgement)):
        if finding.exemplars in first:
            found[place] = replace(found[first[finding.exemplars]], same_as=first[finding.exemplars])
        elif (own := quoted(finding, room)) is not None:
            found[place], first[finding.exemplars] = own, place
            room -= sum(_squares(one) for passage in own.passages for one in passage.maps)
    return found


def quoted(finding: Finding, room: int = MOST_SQUARES) -> Quoted | None:
    """The answers of one finding: passages that grow in turns, each as long as any other, while there is room.

    `None` where it has no answers in words.
    """
    cells: dict[str, list[Exemplar]] = {}
    for exemplar in finding.exemplars:
        if _worded(exemplar):
            cells.setdefault(exemplar.label, []).append(exemplar)
    if not cells:
        return None
    chosen = list(_in_turns(cells))[:MOST_QUOTES]
    mapped = _mapped(chosen, room)
    passages = tuple(_passage(label, chosen, mapped) for label in cells if any(label == e.label for e in chosen))
    unseen = tuple(note for note in finding.notes if note.endswith(UNATTENDED))
    return Quoted(passages, sum(map(len, cells.values())) - len(chosen), unseen)


def _worded(exemplar: Exemplar) -> bool:
    """Whether it is a row of a run whose answers are words, and not shown as a picture already."""
    names = {name for name, _ in exemplar.values}
    return {ASKED, ANSWERED} <= names and shot_of(exemplar) is None


def _in_turns(cells: dict[str, list[Exemplar]]) -> Iterator[Exemplar]:
    """The first answer of every cell, then the second of every cell that has one, and so on."""
    for turn in range(max(map(len, cells.values()))):
        yield from (exemplars[turn] for exemplars in cells.values() if turn < len(exemplars))


def _mapped(chosen: Sequence[Exemplar], room: int) -> list[Exemplar]:
    """Of these the first few whose attention is known, while there is room."""
    mapped: list[Exemplar] = []
    for exemplar in chosen:
        if exemplar.attention is not None and len(mapped) < MOST_MAPS:
            room -= _squares(exemplar.attention)
            if room < 0:
                break
            mapped.append(exemplar)
    return mapped


def _passage(label: str, chosen: Sequence[Exemplar], mapped: Sequence[Exemplar]) -> Passage:
    maps = tuple(e.attention for e in mapped if e.label == label and e.attention is not None)
    quotes = tuple(_quote(e) for e in chosen if e.label == label)
    found = COUNTED.fullmatch(label)
    return Passage(found[1], found[2], quotes, maps) if found else Passage(label, "", quotes, maps)


def _quote(exemplar: Exemplar) -> Quote:
    values = {name: "" if value == MISSING else value for name, value in exemplar.values}
    row = "; ".join(f"{name}: {value}" for name, value in exemplar.values if name not in (ASKED, ANSWERED))
    asked = " ".join([values[ASKED], *(f"“{said}” …" for said in _earlier(values))])
    return Quote(asked, values[ANSWERED], "" if values[ANSWERED] else values.get("because", ""), row)


def _earlier(values: Mapping[str, str]) -> Iterator[str]:
    """The answers to earlier questions of a conversation, in their order; what was asked after them is not at hand."""
    for turn in count(1):
        if not (said := values.get(f"{ANSWERED} {turn}")):
            return
        yield said


def _squares(attention: Attention) -> int:
    return len(attention.rows) * len(attention.columns)
