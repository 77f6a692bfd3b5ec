"""Differences must lie within a margin."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from auditkit.core.errors import PolicyError
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Verdict
from auditkit.core.report import Report
from auditkit.rules.rule import Question, Rule, judgeable, matches, unasked, unmatched


@dataclass(frozen=True)
class Within(Rule):
    """Every difference it judges must be smaller than `margin`, in the estimate's own units.

    Without a `margin` each finding is held to the one its detector suggests, and findings without one are not judged.
    A one-sided finding keeps its side: only an excess is judged where only an excess is a bias.

    >>> Within(margin=.05, code="disparity.*").margin
    0.05
    """

    margin: float | None = None
    code: str = "*"
    estimand: str = "*"

    def __post_init__(self) -> None:
        if self.margin is not None and not 0 < self.margin < float("inf"):
            raise PolicyError(f"A margin is a positive number; within got {self.margin}.")
        if self.margin is not None and self.margin >= 1 and "*" in self.code:
            raise PolicyError(
                f"No difference of rates exceeds 1, so a margin of {self.margin:g} lets everything pass. Did you mean "
                f'{self.margin / 100:g}? For an effect in other units name its detector: code = "...".'
            )

    def ask(self, report: Report, baseline: Report | None) -> tuple[Question | Verdict, ...]:
        """A question for each difference that the patterns choose."""
        chosen = [f for f in report.findings if f.scale == "difference" and matches(f, self.code, self.estimand)]
        asked = [Question(self.name, f, f.estimate, m) for f in chosen if (m := self._limit(f)) is not None]
        if asked and not any(map(judgeable, asked)):
            return (unasked(self.name, chosen),)
        if not asked and (self.margin is not None or (self.code, self.estimand) != ("*", "*")):
            return (unmatched(self.name, "difference", self.code, self.estimand, report),)
        return tuple(filter(judgeable, asked))

    def judges(self, code: str) -> bool:
        """Whether differences told by a detector of this code are among those it chooses."""
        return fnmatchcase(code, self.code)

    def _limit(self, finding: Finding) -> Margin | None:
        if self.margin is None:
            return finding.margin
        return (finding.margin or Margin.within(self.margin)).resized("difference", self.margin)
