"""Which findings are asked for, and how many of them are drawn at a time?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditkit import Outcome
from auditkit.rendering import Figure, Line, words
from dashboards.parts.overview.map import OTHER, family_of

ROWS, CHARTS = 40, 10
"""Findings, and charts, that are drawn at a time."""
VERDICTS = {
    words.outcome_word(one): one
    for one in (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.NOT_ASSESSED, Outcome.PASS, None)
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings are asked for; what is empty asks for all."""

    family: str | None = None
    verdicts: tuple[str, ...] = ()
    group: str | None = None
    text: str = ""

    @property
    def every(self) -> bool:
        """Whether all are."""
        return not (self.family or self.verdicts or self.group is not None or self.text.strip())

    def holds(self, line: Line) -> bool:
        """Whether a finding is among them."""
        return (
            (not self.family or family_of(line.finding.code) == self.family)
            and (not self.verdicts or words.outcome_word(line.outcome) in self.verdicts)
            and (self.group is None or line.finding.attribute == self.group)
            and self._reads(line)
        )

    def _reads(self, line: Line) -> bool:
        """Whether every word stands somewhere in what is told of it."""
        sought = self.text.casefold().split()
        if not sought:
            return True
        f = line.finding
        told = "\n".join((f.code, f.estimand, f.attribute, f.level, f.versus, f.stratum, f.sentence)).casefold()
        return all(word in told for word in sought)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a figure, on the axis of all of them: from which place on, and of how many."""

    figure: Figure
    start: int
    whole: int


def families(lines: Sequence[Line]) -> list[str]:
    """The families of a report's findings, in the order in which they come."""
    found = dict.fromkeys(family_of(line.finding.code) for line in lines)
    return sorted(found, key=lambda family: family == OTHER)


def narrowed(figures: Sequence[Figure], lines: Sequence[Line], asked: Asked) -> list[Figure]:
    """The figures with the rows that are asked for alone; their axes stay, so that nothing moves."""
    if asked.every:
        return list(figures)
    kept = [
        replace(figure, rows=tuple(row for row in figure.rows if asked.holds(lines[row.place]))) for figure in figures
    ]
    return [figure for figure in kept if figure.rows]


def pages(figures: Sequence[Figure], rows: int = ROWS, charts: int = CHARTS) -> list[list[Part]]:
    """Figures so many rows and charts at a time; a long one goes on where the page before ended."""
    found: list[list[Part]] = []
    room = 0
    for figure in figures:
        start, whole = 0, len(figure.rows)
        while start < whole:
            if room == 0 or len(found[-1]) == charts:
                found.append([])
                room = rows
            some = figure.rows[start : start + room]
            found[-1].append(Part(replace(figure, rows=some), start, whole))
            start, room = start + len(some), room - len(some)
    return found
