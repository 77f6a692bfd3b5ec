"""What somebody has accepted of a baseline, and what of it no longer holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditkit.core.baseline import Baseline
from auditkit.core.judgement import Notice, Verdict
from auditkit.core.report import Report


def accept(
    verdicts: Sequence[Verdict], report: Report, baseline: Baseline, today: date
) -> tuple[list[Verdict], tuple[Notice, ...]]:
    """The verdicts, with who answers for those that are accepted; and every acceptance that no longer holds."""
    return list(verdicts), ()
