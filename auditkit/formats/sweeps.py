"""Findings that make a shape together: a share beside its reference, concept by concept, and an effect along a dose."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeVar

from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Verdict
from auditkit.core.report import Report
from auditkit.formats.intervals import Figure, Row, figure_of, kind_of, ranked, row_of

FEWEST = 3
"""Two points are a comparison; a line takes three."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
WIDE_RANGE = 20
"""Doses whose largest is so many times their smallest stand on a logarithmic axis."""

Spacing = Literal["linear", "logarithmic", "even"]
Told = tuple[int, Finding, tuple[Verdict, ...]]
Drawn = TypeVar("Drawn", "Distribution", "Sweep")


@dataclass(frozen=True, slots=True)
class Distribution:
    """How often a level shows, concept by concept (or level by level), beside what a reference says.

    In its figure a value is a share and the null its share in the reference, so that a gap can be seen in its place;
    `level` is empty where rows are levels. Rows are in the order of the reference, the largest share first.
    """

    figure: Figure
    level: str
    reference: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """An effect along a dose: the same comparison for several settings of one dial.

    The figure's rows are in the order of the dose; `places` says where each stands, from 0 to 1, and `origin` where
    that stands which they are compared with, where it is a number too. `chosen` is the dose that a reader turned to.
    """

    figure: Figure
    dial: str
    versus: str
    stratum: str
    doses: tuple[float, ...]
    places: tuple[float, ...]
    spacing: Spacing
    origin: float | None
    chosen: float | None = None

    @property
    def segments(self) -> tuple[tuple[tuple[float, float], tuple[float, float]], ...]:
        """The line through the estimates: from and to, each a place along the dose and a value."""
        points = [(at, row.value) for at, row in zip(self.places, self.figure.rows, strict=True)]
        if self.origin is not None:
            points = sorted([*points, (self.origin, self.figure.rows[0].null)])
        known = [(at, value) for at, value in points if value is not None]
        return tuple(pairwise(known))

    def at(self, dose: float) -> float:
        """Where one of its doses stands, from 0 to 1."""
        return self.places[self.doses.index(dose)]


def distributions(report: Report, judgement: Judgement) -> tuple[Distribution, ...]:
    """A picture for each set of gaps between shares and a reference: of one level over concepts, else of all levels."""
    together: dict[tuple[str, str, str, str], list[Told]] = {}
    for told in _told(report, judgement):
        f = told[1]
        if _gap(f) is not None:
            together.setdefault((f.code, f.attribute, f.estimand, f.level if f.stratum else ""), []).append(told)
    return _alike([_distribution(*kind, some) for kind, some in together.items() if len(some) >= 2])


def sweeps(report: Report, judgement: Judgement) -> tuple[Sweep, ...]:
    """A picture for each set of three findings or more that differ in a number alone, their level."""
    together: dict[tuple[str, str, str, str, str, str], list[Told]] = {}
    for told in _told(report, judgement):
        f = told[1]
        together.setdefault((f.code, f.attribute, f.estimand, f.scale, f.stratum, f.versus), []).append(told)
    return _alike([_sweep(some, _dial(report, some)) for some in together.values() if _sweeps(some)])


def _alike(drawn: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Pictures of the same thing, level by level, on axes of the same length, so that the eye may compare them."""
    together: dict[tuple[str, str, str, str], list[tuple[float, float]]] = {}
    for one in drawn:
        together.setdefault(kind_of(one.figure), []).append(one.figure.domain)
    axes = {kind: (min(low for low, _ in ends), max(high for _, high in ends)) for kind, ends in together.items()}
    return tuple(
        replace(one, figure=figure_of(kind, one.figure.rows, axes[kind]))
        for one in drawn
        for kind in (kind_of(one.figure),)
    )


def _told(report: Report, judgement: Judgement) -> list[Told]:
    every = enumerate(ranked(report, judgement))
    return [(place, f, verdicts) for place, (f, verdicts) in every if f.estimate.value is not None]


def _gap(f: Finding) -> float | None:
    """The reference's share of the level, where the estimate is how far the level's own share lies from it."""
    if f.reference is None or not isinstance(f.reference.value, Mapping) or f.scale != "difference" or f.null:
        return None
    share, value = f.reference.value.get(f.level), f.estimate.value
    near = share is not None and value is not None and f.versus == "reference" and -0.05 <= share + value <= 1.05
    return share if near else None  # a rate that was put right may leave [0, 1] by a little


def _distribution(code: str, attribute: str, estimand: str, level: str, some: Sequence[Told]) -> Distribution:
    rows = [_placed(place, f, verdicts, level) for place, f, verdicts in some]
    rows.sort(key=lambda row: (-row.null, row.label))
    most = max(x for row in rows for x in (row.value, row.high, row.null) if x is not None)
    whole = (0.0, 1.0 if most > 0.5 else 1.05 * most or 1.0)
    figure = figure_of((code, attribute, estimand, "difference"), rows, whole)
    said = [f"{f.reference.why} ({f.reference.source})" for _, f, _ in some if f.reference is not None]
    return Distribution(figure, level, "; ".join(dict.fromkeys(said)))


def _placed(place: int, f: Finding, verdicts: tuple[Verdict, ...], level: str) -> Row:
    """A gap, moved to where the reference stands."""
    row, share = row_of(place, f, verdicts), _gap(f) or 0.0
    ends = (row.value, row.low, row.high, row.low90, row.high90, row.margin_low, row.margin_high)
    value, low, high, low90, high90, least, most = (None if end is None else share + end for end in ends)
    moved = replace(row, value=value, low=low, high=high, low90=low90, high90=high90, null=share)
    return replace(moved, label=f.stratum if level else f.level, margin_low=least, margin_high=most)


def dose_of(level: str) -> float | None:
    """A level that is a finite number; "nan" and "1_000" are names.

    >>> dose_of("7.5"), dose_of("1e-3"), dose_of("nan"), dose_of("1_000"), dose_of("3 seeds")
    (7.5, 0.001, None, None, None)
    """
    dose = float(level) if len(level) <= 40 and NUMBER.fullmatch(level) else math.inf
    return dose if math.isfinite(dose) else None


def _sweeps(some: Sequence[Told]) -> bool:
    doses = [dose_of(f.level) for _, f, _ in some]
    return len(some) >= FEWEST and None not in doses and len(set(doses)) == len(doses)


def _sweep(some: Sequence[Told], dial: str) -> Sweep:
    told = sorted(some, key=lambda one: dose_of(one[1].level) or 0.0)
    rows = [replace(row_of(*one), label=one[1].level) for one in told]
    first = told[0][1]
    figure = figure_of((first.code, first.attribute, first.estimand, first.scale), rows)
    doses, base = [dose_of(f.level) or 0.0 for _, f, _ in told], dose_of(first.versus)
    every = sorted({*doses, *([] if base is None else [base])})
    where, spacing = places_of(every)
    origin = None if base is None else where[base]
    places = tuple(where[dose] for dose in doses)
    return Sweep(figure, dial, first.versus, first.stratum, tuple(doses), places, spacing, origin)


def places_of(doses: Sequence[float]) -> tuple[dict[float, float], Spacing]:
    """Where each dose stands: by its size, by its logarithm, or evenly where two would stand on each other."""
    wide = doses[0] > 0 and doses[-1] / doses[0] >= WIDE_RANGE
    ruled = [math.log(dose) if wide else dose for dose in doses]
    length = ruled[-1] - ruled[0]
    places = [(x - ruled[0]) / length for x in ruled]
    if min(b - a for a, b in pairwise(places)) < 0.4 / len(doses) or not math.isfinite(length):
        return {dose: i / (len(doses) - 1) for i, dose in enumerate(doses)}, "even"
    return dict(zip(doses, places, strict=True)), "logarithmic" if wide else "linear"


def _dial(report: Report, some: Sequence[Told]) -> str:
    """What the levels are levels of: the column of the arms where they are arms, else the attribute."""
    arm, f, cells = report.recipe.roles.get("arm", ()), some[0][1], report.cells
    counted = cells is None or "arm" not in cells or f.level in cells.levels_of("arm")
    return arm[0] if arm and counted else f.attribute
