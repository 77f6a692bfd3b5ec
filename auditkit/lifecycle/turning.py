"""The audit before and after a change, and what the change cost: never the one without the other."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import NormalDist
from typing import Any

from auditkit.comparing import Move, moves
from auditkit.core.errors import InputError, only
from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Interval, Wager
from auditkit.core.judgement import GRAVITY, Judgement, Outcome
from auditkit.core.report import Report
from auditkit.core.wire import LONGEST, checked_estimate, loaded
from auditkit.gating import hash_of
from auditkit.lifecycle.differing import unexpected
from auditkit.opening import judged, read_report
from auditkit.rendering import Turned, beside, summarise, turn_formats, turned
from auditkit.sealing import raw_bytes
from auditkit.stats.assurance import COSTLY

SCHEMA = 1
FILE = "turn.json"
PASS_LEVEL, FAIL_LEVEL = 0.90, 0.95
POWER = 0.90
PLANNED = "settled_by", "if_it_stays"
MOST = 10**9
"""No realistic number of items is larger."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How much of a quality a change has lost: `lost` = before - after on the quality's own scale, larger is worse.

    Non-inferiority: PASS where the 90 % interval of the loss ends below `margin` (one-sided 5 %), FAIL where the 95 %
    interval begins above it, else INCONCLUSIVE; an undefined loss is NOT_ASSESSED. Without a margin it is told and not
    judged. `paired` says that the same items stand behind both. Where these are at hand, `settled_by` says how many
    settle it nine times in ten, whatever they leave open, and `if_it_stays` how many would if the loss stayed what it
    is (`stats.assurance.items_for`).
    """

    name: str
    before: Estimate
    after: Estimate
    lost: Estimate
    margin: float | None = None
    paired: bool = False
    settled_by: int | None = None
    if_it_stays: int | None = None

    def __post_init__(self) -> None:
        if self.margin is not None and not 0 < self.margin < float("inf"):
            raise InputError(f"What {self.name} may lose is a positive number; this is {self.margin}.")

    @property
    def outcome(self) -> Outcome | None:
        """What the guard says; `None` where it has no margin."""
        if self.margin is None:
            return None
        if self.lost.value is None:
            return Outcome.NOT_ASSESSED
        if self.lost.interval(PASS_LEVEL).inside(None, self.margin):
            return Outcome.PASS
        low = self.lost.interval(FAIL_LEVEL).low
        return Outcome.FAIL if low is not None and low > self.margin else Outcome.INCONCLUSIVE

    @property
    def needed(self) -> int | None:
        """About how many items settle what is INCONCLUSIVE.

        With power 90 %: told by the items where they are at hand, else, if the loss stays what it is,
        n ((half + 1.28 se) / apart)^2. `half` is how far the deciding bound is from the loss, se = half over that
        bound's normal quantile, `apart` how far the margin is, and widths shrink by sqrt(n).
        `None` where nothing is open, a bound is not known, or no realistic number settles it.
        """
        e, margin = self.lost, self.margin
        if self.outcome is not Outcome.INCONCLUSIVE or e.value is None or margin is None or e.value == margin:
            return None
        if self.settled_by is not None:
            return self.settled_by if self.settled_by > e.n else None
        passes = e.value < margin
        bound = e.interval(PASS_LEVEL).high if passes else e.interval(FAIL_LEVEL).low
        if bound is None:
            return None
        z = QUANTILES[LEVELS.index(PASS_LEVEL if passes else FAIL_LEVEL)]
        half = (bound - e.value) * (1 + NormalDist().inv_cdf(POWER) / z)
        enough = math.ceil(e.n * (half / (margin - e.value)) ** 2)
        return enough if e.n < enough <= MOST else None

    @property
    def small(self) -> bool:
        """Whether the items at hand are few to plan from: what they leave open about the loss costs over twofold."""
        stays = self.if_it_stays
        return self.settled_by is not None and (stays is None or self.settled_by > COSTLY * stays)

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the loss."""
        return self.lost.interval(FAIL_LEVEL)


@dataclass(frozen=True)
class Turn:
    """Two reports on the same questions, before and after a change, both judged by one policy, with what it cost.

    `done` says what the change did, and its limits, a sentence each: without them nobody can judge the turn. The
    turn's own outcome is the gravest of the judgement after and of every cost: a mitigation that no cost was
    measured of is NOT_ASSESSED, and never green.
    """

    what: str
    before: Report
    after: Report
    judged_before: Judgement
    judged_after: Judgement
    costs: tuple[Cost, ...] = ()
    done: tuple[str, ...] = ()

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """How far each finding moved, with both uncertainties."""
        return moves(self.after, self.before)

    @property
    def outcome(self) -> Outcome:
        """The gravest of all; a warning policy changes the exit code, not this."""
        told = [cost.outcome for cost in self.costs if cost.outcome is not None]
        return min([self.judged_after.outcome, *(told or [Outcome.NOT_ASSESSED])], key=GRAVITY.index)

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 3 inconclusive or not assessed; 0 for inconclusive findings where the policy only warns."""
        if self.outcome is Outcome.FAIL:
            return 1
        costs = {cost.outcome for cost in self.costs if cost.outcome is not None}
        return 0 if costs == {Outcome.PASS} and self.judged_after.passed else 3

    def to_json(self) -> str:
        """The wire format of `turn.json`: the two judgements by the hashes of their reports, costs and moves whole."""
        told: dict[str, Any] = {"schema": SCHEMA, "what": self.what, "outcome": self.outcome.value}
        for name, said in (("before", self.judged_before), ("after", self.judged_after)):
            told[name] = {"report": said.report_hash, "policy": said.policy_hash, "outcome": said.outcome.value}
        told["done"] = list(self.done)
        told["costs"] = [_cost(cost) for cost in self.costs]
        told["moves"] = [_move(move) for move in self.moves]
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "replace").decode("utf-8")


def summary(turn: Turn, done: bool = True) -> str:
    """The turn in plain text, for a terminal or a log: what moved, what it cost, and what that does not say.

    Without `done` for who tells by itself what was done.
    """
    return turn_formats(told_of(turn if done else replace(turn, done=())))["txt"]


def page(turn: Turn) -> str:
    """The turn as one HTML page without a script: every finding before and after on one axis, and every cost."""
    return turn_formats(told_of(turn))["html"]


def texts(turn: Turn, beside: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a phase writes of a turn, by file: `turn.json`, `turn.md` and `turn.html`.

    The page links `before/report.html` and `after/report.html` beside it, and with the Markdown the files `beside`,
    by what they hold.
    """
    told = turn_formats(told_of(turn), beside)
    return {FILE: turn.to_json(), "turn.md": told["md"], "turn.html": told["html"]}


def read_turn(folder: Path) -> Turn:
    """The turn that a phase wrote into a folder: its costs, and the reports and judgements before and after it.

    Raises `InputError` for what cannot be read, and where the folder holds other reports than the turn tells of.
    """
    try:
        told = loaded(raw_bytes(folder / FILE, LONGEST).decode("utf-8", "replace"))
        only(told, ("schema", "what", "outcome", "before", "after", "done", "costs", "moves"))
        costs = tuple(_cost_of(one) for one in told["costs"])
        sides = [_side(folder / side, told[side]["report"]) for side in ("before", "after")]
        (before, was), (after, now) = sides
        return Turn(str(told["what"]), before, after, was, now, costs, tuple(map(str, told.get("done", ()))))
    except OSError as error:
        raise InputError(f"{folder / FILE} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise InputError(f"{folder / FILE} is not a turn: {type(error).__name__}: {error!s:.200}.") from error


def _side(folder: Path, hash: str) -> tuple[Report, Judgement]:
    report = read_report(folder / "report.json")
    if hash_of(report) != hash:
        raise InputError(f"{folder / 'report.json'} is not the report that {FILE} tells of: {hash!s:.16}.")
    return report, judged(report, folder / "judgement.json")[0]


def _cost_of(told: Mapping[str, Any]) -> Cost:
    only(told, ("name", "before", "after", "lost", "margin", "paired", "outcome", *PLANNED))
    before, after, lost = (_estimate_of(told[name]) for name in ("before", "after", "lost"))
    margin = None if told["margin"] is None else float(told["margin"])
    planned = [None if told.get(name) is None else int(told[name]) for name in PLANNED]
    return Cost(str(told["name"]), before, after, lost, margin, told["paired"] is True, *planned)


def _estimate_of(told: Mapping[str, Any]) -> Estimate:
    """An estimate of the wire format; raises for one that is of another kind."""
    checked_estimate(told)
    lower, upper = tuple(told["lower"]), tuple(told["upper"])
    if len(lower) != len(LEVELS) or len(upper) != len(LEVELS):
        raise ValueError(f"an estimate has a bound at each of {len(LEVELS)} levels")
    wagers = tuple(Wager(*one) for one in told.get("wagers", ()))
    rest = {name: told[name] for name in ("n", "n_eff", "method", "clusters", "reason")}
    return Estimate(told["value"], lower, upper, **rest, wagers=wagers)


def told_of(turn: Turn) -> Turned:
    """All that any page says of a turn: what a figure draws, and the words."""
    both = (turn.judged_before, turn.judged_after)
    side = beside([("before", turn.before, both[0]), ("after", turn.after, both[1])])
    after = summarise(turn.after, turn.judged_after)
    apart = unexpected(turn.after.recipe, turn.before.recipe, side.changes[0].differences)
    return turned(turn.what, side, both, after, turn.costs, turn.outcome, turn.exit_code, apart, turn.done)


def _cost(cost: Cost) -> Mapping[str, Any]:
    parts = {name: _curve(getattr(cost, name)) for name in ("before", "after", "lost")}
    outcome = None if cost.outcome is None else cost.outcome.value
    planned = {name: getattr(cost, name) for name in PLANNED if getattr(cost, name) is not None}
    return {"name": cost.name, **parts, "margin": cost.margin, "paired": cost.paired, "outcome": outcome, **planned}


def _move(move: Move) -> Mapping[str, Any]:
    told = {name: getattr(move, name) for name in ("scale", "was", "now", "change", "way", "paired", "because")}
    return {"key": list(move.key), **told, "interval": list(move.interval), "shift": _curve(move.shift)}


def _curve(estimate: Estimate) -> Mapping[str, Any]:
    """An estimate as a report writes it: wagers only where there are some."""
    told = asdict(estimate)
    return told if estimate.wagers else {name: part for name, part in told.items() if name != "wagers"}
