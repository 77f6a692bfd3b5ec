"""What reports have come to on one question about one model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from auditkit.core.estimate import QUANTILES, Estimate, Wager
from auditkit.core.finding import Margin
from auditkit.rules import Question
from auditkit.stats.nights import SHY, Purse, confidence_sequence, shyness, z_above, z_below, z_of

LATE = 0.25
"""The share of what is bet on being outside that waits for a change; it costs a FAIL a third of a night."""
METHOD = "report(s) together, betting confidence sequence"


@dataclass(frozen=True, slots=True)
class History:
    """The bets of all reports on one question: `inward` against being at or beyond each edge of the margin, `outward`
    against being within; `n`, `n_eff` and `clusters` summed over them.

    `pull` and `precision` are Σ value/se and Σ 1/se, from which the interval over all nights is had. `last` is the last
    report that counts, `since` the first that counts for a pass. Every report counts the same, whatever its size: that
    is valid, and costs power where sizes differ much.
    """

    margin: Margin
    inward: tuple[Purse, ...]
    outward: Purse
    since: int
    last: int = 0
    nights: int = 0
    n: int = 0
    n_eff: float = 0.0
    clusters: int | None = None
    pull: float = 0.0
    precision: float = 0.0

    @classmethod
    def of(cls, margin: Margin, report: int) -> History:
        """The history of a question that nothing was heard of yet."""
        edges = sum(edge is not None for edge in margin)
        return cls(margin, (Purse.of(1),) * edges, Purse.of(edges, LATE), report)

    @property
    def e_pass(self) -> float:
        """The least of the e-values against being at or beyond an edge: a pass needs them all."""
        return min((purse.peak for purse in self.inward), default=1.0)

    def after(self, q: Question, report: int) -> History:
        """The history after one more report; the same where its estimate says nothing."""
        z = night(q)
        if z is None:
            return self
        inside, outside = z
        e, log = q.estimate, q.finding.scale == "ratio"
        shy = SHY if e.wager(*q.margin) is not None else shyness(e.n_eff)
        units = self.clusters if e.clusters is None else (self.clusters or 0) + e.clusters
        fresh = replace(
            self,
            inward=tuple(purse.after([one], shy) for purse, one in zip(self.inward, inside, strict=True)),
            outward=self.outward.after(outside, shy),
            last=report,
            nights=self.nights + 1,
            n=self.n + e.n,
            n_eff=self.n_eff + e.n_eff,
            clusters=units,
        )
        se = e.standard_error(q.finding.scale)
        if not se or e.value is None or (log and e.value <= 0):
            return fresh
        value = math.log(e.value) if log else e.value
        return replace(fresh, pull=self.pull + value / se, precision=self.precision + 1 / se)

    def silent(self, report: int) -> History:
        """The history after a report that says nothing new: a night without a z."""
        none = [0.0] * len(self.inward)
        inward = tuple(purse.after([0.0]) for purse in self.inward)
        return replace(self, inward=inward, outward=self.outward.after(none), last=report, nights=self.nights + 1)

    def renewed(self, report: int) -> History:
        """The same, a pass to be earned from this report on."""
        return replace(self, inward=tuple(Purse.of(1) for _ in self.inward), since=report)

    def cleared(self) -> History:
        """The same, with nothing held against being within."""
        return replace(self, outward=Purse.of(len(self.outward.logs), LATE))

    def value(self, scale: str) -> float | None:
        """The estimate of all reports; `None` where none has a value and a standard error."""
        if not self.precision:
            return None
        return (math.exp if scale == "ratio" else float)(self.pull / self.precision)

    def told(self, estimate: Estimate, scale: str, forgiven: bool) -> Estimate:
        """One report's estimate as that of all, with what the bets on its margin had come to."""
        e_fail = 1.0 if forgiven else self.outward.peak
        wager = Wager(self.margin.low, self.margin.high, self.e_pass, e_fail)
        told = replace(estimate, n=self.n, n_eff=self.n_eff, clusters=self.clusters, wagers=(wager,))
        if not self.precision:
            return told
        value = self.pull / self.precision
        more = self.nights * (shyness(self.n_eff / self.nights) - SHY)  # exact where nights are of one size
        reach = [(c + more) / self.precision for c in confidence_sequence(self.nights)]
        at = math.exp if scale == "ratio" else float
        lower, upper = tuple(at(value - r) for r in reach), tuple(at(value + r) for r in reach)
        return replace(told, value=at(value), lower=lower, upper=upper, method=f"{self.nights} {METHOD}")

    def more(self, scale: str, stake: float, outside: bool) -> int | None:
        """How many more reports like those so far, in the mean, bring what is bet on being outside the margin, or
        within it, to `stake`; `None` where no realistic number does.

        The mean z of a report above an edge is Σ (value - edge)/se over the number of reports.
        """
        edges = [edge for edge in self.margin if edge is not None]
        if not self.precision or (scale == "ratio" and min(edges, default=1.0) <= 0):
            return None
        at = math.log if scale == "ratio" else float
        above = [(self.pull - at(edge) * self.precision) / self.nights for edge in edges]
        inside = [z if edge == self.margin.low else -z for z, edge in zip(above, edges, strict=True)]
        reach, shy = partial(min, QUANTILES[-1]), shyness(self.n_eff / self.nights)  # no z is more than a curve knows
        if outside:
            return self.outward.until([reach(-z) for z in inside], stake, shy)
        each = [purse.until([reach(z)], stake, shy) for purse, z in zip(self.inward, inside, strict=True)]
        return None if None in each else max(filter(None, each), default=None)

    def to_dict(self) -> dict[str, Any]:
        """The wire format."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        purses = {"inward": [_plain(purse) for purse in self.inward], "outward": _plain(self.outward)}
        return parts | purses | {"margin": list(self.margin)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> History:
        """Read what `to_dict` wrote; raises `ValueError`, `KeyError` or `TypeError` for anything else."""
        inward = tuple(_purse(purse) for purse in data["inward"])
        parts = dict(data, margin=Margin(*data["margin"]), inward=inward, outward=_purse(data["outward"]))
        return cls(**parts)


def p_outside(q: Question) -> float:
    """Two-sided p of one report by itself against being within the margin; 1/e where the run was bet on."""
    if (wager := q.estimate.wager(*q.margin)) is not None:
        return min(1 / wager.e_fail, 1.0)
    above = 1.0 if q.margin.high is None else q.estimate.p_above(q.margin.high)
    return min(above, 1.0 if q.margin.low is None else q.estimate.p_below(q.margin.low))


def _plain(purse: Purse) -> list[Any]:
    return [[list(logs) for logs in purse.logs], purse.late, purse.nights, purse.log_peak]


def _purse(data: Sequence[Any]) -> Purse:
    logs, late, nights, log_peak = data
    return Purse(tuple(tuple(map(float, claim)) for claim in logs), float(late), int(nights), float(log_peak))


def night(q: Question) -> tuple[list[float], list[float]] | None:
    """The z of one report for being inside each edge, and for being outside; `None` where it says nothing.

    Where the run was bet on itself, its e-values speak; else the estimate's confidence curve does.
    """
    edges = [edge for edge in q.margin if edge is not None]
    if (wager := q.estimate.wager(*q.margin)) is not None:
        return [z_of(wager.e_pass)] * len(edges), [z_of(wager.e_fail)] * len(edges)
    e, scale = q.estimate, q.finding.scale
    sides = [] if q.margin.low is None else [(z_above(e, q.margin.low, scale), z_below(e, q.margin.low, scale))]
    sides += [] if q.margin.high is None else [(z_below(e, q.margin.high, scale), z_above(e, q.margin.high, scale))]
    known = [(inside, outside) for inside, outside in sides if inside is not None and outside is not None]
    if len(known) < len(edges) or not edges:
        return None
    return [inside for inside, _ in known], [outside for _, outside in known]
