"""A rule turns findings into questions that the gate can answer, or says at once what is missing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import ClassVar, NamedTuple

from auditkit.core.errors import nearest
from auditkit.core.estimate import Estimate
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report


class Question(NamedTuple):
    """Does this estimate lie inside this margin?

    `larger` is what the estimate would be on so many times the rows, where its interval does not shrink as √n; `unseen`
    what a reader must know of an interval that is wide because nothing was seen. `reports` is, where reports add up as
    bets, how many more like those so far bring the stake on being outside the margin (True) or within it (False) to so
    much, and `None` where no realistic number does.
    """

    rule: str
    finding: Finding
    estimate: Estimate
    margin: Margin
    larger: Callable[[float], Estimate] | None = None
    unseen: str = ""
    reports: Callable[[float, bool], int | None] | None = None


class Shortfall(NamedTuple):
    """Verdicts withheld for want of data: `factor` is how many times the present amount would be enough."""

    because: str
    factor: float


@dataclass(frozen=True)
class Rule(ABC):
    """One tolerance: a frozen dataclass whose fields are its configuration, named for the file it stands in."""

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rsplit(".", 1)[-1]

    @abstractmethod
    def ask(self, report: Report, baseline: Report | None) -> tuple[Question | Verdict, ...]:
        """The questions this rule puts to a report, and the verdicts it can give without one."""

    def short_of(self, estimate: Estimate) -> tuple[Shortfall, ...]:
        """What an estimate lacks before this rule allows a verdict on it."""
        return ()


def known(estimate: Estimate) -> bool:
    """Whether there is anything to judge: a value or at least a bound.

    >>> known(Estimate.undefined("no rows"))
    False
    """
    return estimate.value is not None or any(bound is not None for bound in (*estimate.lower, *estimate.upper))


def has_interval(estimate: Estimate) -> bool:
    """Whether an estimate has an interval, or bets in place of one: a margin judges nothing else.

    >>> has_interval(Estimate(0.1, (None,) * 9, (None,) * 9, 100, 100.0, "a sum of absolute values"))
    False
    """
    return bool(estimate.wagers) or any(bound is not None for bound in (*estimate.lower, *estimate.upper))


def judgeable(q: Question) -> bool:
    """Whether a rule asks: not of what is only described, with a value and without an interval."""
    return q.finding.margin is not None or q.estimate.value is None or has_interval(q.estimate)


def matches(finding: Finding, code: str, estimand: str) -> bool:
    """Whether a finding is one the patterns name."""
    return fnmatchcase(finding.code, code) and fnmatchcase(finding.estimand, estimand)


def unasked(rule: str, findings: Sequence[Finding]) -> Verdict:
    """The verdict of a rule whose patterns choose only what has no interval."""
    what = ", ".join(dict.fromkeys(f"{f.estimand} ({f.code})" for f in findings))
    said = f"Nothing to judge: {what} has a value and no interval, and a margin judges intervals. It is described only."
    return Verdict(rule, Outcome.NOT_ASSESSED, said)


def unmatched(rule: str, what: str, code: str, estimand: str, report: Report) -> Verdict:
    """The verdict of a rule whose patterns choose nothing, with the nearest name that is there for one that is not."""
    told = [(code, {f.code for f in report.findings}), (estimand, {f.estimand for f in report.findings})]
    hints = "".join(nearest(name, known) for name, known in told if "*" not in name and name not in known)
    said = f"Nothing to judge: no {what} matches code {code} and estimand {estimand}.{hints}"
    return Verdict(rule, Outcome.NOT_ASSESSED, said)
