"""The fixture `audit`: bias as a test. Nothing heavy is imported before a test asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from auditkit.core.judgement import Judgement
    from auditkit.core.report import Report


class Audit:
    """Audit as `auditkit.audit` does, and require what a policy requires.

    In a test: `report = audit(table, group="sex", outcome="hired")`, then `audit.require(report, "pyproject.toml")`.
    """

    def __call__(self, data: Any = None, detectors: Any = None, /, **roles: Any) -> Report:
        """The report; the arguments are those of `auditkit.audit`."""
        from auditkit.auditing import audit

        return audit(data, detectors, **roles)

    def require(self, report: Report, policy: Any = None, *, baseline: Any = None) -> Judgement:
        """Fail the test unless `auditkit gate` would exit 0; the failure lists every verdict that is no pass.

        `policy` is a file, a table, a rule, several rules, or nothing for the default.
        """
        __tracebackhide__ = True
        from auditkit.gating import gate
        from auditkit.rules import Policy

        rules = Policy(tuple(policy)) if isinstance(policy, (list, tuple)) else policy
        judgement = gate(report, rules, baseline=baseline)
        if not judgement.passed:
            pytest.fail(told(report, judgement), pytrace=False)
        return judgement


def told(report: Report, judgement: Judgement) -> str:
    """The verdicts that are no pass, each with the finding it speaks of."""
    from auditkit.core.judgement import Outcome
    from auditkit.formats.words import quiet

    sentences = {finding.key: finding.sentence for finding in report.findings}
    lines = [f"{judgement.outcome}: {quiet(report.recipe.subject)}, exit code {judgement.exit_code}"]
    for verdict in judgement.verdicts:
        if verdict.outcome is not Outcome.PASS:
            about = f"{sentences[verdict.key]} " if verdict.key in sentences else ""
            lines.append(f"  [{verdict.outcome}] {quiet(about + verdict.sentence)}")
    return "\n".join(lines)


@pytest.fixture(scope="session")
def audit() -> Audit:
    """Audit a table in a test, and require what a policy requires: `audit.require(audit(table, group=...))`."""
    return Audit()
