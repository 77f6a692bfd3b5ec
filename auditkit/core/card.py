"""A calibration card: how often a detector erred on worlds whose bias is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from auditkit.core.errors import InputError

SCHEMA = 1

Kind = Literal["dose", "edge", "nuisance"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a detector said of one comparison over all replications of one world, where the true value is `theta`.

    `judged` counts replications in which the finding had a margin; `passes`, `fails` and `open` (inconclusive or not
    assessed) its verdicts, taken by itself. `false_passes` and `false_fails` are those that `theta` contradicts: at the
    edge of the margin both are false. `told` counts the 95 % intervals that exist, `covered` those that hold `theta`.
    `first` spells the first verdicts and misses, so that a card can be told from one of another version.
    """

    estimand: str
    level: str
    versus: str
    stratum: str
    theta: float
    replications: int
    judged: int
    passes: int
    fails: int
    open: int
    false_passes: int
    false_fails: int
    told: int
    covered: int
    mean_width: float | None
    first: str

    @property
    def coverage(self) -> float | None:
        """The share of intervals that hold the truth."""
        return self.covered / self.told if self.told else None


@dataclass(frozen=True, slots=True)
class World:
    """A planted world: a `dose` of the bias, the `edge` of a comparison's margin, or a `nuisance` at dose 0."""

    name: str
    kind: Kind
    dose: float
    readings: tuple[Reading, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """One promise held against one reading: `figure` against `limit`, and the exact binomial `tail` at the limit."""

    promise: str
    world: str
    about: str
    figure: float
    limit: str
    tail: float
    missed: bool


@dataclass(frozen=True, slots=True)
class Card:
    """The measured error rates of one detector in one configuration, at `n` rows.

    A bound is missed where the exact binomial tail at it is below .001; a detector with a missed bound, or without a
    card, is experimental.
    """

    code: str
    version: str
    numpy: str
    configuration: Mapping[str, Any]
    n: int
    costly: bool
    conservative: Mapping[str, str]
    headline: tuple[str, str]
    worlds: tuple[World, ...]
    bounds: tuple[Bound, ...]

    @property
    def misses(self) -> tuple[Bound, ...]:
        """The promises that were not kept."""
        return tuple(bound for bound in self.bounds if bound.missed)

    @property
    def experimental(self) -> bool:
        """Whether any promise was not kept."""
        return bool(self.misses)

    @property
    def doses(self) -> tuple[tuple[float, Reading], ...]:
        """The headline comparison by dose."""
        told = []
        for world in self.worlds:
            mine = [r for r in world.readings if (r.estimand, r.level) == self.headline]
            told += [(world.dose, r) for r in mine[:1] if world.kind == "dose"]
        return tuple(told)

    def to_json(self) -> str:
        """The wire format of `reports/published/calibration/CODE.json`."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Card:
        """Read a card; raises `InputError` for anything else."""
        try:
            data = json.loads(text)
            if data.pop("schema") != SCHEMA:
                raise InputError(f"This auditkit reads calibration cards of schema {SCHEMA}.")
            worlds = tuple(
                World(**{**world, "readings": tuple(Reading(**r) for r in world["readings"])})
                for world in data.pop("worlds")
            )
            first = tuple(data.pop("headline"))
            return cls(
                **{**data, "headline": first, "worlds": worlds, "bounds": tuple(Bound(**b) for b in data["bounds"])}
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"This is not a calibration card: {type(error).__name__}: {error}.") from error
