"""The rows that one verdict takes, before any are there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from auditkit.core.finding import Margin, Scale

MINUS = "\u2212"


class Stopped(NamedTuple):
    """Answers until a run that stops by itself has its verdict, over so many `streams`: the median and the 90th
    percentile, `None` where fewer streams than that had it after the `longest`."""

    median: int | None
    ninetieth: int | None
    longest: int
    streams: int

    def among(self, part: float) -> Stopped:
        """The same, in answers of which only a part plays a part."""
        told = [None if n is None else math.ceil(n / part) for n in self[:3]]
        return self._replace(median=told[0], ninetieth=told[1], longest=told[2] or 0)

    def told(self, cost: str = "") -> str:
        """A sentence, with what the median run costs.

        >>> Stopped(593, 875, 2715, 200).told()
        'Stopped by questions: 593 in the median run, 875 or more in the slowest tenth.'
        """
        if self.median is None:
            return f"Stopped by questions: in most runs not after {self.longest:,}."
        late = f"more than {self.longest:,}" if self.ninetieth is None else f"{self.ninetieth:,} or more"
        spent = f" ({cost})" if cost else ""
        return f"Stopped by questions: {self.median:,}{spent} in the median run, {late} in the slowest tenth."


@dataclass(frozen=True)
class Need:
    """The rows that one verdict of one rule takes, and how often it was given in so many draws of so many rows.

    `effect` is the true value in the world that was drawn, on the estimate's own scale. `smaller` counts the rows of
    the smaller of two groups, `units` the levels of unit, rater and item behind the rows. `rows` is `None` where no
    number of rows does; `why` then says why, and else what there is to know. Where answers are still to be drawn,
    `repeats` are what would do with the prompts of the plan; `None` where no repeats do.
    """

    rule: str
    code: str
    estimand: str
    scale: Scale
    margin: Margin
    verdict: Literal["PASS", "FAIL"]
    effect: float
    title: str = ""
    rows: int | None = None
    smaller: int | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    hits: int = 0
    draws: int = 0
    between: tuple[float, float] | None = None
    why: str = ""
    repeats: int | None = None
    stopped: Stopped | None = None

    @property
    def probability(self) -> float | None:
        """How often the verdict was given in draws of so many rows; `None` where that was not measured."""
        return self.hits / self.draws if self.draws else None

    @property
    def limit(self) -> str:
        """The rule and what it tolerates.

        >>> Need("within", "c", "gap", "difference", Margin.within(.05), "PASS", 0.0).limit
        'within ±0.05'
        """
        low, high = self.margin
        if self.rule == "no_worse":
            return f"no_worse by more than {said(high or 0.0)}"
        if low is None or high is None:
            return f"{self.rule}: {f'at least {said(low)}' if low is not None else f'at most {said(high or 0.0)}'}"
        even = self.scale == "difference" and low == -high
        return f"{self.rule} {f'±{said(high)}' if even else f'{said(low)} to {said(high)}'}"

    @property
    def where(self) -> str:
        """The verdict, and in which world it is due."""
        return f"{self.verdict} {'without bias' if self.verdict == 'PASS' else f'where it is {said(self.effect)}'}"

    @property
    def given(self) -> str:
        """How often the verdict was given.

        >>> Need("within", "c", "gap", "difference", Margin.within(.05), "PASS", 0.0, rows=9, hits=9, draws=10).given
        'given in 90 % of 10 draws'
        """
        if not self.draws:
            return ""
        between = "" if self.between is None else f" ({100 * self.between[0]:.0f} to {100 * self.between[1]:.0f} %)"
        return f"given in {100 * self.hits / self.draws:.0f} % of {self.draws:,} draws{between}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        names = ("rule", "code", "title", "estimand", "scale", "verdict", "effect", "rows", "smaller", "probability")
        parts: dict[str, Any] = {name: getattr(self, name) for name in (*names, "draws", "why", "repeats")}
        parts |= {"margin": list(self.margin), "units": dict(self.units)}
        parts["between"] = None if self.between is None else list(self.between)
        return parts | {"stopped": None if self.stopped is None else self.stopped._asdict()}


def said(value: float) -> str:
    """A number without digits that it does not need.

    >>> said(-.1), said(0.30000000000000004), said(1.5625)
    ('−0.1', '0.3', '1.562')
    """
    return f"{round(value, 9) + 0.0:.4g}".replace("-", MINUS)
