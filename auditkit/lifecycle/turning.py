"""The audit before and after a change, and what the change cost: never the one without the other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from auditkit.comparing import Move, moves
from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Interval
from auditkit.core.judgement import GRAVITY, Judgement, Outcome
from auditkit.core.report import Report

SCHEMA = 1
FILE = "turn.json"
PASS_LEVEL, FAIL_LEVEL = 0.90, 0.95


@dataclass(frozen=True, slots=True)
class Cost:
    """How much of a quality a change has lost: `lost` = before - after on the quality's own scale, larger is worse.

    Non-inferiority: PASS where the 90 % interval of the loss ends below `margin` (one-sided 5 %), FAIL where the 95 %
    interval begins above it, else INCONCLUSIVE; an undefined loss is NOT_ASSESSED. Without a margin it is told and not
    judged. `paired` says that the same items stand behind both.
    """

    name: str
    before: Estimate
    after: Estimate
    lost: Estimate
    margin: float | None = None
    paired: bool = False

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
    def interval(self) -> Interval:
        """The 95 % interval of the loss."""
        return self.lost.interval(FAIL_LEVEL)


@dataclass(frozen=True)
class Turn:
    """Two reports on the same questions, before and after a change, both judged by one policy, with what it cost.

    The turn's own outcome is the gravest of the judgement after and of every cost: a mitigation that no cost was
    measured of is NOT_ASSESSED, and never green.
    """

    what: str
    before: Report
    after: Report
    judged_before: Judgement
    judged_after: Judgement
    costs: tuple[Cost, ...] = ()

    @property
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
        for name, judged in (("before", self.judged_before), ("after", self.judged_after)):
            told[name] = {"report": judged.report_hash, "policy": judged.policy_hash, "outcome": judged.outcome.value}
        told["costs"] = [_cost(cost) for cost in self.costs]
        told["moves"] = [_move(move) for move in self.moves]
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "replace").decode("utf-8")


def _cost(cost: Cost) -> Mapping[str, Any]:
    parts = {name: asdict(getattr(cost, name)) for name in ("before", "after", "lost")}
    outcome = None if cost.outcome is None else cost.outcome.value
    return {"name": cost.name, **parts, "margin": cost.margin, "paired": cost.paired, "outcome": outcome}


def _move(move: Move) -> Mapping[str, Any]:
    told = {name: getattr(move, name) for name in ("scale", "was", "now", "change", "way", "paired", "because")}
    return {"key": list(move.key), **told, "interval": list(move.interval), "shift": asdict(move.shift)}
