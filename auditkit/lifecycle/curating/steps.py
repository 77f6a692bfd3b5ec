"""The steps that a recipe can name, each with its fields; what they do stands in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Shares = dict[str, float] | dict[str, dict[str, float]] | str
"""A share for each level, or in each context for each level; or a CSV with a column `share` beside those it names."""


class Step(BaseModel):
    """One thing that is done to a data set; `named` is what a recipe calls it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    named: ClassVar[str]


class Referring(Step):
    """A step that needs a reference: why the world looks like this, and who says so, are never left out."""

    why: str = Field(min_length=1)
    source: str = Field(min_length=1)


class Rake(Referring):
    """Weights that meet the shares of several columns at once."""

    named: ClassVar[str] = "rake"
    margins: dict[str, dict[str, float] | str] = Field(min_length=1)
    resample: bool = False


class PostStratify(Referring):
    """Weights that meet the shares of every cell of some columns."""

    named: ClassVar[str] = "post_stratify"
    columns: list[str] = Field(min_length=1)
    reference: Shares
    resample: bool = False


class Reweigh(Step):
    """Weights that make a group and an outcome independent."""

    named: ClassVar[str] = "reweigh"
    group: list[str] = Field(min_length=1)
    outcome: str
    resample: bool = False

    @field_validator("group", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class Twinning(Step):
    """A step that makes counterfactual rows: a copy beside each row, or as many rows changed as the reference asks."""

    how: Literal["add", "change"] = "add"
    column: str | None = None
    context: list[str] = []
    reference: Shares | None = None
    why: str = ""
    source: str = ""

    @field_validator("context", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _referred(self) -> Twinning:
        if self.how == "change" and (self.reference is None or self.column is None):
            raise ValueError('how = "change" needs a column, and its reference: whose shares are to be met')
        if self.reference is not None and not (self.why and self.source):
            raise ValueError("a reference needs a why and a source: who says that the world looks like this?")
        return self


class Swap(Twinning):
    """Texts in which words of pairs change places: he and she, man and woman."""

    named: ClassVar[str] = "swap"
    texts: list[str] = Field(min_length=1)
    pairs: list[tuple[str, str]] | Literal["gender"] = "gender"
    attributes: list[str] = []
    levels: dict[str, str] = {}
    ambiguous: Literal["guess", "skip"] = "guess"

    @field_validator("texts", "attributes", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class Redraw(Twinning):
    """Portraits of the lab, drawn again with another skin, length of hair or age."""

    named: ClassVar[str] = "redraw"
    column: Literal["skin", "length", "age"]


class Counterfactuals(Twinning):
    """Pictures for which a table names another that shows the same with another attribute."""

    named: ClassVar[str] = "counterfactuals"
    table: str


class Deduplicate(Step):
    """One row of those that are the same, or nearly."""

    named: ClassVar[str] = "deduplicate"
    by: Literal["rows", "texts", "pictures"] = "rows"
    columns: list[str] = []
    similarity: float = Field(0.8, gt=0, le=1)
    distance: float = Field(0.1, ge=0)
    repeats: Literal["drop", "keep"] = "drop"


class Leakage(Step):
    """No row that stands in the test set too."""

    named: ClassVar[str] = "leakage"
    test: str
    by: Literal["rows", "texts", "pictures"] = "rows"
    columns: list[str] = []
    similarity: float = Field(0.8, gt=0, le=1)
    distance: float = Field(0.1, ge=0)


class Balance(Referring):
    """Fewer rows, or rows again, until shares are the reference's."""

    named: ClassVar[str] = "balance"
    column: str
    context: list[str] = []
    reference: Shares
    how: Literal["down", "up"] = "down"

    _listed = field_validator("context", mode="before")(lambda value: [value] if isinstance(value, str) else value)


class TopUp(Referring):
    """What to collect: nothing is added."""

    named: ClassVar[str] = "topup"
    column: str
    context: list[str] = []
    reference: Shares
    half_width: float | None = Field(default=None, gt=1e-4, lt=0.5)
    level: float = Field(0.95, gt=0, lt=1)

    _listed = field_validator("context", mode="before")(lambda value: [value] if isinstance(value, str) else value)


STEPS: Mapping[str, type[Step]] = {
    step.named: step
    for step in (
        Rake,
        PostStratify,
        Reweigh,
        Swap,
        Redraw,
        Counterfactuals,
        Deduplicate,
        Leakage,
        Balance,
        TopUp,
    )
}
"""Every step, by the name that a recipe gives it."""
