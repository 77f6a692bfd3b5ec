"""Which baseline file a test means, what stands in it, and what it is to hold when baselines are updated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from auditkit.comparing import Move
    from auditkit.core.baseline import Baseline
    from auditkit.core.report import Report
    from auditkit.rules import Policy

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Claim(NamedTuple):
    """What a test says that a baseline file is to hold, and what that changes in it."""

    file: str
    text: str
    test: str
    changes: Sequence[str]


@dataclass(frozen=True)
class BaselineFile:
    """The file of a baseline: one holds one report, so several tests with a baseline each name theirs.

    >>> BaselineFile(Path("auditkit.baseline.json"))("loans").path.name
    'auditkit.baseline.loans.json'
    """

    path: Path

    def __call__(self, name: str) -> BaselineFile:
        """The file of this name, beside the one without; raises `InputError` for what is no name."""
        from auditkit.core.errors import InputError

        if not NAME.fullmatch(name):
            raise InputError(f"A baseline is named in small letters, digits, - and _, and this is {name!r}.")
        return BaselineFile(self.path.with_name(f"{self.path.stem}.{name}{self.path.suffix}"))

    def read(self) -> Baseline:
        """What stands in it; raises `InputError`, with the way to make one, where there is none."""
        from auditkit.baselining import read_baseline
        from auditkit.core.errors import InputError

        if not self.path.exists():
            raise InputError(
                f"There is no baseline {self.path}. Make it with pytest --auditkit-update-baseline, or with auditkit "
                "baseline create REPORT.json, and commit it. Where several tests have a baseline, name them apart: "
                'audit_baseline("another").'
            )
        return read_baseline(self.path)

    def renewed(self, report: Report, policy: Policy) -> tuple[Baseline, list[str]]:
        """What it is to hold once this report is put into it, and what that changes: how it was judged, what grew; and
        what of it is no pass."""
        from auditkit.baselining import create, moves, update

        if not self.path.exists():
            fresh = create(report, policy)
            return fresh, self._open(fresh, policy)
        old = self.read()
        fresh, notices = update(old, report, policy)
        said = [f"{notice.about}: {notice.sentence}" for notice in notices]
        said += [_grown(move) for move in moves(report, old.report) if move.way == "worse"]
        return fresh, said + self._open(fresh, policy)

    def _open(self, fresh: Baseline, policy: Policy) -> list[str]:
        """How many of its verdicts are no pass that nobody answers for, and how somebody does: to write is no yes."""
        from auditkit.core.judgement import Outcome
        from auditkit.gating import gate

        judged = gate(fresh.report, policy, baseline=fresh)
        n = sum(verdict.outcome is not Outcome.PASS and verdict.accepted is None for verdict in judged.verdicts)
        if not n:
            return []
        found = "1 of its verdicts is no pass" if n == 1 else f"{n:,} of its verdicts are no pass"
        then = "so this policy only warns" if judged.passed else "so a test that requires it still fails"
        return [
            f"{found}, and writing it accepts nothing, {then}. To accept, with the report that --auditkit-report DIR "
            f"keeps: auditkit baseline update REPORT --baseline {self.path} --accept WHAT --reason TEXT --owner NAME "
            "--expires YYYY-MM-DD"
        ]


def _grown(move: Move) -> str:
    from auditkit.formats.words import number

    was, now = (number(value, move.scale) for value in (move.was, move.now))
    what = f"{move.key.estimand}, {move.key.level} against {move.key.versus}"
    return f"worse: {what}, was {was} and is {now}, beyond the noise of both reports."
