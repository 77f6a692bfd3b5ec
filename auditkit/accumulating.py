"""The evidence of report after report on one model, as one test: nights add to it, none is a new roll of the dice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditkit.core.baseline import Baseline
from auditkit.core.judgement import Notice, Verdict
from auditkit.core.report import Report
from auditkit.questioning import ask
from auditkit.rules import Policy, Question


@dataclass(frozen=True)
class State:
    """What earlier reports had come to."""

    @classmethod
    def read(cls, path: str | Path) -> State:
        """The state in a file, or a fresh one where there is none yet."""
        return cls()

    def save(self, path: str | Path) -> Path:
        """Write the state, all or nothing."""
        return Path(path)

    def seen(self, report: Report, questions: Sequence[Question]) -> State:
        """The state after one more report; a report that was seen already changes nothing."""
        return self

    def after(self, report: Report, policy: Policy, baseline: Baseline | None = None) -> State:
        """The state to keep once a report has been judged."""
        return self.seen(report, ask(report, policy, None if baseline is None else baseline.report).questions)

    def told(self, question: Question) -> Question:
        """The question with what all reports say of it."""
        return question

    def stands(self, verdict: Verdict) -> Verdict:
        """The verdict, or the FAIL that stands until a PASS clears it."""
        return verdict

    def notices(self, report: Report) -> tuple[Notice, ...]:
        """How many reports count, and which do not and why."""
        return ()
