"""Is a model in use that is worse than the people it replaced?

Question
    Was the automated system preferred whatever its error rates?
Roles
    needs   outcome, model, human
    uses    deployed, unit, weight
    The outcome is the gold answer, independent of both; both decided on the same items. A missing one was not
    adjudicated; `weight` is then 1 / the audit rate of items like it. `deployed`: model, human or hybrid is in use.
Formula
    Δrecall = P(m=1|y=1) - P(h=1|y=1), paired (Newcombe 1998b, method 10); Δprecision = P(y=1|m=1) - P(y=1|h=1) by the
    influence function of both precisions (Leisenring, Alonzo & Pepe 2000); weighted by Hájek's rates (Begg & Greenes
    1983). Margin: at most .05 below, in points. "15 % lower" is .15 or a ratio of .85: `relative=True` reads ratios,
    margin at least .95. With `false_positive_cost` and `false_negative_cost` the mean difference of cost per item
    decides alone, margin at most `tolerated_cost`: another operating point of equal cost is not worse. A FAIL needs the
    model in use: where people are, an inferior model was rightly withheld, and all is descriptive; where nobody says
    which is in use, FAIL is withheld.
Assumptions
    All items were adjudicated, or audited at known rates, never by these inspectors. Items of one batch are a `unit`.
When not to use
    Where only flagged items were adjudicated: recall is then not identified, with any weight.
References
    Newcombe, Statistics in Medicine 17 (1998) 2635; Leisenring, Alonzo & Pepe, Biometrics 56 (2000) 345; Begg &
    Greenes, Biometrics 39 (1983) 207; Kosinski, Statistics in Medicine 32 (2013) 964; Parasuraman & Manzey, Human
    Factors 52 (2010) 381.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Finding, Key, Margin, Scale
from auditkit.core.roles import MISSING
from auditkit.stats import readers
from auditkit.stats.pairs import Readings

PREVALENCE, RATE, LOSS, TIED = 0.2, 0.90, 0.15, 0.4
SYSTEMS = ("model", "human", "hybrid")
UNADJUDICATED = "some items have no gold answer and no weight says how many an audited one stands for"
UNSAID = "nobody says which of the two is in use: fill the role deployed"


@dataclass(frozen=True)
class Deployment(Detector):
    """Compare a model with the people it replaces; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Deployment().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Deployment().examine(world.evidence)]
    ['precision difference', 'recall difference']
    """

    positive: str | None = None
    relative: bool = False
    false_positive_cost: float | None = None
    false_negative_cost: float | None = None
    tolerated_cost: float = 0.0

    needs: ClassVar[tuple[str, ...]] = ("outcome", "model", "human")
    uses: ClassVar[tuple[str, ...]] = ("deployed",)
    subjects: ClassVar[tuple[str, ...]] = ("predictions", "decisions")
    default_margin: ClassVar[Margin] = Margin.at_least(-0.05)
    ratio_margin: ClassVar[Margin] = Margin.at_least(0.95)
    nuisances: ClassVar[tuple[str, ...]] = ("correlated errors", "another operating point")
    n_min: ClassVar[int] = 2_000

    def __post_init__(self) -> None:
        costs = [c for c in (self.false_positive_cost, self.false_negative_cost) if c is not None]
        if len(costs) == 1 or any(not 0 <= c < float("inf") for c in costs) or (costs and not any(costs)):
            raise InputError("false_positive_cost and false_negative_cost go together: 0 or more, and not both 0.")

    def examine(self, evidence: Evidence) -> Told:
        """Tell how far the model's precision and recall, and the cost of its errors, are from the people's."""
        assert isinstance(evidence, Tally)
        positive = self.level_of(evidence, "outcome", self.positive, "positive")
        r = readers.readings(evidence, positive)
        if not r.rows.sum():
            raise CannotDecide("no item has an outcome, a model's and a human's decision")
        blind = MISSING in evidence.levels_of("outcome") and not evidence.weighted
        held = tuple(Cap(verdict, UNADJUDICATED) for verdict in ("PASS", "FAIL")) if blind else ()
        told = [self._rate(r, "precision", ()), self._rate(r, "recall", held)]
        if self.false_positive_cost is not None and self.false_negative_cost is not None:
            told.append(self._cost(r, self.false_positive_cost, self.false_negative_cost, held))
        return tuple(_in_use(finding, self._used(evidence)) for finding in told)

    def _used(self, evidence: Tally) -> str | None:
        """Which system is in use, `None` where nobody says."""
        levels = evidence.levels_of("deployed") if "deployed" in evidence else ()
        said_so = [level for level in levels if level != MISSING]
        if len(said_so) > 1 or not set(said_so) <= set(SYSTEMS):
            raise InputError(f"deployed is model, human or hybrid in all rows; the table says: {', '.join(said_so)}.")
        return said_so[0] if said_so else None

    def _rate(self, r: Readings, rate: str, caps: tuple[Cap, ...]) -> Finding:
        scale: Scale = "ratio" if self.relative else "difference"
        margin = self.ratio_margin if self.relative else self.default_margin
        estimate = readers.contrast(r, rate, scale)
        text = f"{rate.capitalize()} of the model against the people it is to replace: {said(estimate, scale)}"
        counts = tuple(readers.counted(r, rate, i, f"{rate} of the {who}") for i, who in enumerate(SYSTEMS[:2]))
        told = self._finding(f"{rate} {scale}", text, estimate, margin if self.false_positive_cost is None else None)
        return replace(told, scale=scale, null=float(self.relative), counts=counts, caps=caps)

    def _cost(self, r: Readings, false_positive: float, false_negative: float, caps: tuple[Cap, ...]) -> Finding:
        estimate = readers.cost_difference(r, false_positive, false_negative)
        numbers = (estimate.value, *estimate.interval(0.95)[:2])
        value, low, high = ("unknown" if x is None else f"{x:+.3g}" for x in numbers)
        text = f"Errors of the model cost {value} [{low}, {high}] an item more than errors of the people it replaces"
        return replace(self._finding("cost difference", text, estimate, Margin.at_most(self.tolerated_cost)), caps=caps)

    def _finding(self, estimand: str, text: str, estimate: Estimate, margin: Margin | None) -> Finding:
        told = Finding(self.code, estimand, "model", "human", text, estimate, margin=margin, attribute="model")
        return replace(told, notes=("Paired: both decided on the same items.",))

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """People at .90 precision and recall; the model's both are .15 dose lower, with errors that go together.

        The nuisance "another operating point" gives a model of recall .93 and precision .87, within the margin.
        """
        loss = 0.0 if nuisance else LOSS * dose
        shift = 0.03 if nuisance == self.nuisances[1] else 0.0
        recall, precision = RATE - loss + shift, RATE - loss - shift
        shares = readers.joint_shares(PREVALENCE, (recall, precision), (RATE, RATE), TIED)
        cells = [(*cell, "model") for cell in product("01", repeat=3)]
        drawn: dict[tuple[str, ...], int] = dict(zip(cells, rng.multinomial(n, shares).tolist(), strict=True))
        key = Key(self.code, "", "model", "human", "model")
        scale, rates = "ratio" if self.relative else "difference", {"precision": precision, "recall": recall}
        against = {f"{name} {scale}": p / RATE if self.relative else p - RATE for name, p in rates.items()}
        truth = {key._replace(estimand=estimand): value for estimand, value in against.items()}
        if self.false_positive_cost is not None and self.false_negative_cost is not None:
            cost = shares @ readers.paired_costs(self.false_positive_cost, self.false_negative_cost)
            truth = {key._replace(estimand="cost difference"): float(cost), **truth}
        return Planted(Tally.of_cells(("outcome", "model", "human", "deployed"), drawn), truth)


def _in_use(finding: Finding, used: str | None) -> Finding:
    """What is told of a model depends on whether it is in use."""
    if used is None:
        return replace(finding, sentence=f"{finding.sentence}.", caps=(*finding.caps, Cap("FAIL", UNSAID)))
    idle = "the people are in use, so no automation is preferred"
    sentence = f"{finding.sentence}; {idle if used == 'human' else f'in use: {used}'}."
    return replace(finding, sentence=sentence, margin=None if used == "human" else finding.margin)
