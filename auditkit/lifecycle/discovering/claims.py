"""Is one candidate less biased than another? For every pair and every finding that was judged, all tested at once.

a and b are where two candidates lie from no bias: differences, or the logarithms of ratios. |a| < |b| where b - a and
b + a have the same sign, so the claim is tested by both (intersection-union; Berger 1982): its p is the larger of the
two, and no larger chance than alpha makes it of two that are alike. b - a comes from `comparing.moves`, paired where
both reports hold the same units; b + a takes their errors as if they moved together, which no correlation exceeds.
Where only one side is bias, b must lie on it: the claim is b > a and b > 0. Holm (1979) over all claims.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from auditkit.comparing import Move, moves
from auditkit.core.estimate import LEVELS, Estimate
from auditkit.core.finding import Finding, Key, Margin
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats.beside import titled
from auditkit.formats.intervals import ranked, tolerance
from auditkit.stats.multiplicity import holm, holm_adjusted

ALPHA = 0.05


class Asked(NamedTuple):
    """A candidate by what it is called, with what its audit says."""

    called: str
    report: Report
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding of two candidates: by how much the second lies above the first (`shift`; of ratios the logarithm).

    `less` is the one that lies nearer to no bias by the estimates, `p` the chance of so much if it does not, `adjusted`
    that over all claims (Holm), and `stands` whether it is at most 5 %: only then may it be said. `paired` says that
    the same units stand behind both; else `because` says why they are taken as independent.
    """

    first: str
    second: str
    key: Key
    title: str
    scale: str
    shift: Estimate
    paired: bool
    because: str
    less: str
    p: float
    adjusted: float = math.nan
    stands: bool = False


def claims(candidates: Sequence[Asked]) -> tuple[Claim, ...]:
    """Every claim about two candidates; the surest first, and of equal ones in the order of the candidates."""
    told = [claim for one, other in combinations(candidates, 2) for claim in _between(one, other)]
    if not told:
        return ()
    p = [claim.p for claim in told]
    stands, adjusted = holm(p, ALPHA)[0], holm_adjusted(p)
    made = [
        replace(claim, stands=bool(kept), adjusted=float(each))
        for claim, kept, each in zip(told, stands, adjusted, strict=True)
    ]
    return tuple(sorted(made, key=lambda claim: claim.p))


def _between(one: Asked, other: Asked) -> list[Claim]:
    judged = [_judged(each) for each in (one, other)]
    apart = {move.key: move for move in moves(other.report, one.report)}
    return [
        _claim(one.called, other.called, a, judged[1][key][0], margin, apart[key])
        for key, (a, margin) in judged[0].items()
        if key in judged[1] and key in apart
    ]


def _judged(asked: Asked) -> dict[Key, tuple[Finding, Margin | None]]:
    """The findings that a rule judged of themselves, with the margin they were held to."""
    pairs = ranked(asked.report, asked.judgement)
    known = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.NOT_ASSESSED)
    return {
        finding.key: (finding, tolerance(finding, verdicts))
        for finding, verdicts in pairs
        if any(verdict.outcome in known and verdict.margin is not None for verdict in verdicts)
    }


def _claim(first: str, second: str, a: Finding, b: Finding, margin: Margin | None, move: Move) -> Claim:
    nearer = {first: _nearer(a, b, move.shift, margin, 1.0), second: _nearer(a, b, move.shift, margin, -1.0)}
    less = min(nearer, key=lambda name: nearer[name])
    told = Claim(first, second, a.key, titled(a), a.scale, move.shift, move.paired, move.because, less, nearer[less])
    return told if a.scale == b.scale else replace(told, p=1.0)


def _nearer(a: Finding, b: Finding, shift: Estimate, margin: Margin | None, way: float) -> float:
    """p of the claim that the first (`way` 1) or the second (-1) lies nearer to no bias."""
    low, high = margin if margin is not None else (0.0, 0.0)
    farther = _placed(b if way > 0 else a)
    above = max(_p(shift, way), _p(farther, 1.0))
    below = max(_p(shift, -way), _p(farther, -1.0))
    if low is None:
        return above
    if high is None:
        return below
    both = _together(_placed(a), _placed(b))
    return min(max(_p(shift, side * way), _p(both, side)) for side in (1.0, -1.0))


def _p(estimate: Estimate, side: float) -> float:
    """Two-sided p of lying above 0 (`side` 1) or below it (-1); 1 where nothing is known."""
    if estimate.value is None:
        return 1.0
    return estimate.p_above(0.0) if side > 0 else estimate.p_below(0.0)


def _placed(finding: Finding) -> Estimate:
    """Where a finding lies from no bias: its difference, or the logarithm of its ratio."""
    e, null = finding.estimate, finding.null

    def along(value: float | None) -> float | None:
        if value is None or finding.scale != "ratio":
            return None if value is None else value - null
        return math.log(value / null) if min(value, null) > 0 else None

    ends = (tuple(along(end) for end in bounds) for bounds in (e.lower, e.upper))
    return replace(e, value=along(e.value), lower=next(ends), upper=next(ends), wagers=())


def _together(a: Estimate, b: Estimate) -> Estimate:
    """a + b with the bounds that hold however the errors of both move together: the sums of the bounds."""

    def added(one: float | None, other: float | None) -> float | None:
        return None if one is None or other is None else one + other

    ends = [
        tuple(added(one, other) for one, other in zip(getattr(a, side), getattr(b, side), strict=True))
        for side in ("lower", "upper")
    ]
    assert len(ends[0]) == len(LEVELS)
    n, worth = min(a.n, b.n), min(a.n_eff, b.n_eff)
    return Estimate(added(a.value, b.value), ends[0], ends[1], n, worth, "the sum, as if both erred together")
