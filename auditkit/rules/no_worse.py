"""Nothing may be worse than in a baseline report."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from auditkit.core.arguments import Deed
from auditkit.core.errors import PolicyError
from auditkit.core.estimate import LEVELS, Estimate, Interval
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Outcome, Verdict
from auditkit.core.report import Report
from auditkit.rules.assessed import missing, vanished
from auditkit.rules.rule import Question, Rule, judgeable, matches, unasked

UNCHANGED = "the baseline's own evidence"
SURE = 0.999  # how sure the baseline's own bias must be before it may excuse some of the new one


@dataclass(frozen=True)
class NoWorse(Rule):
    """The distance from no bias may not grow by more than `margin` over the baseline (a non-inferiority test).

    Distance is |effect| for differences and |log ratio| for ratios. Both reports' uncertainties count: the change h - b
    of independent distances lies between h - b ∓ √((h - l_h)² + (u_b - b)²), as by Newcombe (1998a). Where the baseline
    may have had no bias at all (at 99.9 %) its distance is biased upwards, so the whole new upper bound counts.
    One-sided findings keep their side: an improvement is no distance. A finding that the baseline does not have, or
    that vanished since, is not assessed; of descriptive ones, which a search may list anew, only a whole estimand.
    A report that holds the baseline's own evidence (same runs, rows, findings, estimates and counts) has changed by
    exactly 0. Of few rows another sample may repeat every count by chance, and then counts as unchanged, unless both
    reports keep their units: then only the very report that was the baseline, or the same runs by their fingerprints,
    has not changed, for that none of these units did is no proof that none would. Where both are on the same units, and
    say so, `gate` takes what is known of these in place of two independent reports.

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
                "The policy has no_worse, which needs a baseline report. ",
                Deed("Pass baseline=.", "Judge with one: auditkit gate REPORT.json --baseline FILE."),
            )
        old = {f.key: f for f in baseline.findings if matches(f, self.code, self.estimand)}
        new = {f.key: f for f in report.findings if matches(f, self.code, self.estimand)}
        moved = _unmoved if same_evidence(report, baseline) else change
        moves = [
            Question(self.name, f, moved(f, old[key]), Margin.at_most(self.margin))
            for key, f in new.items()
            if key in old
        ]
        asked: list[Question | Verdict] = [move for move in moves if judgeable(move)]
        asked += [self._fresh(f) for f in missing(baseline, report) if f.key in new]
        asked += [vanished(self.name, f) for f in missing(report, baseline) if f.key in old]
        if moves and not asked:
            return (unasked(self.name, [move.finding for move in moves]),)
        if not asked:
            sentence = f"Nothing to judge: no finding matches code {self.code} and estimand {self.estimand}."
            return (Verdict(self.name, Outcome.NOT_ASSESSED, sentence),)
        return tuple(asked)

    def _fresh(self, finding: Finding) -> Verdict:
        key = finding.key
        against = f" against {key.versus}" if key.versus else ""
        sentence = f"{key.estimand} of {key.level}{against} is new: the baseline does not have it."
        return Verdict(self.name, Outcome.NOT_ASSESSED, sentence, key)


def same_evidence(report: Report, baseline: Report) -> bool:
    """Whether a report holds the baseline's own evidence, and so nothing can have changed.

    Two models that decide alike on every unit make the same report, but need not decide alike on the next one: where
    both reports keep units, these are compared, unless what decided is known to be the same.
    """
    told, before = ({f.key: _evidence(f) for f in r.findings} for r in (report, baseline))
    new, old = report.recipe, baseline.recipe
    units = None in (report.units, baseline.units) or (report.units == baseline.units and _one_thing(report, baseline))
    return units and told == before and (new.rows, new.sources) == (old.rows, old.sources)


def _one_thing(report: Report, baseline: Report) -> bool:
    """Whether what decided is surely one: a report and what was made of it, or runs whose fingerprints are known."""
    sources = report.recipe.sources
    runs = bool(sources) and all(source.get("fingerprint") for source in sources)
    return report.units is baseline.units or (runs and sources == baseline.recipe.sources)


def _evidence(f: Finding) -> tuple[object, ...]:
    return f.estimate, f.counts, f.scale, f.null, f.margin


def _unmoved(new: Finding, old: Finding) -> Estimate:
    """A change of exactly 0; what is undefined stays so."""
    if new.estimate.value is None:
        return change(new, old)
    nothing = (0.0,) * len(LEVELS)
    return replace(new.estimate, value=0.0, lower=nothing, upper=nothing, method=UNCHANGED, wagers=())


def unchanged(q: Question) -> bool:
    """Whether a question is about a change where the evidence is the baseline's own: there is nothing to infer."""
    return q.rule == NoWorse.name and q.estimate.method == UNCHANGED


def change(new: Finding, old: Finding) -> Estimate:
    """How much further from no bias the new finding is than the old one, both taken as independent.

    What no bias is, and on which side bias lies, is the old finding's to say. Reports on the same rows are taken as
    independent too, which is conservative: their difference is surer than this interval.
    """
    if new.scale != old.scale:
        return Estimate.undefined(f"the baseline tells it as a {old.scale}", new.estimate.n)
    a, b = _distance(new, old, None), _distance(old, old, None)
    if a is None or b is None:
        return Estimate.undefined("one of the two estimates is undefined", new.estimate.n)
    least = _distance(old, old, SURE)
    perhaps_none = least is None or least.low == 0
    lower: list[float | None] = []
    upper: list[float | None] = []
    for level in LEVELS:
        x, y = _distance(new, old, level), _distance(old, old, level)
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


def _distance(finding: Finding, judge: Finding, level: float | None) -> _Span | None:
    """The distance from what `judge` takes for no bias: the point (level None), or its interval."""
    value = finding.estimate.value
    low, high, _ = Interval(value, value, 0) if level is None else finding.interval(level)
    if low is None or high is None or (finding.scale == "ratio" and min(low, judge.null) <= 0):
        return None
    if finding.scale == "ratio":
        low, high = math.log(low / judge.null), math.log(high / judge.null)
    else:
        low, high = low - judge.null, high - judge.null
    margin = judge.margin
    if margin is not None and margin.low is None:  # only an excess is a bias, so what lies below counts as none
        low, high = max(low, 0.0), max(high, 0.0)
    if margin is not None and margin.high is None:
        low, high = max(-high, 0.0), max(-low, 0.0)
    straddles = low <= 0 <= high
    return _Span(0.0 if straddles else min(abs(low), abs(high)), max(abs(low), abs(high)))
