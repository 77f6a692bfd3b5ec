"""What a verdict says of the question it answers: what was ruled out, what it lies beyond, what would settle it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from auditkit.core.estimate import Interval, Wager
from auditkit.core.finding import Cap
from auditkit.core.report import Report
from auditkit.formats import words
from auditkit.rules import NoWorse, Question, Shortfall
from auditkit.rules.no_worse import unchanged
from auditkit.settling import ALPHA, number, outside

STOPPED = "It is outside at its own level, but Holm's order stops at an earlier comparison: settle that one first."


NOTHING = "Nothing to judge: every finding is descriptive, and the policy sets no margin. Set one, for example within."
HIGHEST = (
    '"highest" is described, not judged, unless a policy sets a margin: of several noisy rates the highest is too high.'
)


def nothing(report: Report) -> str:
    """Why a report holds nothing to judge; a comparison with the highest rate is a reason of its own."""
    chosen = any(detector.get("versus") == "highest" for detector in report.recipe.detectors)
    return f"{NOTHING} {HIGHEST}" if chosen else NOTHING


def changed(q: Question, inner: Interval) -> str:
    """The number that is judged where the report does not show it; empty where it does, or where there is none."""
    if q.rule != NoWorse.name or q.estimate.value is None:
        return ""
    if unchanged(q):
        return "The change since the baseline is 0. "
    where = ", in its logarithm," if q.finding.scale == "ratio" else ""
    shown = f"{words.number(q.estimate.value)} {words.interval(inner)} at {words.percent(inner.level)}"
    return f"The change since the baseline{where} is {shown}, the margin {words.margin(q.margin)}. "


def ruled_out(q: Question) -> str:
    """What a PASS rules out."""
    low, high = q.margin
    if q.rule == "no_worse":
        return f"A change for the worse of more than {high:.3g}"
    if q.finding.scale == "ratio":
        return (
            f"Bias beyond a ratio of {low:.2f} to {high:.2f}" if low and high else f"A ratio beyond {low or high:.2f}"
        )
    if low is not None and high is not None and not math.isclose(low, -high):
        return f"A value below {low:.3g} or above {high:.3g}"
    if low == 0 or high == 0:
        return f"A value {'below' if low == 0 else 'above'} 0"
    size = f"{abs(high if high is not None else low or 0):.3g}"
    return f"Bias larger than {size}"


def failing(q: Question, outer: Interval, p: float) -> str:
    """Where a FAIL lies, and at which level, or what was won against chance."""
    low, high, level = outer
    if q.estimate.wager(*q.margin) is not None:
        return f"It lies beyond the margin: bets against that being chance multiplied their stake by {1 / p:,.3g}."
    above = q.margin.high is not None and low is not None and low > q.margin.high
    bound, edge, word = (low, q.margin.high, "at least") if above else (high, q.margin.low, "at most")
    return f"It is {word} {number(bound)} at {100 * level:.4g} %, beyond the margin of {number(edge)}."


def undecided(q: Question, lacks: Sequence[Shortfall], outer: Interval, needed: int | None) -> str:
    """Why there is no verdict, and how many more rows, or reports, give one."""
    caps = q.finding.caps
    held = list(dict.fromkeys([lack.because for lack in lacks] + withheld(caps, "FAIL") + withheld(caps, "PASS")))
    if held:
        because = f"Cannot be decided: {'; '.join(held)}."
    elif (wager := q.estimate.wager(*q.margin)) is not None:
        because = _betting(q, wager, outer.level)
    else:
        because = STOPPED if outside(outer, q.margin) else q.unseen or "The interval reaches across the margin."
    if needed is not None:
        return f"{because} {_rows(q, needed)}"
    if caps or any(lack.factor == 0 for lack in lacks):
        return f"{because} More rows would not help."
    decided = q.reports is not None or outside(outer, q.margin) or q.estimate.interval(0.90).inside(*q.margin)
    return because if decided and not held else f"{because} No realistic number of rows settles it."


def _betting(q: Question, wager: Wager, level: float) -> str:
    """What the stake has come to where bets decide, what settles it, and how many more reports like these do."""
    value, (low, high) = q.estimate.value, q.margin
    beyond = value is not None and not ((low is None or value > low) and (high is None or value < high))
    stake, wanted = (wager.e_fail, 1 / (1 - level)) if beyond else (wager.e_pass, 1 / ALPHA)
    if beyond and stake >= wanted * (1 - 1e-9):
        return STOPPED
    what = "answers" if q.reports is None else "reports"
    come = math.floor(10 * stake) / 10  # never rounded up to what settles it
    said = f"Bets need more {what}: stake multiplied by {come:,.1f}, and {wanted:,.0f} settles it."
    if q.reports is None:
        return said
    more = q.reports(wanted, beyond)
    if more is None:
        return f"{said} No realistic number of reports like these does."
    return f"{said} About {more:,} more {'report like these does' if more == 1 else 'reports like these do'}."


def _rows(q: Question, needed: int) -> str:
    """How many more rows settle it, and how many of the first group."""
    group = q.finding.counts[0] if q.finding.counts else None
    extra = max(needed - q.estimate.n, 1)
    more = f"About {extra:,} more {'row settles' if extra == 1 else 'rows settle'} it"
    more += f" ({needed:,} in all, {q.estimate.n:,} now"
    if group is None or not group.n or not q.estimate.n:
        return f"{more})."
    share = math.ceil(needed * group.n / q.estimate.n)
    return f"{more}; of {group.label} {share:,}, now {group.n:,})."


def withheld(caps: Sequence[Cap], verdict: str) -> list[str]:
    """Why a verdict is withheld."""
    return list(dict.fromkeys(cap.because for cap in caps if cap.withholds == verdict))
