"""What would settle a verdict, and what would change it: computed, never prose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from auditkit.core.estimate import Interval
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome, Verdict
from auditkit.rules import Question, Shortfall
from auditkit.stats.contrasts import outcomes_to_change
from auditkit.stats.sample_sizes import rows_to_fail, rows_to_pass

ALPHA = 0.05
UNREALISTIC = 1_000  # times the rows at hand (or 1,000): beyond it "no realistic number" is the honest answer


def needed(q: Question, lacks: Sequence[Shortfall], level: float) -> int | None:
    """Rows that settle it at the present estimate and mix, with power 90 %.

    n [(z_α + z_β) se / distance to the margin]² for a fail; for a pass the n at which both one-sided tests reject, and
    never fewer than what is short. `None` where the estimate sits on the margin, or what is missing is not rows. Of a
    change that is compared unit by unit it is more than it takes: what may have changed unseen shrinks faster than 1/n.
    """
    e = q.estimate
    if q.finding.caps or e.value is None or any(lack.factor == 0 for lack in lacks):
        return None
    floor = e.n * max((lack.factor for lack in lacks), default=0.0)
    least = math.ceil(floor) if lacks else None
    se = e.standard_error(q.finding.scale if q.rule != "no_worse" else "difference")
    edges = _distances(q)
    if se is None or not edges or min(edges) == 0 or se == 0:
        return least
    worst = min(edges)
    rows = rows_to_fail(-worst, se, level, e.n) if worst < 0 else rows_to_pass(edges, [se] * len(edges), e.n)
    if rows is None or rows > UNREALISTIC * max(e.n, 1_000):
        return least
    return max(math.ceil(rows), math.ceil(floor), e.n + 1)


def _distances(q: Question) -> list[float]:
    """From the estimate to the edges of the margin: positive inside, negative outside."""
    log = q.finding.scale == "ratio" and q.rule != "no_worse"
    value = q.estimate.value
    if value is None or (log and value <= 0):
        return []
    at = math.log if log else float
    low, high = (None if log and end is not None and end <= 0 else end for end in q.margin)  # no ratio comes there
    edges = [] if high is None else [at(high) - at(value)]
    return edges if low is None else [*edges, at(value) - at(low)]


def with_changes(questions: Sequence[Question], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Say of every fail what would change it: the margin that tips it, and how many outcomes."""
    out = list(verdicts)
    counted = [
        i
        for i, (q, v) in enumerate(zip(questions, verdicts, strict=True))
        if v.outcome is Outcome.FAIL and q.finding.recount and q.rule != "no_worse" and len(q.finding.counts) == 2
    ]
    changed: dict[int, int | None] = {}
    if counted:
        pairs = [(questions[i].finding.counts[0], questions[i].finding.counts[1]) for i in counted]
        scales, margins = ([questions[i].finding.scale for i in counted], [questions[i].margin for i in counted])
        levels = [verdicts[i].fail_level or 1 - ALPHA for i in counted]
        changed = dict(zip(counted, outcomes_to_change(pairs, scales, margins, levels), strict=True))
    for i, (q, v) in enumerate(zip(questions, verdicts, strict=True)):
        if v.outcome is Outcome.FAIL:
            said = [_tipping_margin(q.margin, v.fail_interval)]
            if (k := changed.get(i)) is not None:
                group = q.finding.counts[0]
                said.append(f"{k:,} of the {group.n:,} outcomes of {group.label} being otherwise")
            out[i] = replace(v, changes=tuple(said))
    return out


def number(x: float | None) -> str:
    """Three significant digits; an end that is not bounded says so."""
    return "unbounded" if x is None else f"{x:.3g}".replace("-", "−")


def _tipping_margin(margin: Margin, interval: Interval | None) -> str:
    low, high = (interval.low, interval.high) if interval is not None else (None, None)
    if margin.high is not None and low is not None and low > margin.high:
        return f"a margin of at least {number(low)} instead of {number(margin.high)}"
    edge = margin.low if margin.low is not None else 0.0
    return f"a margin of at most {number(high if high is not None else edge)} instead of {number(edge)}"
