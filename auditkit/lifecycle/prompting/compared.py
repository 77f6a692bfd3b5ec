"""Compared: what treatments did to a bias and what they cost, with claims that hold all together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from auditkit.core.estimate import Estimate
from auditkit.core.judgement import GRAVITY, Outcome
from auditkit.lifecycle.turning import Cost
from auditkit.stats.treatments import Bounds, Change

SCHEMA = 1
FILE = "comparison.json"
LEVELS = {"claims": "all together", "judged": "each report by itself"}
ALL, ANSWERED = "all that was asked", "the answered; inside the margin with the missing at the worst end"


@dataclass(frozen=True, slots=True)
class Gap:
    """One of several gaps: a group, whom it is compared with, its bias with intervals of its own, and what is claimed,
    which holds together with all other claims."""

    level: str
    versus: str
    bias: Estimate
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one treatment, or of the control, which has neither a change nor a cost.

    `bias` is its own, with intervals that hold at every stopping time. `change` is how much further from no bias it is
    than the control, on the same prompts and seeds; its interval holds together with those of all other treatments.
    `claims` are those that the bets carry; `closed` says why it was asked no more. `judged` is what the plan's policy
    says of its report, in which it judges `unheard` other comparisons that were not bet on, at `alpha` for this
    treatment by itself and not jointly; `compared` is what the claims say, and `outcome` the graver: a PASS needs both
    and is as joint as the claims, a FAIL may be the report's alone.

    `lost_to` says why answers could not be used, where they are too many for a claim: the commonest reasons; or why
    the report tells nothing of what was bet on.
    Of several gaps `bias` is the largest, with intervals for all of them together, and `gaps` are each by itself.
    Where answers are `missing`, `bias` and `change` are of the answered, and so are all claims of them but "inside".
    """

    name: str
    template: str
    system: str
    asked: int
    refused: int
    failed: int
    unread: int
    bias: Estimate
    change: Change | None
    cost: Cost | None
    claims: tuple[str, ...]
    closed: str
    missing: float
    compared: Outcome
    judged: Outcome
    unheard: int = 0
    lost_to: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """PASS where its bias is inside the margin and its cost below what it may lose, by claim and by judgement."""
        return min((self.compared, self.judged), key=GRAVITY.index)


@dataclass(frozen=True)
class Compared:
    """Treatments beside their control: all claims hold together with probability 1 - `alpha`, whenever one stops.

    So the best may be picked after looking. What a report is judged is no claim: each is at `alpha` by itself.
    `rounds` is how many there could have been, of `prompts` prompts each.
    """

    model: str
    question: str
    estimand: str
    bounds: Bounds
    alpha: float
    rounds: int
    prompts: int
    control: Told
    treatments: tuple[Told, ...]

    @property
    def outcome(self) -> Outcome:
        """PASS where at least one treatment passes, FAIL where every one fails, else INCONCLUSIVE."""
        told = [one.outcome for one in self.treatments]
        if Outcome.PASS in told:
            return Outcome.PASS
        return Outcome.FAIL if set(told) == {Outcome.FAIL} else Outcome.INCONCLUSIVE

    @property
    def exit_code(self) -> int:
        """0 where at least one treatment passes the policy within what it may cost, 1 where every one fails, else 3."""
        return {Outcome.PASS: 0, Outcome.FAIL: 1}.get(self.outcome, 3)

    @property
    def best(self) -> Told | None:
        """Of the treatments that pass, or else of those less biased and not too dear, the one nearest to no bias."""
        passing = [one for one in self.treatments if one.outcome is Outcome.PASS]
        helping = [one for one in self.treatments if "less" in one.claims and "costly" not in one.claims]
        return min(passing or helping, key=_distance, default=None)

    @property
    def asked(self) -> int:
        """Answers that were asked for, under the control and every treatment."""
        return sum(one.asked for one in (self.control, *self.treatments))

    def to_json(self) -> str:
        """The wire format of `comparison.json`."""
        told: dict[str, Any] = {"schema": SCHEMA, "outcome": self.outcome.value, "model": self.model}
        told |= {"question": self.question, **self.bounds._asdict(), "alpha": self.alpha, "alpha_of": LEVELS}
        told |= {"rounds": self.rounds, "prompts": self.prompts, "asked": self.asked}
        told |= {"best": self.best.name if self.best else None, "control": _plain(self.control)}
        told["treatments"] = [_plain(one) for one in self.treatments]
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        return text.encode("utf-8", "replace").decode("utf-8")


def ranked(treatments: Sequence[Told]) -> list[Told]:
    """The treatments, those that pass first, then the nearest to no bias."""
    order = (Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.NOT_ASSESSED, Outcome.FAIL)
    return sorted(treatments, key=lambda one: (order.index(one.outcome), "costly" in one.claims, _distance(one)))


def _distance(one: Told) -> float:
    return abs(one.bias.value) if one.bias.value is not None else float("inf")


def _plain(one: Told) -> dict[str, Any]:
    told = {name: value for name, value in asdict(one).items() if name not in ("bias", "change", "cost", "gaps")}
    if one.gaps:
        told |= {"gaps": [asdict(gap) for gap in one.gaps]}
    told |= {"compared": one.compared.value, "judged": one.judged.value, "outcome": one.outcome.value}
    told |= {"bias": asdict(one.bias), "bias_of": ANSWERED if one.missing else ALL}
    told |= {"change": None if one.change is None else one.change._asdict()}
    cost = (
        None
        if one.cost is None
        else {"name": one.cost.name, "lost": asdict(one.cost.lost), "may_lose": one.cost.margin}
    )
    return told | {"cost": cost}
