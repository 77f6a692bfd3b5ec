"""The kinds of rules, and the questions each asks of a stream: a bounded number of an event, and where it may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from auditkit.core.errors import InputError

Ask = Literal["share", "score", "equal", "missing"]


@dataclass(frozen=True, slots=True)
class Question:
    """One number of every event and its margin: 1 where a column has a level, where two columns agree, or a score.

    With `groups` it is asked of two groups, in pairs; with `within` of one group alone. `versus` names what the first
    group is compared with, and an empty second group is all the others. `low` or `high` is `None` where that side is
    not watched.
    """

    name: str
    ask: Ask
    columns: tuple[str, ...]
    level: str
    alpha: float
    low: float | None
    high: float | None
    acceptable: float
    support: tuple[float, float]
    variance: float
    group: str | None = None
    within: str | None = None
    pair: tuple[str, str | None] | None = None


class Rule(BaseModel):
    """What every rule has: a name, its weight in the sharing of alpha, and the side that is watched."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    name: str = Field(min_length=1, max_length=200)
    weight: float = Field(default=1.0, gt=1e-12, lt=1e6)
    side: Literal["both", "above", "below"] = "both"
    margin: float = Field(gt=0, lt=1e9)

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        raise NotImplementedError

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """The questions that it asks, each with its part of the rule's alpha; raises `InputError` for a margin that no
        number can leave."""
        raise NotImplementedError

    def _limits(self, reference: float, support: tuple[float, float]) -> tuple[float | None, float | None]:
        low = reference - self.margin if self.side != "above" else None
        high = reference + self.margin if self.side != "below" else None
        if not support[0] <= reference <= support[1]:
            raise InputError(f"a reference of {reference:g} lies outside [{support[0]:g}, {support[1]:g}].")
        low = None if low is None or low <= support[0] + 1e-12 else low
        high = None if high is None or high >= support[1] - 1e-12 else high
        if low is None and high is None:
            raise InputError(
                f"{reference:g} ± {self.margin:g} lets every number pass, for none lies outside [{support[0]:g}, "
                f"{support[1]:g}]. Give a smaller margin."
            )
        return low, high

    def _share(
        self, alpha: float, name: str, ask: Ask, columns: tuple[str, ...], level: str, reference: float, of: int = 1
    ) -> Question:
        low, high = self._limits(reference, (0.0, 1.0))
        likeliest = min(max(0.5, reference - 2 * self.margin), reference + 2 * self.margin)  # the largest variance
        variance = max(likeliest * (1 - likeliest), 0.01)
        return Question(name, ask, columns, level, alpha / of, low, high, reference, (0.0, 1.0), variance)


class Gap(Rule):
    """The difference of two groups' rates of a favourable outcome, within ± margin; of more groups each to the rest.

    It is that between people who arrive at about the same time (`stats.pairing`). "The rest" needs the mix of the rest
    to be independent of who arrives next: while a turn of the groups, those of the rest too, takes more than 200 events
    it is not assessed.
    """

    kind: Literal["gap"]
    group: str
    levels: tuple[str, ...] = Field(min_length=1, max_length=50)
    outcome: str
    favourable: str

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.group, self.outcome)

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One for two levels, else one for each level."""
        _distinct(self.levels)
        two = len(self.levels) == 2
        pairs = [(self.levels[0], self.levels[1])] if two else [(level, None) for level in self.levels]
        low, high = self._limits(0.0, (-1.0, 1.0))
        return tuple(
            Question(
                f"{one} - {other or 'the rest'}",
                "share",
                (self.outcome,),
                self.favourable,
                alpha / len(pairs),
                low,
                high,
                0.0,
                (-1.0, 1.0),
                0.5,
                group=self.group,
                pair=(one, other),
            )
            for one, other in pairs
        )


class Rate(Rule):
    """The share of an outcome, within reference ± margin."""

    kind: Literal["rate"]
    outcome: str
    favourable: str
    reference: float

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.outcome,)

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One."""
        return (self._share(alpha, self.favourable, "share", (self.outcome,), self.favourable, self.reference),)


class Composition(Rule):
    """The share of each of these groups among the events, within its reference ± margin."""

    kind: Literal["composition"]
    group: str
    reference: Mapping[str, float] = Field(min_length=1, max_length=50)

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.group,)

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One for each group that has a reference."""
        if sum(self.reference.values()) > 1 + 1e-9:
            raise InputError(f"the references add up to {sum(self.reference.values()):g}, and shares to 1 at most.")
        shares = list(self.reference.items())
        return tuple(
            self._share(alpha, level, "share", (self.group,), level, reference, len(shares))
            for level, reference in shares
        )


class Agreement(Rule):
    """How often an annotator's reading is what a human who looked read, within its declared accuracy ± margin."""

    kind: Literal["agreement"]
    reading: str
    checked: str
    reference: float
    group: str | None = None
    levels: tuple[str, ...] = Field(default=(), max_length=50)

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.reading, self.checked, *([] if self.group is None else [self.group]))

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One, or one for each of the levels of a group."""
        if (self.group is None) != (not self.levels):
            raise InputError("a group has levels, and levels have a group; give both or neither.")
        _distinct(self.levels)
        both = (self.reading, self.checked)
        one = self._share(alpha, "all", "equal", both, "", self.reference, max(len(self.levels), 1))
        within = [replace(one, name=level, group=self.group, within=level) for level in self.levels]
        return tuple(within or [one])


class Mean(Rule):
    """The mean of a score between `low` and `high`, within reference ± margin."""

    kind: Literal["mean"]
    score: str
    reference: float
    low: float = 0.0
    high: float = 1.0

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.score,)

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One."""
        if not self.low < self.high:
            raise InputError(f"a score lies between low and high; these are {self.low:g} and {self.high:g}.")
        support = (self.low, self.high)
        low, high = self._limits(self.reference, support)
        variance = (self.high - self.low) ** 2 / 8
        return (Question(self.score, "score", (self.score,), "", alpha, low, high, self.reference, support, variance),)


class Missing(Rule):
    """The share of events that have nothing in a column, within reference ± margin."""

    kind: Literal["missing"]
    column: str
    reference: float

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.column,)

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One."""
        return (self._share(alpha, self.column, "missing", (self.column,), "", self.reference),)


KINDS: Mapping[str, type[Rule]] = {
    "gap": Gap,
    "rate": Rate,
    "composition": Composition,
    "agreement": Agreement,
    "mean": Mean,
    "missing": Missing,
}


def _distinct(levels: tuple[str, ...]) -> None:
    if len(set(levels)) < len(levels):
        raise InputError(f"a level stands twice among {', '.join(levels)}.")
