"""What mitigated.json may hold: every key known, every number finite, every probability one."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from auditkit.core.kinds import path_of, should_be

FILE = "mitigated.json"
NEAR = 1e-6
MARK = "missingindicator_"
"""What scikit-learn calls a feature that says whether a number was missing."""
Methods = Literal["threshold_optimizer", "exponentiated_gradient", "grid_search"]


class Part(BaseModel):
    """Numbers are numbers and texts are texts, and nothing stands there that is not read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Linear(Part):
    """A linear predictor: intercept + Σ coefficient · feature."""

    weight: float = Field(default=1.0, ge=0, le=1 + NEAR)
    kind: str
    intercept: float
    coefficients: dict[str, float] = Field(min_length=1)


class Constant(Part):
    """A predictor that always says the same."""

    weight: float = Field(default=1.0, ge=0, le=1 + NEAR)
    constant: Literal[0, 1]


class Settings(Part):
    """Any other predictor: it is told by its settings, and cannot be made again of them."""

    weight: float = 1.0
    kind: str
    settings: str


class Rule(Part):
    """How a group's score becomes the chance of a 1: two thresholds, tossed between, or a constant."""

    p0: float = Field(ge=0, le=1)
    operator0: Literal[">", "<"]
    threshold0: float | Literal["inf", "-inf"]
    p1: float = Field(ge=0, le=1)
    operator1: Literal[">", "<"]
    threshold1: float | Literal["inf", "-inf"]
    p_ignore: float = Field(ge=0, le=1)
    constant: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Rule:
        if abs(self.p0 + self.p1 - 1) > NEAR:
            raise ValueError("p0 and p1 are probabilities that add up to 1")
        return self

    @property
    def operations(self) -> tuple[tuple[str, float], tuple[str, float]]:
        """Both comparisons, each with its threshold."""
        return (self.operator0, float(self.threshold0)), (self.operator1, float(self.threshold1))


class Encoding(Part):
    """How columns become features; empty where they are the features as they stand."""

    medians: dict[str, float] = {}
    scaling: dict[str, tuple[float, float]] = {}
    levels: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="after")
    def _scales(self) -> Encoding:
        if any(not scale > 0 for _, scale in self.scaling.values()):
            raise ValueError("a scale is above 0")
        if any(name not in self.medians and name.removeprefix(MARK) not in self.medians for name in self.scaling):
            raise ValueError("a number has no median")
        return self

    @property
    def features(self) -> list[set[str]]:
        """The names of the features that are made of columns; none where the columns are the features."""
        levels = {f"levels__{column}_{level}" for column, known in self.levels.items() for level in known}
        made = {f"numbers__{name}" for name in self.scaling} | levels
        return [made] if made else []


class Lacking(Part):
    """How many values of a feature were missing, of how many, in a group."""

    missing: int = Field(ge=0)
    n: int = Field(ge=0)


class Written(Part):
    """The whole file. `decides` says that the numbers made the audited decisions again when they were written."""

    schema_: Literal[1] = Field(alias="schema")
    by: Methods
    constraint: str
    group: str
    outcomes: tuple[str, str]
    random_state: int = Field(ge=0, lt=2**32)
    decides: bool
    score: Literal["chance", "margin"]
    before: Linear | Settings | Constant
    groups: dict[str, Rule] | None = None
    predictors: tuple[Linear | Settings | Constant, ...] | None = None
    encoding: Encoding | None = None
    missing: dict[str, dict[str, Lacking]] = {}

    @field_validator("schema_", mode="before")
    @classmethod
    def _a_number(cls, told: object) -> object:
        if isinstance(told, bool):  # which Python holds equal to 1
            raise ValueError("a schema is a number")
        return told

    @model_validator(mode="after")
    def _whole(self) -> Written:
        thresholds = self.by == "threshold_optimizer"
        if (self.groups is not None, self.predictors is not None) != (thresholds, not thresholds):
            raise ValueError("a threshold optimiser has groups, and a reduction predictors")
        if not thresholds and not math.isclose(sum(one.weight for one in self.summed), 1, abs_tol=NEAR):
            raise ValueError("the weights of its predictors are probabilities that add up to 1")
        if self.decides:
            self._can_decide()
        return self

    @property
    def summed(self) -> tuple[Linear | Settings | Constant, ...]:
        """The predictors that decide, or whose score is held against thresholds."""
        return (self.before,) if self.predictors is None else self.predictors

    def _can_decide(self) -> None:
        """Raise `ValueError` unless every feature that is summed up is made of a column."""
        if self.encoding is None or any(isinstance(one, Settings) for one in (self.before, *self.summed)):
            raise ValueError("it says that it decides, and tells no coefficients or not how columns are read")
        sums = [set(one.coefficients) for one in (self.before, *self.summed) if isinstance(one, Linear)]
        known = self.encoding.features or sums[:1]
        if not sums or any(one != known[0] for one in sums):
            raise ValueError("its coefficients are not those of the features that are read")


def written_of(text: str) -> Written:
    """What a file says; raises `ValueError` for what is no whole predictor, and for one that cannot decide."""
    try:
        found = Written.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(" ".join(filter(None, [path_of(first), should_be(first)]))) from error
    if not found.decides:
        told = getattr(found.before, "kind", "a constant")
        raise ValueError(f"{told} cannot be made again of what it tells, so keep the fitted predictor yourself")
    return found
