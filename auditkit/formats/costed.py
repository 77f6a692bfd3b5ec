"""What a change cost of one quality, as a turn tells it, and how many items would settle it."""

from __future__ import annotations

from typing import Protocol

from auditkit.core.estimate import Estimate
from auditkit.core.judgement import Outcome
from auditkit.formats.words import count


class Costed(Protocol):
    """What a change cost of one quality: what `lifecycle.turning.Cost` tells."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def before(self) -> Estimate: ...  # noqa: D102
    @property
    def after(self) -> Estimate: ...  # noqa: D102
    @property
    def lost(self) -> Estimate: ...  # noqa: D102
    @property
    def margin(self) -> float | None: ...  # noqa: D102
    @property
    def paired(self) -> bool: ...  # noqa: D102
    @property
    def outcome(self) -> Outcome | None: ...  # noqa: D102
    @property
    def needed(self) -> int | None: ...  # noqa: D102
    @property
    def settled_by(self) -> int | None: ...  # noqa: D102
    @property
    def if_it_stays(self) -> int | None: ...  # noqa: D102
    @property
    def small(self) -> bool: ...  # noqa: D102


def settling(cost: Costed) -> str:
    """How many items would settle what is open, nine times in ten, and whether there are enough to plan from.

    A number that holds only if the loss stays what it is says so.
    """
    if cost.needed is None:
        return ""
    stays = "" if cost.settled_by is not None else ", if the loss stays what it is"
    odds = f"nine times in ten{stays} ({count(cost.lost.n)} now)"
    enough = f" About {count(cost.needed)} items in all would settle it, {odds}."
    if not cost.small:
        return enough
    if cost.if_it_stays is None or cost.if_it_stays <= cost.lost.n:
        return f"{enough} These are few to plan from: they leave the loss itself open."
    return f"{enough} These are few to plan from: if the loss stayed what it is, {count(cost.if_it_stays)} would do."
