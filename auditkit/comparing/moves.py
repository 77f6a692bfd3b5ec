"""How far each finding has moved since a baseline, with both uncertainties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditkit.core.estimate import Interval
from auditkit.core.finding import Finding, Key, Scale
from auditkit.core.report import Report
from auditkit.rules.no_worse import change

LEVEL = 0.90
Way = Literal["worse", "better", "same", "untold"]


@dataclass(frozen=True, slots=True)
class Move:
    """How much further from no bias a finding is than it was, and the 90 % interval of that; log ratios for ratios.

    `way` is "worse" or "better" where the interval excludes no change, "untold" where the change is undefined, and else
    "same": no change beyond the noise of both reports, which are taken as independent.
    """

    key: Key
    scale: Scale
    was: float | None
    now: float | None
    change: float | None
    interval: Interval
    way: Way


def moves(new: Report, old: Report) -> tuple[Move, ...]:
    """The move of every finding that both reports tell; what has surely grown first.

    >>> from auditkit.auditing import audit
    >>> report = audit(group=["a"] * 50 + ["b"] * 50, outcome=[1, 0] * 50)
    >>> {move.way for move in moves(report, report)}
    {'same'}
    """
    was = {finding.key: finding for finding in old.findings}
    told = [_move(finding, was[finding.key]) for finding in new.findings if finding.key in was]
    return tuple(sorted(told, key=lambda move: ("worse", "untold", "same", "better").index(move.way)))


def _move(new: Finding, old: Finding) -> Move:
    grown = change(new, old)
    span = grown.interval(LEVEL)
    way: Way = "untold" if grown.value is None else "same"
    if span.low is not None and span.low > 0:
        way = "worse"
    elif span.high is not None and span.high < 0:
        way = "better"
    return Move(new.key, old.scale, old.estimate.value, new.estimate.value, grown.value, span, way)
