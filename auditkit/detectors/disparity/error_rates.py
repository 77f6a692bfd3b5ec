"""Are the groups wronged at the same rate?

Question
    Does the prediction err more often, or in another direction, for one group than for the others?
Roles
    needs   group, outcome, prediction
    uses    unit, weight
Formula
    Each rate on its own condition: true and false positive and negative rates given the outcome, precision, negative
    predictive value, false discovery and omission rate given the prediction, accuracy given nothing. For each a
    difference (Newcombe 1998, margin .05) and a ratio (MOVER-R, margin .80 to 1.25), as `selection_rate` compares. A
    rate on an empty condition is undefined, with its reason, never 0. Equal opportunity is the true positive rate,
    predictive parity the precision; `equalized_odds="worst"` adds the larger of the max-min gaps of the true and false
    positive rates ("mean" their mean), each at a Bonferroni level.
Assumptions
    The outcome is true, and measured alike in all groups. Rows are independent, or `unit` says which are not.
When not to use
    Where the outcome is itself a biased decision. No predictor that errs has equal precision and equal false positive
    and negative rates when base rates differ (Chouldechova 2017): choose the rate that does the harm.
References
    Hardt, Price & Srebro, NeurIPS 2016; Chouldechova, Big Data 5 (2017) 153; Newcombe, Statistics in Medicine 17 (1998)
    873; Donner & Zou, Statistical Methods in Medical Research 21 (2012) 347.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar, Literal

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError, nearest
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin, Scale
from auditkit.core.roles import MISSING
from auditkit.stats.confusion import METRICS, conditioned, one_spelling, true_rate
from auditkit.stats.contrasts import compare
from auditkit.stats.ranges import combined, range_in

SHIFT = 1.2


@dataclass(frozen=True)
class ErrorRates(Detector):
    """Compare how often a prediction errs for each group; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = ErrorRates(metrics=("false_positive_rate",)).plant(1.0, 4000, np.random.default_rng(1))
    >>> [f.estimand for f in ErrorRates(metrics=("false_positive_rate",)).examine(world.evidence)]
    ['false positive rate difference', 'false positive rate ratio']
    """

    positive: str | None = None
    versus: str | None = None
    metrics: tuple[str, ...] = ("false_positive_rate", "false_negative_rate", "precision", "accuracy")
    equalized_odds: Literal["worst", "mean"] | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "outcome", "prediction")
    subjects: ClassVar[tuple[str, ...]] = ("predictions", "decisions")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    ratio_margin: ClassVar[Margin] = Margin.ratio(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("different base rates",)
    n_min: ClassVar[int] = 6_000

    def __post_init__(self) -> None:
        for metric in self.metrics:
            if metric not in METRICS:
                raise InputError(
                    f'There is no metric "{metric}".{nearest(metric, METRICS)} Metrics: {", ".join(METRICS)}.'
                )

    def examine(self, evidence: Evidence) -> Told:
        """Tell a difference and a ratio for every metric and comparison."""
        assert isinstance(evidence, Tally)
        attribute = evidence.name_of("group")
        groups = [level for level in evidence.levels_of("group") if level != MISSING]
        if len(groups) < 2:
            raise CannotDecide(f'column "{attribute}" has only one group with rows: {", ".join(groups) or "none"}')
        if self.versus not in (None, "highest", *groups):
            raise InputError(f'There is no group "{self.versus}".{nearest(str(self.versus), groups)}')
        wanted = self.level_of(evidence, "outcome", self.positive, "positive")
        evidence = one_spelling(evidence)
        wanted = "1" if wanted == "True" and "True" not in evidence.levels_of("outcome") else wanted
        constant = {level for level in evidence.levels_of("prediction") if level != MISSING}
        if len(constant) < 2:
            raise CannotDecide(f"every prediction is the same: {', '.join(constant) or 'missing'}")
        if wanted not in constant:
            truths = [level for level in evidence.levels_of("outcome") if level != MISSING]
            raise InputError(
                f'No prediction is ever "{wanted}", the positive outcome. Outcomes: {labels(truths)}; predictions: '
                f"{labels(sorted(constant))}. Spell both alike."
            )
        told = [item for metric in self.metrics for item in self._metric(evidence, metric, wanted, attribute)]
        return (*told, *([self._odds(evidence, wanted, attribute)] if self.equalized_odds else []))

    def _metric(self, evidence: Tally, metric: str, wanted: str, attribute: str) -> Told:
        name = metric.replace("_", " ")
        pairs = compare(conditioned(evidence, metric, wanted), self.versus)
        margins: dict[Scale, Margin | None] = {"difference": self.default_margin, "ratio": self.ratio_margin}
        if self.versus == "highest":
            margins = {"difference": None, "ratio": None}
        return tuple(
            pair.told(self.code, name, attribute, scale, margin) for pair in pairs for scale, margin in margins.items()
        )

    def _odds(self, evidence: Tally, wanted: str, attribute: str) -> Finding:
        """The larger (or the mean) of the max-min gaps of the true and false positive rates."""
        samples = [conditioned(evidence, metric, wanted) for metric in ("true_positive_rate", "false_positive_rate")]
        empty = {level for s in samples for level, rows in zip(s.levels, s.rows, strict=True) if not rows}
        how = max if self.equalized_odds == "worst" else fmean
        gaps = [range_in(s) for s in samples]
        estimate, null = combined([gap for gap, _ in gaps], how), how([expected or 0.0 for _, expected in gaps])
        return Finding(
            self.code,
            f"equalized odds gap ({self.equalized_odds})",
            "highest",
            "lowest",
            f"Over all groups {said(estimate, 'difference')} in the {self.equalized_odds} of the true and false "
            f"positive rates; at least {100 * null:.1f} points are expected of equal groups.",
            estimate,
            null_expectation=null,
            margin=Margin.at_most(0.05),
            attribute=attribute,
            notes=(f"Undefined for {labels(sorted(empty))}, which take no part.",) if empty else (),
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """True positive rate .8 and false positive rate .2; dose shifts both of the second group on the logit scale."""
        dose = 0.0 if nuisance else dose
        base = {"a": 0.5, "b": 0.25 if nuisance else 0.5}
        rate = {("a", y): (0.2, 0.8)[y] for y in (0, 1)}
        rate |= {("b", y): float(1 / (1 + (1 - p) / p * np.exp(-SHIFT * dose))) for y, p in ((0, 0.2), (1, 0.8))}
        shares: dict[tuple[str, ...], float] = {
            (g, str(y), str(h)): 0.5 * abs(1 - y - base[g]) * abs(1 - h - rate[g, y]) for g, y in rate for h in (0, 1)
        }
        drawn = rng.multinomial(n, list(shares.values()))
        truth: dict[Key, float] = {}
        for metric in self.metrics:
            p, q = (true_rate(metric, base[g], rate[g, 0], rate[g, 1]) for g in ("b", "a"))
            key = Key(self.code, f"{metric.replace('_', ' ')} difference", "b", "a", "group")
            truth |= {key: p - q, key._replace(estimand=key.estimand.replace("difference", "ratio")): p / q}
        cells = dict(zip(shares, drawn.tolist(), strict=True))
        return Planted(Tally.of_cells(("group", "outcome", "prediction"), cells), truth)
