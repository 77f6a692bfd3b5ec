"""What should have been looked at must have been looked at."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report
from auditkit.rules.rule import Rule


@dataclass(frozen=True)
class Assessed(Rule):
    """Every detector that a pattern of `codes` names must have told something, so that absence is never green.

    A pattern that matches no detector of the report, and everything the report lists as not assessed, is a verdict.

    >>> Assessed(codes=("selection.*",)).codes
    ('selection.*',)
    """

    codes: tuple[str, ...] = ("*",)

    def ask(self, report: Report, baseline: Report | None) -> tuple[Verdict, ...]:
        """A verdict for each thing that was not assessed; one pass when all was."""
        silent = [
            Verdict(self.name, Outcome.NOT_ASSESSED, f"{item.code} was not assessed: {item.because}")
            for item in report.not_assessed
            if any(fnmatchcase(item.code, pattern) for pattern in self.codes)
        ]
        spoke = {f.code for f in report.findings} | {item.code for item in report.not_assessed}
        absent = [
            Verdict(self.name, Outcome.NOT_ASSESSED, f"No detector that matches {pattern} told anything.")
            for pattern in self.codes
            if not any(fnmatchcase(code, pattern) for code in spoke)
        ]
        asked = dict.fromkeys(str(detector.get("code", "")) for detector in report.recipe.detectors)
        gone = [
            Verdict(self.name, Outcome.NOT_ASSESSED, f"{code} was asked, and the report holds nothing that it told.")
            for code in asked
            if code not in spoke and any(fnmatchcase(code, pattern) for pattern in self.codes)
        ]
        if silent or absent or gone:
            return tuple(silent + absent + gone)
        return (Verdict(self.name, Outcome.PASS, "Everything that was asked for was assessed."),)
