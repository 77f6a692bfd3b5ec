"""What would settle a verdict, and what would change it: computed, never prose."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from auditkit.core.estimate import Estimate, Interval
from auditkit.core.finding import Margin
from auditkit.core.judgement import Outcome, Verdict
from auditkit.rules import Question, Shortfall
from auditkit.stats.contrasts import outcomes_to_change
from auditkit.stats.sample_sizes import NORMAL, critical, rows_to_fail, rows_to_pass, times_until

ALPHA = 0.05
UNREALISTIC = 1_000  # times the rows at hand (or 1,000): beyond it "no realistic number" is the honest answer


def needed(q: Question, lacks: Sequence[Shortfall], level: float) -> int | None:
    """Rows that settle it at the present estimate and mix, with power 90 %.

    n [(z_α + z_β) se / distance to the margin]² for a fail; for a pass the n at which both one-sided tests reject, and
    never fewer than what is short, which alone is told only where nothing else is wanting. `None` where the estimate
    sits on the margin, or what is missing is not rows: the interval has decided and bets, or an earlier comparison,
    have not, or whole reports add up. Of a change that is compared unit by unit it is the n at which, as large a share
    changing in each way, the interval leaves the margin by z_β times what then is its standard error.
    """
    e = q.estimate
    wager = e.wager(*q.margin)
    if q.finding.caps or e.value is None or any(lack.factor == 0 for lack in lacks):
        return None
    floor = e.n * max((lack.factor for lack in lacks), default=0.0)
    least = math.ceil(floor) if lacks else None
    beyond = outside(e.interval(level), q.margin)
    if (beyond and wager is None) or (wager is not None and max(wager.e_pass * ALPHA, wager.e_fail * (1 - level)) >= 1):
        return least
    if q.reports is not None or beyond or (wager is not None and e.interval(0.90).inside(*q.margin)):
        return None  # the bets have to
    se = e.standard_error(q.finding.scale if q.rule != "no_worse" else "difference")
    edges = _edges(q, se or 0.0, level)
    if se is None or not edges or min(edges)[0] == 0:
        return None
    if se == 0:
        return least
    worst, error = min(edges)
    if q.larger is not None:
        rows = _by_unit(q, q.larger, 0.90 if worst > 0 else level)
    elif worst < 0:
        rows = rows_to_fail(-worst, error, level, e.n)
    else:
        rows = rows_to_pass([far for far, _ in edges], [each for _, each in edges], e.n)
    if rows is None or rows > UNREALISTIC * max(e.n, 1_000):
        return None
    return max(math.ceil(rows), math.ceil(floor), e.n + 1)


def _by_unit(q: Question, larger: Callable[[float], Estimate], level: float) -> float | None:
    """Rows of so many more units that the interval at a level leaves the margin's end to one side, with power 90 %.

    A bias may be told as smaller or as larger than it was, so a pass has a second end as far off as the value is less.
    """
    value, end, n = q.estimate.value, q.margin.high, q.estimate.n
    assert end is not None  # a change has no other
    assert value is not None
    side = 1.0 if value < end else -1.0

    def enough(times: float) -> bool:
        e = larger(times)
        near, usual = (span.high if side > 0 else span.low for span in (e.interval(level), e.interval(0.90)))
        if near is None or usual is None or usual == value:
            return False
        room, error = side * (end - near), abs(usual - value) / critical(0.90)
        other = NORMAL.cdf((room + 2 * abs(value)) / error) if side > 0 else 1.0
        return NORMAL.cdf(room / error) + other - 1 >= 0.90

    times = times_until(enough, UNREALISTIC * max(1.0, 1_000 / n))
    return None if times is None else times * n


def _edges(q: Question, se: float, level: float) -> list[tuple[float, float]]:
    """From the estimate to each edge of the margin, positive inside, negative outside; and the standard error that way.

    That is as wide as the interval is on that side, and never less than on average: a rate of 0 is unsure on one alone.
    """
    log = q.finding.scale == "ratio" and q.rule != "no_worse"
    value = q.estimate.value
    if value is None or (log and value <= 0):
        return []
    at = math.log if log else float
    out = []
    for side, edge in ((1, q.margin.high), (-1, q.margin.low)):
        if edge is None or (log and edge <= 0):  # no ratio comes there
            continue
        distance = side * (at(edge) - at(value))
        bounds = q.estimate.interval(0.90 if distance > 0 else level)
        end = bounds.high if side * distance > 0 else bounds.low
        if end is None or (log and end <= 0):
            out.append((distance, se))
        else:
            out.append((distance, max(se, abs(at(end) - at(value)) / critical(bounds.level))))
    return out


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


def outside(interval: Interval, margin: Margin) -> bool:
    """Whether an interval lies wholly beyond an edge of the margin."""
    above = margin.high is not None and interval.low is not None and interval.low > margin.high
    return above or (margin.low is not None and interval.high is not None and interval.high < margin.low)


def number(x: float | None) -> str:
    """Three significant digits; an end that is not bounded says so."""
    return "unbounded" if x is None else f"{x:.3g}".replace("-", "−")


def _tipping_margin(margin: Margin, interval: Interval | None) -> str:
    low, high = (interval.low, interval.high) if interval is not None else (None, None)
    if margin.high is not None and low is not None and low > margin.high:
        return f"a margin of at least {number(low)} instead of {number(margin.high)}"
    edge = margin.low if margin.low is not None else 0.0
    return f"a margin of at most {number(high if high is not None else edge)} instead of {number(edge)}"
