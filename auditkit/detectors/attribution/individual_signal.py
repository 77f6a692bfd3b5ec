"""Do individual merits count as much for the out-group?

Question
    Are the members of one group taken as all alike, so that a score moves their decisions less?
Roles
    needs   group, outcome, evidence
    The evidence is a number about the individual: a test score, years of experience.
Formula
    θ = β_in - β_out, the slopes of logit P(favourable) on the evidence in units of its pooled SD, by iteratively
    reweighted least squares on counts, margin .25; and AUC_in - AUC_out by DeLong's variance, margin .05, which does
    not depend on residual variance. Where the two disagree in sign, FAIL is withheld (Allison 1999). Only less for the
    out-group is this bias.
Assumptions
    The evidence measures both groups equally well: an unreliable score lowers its own slope, lawfully.
When not to use
    Where one group spans a much narrower range of evidence than the other, or where it is measured with more error: no
    decisions can tell that from this bias (Arnold, Dobbie & Hull, American Economic Review 112 (2022) 2992).
References
    Fiske & Neuberg, Advances in Experimental Social Psychology 23 (1990) 1; Allison, Sociological Methods & Research 28
    (1999) 186; DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.discrimination import auc, auc_difference, logit_slope, logit_slope_difference
from auditkit.stats.graded_evidence import Graded
from auditkit.stats.simulated_scores import normal_grid, true_auc

SLOPE, INTERCEPT = 1.2, 0.0
STEPS = np.linspace(-2.5, 2.5, 21)
DISAGREE = "slope and AUC disagree in sign, so residual variance may make the difference"


@dataclass(frozen=True)
class IndividualSignal(Detector):
    """Compare how much evidence moves decisions; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = IndividualSignal(ingroup="in")
    >>> world = detector.plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in detector.examine(world.evidence)]
    ['slope difference', 'AUC difference']
    """

    ingroup: str | None = None
    favourable: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "outcome", "evidence")
    subjects: ClassVar[tuple[str, ...]] = ("predictions", "decisions")
    default_margin: ClassVar[Margin] = Margin.at_most(0.25)
    auc_margin: ClassVar[Margin] = Margin.at_most(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("different base rate",)
    n_min: ClassVar[int] = 3_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the differences of slope and of AUC between the in-group and each other group."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True, units=True)
        known = evidence.without("group", MISSING).without("outcome", MISSING).without("evidence", MISSING)
        favourable = self.level_of(known, "outcome", self.favourable, "favourable")
        ingroup = self.level_of(known, "group", self.ingroup, "ingroup")
        graded, groups = Graded.of(known, favourable), known.levels_of("group")
        first = groups.index(ingroup)
        told: list[Finding] = []
        for i, group in enumerate(groups):
            if i != first:
                counts = tuple(graded.decided(j, groups[j]) for j in (first, i))
                pair = [graded.side(j) for j in (first, i)]
                told += self._pair(ingroup, group, pair, counts, known.name_of("group"))
        return tuple(told)

    def _pair(
        self,
        ingroup: str,
        group: str,
        pair: list[tuple[Floats, Floats, Floats]],
        counts: tuple[Count, ...],
        attribute: str,
    ) -> list[Finding]:
        slope = logit_slope_difference(logit_slope(*pair[0]), logit_slope(*pair[1]))
        area = auc_difference(auc(*pair[0]), auc(*pair[1]))
        agree = slope.value is None or area.value is None or slope.value * area.value >= 0
        caps = () if agree else (Cap("FAIL", DISAGREE),)
        told = []
        for name, estimate, margin in (("slope", slope, self.default_margin), ("AUC", area, self.auc_margin)):
            sentence = (
                f"Evidence moves decisions by {estimate.spelled('+.3f')} more in {name} where {attribute} is {ingroup} "
                f"than where it is {group}."
            )
            told.append(
                Finding(
                    self.code,
                    f"{name} difference",
                    ingroup,
                    group,
                    sentence,
                    estimate,
                    margin=margin,
                    attribute=attribute,
                    counts=counts,
                    caps=caps,
                )
            )
        return told

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own configuration."""
        return cls(ingroup="in", favourable="1")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Evidence on 21 steps; logit = 1.2 s for the in-group, 1.2 (1 - dose) s for the other.

        The nuisance gives the other group another intercept. The true AUC difference is exact on the 21 steps.
        """
        ingroup = self.ingroup or "in"
        dose = 0.0 if nuisance else dose
        slopes = {ingroup: SLOPE, "out": SLOPE * (1 - dose)}
        mass = normal_grid(STEPS)
        spread = float(np.sqrt(mass @ STEPS**2))
        cells: dict[tuple[str, ...], int] = {}
        aucs = {}
        for group, slope in slopes.items():
            intercept = -1.5 if nuisance and group == "out" else INTERCEPT
            p = 1 / (1 + np.exp(-(intercept + slope * STEPS)))
            aucs[group] = true_auc(mass, p)
            for step, size, chance in zip(STEPS, rng.multinomial(n // 2, mass), p, strict=True):
                hits = int(rng.binomial(size, chance))
                cells |= {(group, "1", f"{step:.2f}"): hits, (group, "0", f"{step:.2f}"): int(size) - hits}
        key = Key(self.code, "slope difference", ingroup, "out", "group")
        truth = {key: SLOPE * dose * spread}
        if not nuisance:
            truth[key._replace(estimand="AUC difference")] = aucs[ingroup] - aucs["out"]
        return Planted(Tally.of_cells(("group", "outcome", "evidence"), cells), truth)
