"""Are extreme opinions over-reported?

Question
    Do the two ends of the scale occur more often in what was submitted than in what people think?
Roles
    needs   outcome
    uses    unit, weight
    The outcome is the rating; readers or products that submit several are `unit`s.
Formula
    θ = P(rating in E) - q(E), E the `extremes` of the scale (its first and last level when not given), q the
    opinions of a solicited or random sample: Wilson's limits minus q(E), and Newcombe's difference where q was
    estimated from n. Margin: an excess of .05; a deficit ("central tendency") is told, not failed. Bimodality and
    agreement coefficients are not told: they fire on skew alone, which is no bias.
Assumptions
    The reference asks the same people about the same things.
When not to use
    Where the raters chose what they rate because they like it: a J shape may then be true selection, not reporting.
References
    Hu, Zhang & Pavlou, Communications of the ACM 52 (2009) 144; Schoenmüller, Netzer & Stahl, Journal of Marketing
    Research 57 (2020) 853.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate, estimates
from auditkit.core.evidence import Evidence, Tally, level_order
from auditkit.core.finding import Count, Finding, Key, Margin, Reference, shares_of
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import presence, union_rates
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import Curve, Rates, rates, wilson

OPINIONS = Reference(
    {"1": 0.10, "2": 0.20, "3": 0.30, "4": 0.25, "5": 0.15}, why="the planted opinions", source="auditkit"
)
LOUD = {"1": 0.35, "2": 0.05, "3": 0.02, "4": 0.08, "5": 0.50}


@dataclass(frozen=True)
class Extremity(Detector):
    """Compare the share of extreme ratings with a reference; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Extremity(OPINIONS)
    >>> round(list(detector.plant(1.0, 100, np.random.default_rng(1)).truth.values())[0], 2)
    0.6
    """

    reference: Reference
    extremes: tuple[str, ...] | None = None

    needs: ClassVar[tuple[str, ...]] = ("outcome",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "predictions", "causal_lm", "seq2seq")
    default_margin: ClassVar[Margin] = Margin.at_most(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("louder middle",)
    n_min: ClassVar[int] = 1_000

    def __post_init__(self) -> None:
        shares = shares_of(self.reference)
        for level in self.extremes or ():
            if str(level) not in shares:
                raise InputError(
                    f'The reference has no share for the extreme "{level}". It has: {labels(list(shares))}.'
                )

    @property
    def ends(self) -> tuple[str, ...]:
        """The extreme levels."""
        ordered = sorted(self.reference.shares(), key=level_order)
        return tuple(str(level) for level in self.extremes or (ordered[0], ordered[-1]))

    def examine(self, evidence: Evidence) -> Told:
        """Tell by how much extreme ratings exceed the reference."""
        assert isinstance(evidence, Tally)
        known, column = evidence.without("outcome", MISSING), evidence.name_of("outcome")
        shares = self.reference.shares()
        if not known.total:
            raise CannotDecide(f'every row of column "{column}" is missing')
        strange = [level for level in known.levels_of("outcome") if level not in shares]
        if strange:
            raise CannotDecide(f"the reference has no share for: {labels(strange)}; it has: {labels(list(shares))}")
        s = presence(known, "outcome", self.ends)
        rate = union_rates(s, np.ones((1, 1), bool))
        expected = sum(shares[level] for level in self.ends)
        estimate = _excess(rate, expected, self.reference.n)
        sentence = (
            f"{labels(self.ends)} are {100 * rate.value[0]:.1f} % of what was submitted against {100 * expected:.1f} % "
            f"of the reference: {said(estimate, 'difference')}."
        )
        high = estimate.interval(0.95).high
        central = high is not None and high < -0.05
        notes = ("Fewer extremes than the reference: central-tendency reporting.",) if central else ()
        count = Count(labels(self.ends), int(s.hits.sum()), int(s.rows.sum()), float(rate.value[0]))
        return (
            Finding(
                self.code,
                "excess of extremes",
                labels(self.ends),
                "reference",
                sentence,
                estimate,
                margin=self.default_margin,
                attribute=column,
                reference=self.reference,
                counts=(count,),
                notes=notes,
            ),
        )

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own configuration."""
        return cls(OPINIONS)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Ratings from (1 - d) q + d e, e loud at both ends; the nuisance trades the middle levels among themselves."""
        q = self.reference.shares()
        ordered, loud = sorted(q, key=level_order), list(LOUD.values())
        tilt = dict(zip(ordered, np.interp(np.linspace(0, 1, len(q)), np.linspace(0, 1, 5), loud), strict=True))
        total = sum(tilt.values())
        p = {level: (1 - dose) * q[level] + dose * tilt[level] / total for level in ordered}
        if nuisance:
            middle = [level for level in ordered if level not in self.ends]
            p = {**q, **{level: sum(q[m] for m in middle) / len(middle) for level in middle}}
        drawn = rng.multinomial(n, [p[level] for level in ordered])
        evidence = Tally.of_cells(("outcome",), {(level,): int(k) for level, k in zip(ordered, drawn, strict=True)})
        key = Key(self.code, "excess of extremes", labels(self.ends), "reference", "outcome")
        return Planted(evidence, {key: float(sum(p[level] - q[level] for level in self.ends))})


def _excess(rate: Rates, expected: float, reference_n: int | None) -> Estimate:
    own = wilson(rate)
    if reference_n is None:
        curve = Curve(own.value - expected, own.lower - expected, own.upper - expected)
    else:
        curve = newcombe(own, wilson(rates(expected * reference_n, reference_n)))
    method = "Wilson against a known share" if reference_n is None else "Newcombe"
    return estimates(*curve, n=rate.n, n_eff=rate.n_eff, method=method)[0]
