"""Ratios must lie between a number and its inverse."""

from __future__ import annotations

from dataclasses import dataclass

from auditkit.core.errors import PolicyError
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Verdict
from auditkit.core.report import Report
from auditkit.rules.rule import Question, Rule, judgeable, matches, unasked, unmatched


@dataclass(frozen=True)
class Ratio(Rule):
    """Every ratio it judges must lie above `at_least` and below its inverse: .8 is the four-fifths rule, both ways.

    Without `at_least` each finding is held to the margin its detector suggests.

    >>> Ratio(at_least=.8).at_least
    0.8
    """

    at_least: float | None = None
    code: str = "*"
    estimand: str = "*"

    def __post_init__(self) -> None:
        if self.at_least is not None and not 0 < self.at_least < 1:
            raise PolicyError(f"at_least is a ratio between 0 and 1; ratio got {self.at_least}.")

    def ask(self, report: Report, baseline: Report | None) -> tuple[Question | Verdict, ...]:
        """A question for each ratio that the patterns choose."""
        chosen = [f for f in report.findings if f.scale == "ratio" and matches(f, self.code, self.estimand)]
        asked = [Question(self.name, f, f.estimate, m) for f in chosen if (m := self._limit(f)) is not None]
        if asked and not any(map(judgeable, asked)):
            return (unasked(self.name, chosen),)
        if not asked and (self.at_least is not None or (self.code, self.estimand) != ("*", "*")):
            return (unmatched(self.name, "ratio", self.code, self.estimand, report),)
        return tuple(filter(judgeable, asked))

    def _limit(self, finding: Finding) -> Margin | None:
        if self.at_least is None:
            return finding.margin
        return (finding.margin or Margin.ratio(self.at_least)).resized("ratio", self.at_least)
