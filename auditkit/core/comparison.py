"""One group against another, as every detector that compares rates tells it."""

from __future__ import annotations

from typing import Any, NamedTuple

from auditkit.core.estimate import Estimate
from auditkit.core.finding import Count, Finding, Margin, Scale


class Comparison(NamedTuple):
    """Two groups, their counts, and the difference and the ratio of their rates.

    `among` says how far apart pooled others are among themselves: one of them may make the whole gap.
    """

    level: str
    versus: str
    counts: tuple[Count, Count]
    difference: Estimate
    ratio: Estimate
    among: str = ""

    def told(
        self, code: str, estimand: str, attribute: str, scale: Scale, margin: Margin | None, **more: Any
    ) -> Finding:
        """The difference or the ratio as a finding, in a sentence."""
        estimate = self.difference if scale == "difference" else self.ratio
        sentence = f"{_rates(estimand, self.counts)}{self.among}: {said(estimate, scale)}."
        where = f"In {more['stratum']}, " if more.get("stratum") else ""
        return Finding(
            code=code,
            estimand=f"{estimand} {scale}",
            level=self.level,
            versus=self.versus,
            sentence=where + sentence if where else sentence[0].upper() + sentence[1:],
            estimate=estimate,
            scale=scale,
            null=1.0 if scale == "ratio" else 0.0,
            margin=margin,
            attribute=attribute,
            counts=self.counts,
            **{"recount": "," not in estimate.method, **more},
        )

    def held_fixed(
        self, code: str, estimand: str, attribute: str, context: str, standardised: Estimate, margin: Margin | None
    ) -> Finding:
        """The difference standardised over the strata of a context; it says where that turns the sign round."""
        sentence = f"Within {context}, {self.level} against {self.versus}: {said(standardised, 'difference')}."
        if _sign(self.difference) * _sign(standardised) < 0:
            crude = said(self.difference, "difference")
            sentence += f" The gap changes sign once {context} is held fixed: pooled it is {crude}."
        return Finding(
            code,
            f"{estimand} difference standardised within {context}",
            self.level,
            self.versus,
            sentence,
            standardised,
            margin=margin,
            attribute=attribute,
            counts=self.counts,
            notes=("Standardised to the pooled mix of strata; strata with only one of the groups take no part.",),
        )


def widest(
    code: str, estimand: str, attribute: str, gap: Estimate, expected: float | None, ends: tuple[Count, ...]
) -> Finding:
    """The widest gap between any two groups, beside what is expected where all are alike."""
    usual = "" if expected is None else f"; {100 * expected:.1f} points are expected of equal groups"
    return Finding(
        code,
        f"{estimand} max-min gap",
        "highest",
        "lowest",
        f"{ends[0].label} and {ends[1].label} are furthest apart: {said(gap, 'difference')}{usual}.",
        gap,
        null_expectation=expected,
        margin=Margin.at_most(0.05),
        attribute=attribute,
        counts=ends,
    )


def retold(finding: Finding) -> str:
    """A comparison of two counts in a sentence that rests on nothing else.

    >>> e = Estimate(0.25, (.1,) * 9, (.4,) * 9, n=200, n_eff=100.0, method="example")
    >>> counts = Count("a", 50, 100, .5), Count("b", 25, 100, .25)
    >>> retold(Finding("c", "rate difference", "a", "b", "", e, counts=counts))
    'Rate 50.0 % for a against 25.0 % for b: a difference of +25.0 points [+10.0, +40.0].'
    """
    first, second = finding.counts
    rates = _rates(finding.estimand.removesuffix(f" {finding.scale}"), (first, second))
    return f"{rates[:1].upper()}{rates[1:]}: {said(finding.estimate, finding.scale)}."


def _sign(estimate: Estimate) -> int:
    """The sign that the 95 % interval is sure of, else 0."""
    low, high, _ = estimate.interval(0.95)
    return 1 if low is not None and low > 0 else -1 if high is not None and high < 0 else 0


def _rates(estimand: str, counts: tuple[Count, Count]) -> str:
    ours, theirs = ("undefined" if c.rate is None else f"{100 * c.rate:.1f} %" for c in counts)
    return f"{estimand} {ours} for {counts[0].label} against {theirs} for {counts[1].label}"


def said(estimate: Estimate, scale: Scale) -> str:
    """An estimate in words: "a difference of +21.4 points [+18.3, +24.4]", "a ratio of 1.91 [1.71, 2.13]"."""
    low, high, _ = estimate.interval(0.95)
    points = scale == "difference"

    def number(x: float | None, unbounded: str) -> str:
        if x is None:
            return unbounded
        return f"{100 * x:+.1f}".replace("-", "−") if points else f"{x:.2f}"

    if estimate.value is None and low is None and high is None:
        return f"not defined, {estimate.reason or 'no value'}"
    interval = f"[{number(low, 'unbounded')}, {number(high, 'unbounded')}]"
    if points:
        return f"a difference of {number(estimate.value, 'undefined')} points {interval}"
    return f"a ratio of {number(estimate.value, 'undefined')} {interval}"
