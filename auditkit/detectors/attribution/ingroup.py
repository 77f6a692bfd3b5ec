"""Do raters prefer their own?

Question
    Is a candidate judged better by raters of the candidate's own group?
Roles
    needs   rater, rater_group, candidate_group, outcome
    uses    item
    An `item` is a matched pair or a vignette that differs only in the candidate's group.
Formula
    θ = E(favourable | own group) - E(favourable | other group). `raters="fixed"` speaks of these raters only: for
    each rater the paired difference over items (Newcombe 1998b, method 10), and over all of them the mean with items
    as clusters. `raters="sampled"` speaks of the raters they stand for: with raters of both groups half the
    difference of rater-level contrasts, ½ {(μ_AA - μ_AB) + (μ_BB - μ_BA)} (exact permutation up to 12 raters, Welch's
    t beyond), which neither lenient raters nor better candidates can move (Price & Wolfers 2010). Margin .05.
Assumptions
    Without raters of both groups the items must be matched: then only the group differs between the two of a pair.
When not to use
    With raters of one group and no matched items: it is not identified. Rows are never taken for raters: where raters
    differ in slope that cries wolf in about a quarter of fair worlds.
References
    Price & Wolfers, Quarterly Journal of Economics 125 (2010) 1859; Bertrand & Mullainathan, American Economic Review
    94 (2004) 991; Newcombe, Statistics in Medicine 17 (1998) 2635; Cameron, Gelbach & Miller, Review of Economics and
    Statistics 90 (2008) 414.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError, RoleMissing
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.raters import ALL, Preference, fixed_raters, mean_shift, sampled_raters, sided

SHIFT = 1.5
ESTIMAND, OTHER = "own minus other group", "the other group"
THESE = "These raters only: nothing is said of others."


@dataclass(frozen=True)
class Ingroup(Detector):
    """Compare how raters judge their own group and others; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Ingroup().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.level for finding in Ingroup().examine(world.evidence)]
    ['A', 'B', 'all raters']
    """

    favourable: str | None = None
    raters: Literal["fixed", "sampled"] = "fixed"

    needs: ClassVar[tuple[str, ...]] = ("rater", "rater_group", "candidate_group", "outcome")
    uses: ClassVar[tuple[str, ...]] = ("item",)
    subjects: ClassVar[tuple[str, ...]] = ("decisions", "logs")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("better candidates", "lenient raters")
    n_min: ClassVar[int] = 3_000
    plug_in: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Told:
        """Tell the preference of each rater and of all, or of the raters they stand for."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True, units=True)
        favourable = self.level_of(evidence, "outcome", self.favourable, "favourable")
        known = evidence
        for axis in self.needs:
            known = known.without(axis, MISSING)
        known = known.relabel("outcome", {o: "1" if o == favourable else "0" for o in known.levels_of("outcome")})
        self._check(known)
        known, belongs = sided(known)
        if self.raters == "sampled":
            return (self._sampled(known, belongs),)
        if "item" not in known:
            said = "fixed raters, unlike raters=sampled, are judged on matched items: it needs a column for {}"
            raise RoleMissing("item", said=said)
        return tuple(self._told(p) for p in fixed_raters(known.without("item", MISSING)))

    def _check(self, known: Tally) -> None:
        groups = set(known.levels_of("candidate_group"))
        if len(groups) < 2:
            raise CannotDecide("all candidates are of one group")
        if not set(known.levels_of("rater_group")) & groups:
            raise InputError("No rater's group is a candidates' group. Spell both alike.")
        if len(known.levels_of("rater_group")) < 2 and "item" not in known:
            raise CannotDecide("there are no out-group raters and no matched items, so a preference is not identified")

    def _told(self, p: Preference) -> Finding:
        sentence = f"{p.rater}: the own group against the other, matched in all else: {said(p.estimate, 'difference')}."
        left = [f"{p.left} items have not one judgement of each side, and take no part."] if p.left else []
        return Finding(
            *(self.code, ESTIMAND, p.rater, OTHER, sentence, p.estimate),
            margin=self.default_margin,
            attribute="rater",
            counts=tuple(
                Count(f"{p.rater}: {who}", k, p.n, k / p.n if p.n else None)
                for who, k in zip(("own", "other"), p.hits, strict=True)
            ),
            notes=(THESE, *left),
        )

    def _sampled(self, known: Tally, belongs: dict[str, str]) -> Finding:
        estimate = sampled_raters(known, belongs)
        sentence = f"Raters favour their own group: {said(estimate, 'difference')}, {estimate.clusters} raters."
        return Finding(
            *(self.code, ESTIMAND, "raters", OTHER, sentence, estimate),
            margin=self.default_margin,
            attribute="rater",
            notes=("Raters are the independent units.",),
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Two raters of group x judge n/4 matched pairs of quality N(0, 1); logit shift 1.5 dose for their own.

        "lenient raters" makes one rater lenient; "better candidates" makes the pairs better, both members alike.
        """
        gamma = 0.0 if nuisance else SHIFT * dose
        lift = 1.0 if nuisance == self.nuisances[0] else 0.0
        pairs = max(n // 4, 1)
        quality = rng.standard_normal(pairs) + lift
        rows: dict[str, list[str]] = {axis: [] for axis in (*self.needs, "item")}
        for rater in ("A", "B"):
            leniency = 1.0 if nuisance == self.nuisances[1] and rater == "A" else 0.0
            for group, shift in (("x", gamma), ("y", 0.0)):
                p = 1 / (1 + np.exp(-(quality + leniency + shift)))
                rows["outcome"] += ["1" if hit else "0" for hit in rng.random(pairs) < p]
                rows["rater"] += [rater] * pairs
                rows["rater_group"] += ["x"] * pairs
                rows["candidate_group"] += [group] * pairs
                rows["item"] += [str(i) for i in range(pairs)]
        key = Key(self.code, ESTIMAND, ALL, OTHER, "rater")
        return Planted(Tally.of(rows), {key: mean_shift(gamma)})
