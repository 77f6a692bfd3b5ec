"""Nothing may be worse than in a baseline report."""

from __future__ import annotations

import math
from dataclasses import dataclass

from auditkit.core.errors import PolicyError
from auditkit.core.estimate import LEVELS, Estimate, Interval
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report
from auditkit.rules.rule import Question, Rule, matches

SURE = 0.999  # how sure the baseline's own bias must be before it may excuse some of the new one


@dataclass(frozen=True)
class NoWorse(Rule):
    """The distance from no bias may not grow by more than `margin` over the baseline (a non-inferiority test).

    Distance is |effect| for differences and |log ratio| for ratios. Both reports' uncertainties count: the change h - b
    of independent distances lies between h - b ∓ √((h - l_h)² + (u_b - b)²), as by Newcombe (1998a). Where the baseline
    may have had no bias at all (at 99.9 %) its distance is biased upwards, so the whole new upper bound counts.
    One-sided findings keep their side: an improvement is no distance. A finding that the baseline does not have, or
    that vanished since, is not assessed.

    >>> NoWorse(margin=.02).margin
    0.02
    """

    margin: float = 0.02
    code: str = "*"
    estimand: str = "*"

    def __post_init__(self) -> None:
        if not 0 < self.margin < float("inf"):
            raise PolicyError(f"A margin is a positive number; no_worse got {self.margin}.")

    def ask(self, report: Report, baseline: Report | None) -> tuple[Question | Verdict, ...]:
        """A question for each finding in both reports, and a verdict for each in only one."""
        if baseline is None:
            raise PolicyError(
                "The policy has no_worse, which needs a baseline report. Pass baseline=, or --baseline FILE."
            )
        old = {f.key: f for f in baseline.findings if matches(f, self.code, self.estimand)}
        new = {f.key: f for f in report.findings if matches(f, self.code, self.estimand)}
        asked: list[Question | Verdict] = [
            Question(self.name, f, change(f, old[key]), Margin.at_most(self.margin))
            for key, f in new.items()
            if key in old
        ]
        for key in [*(k for k in new if k not in old), *(k for k in old if k not in new)]:
            where = "is new: the baseline does not have it" if key in new else "has vanished since the baseline"
            sentence = f"{key.estimand} of {key.level} against {key.versus} {where}."
            asked.append(Verdict(self.name, Outcome.NOT_ASSESSED, sentence, key))
        if not asked:
            sentence = f"Nothing to judge: no finding matches code {self.code} and estimand {self.estimand}."
            return (Verdict(self.name, Outcome.NOT_ASSESSED, sentence),)
        return tuple(asked)


def change(new: Finding, old: Finding) -> Estimate:
    """How much further from no bias the new finding is than the old one, both taken as independent."""
    a, b = _distance(new, None), _distance(old, None)
    if a is None or b is None:
        return Estimate.undefined("one of the two estimates is undefined", new.estimate.n)
    least = _distance(old, SURE)
    perhaps_none = least is None or least.low == 0
    lower: list[float | None] = []
    upper: list[float | None] = []
    for level in LEVELS:
        x, y = _distance(new, level), _distance(old, level)
        if x is None or y is None:
            lower.append(None)
            upper.append(None)
            continue
        lower.append(a.low - b.low - math.hypot(a.low - x.low, y.high - b.high))
        apart = a.low - b.low + math.hypot(x.high - a.low, b.high - y.low)
        upper.append(x.high if perhaps_none else apart)
    n_eff = min(new.estimate.n_eff, old.estimate.n_eff)
    return Estimate(a.low - b.low, tuple(lower), tuple(upper), new.estimate.n, n_eff, "MOVER, independent reports")


@dataclass(frozen=True)
class _Span:
    low: float
    high: float


def _distance(finding: Finding, level: float | None) -> _Span | None:
    """The distance from no bias: the point (level None), or its interval."""
    value = finding.estimate.value
    low, high, _ = Interval(value, value, 0) if level is None else finding.interval(level)
    if low is None or high is None or (finding.scale == "ratio" and low <= 0):
        return None
    if finding.scale == "ratio":
        low, high = math.log(low / finding.null), math.log(high / finding.null)
    else:
        low, high = low - finding.null, high - finding.null
    margin = finding.margin
    if margin is not None and margin.low is None:  # only an excess is a bias, so what lies below counts as none
        low, high = max(low, 0.0), max(high, 0.0)
    if margin is not None and margin.high is None:
        low, high = max(-high, 0.0), max(-low, 0.0)
    straddles = low <= 0 <= high
    return _Span(0.0 if straddles else min(abs(low), abs(high)), max(abs(low), abs(high)))
