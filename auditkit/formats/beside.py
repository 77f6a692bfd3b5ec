"""Several reports side by side: the same finding in each, what changed since the first, and what only some tell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple, Protocol

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Interval
from auditkit.core.finding import Finding, Key, Scale
from auditkit.core.judgement import Judgement, Notice, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.dials import Dial
from auditkit.formats.intervals import Figure, Row, figure_of, gravest, ranked, row_of
from auditkit.formats.sweeps import FEWEST as ENOUGH
from auditkit.formats.sweeps import Sweep, places_of
from auditkit.formats.words import comparison, exact

FEWEST, MOST = 2, 5
KINDS: Mapping[tuple[Scale, bool], str] = {
    ("difference", True): "Change to {}, paired",
    ("difference", False): "Change to {}, as of independent reports",
    ("ratio", True): "Times as large in {}, paired",
    ("ratio", False): "Times as large in {}, as of independent reports",
}
"""The figures of what changed: ratios are compared by ratios."""
FARTHEST = 700.0
"""The largest logarithm whose ratio is still a number."""


class Named(NamedTuple):
    """A report with what it is called here, and what was judged of it."""

    name: str
    report: Report
    judgement: Judgement


class Moved(Protocol):
    """How far a finding moved since the first report: what `comparing.moves` tells of each."""

    @property
    def key(self) -> Key: ...  # noqa: D102
    @property
    def scale(self) -> Scale: ...  # noqa: D102
    @property
    def was(self) -> float | None: ...  # noqa: D102
    @property
    def now(self) -> float | None: ...  # noqa: D102
    @property
    def change(self) -> float | None: ...  # noqa: D102
    @property
    def interval(self) -> Interval: ...  # noqa: D102
    @property
    def shift(self) -> Estimate: ...  # noqa: D102
    @property
    def way(self) -> str: ...  # noqa: D102
    @property
    def paired(self) -> bool: ...  # noqa: D102
    @property
    def because(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Shared:
    """One comparison in several reports: what it is called, and by report the finding and its gravest outcome."""

    finding: Finding
    place: int
    told: Mapping[str, tuple[Finding, tuple[Verdict, ...]]]
    lacking: Mapping[str, str]
    apart: float

    @property
    def known(self) -> int:
        """In how many reports it has a value."""
        return sum(finding.estimate.value is not None for finding, _ in self.told.values())

    @property
    def title(self) -> str:
        """Of what, by what: "selection rate difference by sex: m vs f"."""
        return titled(self.finding)

    @property
    def figure(self) -> Figure:
        """A row a report, in the order in which the reports were given."""
        rows = [
            replace(row_of(place, finding, verdicts), label=name)
            for place, (name, (finding, verdicts)) in enumerate(self.told.items())
        ]
        return figure_of((self.finding.code, "", self.title, self.finding.scale), rows)

    def outcome(self, name: str) -> Outcome | None:
        """What a report that tells it says of it; `None` where no rule judged it there."""
        return gravest(self.told[name][1])


@dataclass(frozen=True, slots=True)
class Changes:
    """How the findings moved from the first report to another one: a figure a scale, and every move.

    `rows` says whether both are on the same rows, as far as they tell.
    """

    name: str
    moves: tuple[Moved, ...]
    figures: tuple[Figure, ...]
    titles: Mapping[Key, str]
    differences: tuple[Notice, ...]
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """Two to five reports: `shared` is every comparison that any tells, what differs most first.

    `changes` are those since the first report; `sweeps` the same comparison along the `dial` that the reports were set
    to. What a report lacks is in `shared`, with why.
    """

    names: tuple[str, ...]
    shared: tuple[Shared, ...]
    changes: tuple[Changes, ...]
    dial: Dial | None
    sweeps: tuple[Sweep, ...]

    @property
    def several(self) -> tuple[Shared, ...]:
        """The comparisons that at least two of the reports tell; each has a `figure`."""
        return tuple(one for one in self.shared if len(one.told) >= FEWEST)

    @property
    def lone(self) -> tuple[Shared, ...]:
        """The comparisons that some of the reports lack."""
        return tuple(one for one in self.shared if one.lacking)


def titled(finding: Finding) -> str:
    """What a finding compares, in a line."""
    return f"{_estimand(finding)}: {comparison(finding)}"


def _estimand(finding: Finding) -> str:
    return f"{finding.estimand} by {finding.attribute}" if finding.attribute else finding.estimand


def named(reports: Sequence[tuple[str, Report, Judgement]]) -> tuple[Named, ...]:
    """The reports, each with a name of its own; raises `InputError` unless they are two to five."""
    if not FEWEST <= len(reports) <= MOST:
        raise InputError(f"{FEWEST} to {MOST} reports stand side by side, and these are {len(reports)}.")
    twice = [name for name, n in Counter(name for name, _, _ in reports).items() if n > 1]
    if twice:
        raise InputError(f'Two of the reports are called "{twice[0]}". Give each a name of its own.')
    return tuple(Named(*one) for one in reports)


def put_beside(
    reports: Sequence[Named],
    moves: Mapping[str, Sequence[Moved]],
    differences: Mapping[str, Sequence[Notice]],
    dial: Dial | None,
) -> Beside:
    """The reports side by side, from how each but the first moved and differs from it, and the dial they were set to.

    A finding that two reports tell on different scales is two.
    """
    shared = sorted(_shared(reports, moves), key=lambda one: (-len(one.told), -one.apart, one.place))
    several = [one for one in shared if len(one.told) >= FEWEST]
    swept = [one for one in several if not one.lacking and one.known >= ENOUGH]
    return Beside(
        tuple(one.name for one in reports),
        tuple(shared),
        tuple(
            _changes(reports[0], other, moves[other.name], tuple(differences[other.name]), several)
            for other in reports[1:]
        ),
        dial,
        tuple(_along(one, dial) for one in swept if dial is not None),
    )


def _shared(reports: Sequence[Named], moves: Mapping[str, Sequence[Moved]]) -> list[Shared]:
    told: dict[tuple[Key, Scale], dict[str, tuple[Finding, tuple[Verdict, ...]]]] = {}
    for one in reports:
        for finding, verdicts in ranked(one.report, one.judgement):
            told.setdefault((finding.key, finding.scale), {})[one.name] = (finding, verdicts)
    shifts: dict[Key, list[Estimate]] = {}
    for some in moves.values():
        for move in some:
            shifts.setdefault(move.key, []).append(move.shift)
    found = []
    for place, ((key, _), by) in enumerate(told.items()):
        first = next(iter(by.values()))[0]
        lacking = {one.name: _why(one.report, first) for one in reports if one.name not in by}
        apart = max([0.0, *map(_surely, shifts.get(key, ())), *_pairs([f for f, _ in by.values()])])
        found.append(Shared(first, place, by, lacking, apart))
    return found


def _why(report: Report, finding: Finding) -> str:
    """Why a report does not tell a finding: what it says itself, or that it was not asked."""
    silent = [item for item in report.not_assessed if item.code == finding.code]
    near = [item for item in silent if item.attribute in ("", finding.attribute)]
    if near:
        return near[0].because
    asked = any(str(detector.get("code")) == finding.code for detector in report.recipe.detectors)
    return "its levels or strata are others" if asked else f"{finding.code} was not asked"


def _surely(shift: Estimate) -> float:
    """A change in its standard errors; of one that is certain, without end."""
    error = shift.standard_error()
    if shift.value is None or error is None:
        return 0.0
    return abs(shift.value) / error if error > 0 else math.inf if shift.value else 0.0


def _pairs(findings: Sequence[Finding]) -> list[float]:
    """How far apart any two are, in standard errors of independent reports."""
    places = [(_straight(f.estimate.value, f.scale), f.estimate.standard_error(f.scale)) for f in findings]
    known = [(value, error) for value, error in places if value is not None and error is not None]
    return [abs(a - b) / math.hypot(s, t) for (a, s), (b, t) in combinations(known, 2) if math.hypot(s, t) > 0]


def _straight(value: float | None, scale: Scale) -> float | None:
    if value is None or (scale == "ratio" and value <= 0):
        return None
    return math.log(value) if scale == "ratio" else value


def _changes(
    first: Named, other: Named, moves: Sequence[Moved], differences: tuple[Notice, ...], shared: Sequence[Shared]
) -> Changes:
    place = {(one.finding.key, one.finding.scale): at for at, one in enumerate(shared)}
    told = {one.finding.key: one.finding for one in shared}
    ordered = sorted(moves, key=lambda move: place.get((move.key, move.scale), len(place)))
    drawn = []
    for (scale, paired), what in KINDS.items():
        mine = [(at, move) for at, move in enumerate(ordered) if (move.scale, move.paired) == (scale, paired)]
        rows = [_change(at, move, told.get(move.key)) for at, move in mine]
        if rows:
            drawn.append(figure_of(("", "", f"{what.format(other.name)}", scale), rows))
    return Changes(
        other.name, tuple(ordered), tuple(drawn), {key: titled(finding) for key, finding in told.items()}, differences
    )


def _change(place: int, move: Moved, finding: Finding | None) -> Row:
    """A change with its intervals: a difference of differences, or, on the scale of ratios, a ratio of ratios.

    Its label begins with what tells it from the others: an axis has only so much room.
    """

    def shown(value: float | None) -> float | None:
        if value is None or move.scale != "ratio":
            return value
        return math.exp(max(-FARTHEST, min(FARTHEST, value)))

    wide, narrow, e = move.shift.interval(0.95), move.shift.interval(0.90), move.shift
    label = move.key.estimand if finding is None else f"{comparison(finding)} · {_estimand(finding)}"
    ends = (shown(e.value), shown(wide.low), shown(wide.high), shown(narrow.low), shown(narrow.high))
    null = 1.0 if move.scale == "ratio" else 0.0
    return Row(place, move.key, label, *ends, null, None, None, None, e.n, e.reason)


def _along(one: Shared, dial: Dial) -> Sweep:
    """The same comparison in each report, in the order of the dial."""
    at = sorted(zip(dial.doses, one.told.values(), strict=True), key=lambda pair: pair[0])
    rows = [
        replace(row_of(place, finding, verdicts), label=exact(dose))
        for place, (dose, (finding, verdicts)) in enumerate(at)
    ]
    figure = figure_of((one.finding.code, "", one.finding.estimand, one.finding.scale), rows)
    what = f"{comparison(one.finding)}{f' by {one.finding.attribute}' if one.finding.attribute else ''}"
    doses = tuple(dose for dose, _ in at)
    where, spacing = places_of(doses)
    return Sweep(figure, dial.name, "", what, doses, tuple(where[dose] for dose in doses), spacing, None)
