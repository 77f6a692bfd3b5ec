"""What is told: a comparison in one sentence, against what, and what could not be looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Interval
from auditkit.core.target import Attention

Scale = Literal["difference", "ratio"]
Withheld = Literal["PASS", "FAIL"]


class Margin(NamedTuple):
    """The values that are tolerable: low < effect < high; `None` is no limit on that side.

    >>> Margin.within(.05), Margin.ratio(.8), Margin.at_most(.05)
    (Margin(low=-0.05, high=0.05), Margin(low=0.8, high=1.25), Margin(low=None, high=0.05))
    """

    low: float | None
    high: float | None

    @classmethod
    def within(cls, delta: float) -> Margin:
        """A difference of at most `delta` either way."""
        return cls(-delta, delta)

    @classmethod
    def ratio(cls, low: float) -> Margin:
        """A ratio from `low` to 1/`low`: .8 is the four-fifths rule, read both ways."""
        return cls(low, 1 / low)

    @classmethod
    def at_most(cls, delta: float) -> Margin:
        """Only an excess over `delta` is a bias."""
        return cls(None, delta)

    @classmethod
    def at_least(cls, low: float) -> Margin:
        """Only a value below `low` is a bias."""
        return cls(low, None)

    def resized(self, scale: Scale, size: float) -> Margin:
        """The same sides with another size: a difference, or the low end of a ratio."""
        fresh = Margin.ratio(size) if scale == "ratio" else Margin.within(size)
        return Margin(None if self.low is None else fresh.low, None if self.high is None else fresh.high)


@dataclass(frozen=True, slots=True)
class Reference:
    """What the world would look like without this bias, why, and who says so.

    `value` is a number or a share per level. `n` is the size of the sample it was estimated from;
    `None` takes it as known.

    >>> Reference({"female": .47, "male": .53}, why="the labour force", source="BLS 2019").value["male"]
    0.53
    """

    value: float | Mapping[str, float]
    why: str
    source: str
    n: int | None = None

    def __post_init__(self) -> None:
        if not self.why or not self.source:
            raise InputError("A reference needs a why and a source: who says that the world looks like this?")

    def shares(self) -> dict[str, float]:
        """The shares per level; raises `InputError` unless they are positive numbers that sum to 1."""
        if not isinstance(self.value, Mapping):
            raise InputError("This reference needs a share for each level, and got one number.")
        shares = {str(level): float(share) for level, share in self.value.items()}
        for level, share in shares.items():
            if not 0 <= share <= 1:
                raise InputError(f"Reference shares lie in [0, 1]; that of {level} is {share:g}.")
        if abs(sum(shares.values()) - 1) > 1e-6:
            raise InputError(f"Reference shares sum to 1; these sum to {sum(shares.values()):.4f}.")
        return shares


def shares_of(reference: object) -> dict[str, float]:
    """The shares of a reference; raises `InputError`, with the way to write one, for anything else."""
    if isinstance(reference, Reference):
        return reference.shares()
    raise InputError(
        f"A reference says who says so, and {reference!r} does not. Write auditkit.Reference({{'a': 0.5, 'b': 0.5}}, "
        "why='the census', source='who counted, and when')."
    )


class Count(NamedTuple):
    """A rate's own numbers: `hits` of `n` rows in `label`, and the `rate`, weighted where the data are."""

    label: str
    hits: int
    n: int
    rate: float | None


class Exemplar(NamedTuple):
    """A row behind a number, for a reviewer to look at: the cell it was drawn from, and its values by column.

    `picture` is the row's picture, a small PNG in base64; empty where the row has none. `attention` is where an answer
    in words looked, in three decimals; `None` where that is not known.
    """

    label: str
    values: tuple[tuple[str, str], ...]
    picture: str = ""
    attention: Attention | None = None


class Cap(NamedTuple):
    """A verdict that is withheld, and the evidence that is missing for it."""

    withholds: Withheld
    because: str


class Key(NamedTuple):
    """What makes a finding the same finding in another report."""

    code: str
    estimand: str
    level: str
    versus: str
    stratum: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison, told in one sentence.

    `attribute` names the column of the groups; `level` against `versus`, within `stratum` when there is one.
    `null` is the value without bias, `null_expectation` what the estimate is expected to be there (a maximum of noise
    is not 0). `margin` is the detector's suggestion; `None` means descriptive. `recount` says that `counts` alone
    reproduce the interval, so that the number of changed outcomes that flips a verdict can be computed. `exemplars` are
    rows that were asked for; they leave a report that is saved for sharing.
    """

    code: str
    estimand: str
    level: str
    versus: str
    sentence: str
    estimate: Estimate
    scale: Scale = "difference"
    null: float = 0.0
    null_expectation: float | None = None
    margin: Margin | None = None
    attribute: str = ""
    stratum: str = ""
    reference: Reference | None = None
    basis: str = "recorded"
    counts: tuple[Count, ...] = ()
    caps: tuple[Cap, ...] = ()
    notes: tuple[str, ...] = ()
    recount: bool = False
    exemplars: tuple[Exemplar, ...] = ()

    @property
    def key(self) -> Key:
        """Its identity across reports."""
        stratum = f"{self.attribute}|{self.stratum}" if self.stratum else self.attribute
        return Key(self.code, self.estimand, self.level, self.versus, stratum)

    def interval(self, level: float = 0.95) -> Interval:
        """The estimate's interval."""
        return self.estimate.interval(level)

    def excess(self, margin: Margin | None = None, level: float = 0.95) -> float:
        """How far the interval lies beyond the margin, in margins (of the log for ratios); negative inside.

        Reports are told in this order: what is surely large leads, not what is merely large. -inf where unbounded.
        """
        limits = margin or self.margin or Margin(None, None)
        low, high, _ = self.interval(level)
        beyond = [
            _beyond(low, limits.high, self.null, self.scale, 1),
            _beyond(high, limits.low, self.null, self.scale, -1),
        ]
        return max(beyond)


def _beyond(bound: float | None, edge: float | None, null: float, scale: Scale, side: int) -> float:
    if bound is None or edge is None or (scale == "ratio" and min(bound, edge, null) <= 0):
        return -math.inf
    if scale == "ratio":
        bound, edge, null = math.log(bound), math.log(edge), math.log(null)
    return (bound - edge) / ((edge - null) or side)


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """What could not be looked at, and why: silence is never read as a pass."""

    code: str
    because: str
    attribute: str = ""
    estimand: str = ""
