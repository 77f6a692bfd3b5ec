"""Every verdict with the finding it is about, named and told as a build server shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.intervals import held_to
from auditkit.formats.words import (
    answered,
    comparison,
    interval,
    is_signed,
    number,
    outcome_word,
    quiet,
    settled_by,
)

POLICY = "policy"
"""What a verdict is filed under that is about no finding."""


class Weight(StrEnum):
    """What a verdict does to a pipeline: turns it, is only warned of, is answered for by somebody, or nothing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict, the finding it is about where the report holds it, and what it does to a pipeline.

    Every text is plain: nothing in it is a control character, a line break, or a command to a build log.
    """

    verdict: Verdict
    finding: Finding | None
    weight: Weight

    @property
    def code(self) -> str:
        """The detector, or what stands in for one."""
        return quiet(self.verdict.key.code if self.verdict.key else POLICY)

    @property
    def name(self) -> str:
        """What was compared, the same in every run: no number of this one stands in it."""
        key = self.verdict.key
        if key is None:
            return quiet(self.verdict.sentence)
        by = f" by {key.stratum.replace('|', ', ')}" if key.stratum else ""
        against = f" against {key.versus}" if key.versus else ""
        return quiet(f"{key.estimand}{by}: {key.level}{against}")

    @property
    def numbers(self) -> str:
        """The estimate with its interval, and the margin it was held to; empty without a finding."""
        f = self.finding
        if f is None:
            return ""
        value, reach = number(f.estimate.value, f.scale, is_signed(f)), interval(f.interval(), f.scale, is_signed(f))
        tolerated = held_to(f, [self.verdict])
        return quiet(f"{comparison(f)}: {value}, 95 % {reach}, margin {tolerated}, n {f.estimate.n:,}.")

    @property
    def answered(self) -> str:
        """Who answers for it, until when and why; empty where nobody does."""
        return quiet(answered(self.verdict))

    @property
    def why(self) -> tuple[str, ...]:
        """What is said, who answers for it, what was found, and what would change it: a sentence each."""
        v = self.verdict
        changes = f"What would change it: {'; or '.join(v.changes)}." if v.changes else ""
        found = self.finding.sentence if self.finding else ""
        said = (f"{outcome_word(v.outcome)}: {v.sentence}", self.answered, found, self.numbers, settled_by(v), changes)
        return tuple(text for text in map(quiet, said) if text)


def told(report: Report, judgement: Judgement) -> tuple[Told, ...]:
    """Every verdict of a judgement: what turns the pipeline first, gravest first, then what somebody accepted."""
    found = {finding.key: finding for finding in report.findings}
    each = [Told(v, found.get(v.key) if v.key else None, _weight(v, judgement.warn)) for v in judgement.verdicts]
    return tuple(sorted(each, key=lambda one: one.weight in (Weight.NOTE, Weight.NONE)))


def _weight(v: Verdict, warn: bool) -> Weight:
    if v.outcome is Outcome.PASS:
        return Weight.NONE
    if v.accepted is not None:
        return Weight.NOTE
    return Weight.WARNING if warn and v.outcome is Outcome.INCONCLUSIVE else Weight.ERROR
