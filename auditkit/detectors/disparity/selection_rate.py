"""Are the groups selected at the same rate?

Question
    How much more or less often does one group get the favourable outcome than the others?
Roles
    needs   group
    uses    prediction, outcome, context, unit, weight
    With a prediction its rate is taken, else the outcome's.
Formula
    The difference p_g - p_others (Newcombe 1998, margin .05) and the ratio p_g / p_others (MOVER-R, Donner & Zou 2012,
    margin .80 to 1.25: the four-fifths rule with an interval). Two groups make one comparison, second minus first in
    sorted order. `versus` names a group to compare with, or "highest" (Local Law 144 and the Uniform Guidelines), which
    is descriptive: the highest of several noisy rates is too high. `within=True` compares within the levels of
    `context`, by stratum and standardised to the pooled mix of strata; the pooled gap is then descriptive, and the
    report names a change of sign where both intervals exclude 0. `gap=True` adds max - min over all groups,
    simultaneous. Both allow for units that share rows.
Assumptions
    Rows are independent, or `unit` says which are not. Rows stand for themselves, or `weight` says for how many.
When not to use
    To show that a gap is unjustified: a gap in rates is not a gap in merit. Groups under 30 rows decide nothing.
References
    Newcombe, Statistics in Medicine 17 (1998) 873; Donner & Zou, Statistical Methods in Medical Research 21 (2012) 347;
    Bickel, Hammel & O'Connell, Science 187 (1975) 398; 29 CFR 1607.4 D; 6 RCNY 5-301.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import Comparison, widest
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, RoleMissing
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin, NotAssessed, Scale
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare
from auditkit.stats.ranges import extremes, range_in
from auditkit.stats.standardisation import standardised, stratified

RATE = "selection rate"
SHIFT = 1.2


@dataclass(frozen=True)
class SelectionRate(Detector):
    """Compare how often groups get the favourable outcome; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = SelectionRate().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in SelectionRate().examine(world.evidence)]
    ['selection rate difference', 'selection rate ratio']
    """

    favourable: str | None = None
    versus: str | None = None
    within: bool = False
    gap: bool = False

    needs: ClassVar[tuple[str, ...]] = ("group",)
    uses: ClassVar[tuple[str, ...]] = ("prediction", "outcome", "context")
    subjects: ClassVar[tuple[str, ...]] = ("table", "predictions", "decisions")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    ratio_margin: ClassVar[Margin] = Margin.ratio(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("unequal sizes", "a context that drives the rate equally")
    n_min: ClassVar[int] = 4_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell a difference and a ratio for every comparison, and what `within` and `gap` add."""
        assert isinstance(evidence, Tally)
        event = next((axis for axis in ("prediction", "outcome") if axis in evidence), None)
        if event is None:
            raise RoleMissing("prediction", "outcome")
        hit = self.level_of(evidence, event, self.favourable, "favourable")
        groups = [level for level in evidence.levels_of("group") if level != MISSING]
        s = sample(evidence, "group", event, [hit], groups)
        attribute = evidence.name_of("group")
        pooled = compare(s, self.versus)
        if not pooled:
            raise CannotDecide(f'column "{attribute}" has only one group with rows: {", ".join(s.levels) or "none"}')
        judged = not self.within and self.versus != "highest"
        margins: dict[Scale, Margin] = {"difference": self.default_margin, "ratio": self.ratio_margin}
        told: list[Finding | NotAssessed] = [
            pair.told(self.code, RATE, attribute, scale, margin if judged else None)
            for pair in pooled
            for scale, margin in margins.items()
        ]
        if self.within:
            told += self._within(evidence, event, hit, pooled)
        if self.gap:
            told.append(widest(self.code, RATE, attribute, *range_in(s), extremes(s)))
        return tuple(told)

    def _within(
        self, evidence: Tally, event: str, hit: str, pooled: Sequence[Comparison]
    ) -> list[Finding | NotAssessed]:
        """Compare with the context held fixed: by stratum, and standardised to the pooled mix of strata."""
        if "context" not in evidence:
            raise RoleMissing("context", said="to compare within the context it needs a column for {}")
        attribute = evidence.name_of("group")
        strata = [level for level in evidence.levels_of("context") if level != MISSING]
        samples = {level: sample(evidence.where("context", level), "group", event, [hit]) for level in strata}
        context = evidence.name_of("context")
        groups = [level for level in evidence.levels_of("group") if level != MISSING]
        cells = stratified(evidence, "group", "context", event, [hit], groups, strata)
        told: list[Finding | NotAssessed] = [
            pair.held_fixed(
                self.code,
                RATE,
                attribute,
                context,
                standardised(cells, pair.level, pair.versus),
                self.default_margin,
            )
            for pair in pooled
        ]
        for stratum, s in samples.items():
            if len(s.levels) < 2 or self.versus not in (None, "highest", *s.levels):
                told.append(self.not_assessed(f"{context} {stratum} has not both groups", attribute, "stratum"))
            else:
                tell = partial(Comparison.told, stratum=f"{context} {stratum}")
                pairs = compare(s, self.versus)
                told += [tell(p, self.code, RATE, attribute, "difference", self.default_margin) for p in pairs]
        return told

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Two groups at rate .5; dose shifts the second by -1.2 dose on the logit scale."""
        dose = 0.0 if nuisance else dose
        p = float(1 / (1 + np.exp(SHIFT * dose)))
        half = n // 10 if nuisance == self.nuisances[0] else n // 2
        cells: dict[tuple[str, ...], int] = {}
        shifts = (-1.0, 1.0) if nuisance == self.nuisances[1] else (0.0,)
        for group, size, rate in (("a", n - half, 0.5), ("b", half, p)):
            parts = rng.multinomial(size, [1 / len(shifts)] * len(shifts))
            hits = sum(int(rng.binomial(part, _shifted(rate, by))) for part, by in zip(parts, shifts, strict=True))
            cells |= {(group, "1"): hits, (group, "0"): size - hits}
        key = Key(self.code, f"{RATE} difference", "b", "a", "group")
        truth = {key: p - 0.5, key._replace(estimand=f"{RATE} ratio"): p / 0.5}
        return Planted(Tally.of_cells(("group", "outcome"), cells), truth)


def _shifted(p: float, by: float) -> float:
    return float(1 / (1 + (1 - p) / p * np.exp(-by)))
