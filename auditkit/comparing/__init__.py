"""What changed since a baseline: every difference that can turn a verdict, in a sentence each."""

from __future__ import annotations

from auditkit.comparing.findings import finding_changes
from auditkit.comparing.groups import group_changes
from auditkit.comparing.moves import Move, moves
from auditkit.comparing.policies import policy_changes
from auditkit.comparing.recipes import recipe_changes
from auditkit.core.baseline import Baseline
from auditkit.core.judgement import Notice
from auditkit.core.report import Report
from auditkit.rules import Policy

UNTOLD = Notice("policy", "The baseline is a plain report without a policy, so no change of the policy can be told.")

__all__ = ["Move", "differences", "moves", "policy_changes"]


def differences(report: Report, policy: Policy, baseline: Baseline) -> tuple[Notice, ...]:
    """Every change of policy, detectors, columns, groups, rows and findings against the baseline; nothing where
    nothing changed.

    What is said is raw: names from the data stand in it, and whoever prints it makes them harmless.

    >>> from auditkit.auditing import audit
    >>> old, new = (audit(group=["a"] * n + ["b"] * n, outcome=[1, 0] * n) for n in (40, 30))
    >>> differences(old, Policy(), Baseline(old, Policy().to_dict()))
    ()
    >>> print(differences(new, Policy(), Baseline(old, Policy().to_dict()))[0].sentence)
    The report rests on 60 rows, and the baseline on 80.
    """
    told = (UNTOLD,) if baseline.policy is None else policy_changes(baseline.policy, policy.to_dict())
    told += recipe_changes(report.recipe, baseline.report.recipe)
    return (*told, *group_changes(report, baseline.report), *finding_changes(report, baseline.report, policy))
