"""What should have been looked at must have been looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from auditkit.core.errors import PolicyError
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report
from auditkit.rules.rule import Rule, known

EVERYTHING = "Everything that was asked for was assessed."
JUDGED = "Everything that can be judged was assessed; some findings that are only described have no value."


@dataclass(frozen=True)
class Assessed(Rule):
    """Every detector that a pattern of `codes` names must have told something, so that absence is never green.

    A pattern that matches no detector of the report, everything the report lists as not assessed, and every finding
    with a margin whose estimate is undefined, for whatever reason, is a verdict: it was asked for, and not assessed.
    One without a margin is described, not judged; the pass says where some have no value. With a baseline, every
    finding that it told and the report no longer tells is a verdict too.

    >>> Assessed(codes=("selection.*",)).codes
    ('selection.*',)
    """

    codes: tuple[str, ...] = ("*",)

    def __post_init__(self) -> None:
        if not self.codes:
            raise PolicyError('assessed asks for nothing: codes is empty. Write codes = ["*"], or leave it out.')

    def ask(self, report: Report, baseline: Report | None) -> tuple[Verdict, ...]:
        """A verdict for each thing that was not assessed; one pass when all was."""
        silent = [
            Verdict(self.name, Outcome.NOT_ASSESSED, f"{item.code} was not assessed: {item.because}")
            for item in report.not_assessed
            if self._names(item.code)
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
            if code not in spoke and self._names(code)
        ]
        missed = [vanished(self.name, f) for f in missing(report, baseline) if self._names(f.code)]
        void = [finding for finding in report.findings if self._names(finding.code) and not known(finding.estimate)]
        unknown = [unvalued(self.name, finding) for finding in void if finding.margin is not None]
        if silent or absent or gone or missed or unknown:
            return tuple(silent + absent + gone + missed + unknown)
        return (Verdict(self.name, Outcome.PASS, JUDGED if void else EVERYTHING),)

    def _names(self, code: str) -> bool:
        return any(fnmatchcase(code, pattern) for pattern in self.codes)


def missing(report: Report, baseline: Report | None) -> Iterator[Finding]:
    """What a baseline told and a report should still tell.

    Every finding with a margin; of descriptive ones, which a search may list anew each time (the most divergent
    subgroups, the highest group), those of an estimand of which nothing at all is told any more.
    """
    told = {finding.key for finding in report.findings}
    topics = {_topic(finding) for finding in report.findings}
    for finding in () if baseline is None else baseline.findings:
        if finding.key not in told and (finding.margin is not None or _topic(finding) not in topics):
            yield finding


def vanished(rule: str, finding: Finding) -> Verdict:
    """The verdict on what a report no longer tells."""
    key = finding.key
    against = f" against {key.versus}" if key.versus else ""
    sentence = f"{key.estimand} of {key.level}{against} has vanished since the baseline."
    return Verdict(rule, Outcome.NOT_ASSESSED, sentence, key)


def unvalued(rule: str, finding: Finding) -> Verdict:
    """The verdict on a finding that is there and has neither a value nor a bound."""
    because = finding.estimate.reason or "the estimate is undefined"
    return Verdict(rule, Outcome.NOT_ASSESSED, f"Cannot be judged: {because}.", finding.key, finding.margin)


def _topic(finding: Finding) -> tuple[str, ...]:
    return (finding.code, finding.estimand, finding.attribute, finding.stratum)
