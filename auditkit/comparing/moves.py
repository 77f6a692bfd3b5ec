"""How far each finding has moved since another report, with both uncertainties; paired where the units are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from auditkit.comparing.growth import growth, ruler
from auditkit.comparing.kept_units import Together, correlations
from auditkit.comparing.paired import LeftOut, by_jackknife, left_out, too_lumpy
from auditkit.comparing.shifts import changed, shift, total
from auditkit.core.estimate import LEVELS, Estimate, Interval
from auditkit.core.finding import Finding, Key, Scale
from auditkit.core.report import Report
from auditkit.rules.no_worse import change, same_evidence

LEVEL = 0.90
LUMPY = "none or only a handful of its units make the difference"
PAIRED = "paired by unit, {:,} in both reports"
Way = Literal["worse", "better", "same", "untold"]


@dataclass(frozen=True, slots=True)
class Move:
    """How much further from no bias a finding is than it was, and the 90 % interval of that; log ratios for ratios.

    `way` is "worse" or "better" where the interval excludes no change, "untold" where the change is undefined, and else
    "same": no change beyond the noise of both reports. `shift` is the change of the effect itself, with its sign and
    its whole curve; of the logarithm for ratios; `growth` that of `change`. `paired` says that both come from the same
    units, and from what leaving these out does to both reports or how much both vary with them; else the reports are
    taken as independent, which is conservative, `because` of what is told there. `known` is what kept units say.
    """

    key: Key
    scale: Scale
    was: float | None
    now: float | None
    change: float | None
    interval: Interval
    way: Way
    shift: Estimate
    paired: bool = False
    because: str = ""
    growth: Estimate | None = None
    known: Together | None = field(default=None, compare=False)


class _Paired(NamedTuple):
    shift: Estimate
    growth: Estimate


def moves(new: Report, old: Report) -> tuple[Move, ...]:
    """The move of every finding that both reports tell; what has surely grown first.

    >>> from auditkit.auditing import audit
    >>> report = audit(group=["a"] * 50 + ["b"] * 50, outcome=[1, 0] * 50)
    >>> {(move.way, move.paired) for move in moves(report, report)}
    {('same', True)}
    """
    was, same = {finding.key: finding for finding in old.findings}, same_evidence(new, old)
    known = _what_is_known(new, old)
    told = [_move(one, was[one.key], known[one.key], same) for one in new.findings if one.key in was]
    return tuple(sorted(told, key=lambda move: ("worse", "untold", "same", "better").index(move.way)))


def _what_is_known(new: Report, old: Report) -> Mapping[Key, LeftOut | Together | str]:
    """Of the units of each finding that both tell."""
    kept = new.units is not None and old.units is not None
    return correlations(new, old) if kept else left_out(new, old)


def _move(new: Finding, old: Finding, known: LeftOut | Together | str, same: bool) -> Move:
    values = old.estimate.value, new.estimate.value
    if new.scale != old.scale:
        known = f"one report tells it as a {old.scale}, the other as a {new.scale}"
    elif same and new.estimate.value is not None:
        return _unmoved(new)
    if not isinstance(known, str):
        paired = _paired(new, old, known)
        if isinstance(paired, _Paired):
            span = paired.growth.interval(LEVEL)
            grown, way = paired.growth.value, _way(span)
            kept = known if isinstance(known, Together) else None
            return Move(new.key, old.scale, *values, grown, span, way, paired.shift, True, "", paired.growth, kept)
        known = paired
    alone = change(new, old)
    span = alone.interval(LEVEL)
    way = "untold" if alone.value is None else _way(span)
    return Move(new.key, old.scale, *values, alone.value, span, way, shift(new, old), False, known, alone)


def _paired(new: Finding, old: Finding, known: LeftOut | Together) -> _Paired | str:
    """The change of the effect and of its distance from no bias by units; or why there is none."""
    along = ruler(old)
    a, b = along(old.estimate.value), along(new.estimate.value)
    if a is None or b is None:
        return "one of the two estimates has no place on this scale"
    if isinstance(known, Together):
        taken = PAIRED.format(known.units)
        moved, both = changed(new, old, known, taken), total(new, old, known.correlation, taken)
    else:
        was, now = (np.array([along(value) for value in column], float) for column in (known.was, known.now))
        if too_lumpy(b - a, now - was):
            return LUMPY
        size = new.estimate.n, min(new.estimate.n_eff, old.estimate.n_eff), known.fewest
        moved, both = by_jackknife(b - a, now - was, *size), by_jackknife(b + a, now + was, *size)
    return _Paired(moved, growth(a, b, moved, both, old))


def _unmoved(finding: Finding) -> Move:
    """The same evidence twice: nothing changed, and that is sure."""
    value, e, none = finding.estimate.value, finding.estimate, (0.0,) * len(LEVELS)
    none_at_all = Estimate(0.0, none, none, e.n, e.n_eff, "the same evidence")
    return Move(
        finding.key,
        finding.scale,
        value,
        value,
        0.0,
        Interval(0.0, 0.0, LEVEL),
        "same",
        none_at_all,
        True,
        growth=none_at_all,
    )


def _way(span: Interval) -> Way:
    if span.low is not None and span.low > 0:
        return "worse"
    return "better" if span.high is not None and span.high < 0 else "same"
