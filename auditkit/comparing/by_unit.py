"""What a gate asks of a change is answered by unit where both reports are on the same units; and it says whether."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.comparing.moves import Move, moves
from auditkit.comparing.naming import counted
from auditkit.comparing.paired import UNKEPT
from auditkit.core.judgement import Notice
from auditkit.core.report import Report
from auditkit.rules import NoWorse, Question
from auditkit.rules.no_worse import unchanged


def by_unit(
    questions: Sequence[Question], report: Report, baseline: Report
) -> tuple[tuple[Question, ...], tuple[Notice, ...]]:
    """The questions, with those about a change answered by what is known of the units; and on what these rest.

    Nothing is said of a change where the evidence is the baseline's own.
    """
    mine = [q for q in questions if q.rule == NoWorse.name and not unchanged(q)]
    if not mine:
        return tuple(questions), ()
    by = {move.key: move for move in moves(report, baseline)}
    paired = {key: move.growth for key, move in by.items() if move.paired and move.growth is not None}
    answered = tuple(
        q._replace(estimate=paired[q.finding.key]) if q in mine and q.finding.key in paired else q for q in questions
    )
    return answered, _told([by[q.finding.key] for q in mine if q.finding.key in by])


def _told(of: Sequence[Move]) -> tuple[Notice, ...]:
    """How many changes are paired; and of those that could be, were the units kept, that they are not."""
    paired, unkept = sum(move.paired for move in of), sum(move.because == UNKEPT for move in of)
    others = ", the others as between independent reports" if paired < len(of) else ""
    told = [f"{counted(paired, 'change')} of {len(of):,} compared by unit{others}."]
    lost = [f"{counted(unkept, 'change')} taken as between independent reports, which is less sure: {UNKEPT}."]
    return tuple(Notice("units", said) for said in (told if paired else []) + (lost if unkept else []))
