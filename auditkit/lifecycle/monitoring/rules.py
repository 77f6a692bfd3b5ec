"""The kinds of rules, and the questions each asks of a stream: a bounded number of an event, and where it may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    model_serializer,
)
from pydantic_core import PydanticCustomError

from auditkit.core.errors import InputError, nearest

Ask = Literal["share", "score", "equal", "missing"]


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "a boolean is no whole number")
    return value


Number = Annotated[float, Strict()]
"""A number: neither `true`, which Python takes for 1, nor a text."""
Whole = Annotated[int, BeforeValidator(_no_boolean)]
"""A whole number, however it is written, as 1e5 too; `true` is none."""


@dataclass(frozen=True, slots=True)
class Question:
    """One number of every event and its margin: 1 where a column has a level, where two columns agree, or a score.

    With `groups` it is asked of two groups, in pairs; with `within` of one group alone. `versus` names what the first
    group is compared with, and an empty second group is all the others. `low` or `high` is `None` where that side is
    not watched. `declared` are all values that the first column can have, where its level may never come.
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
    declared: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[str | None, ...]:
        """The levels of `group` that it looks at, `None` for all the others; none of a question without groups."""
        if self.pair is not None:
            return self.pair
        return () if self.within is None else (self.within,)


class Rule(BaseModel):
    """What every rule has: a name, its weight in the sharing of alpha, and the side that is watched."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    name: str = Field(min_length=1, max_length=200)
    weight: Number = Field(default=1.0, gt=1e-12, lt=1e6)
    side: Literal["both", "above", "below"] = "both"
    margin: Number = Field(gt=0, lt=1e9)

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


class Declared(Rule):
    """A rule on a value that may never come, if that is said.

    Of a value that never came nobody can tell whether it has a share of 0 or another spelling. With `values`, all that
    the column can have, and `may_never_come`, the share is 0 while only these came, however the value is spelt: what
    came were others. As soon as one comes that is not among them, nothing is quiet any more. Both keys are given, or
    neither.
    """

    values: tuple[str, ...] = Field(default=(), max_length=200)
    may_never_come: bool = False

    @model_serializer(mode="wrap")
    def _as_it_was(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Plain tables, without the two keys where they are not given: a watch from before is the same watch."""
        told: dict[str, Any] = handler(self)
        kept = ("values", "may_never_come") if not self.values and not self.may_never_come else ()
        return {key: value for key, value in told.items() if key not in kept}

    def _declared(self, *asked: str) -> tuple[str, ...]:
        """The values, if they are told; raises `InputError` for one key without the other, and for values without one
        that is asked for."""
        if bool(self.values) != self.may_never_come:
            raise InputError(
                "values are all that the column can have, and may_never_come = true says that the share of one of "
                "them may be 0 for good. Give both or neither."
            )
        _distinct(self.values)
        if self.values and (gone := [level for level in asked if level not in self.values]):
            meant = nearest(gone[0], self.values)
            raise InputError(f'"{gone[0]}" is not among its values: {", ".join(self.values)}.{meant}')
        return self.values


class Gap(Declared):
    """The difference of two groups' rates of a favourable outcome, within ± margin; of more groups each to the rest.

    It is that between people who arrive at about the same time (`stats.pairing`). Two groups that come in turns, the
    one by itself and then the other, are not assessed: nothing tells a gap from a rate that moves in step with the
    turns (`stats.seams`); turns of less than ten events are taken for mixed. "The rest" needs the mix of the rest
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
        declared = self._declared(self.favourable)
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
                declared=declared,
            )
            for one, other in pairs
        )


class Rate(Declared):
    """The share of an outcome, within reference ± margin."""

    kind: Literal["rate"]
    outcome: str
    favourable: str
    reference: Number

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.outcome,)

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One."""
        one = self._share(alpha, self.favourable, "share", (self.outcome,), self.favourable, self.reference)
        return (replace(one, declared=self._declared(self.favourable)),)


class Composition(Declared):
    """The share of each of these groups among the events, within its reference ± margin."""

    kind: Literal["composition"]
    group: str
    reference: Mapping[str, Number] = Field(min_length=1, max_length=50)

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.group,)

    def questions(self, alpha: float) -> tuple[Question, ...]:
        """One for each group that has a reference."""
        if sum(self.reference.values()) > 1 + 1e-9:
            raise InputError(f"the references add up to {sum(self.reference.values()):g}, and shares to 1 at most.")
        shares, declared = list(self.reference.items()), self._declared(*self.reference)
        told = (
            self._share(alpha, level, "share", (self.group,), level, reference, len(shares))
            for level, reference in shares
        )
        return tuple(replace(one, declared=declared) for one in told)


class Agreement(Rule):
    """How often an annotator's reading is what a human who looked read, within its declared accuracy ± margin."""

    kind: Literal["agreement"]
    reading: str
    checked: str
    reference: Number
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
    reference: Number
    low: Number = 0.0
    high: Number = 1.0

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
    reference: Number

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
