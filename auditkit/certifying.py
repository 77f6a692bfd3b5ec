"""Which of its promises a calibration card keeps.

A promise is a bound on a binomial share. It is missed where the exact tail at the bound is below .001, so that a
detector which sits on its bound is not called a liar by the luck of the draw. No bound is widened for anyone.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from itertools import pairwise

from auditkit.core.card import Bound, Card, Reading, World
from auditkit.core.detector import Detector
from auditkit.stats.exact import share_at_least, share_at_most

MISSED = 0.001
REPLICATIONS = {False: 2_000, True: 500}  # of each world; fewer where one examination is costly
FALSE = 0.065  # a verdict that the truth contradicts, at the margin's edge and at every dose
ALARM = 0.07  # a FAIL on a null: .02 above the nominal .05
COVERED = (0.935, 0.975)
FULL_POWER = 0.95


def bounds(card: Card) -> tuple[Bound, ...]:
    """Every promise that the card can speak of, held against its readings."""
    found = [bound for world in card.worlds for bound in _of_world(world, card.conservative)]
    return (*found, *_power(card))


def in_doubt(detector: Detector, world: World) -> bool:
    """Whether a reading lies outside a bound, but not so far that it is surely missed."""
    return any(not bound.missed and _outside(bound) for bound in _of_world(world, detector.conservative))


def _outside(bound: Bound) -> bool:
    low, high = (float(end) for end in bound.limit.split(" to "))
    return not low <= bound.figure <= high


def _of_world(world: World, conservative: Collection[str]) -> Iterator[Bound]:
    null = world.kind == "nuisance" or (world.kind == "dose" and world.dose == 0)
    for r in world.readings:
        if r.judged:
            yield _at_most("false FAIL", world, r, r.false_fails, ALARM if null else FALSE)
            yield _at_most("false PASS", world, r, r.false_passes, FALSE)
        if r.told:
            yield _coverage(world, r, r.estimand in conservative)


def _about(r: Reading) -> str:
    return f"{r.estimand}, {r.level} against {r.versus}"


def _at_most(promise: str, world: World, r: Reading, count: int, limit: float) -> Bound:
    tail = share_at_least(count, r.judged, limit)
    return Bound(promise, world.name, _about(r), count / r.judged, f"0 to {limit:g}", tail, tail < MISSED)


def _coverage(world: World, r: Reading, conservative: bool) -> Bound:
    low, high = COVERED[0], 1.0 if conservative else COVERED[1]
    tail = min(share_at_most(r.covered, r.told, low), share_at_least(r.covered, r.told, high) if high < 1 else 1.0)
    return Bound("coverage", world.name, _about(r), r.covered / r.told, f"{low:g} to {high:g}", tail, tail < MISSED)


def _power(card: Card) -> Iterator[Bound]:
    """The headline fails at full dose, and not less often at a higher dose than at a lower one."""
    told = [(dose, r) for dose, r in card.doses if r.judged]
    if not told:
        return
    full, last = told[-1]
    tail = share_at_most(last.fails, last.judged, FULL_POWER)
    figure = last.fails / last.judged
    yield Bound(
        "power at full dose", f"dose {full:g}", _about(last), figure, f"{FULL_POWER:g} to 1", tail, tail < MISSED
    )
    for (_, before), (dose, after) in pairwise(told):
        p, q = before.fails / before.judged, after.fails / after.judged
        slack = 2 * math.sqrt(p * (1 - p) / before.judged + q * (1 - q) / after.judged)
        yield Bound(
            "power grows", f"dose {dose:g}", _about(after), q, f"{max(p - slack, 0):.4f} to 1", 1.0, q < p - slack
        )
