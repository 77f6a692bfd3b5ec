"""Is the data composed like the population it is to stand for?

Question
    Which groups are over- or under-represented against a census, a frame or a market?
Roles
    needs   group
    uses    unit, weight
Formula
    The representation ratio p_g / π_g of each level, p_g its share of the rows, π_g its share in the reference:
    Wilson's limits over π_g, Clopper & Pearson's where the level never occurs, and MOVER-R where the reference is
    itself a sample of n. Margin .80 to 1.25. And all levels in one number, the total variation ½ Σ |p_g - π_g|: the
    share of rows that would have to change level. Its interval is the triangle inequality's, |TV(p̂, π) - TV(p, π)| at
    most TV(p̂, p), which no bias of a distance at zero can fold; the finding says what noise alone would make of it.
    Margin: at most .10. It needs a share for every level that occurs, 0 for one that should not.
Assumptions
    The reference counts the same attribute in the same way, for the population the data is to stand for.
When not to use
    Without a reference: there is no default population, and equal shares are nobody's census.
References
    Groves et al., Survey Methodology (2009); Bethlehem, International Statistical Review 78 (2010) 161; Weissman et
    al., Hewlett-Packard Labs HPL-2003-97.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Estimate, estimates
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Count, Finding, Key, Margin, NotAssessed, Reference, shares_of
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import presence, union_rates
from auditkit.stats.composition_distance import composition_distance
from auditkit.stats.contrasts import mover_ratio
from auditkit.stats.proportions import Curve, Rates, guarded, rates, wilson

RATIO, DISTANCE = "representation ratio", "total variation"
PLANTED = Reference({"a": 0.6, "b": 0.4}, why="the planted population", source="auditkit")


@dataclass(frozen=True)
class Composition(Detector):
    """Compare shares of groups with a reference; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Composition(PLANTED)
    >>> [f.level for f in detector.examine(detector.plant(.5, 2000, np.random.default_rng(1)).evidence)]
    ['a', 'b', 'all levels']
    """

    reference: Reference

    needs: ClassVar[tuple[str, ...]] = ("group",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions", "predictions", "logs")
    default_margin: ClassVar[Margin] = Margin.ratio(0.8)
    distance_margin: ClassVar[Margin] = Margin.at_most(0.10)
    nuisances: ClassVar[tuple[str, ...]] = ("rare but proportionate",)
    n_min: ClassVar[int] = 1_000
    conservative: ClassVar[Mapping[str, str]] = {
        RATIO: "a level that never occurs is seen without error in every sample",
        DISTANCE: "the triangle inequality bounds the error by that of the whole composition, in the worst direction",
    }

    def __post_init__(self) -> None:
        shares_of(self.reference)

    def examine(self, evidence: Evidence) -> Told:
        """Tell a ratio for each level of the reference, the distance of all, and what the reference does not know."""
        assert isinstance(evidence, Tally)
        shares, attribute = self.reference.shares(), evidence.name_of("group")
        present = [level for level in evidence.levels_of("group") if level != MISSING]
        if not present:
            raise CannotDecide(f'every row of column "{attribute}" is missing')
        told: list[Finding] = [
            self._share(evidence, level, share, attribute) for level, share in shares.items() if share
        ]
        unknown = [level for level in present if not shares.get(level)]
        because = "the reference has no share for it: {}"
        whole = self._distance(evidence, [level for level in present if level not in shares], attribute)
        return (*told, whole, *(self.not_assessed(because.format(level), attribute, level) for level in unknown))

    def _share(self, evidence: Tally, level: str, share: float, attribute: str) -> Finding:
        s = presence(evidence.without("group", MISSING), "group", [level])
        rate = union_rates(s, np.ones((1, 1), bool))
        estimate = _ratio(rate, share, self.reference.n, int(s.hits.sum()))
        count = Count(level, int(s.hits.sum()), int(s.rows.sum()), float(rate.value[0]))
        sentence = (
            f"{level} is {100 * rate.value[0]:.1f} % of the rows against {100 * share:.1f} % in the reference: "
            f"{said(estimate, 'ratio')}."
        )
        return Finding(
            self.code,
            RATIO,
            level,
            "reference",
            sentence,
            estimate,
            "ratio",
            1.0,
            margin=self.default_margin,
            attribute=attribute,
            reference=self.reference,
            counts=(count,),
        )

    def _distance(self, evidence: Tally, strange: list[str], attribute: str) -> Finding | NotAssessed:
        if strange:
            because = f"the reference has no share for {labels(strange)}; give what should not occur the share 0"
            return self.not_assessed(because, attribute, DISTANCE)
        known = evidence.without("group", MISSING)
        estimate, expected = composition_distance(known, "group", self.reference.shares(), self.reference.n)
        usual = "" if expected is None else f"; {100 * expected:.1f} points are expected of noise alone"
        sentence = (
            f"All of {attribute} against the reference, in total variation: {said(estimate, 'difference')}{usual}."
        )
        more: dict[str, Any] = {"attribute": attribute, "reference": self.reference, "null_expectation": expected}
        margin = self.distance_margin
        return Finding(self.code, DISTANCE, "all levels", "reference", sentence, estimate, margin=margin, **more)

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own configuration."""
        return cls(PLANTED)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Drop the share `dose` of the last level from the frame: p = (1 - d) π / (1 - d π)."""
        shares = self.reference.shares()
        *first, last = shares
        kept = 0.0 if nuisance else dose
        p = {level: shares[level] / (1 - kept * shares[last]) for level in first}
        p[last] = (1 - kept) * shares[last] / (1 - kept * shares[last])
        drawn = rng.multinomial(n, list(p.values()))
        truth = {
            Key(self.code, RATIO, level, "reference", "group"): p[level] / shares[level]
            for level in shares
            if shares[level]
        }
        away = sum(abs(p[level] - share) for level, share in shares.items()) / 2
        truth[Key(self.code, DISTANCE, "all levels", "reference", "group")] = away
        return Planted(Tally.of_cells(("group",), {(level,): int(k) for level, k in zip(p, drawn, strict=True)}), truth)


def _ratio(rate: Rates, share: float, reference_n: int | None, hits: int) -> Estimate:
    """A share over a known share, or over one estimated from a sample."""
    exact = hits == 0 and np.isinf(rate.df).all()
    own = guarded(rate, 0) if exact else wilson(rate)
    if reference_n is None:
        curve, method = Curve(own.value / share, own.lower / share, own.upper / share), "Wilson over a known share"
    else:
        curve, method = mover_ratio(own, wilson(rates(share * reference_n, reference_n))), "MOVER-R"
    method = "Clopper-Pearson over a known share" if exact and reference_n is None else method
    return estimates(*curve, n=rate.n, n_eff=rate.n_eff, method=method)[0]
