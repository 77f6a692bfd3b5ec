"""A picture of comparable findings as numbers: what any painter, on paper or on a screen, must show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditkit.core.finding import Finding, Key, Margin
from auditkit.core.judgement import GRAVITY, Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.words import comparison, interval, margin, percent

REACH = 5.0
"""An axis is at most this many times as long as what must be seen; a longer interval leaves it, with an arrow."""

CHANGE = "no_worse"
"""The rule whose margin is about the change since a baseline, and so stands on another axis."""

SERIES = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
ROUNDEST = (1.0, 2.0, 5.0, 4.0, 2.5, 8.0, 1.5, 3.0, 6.0)
"""The leads of numbers on a logarithmic axis, by size, and by how round they are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One finding: its estimate, its 95 % and 90 % intervals, and the margin it was judged by.

    `place` is its place in the report's order, from 0. `None` for a bound is an end that the method cannot bound;
    `None` for `value` is undefined, for `reason`. `outcome` is the gravest verdict, `None` where no rule judged.
    `truth` is the effect itself, where it was put into the world that is looked at: nobody else knows it.
    """

    place: int
    key: Key
    label: str
    value: float | None
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    null: float
    margin_low: float | None
    margin_high: float | None
    outcome: Outcome | None
    n: int
    reason: str | None = None
    truth: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Findings that share a detector, an attribute, an estimand and a scale, gravest first.

    `domain` is the axis, `ticks` the numbers on it; on the ratio scale it is logarithmic.
    """

    title: str
    code: str
    attribute: str
    scale: str
    rows: tuple[Row, ...]
    domain: tuple[float, float]
    ticks: tuple[float, ...]

    @property
    def judged(self) -> bool:
        """Whether any rule spoke of any row."""
        return any(row.outcome is not None for row in self.rows)

    def at(self, value: float | None, otherwise: float = 0.0) -> float:
        """Where a value stands on the axis, from 0 to 1, clipped; `otherwise` is where an unbounded end stands.

        >>> Figure("t", "c", "a", "ratio", (), (.25, 4.0), (1.0,)).at(1.0)
        0.5
        """
        if value is None:
            return otherwise
        low, high, here = (_straight(x, self.scale) for x in (*self.domain, value))
        return min(max((here - low) / (high - low), 0.0), 1.0)

    def leaves(self, row: Row) -> tuple[bool, bool]:
        """Whether the row's 95 % interval runs off the axis to the left and to the right."""
        if row.value is None:
            return False, False
        left = row.low is None or row.low < self.domain[0]
        return left, row.high is None or row.high > self.domain[1]

    def counts(self, start: int = 0) -> tuple[tuple[Outcome | None, int], ...]:
        """How many rows, from `start` on, have which outcome, gravest first."""
        tally = [(outcome, sum(row.outcome is outcome for row in self.rows[start:])) for outcome in (*GRAVITY, None)]
        return tuple((outcome, n) for outcome, n in tally if n)


def ranked(report: Report, judgement: Judgement) -> tuple[tuple[Finding, tuple[Verdict, ...]], ...]:
    """Every finding with its verdicts: as the judgement orders them, then those that no rule judged."""
    spoken: dict[Key, list[Verdict]] = {}
    for verdict in judgement.verdicts:
        if verdict.key is not None:
            spoken.setdefault(verdict.key, []).append(verdict)
    place = {key: i for i, key in enumerate(spoken)}
    ordered = sorted(report.findings, key=lambda finding: place.get(finding.key, len(place)))
    return tuple((finding, tuple(spoken.get(finding.key, ()))) for finding in ordered)


def gravest(verdicts: Iterable[Verdict]) -> Outcome | None:
    """The gravest outcome of several verdicts, `None` of none."""
    said = {verdict.outcome for verdict in verdicts}
    return next((outcome for outcome in GRAVITY if outcome in said), None)


def tolerance(finding: Finding, verdicts: Iterable[Verdict]) -> Margin | None:
    """The margin that the estimate itself was held to, else the detector's; none where only a change was judged."""
    judged = {v.rule == CHANGE: v.margin for v in reversed(list(verdicts)) if v.margin is not None}
    return judged.get(False, None if judged else finding.margin)


def held_to(finding: Finding, verdicts: Iterable[Verdict]) -> str:
    """What was tolerated, in words: of the estimate, or of its change since a baseline where only that was judged."""
    said = [v for v in verdicts if v.margin is not None]
    if not said or any(v.rule != CHANGE for v in said):
        return margin(tolerance(finding, said), finding.scale)
    return f"{margin(said[0].margin)} of change{' in the logarithm' if finding.scale == 'ratio' else ''}"


def grown(finding: Finding, verdicts: Iterable[Verdict]) -> str:
    """The change that was judged, in words; empty where no rule judged one, or nothing bounds it.

    The estimate beside such a verdict is not what it is about.
    """
    spans = [v.pass_interval for v in verdicts if v.rule == CHANGE and v.pass_interval is not None]
    if not spans or spans[0][:2] == (None, None):
        return ""
    where = " (in the logarithm)" if finding.scale == "ratio" else ""
    return f"distance from no bias{where} grew by {interval(spans[0])} at {percent(spans[0].level)}"


def figures(report: Report, judgement: Judgement) -> tuple[Figure, ...]:
    """One figure for each detector, attribute, estimand and scale, in the order of their gravest finding."""
    together: dict[tuple[str, str, str, str], list[Row]] = {}
    for place, (finding, verdicts) in enumerate(ranked(report, judgement)):
        kind = (finding.code, finding.attribute, finding.estimand, finding.scale)
        together.setdefault(kind, []).append(row_of(place, finding, verdicts))
    return tuple(figure_of(kind, rows) for kind, rows in together.items())


def kind_of(figure: Figure) -> tuple[str, str, str, str]:
    """What findings must share to stand in one figure."""
    return figure.code, figure.attribute, figure.title, figure.scale


def figure_of(
    kind: tuple[str, str, str, str], rows: Sequence[Row], domain: tuple[float, float] | None = None
) -> Figure:
    """A figure of rows that share a detector, attribute, estimand and scale, on an axis long enough for them."""
    code, attribute, estimand, scale = kind
    axis = domain or _domain(rows, scale)
    return Figure(estimand, code, attribute, scale, tuple(rows), axis, _ticks(axis, scale))


def row_of(place: int, finding: Finding, verdicts: tuple[Verdict, ...]) -> Row:
    """One finding as a row, with the margin that its estimate was held to."""
    wide, narrow = finding.interval(0.95), finding.interval(0.90)
    tolerated = tolerance(finding, verdicts) or (None, None)
    return Row(
        place=place,
        key=finding.key,
        label=comparison(finding),
        value=finding.estimate.value,
        low=wide.low,
        high=wide.high,
        low90=narrow.low,
        high90=narrow.high,
        null=finding.null,
        margin_low=tolerated[0],
        margin_high=tolerated[1],
        outcome=gravest(verdicts),
        n=finding.estimate.n,
        reason=finding.estimate.reason,
    )


def _straight(value: float, scale: str) -> float:
    """The axis as a ruler: logarithms of ratios, differences as they are."""
    if scale != "ratio":
        return value
    return math.log(value) if value > 0 else -math.inf


def _curved(place: float, scale: str) -> float:
    return math.exp(place) if scale == "ratio" else place


def _places(values: Iterable[float | None], scale: str) -> list[float]:
    ruled = [_straight(value, scale) for value in values if value is not None]
    return [place for place in ruled if math.isfinite(place)]


def _domain(rows: Sequence[Row], scale: str) -> tuple[float, float]:
    """From end to end of what must be seen (values, nulls, margins), then as far as the intervals go, within reach."""
    must = _places((x for r in rows for x in (r.value, r.null, r.margin_low, r.margin_high, r.truth)), scale) or [0.0]
    low, high = min(must), max(must)
    room = (REACH - 1) / 2 * ((high - low) or 0.1)
    ends = _places((x for r in rows for x in (r.low, r.high)), scale)
    low, high = max(min([low, *ends]), low - room), min(max([high, *ends]), high + room)
    pad = 0.06 * ((high - low) or 0.2)
    return _curved(low - pad, scale), _curved(high + pad, scale)


def _ticks(domain: tuple[float, float], scale: str) -> tuple[float, ...]:
    return _log_ticks(*domain) if scale == "ratio" else even_ticks(*domain)


def even_ticks(low: float, high: float) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten, four to six or so."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.75)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(i * step, 12) for i in range(first, last + 1))


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round numbers that stand at least a sixth of the axis apart, the ratio 1 before all others."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside = [(tick, m) for p in powers for m in SERIES if low <= (tick := float(f"{m}e{p}")) <= high]
    apart = math.log(high / low) / 6
    kept: list[float] = []
    for tick, _ in sorted(inside, key=_roundness):
        if all(abs(math.log(tick / other)) >= apart for other in kept):
            kept.append(tick)
    return tuple(sorted(kept)) or (low, high)


def _roundness(told: tuple[float, float]) -> tuple[int, float]:
    tick, lead = told
    return 0 if tick == 1 else 1 + ROUNDEST.index(lead), abs(math.log(tick))
