"""What a gate asks of a change is answered by unit where both reports are on the same units; and it says whether."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from auditkit.comparing.larger import larger, unseen
from auditkit.comparing.moves import Move, moves
from auditkit.comparing.naming import counted
from auditkit.comparing.paired import UNKEPT
from auditkit.comparing.pairing import STRANGE
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
    before = {finding.key: finding for finding in baseline.findings}

    def answered(q: Question) -> Question:
        key = q.finding.key
        if q not in mine or key not in paired:
            return q
        q, known = q._replace(estimate=paired[key]), by[key].known
        if known is None:
            return q
        return q._replace(larger=partial(larger, q.finding, before[key], known), unseen=unseen(known))

    return tuple(map(answered, questions)), _told([by[q.finding.key] for q in mine if q.finding.key in by])


def _told(of: Sequence[Move]) -> tuple[Notice, ...]:
    """How many changes are paired; and of those that could be, were the units kept, that they are not."""
    paired = sum(move.paired for move in of)
    whys = [move.because for move in of if move.because == UNKEPT or STRANGE in move.because]
    others = ", the others as between independent reports" if paired < len(of) else ""
    told = [f"{counted(paired, 'change')} of {len(of):,} compared by unit{others}."]
    lost = [
        f"{counted(whys.count(why), 'change')} taken as between independent reports, which is less sure: {why}."
        for why in dict.fromkeys(whys)
    ]
    return tuple(Notice("units", said) for said in (told if paired else []) + lost)
