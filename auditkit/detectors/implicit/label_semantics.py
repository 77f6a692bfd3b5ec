"""Does the same sign mean the same thing everywhere?

Question
    Is a feature read as one label in some regions and as another, even the opposite, in others?
Roles
    needs   group, feature, outcome
    The group is the region, the feature the sign, the outcome its meaning as local annotators state it.
Formula
    The log odds ratio of sign and meaning in each region (Woolf 1955). Semantic shift: region minus the rest (Mantel &
    Haenszel over the other regions) by square-and-add, margin ±log 1.5. Sign flip: the region's log odds ratio,
    oriented so that the rest is positive, must not be below 0. Gail & Simon's (1985) test of a sign flip and
    Breslow & Day's (1980, with Tarone's adjustment) of any difference stand in the notes.
Assumptions
    Meanings come from annotators of each region: one pool of annotators hides the very thing that is asked.
When not to use
    With fewer than two regions, or fewer than about 200 rows a region.
References
    Gail & Simon, Biometrics 41 (1985) 361; Breslow & Day (1980); Tarone, Biometrika 72 (1985) 91; Davani, Díaz &
    Prabhakaran, TACL 10 (2022) 92.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Count, Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.associations import breslow_day, gail_simon, woolf
from auditkit.stats.contrasts import OTHERS
from auditkit.stats.log_odds import direction, oriented, own_and_rest, shift, true_log_odds

MEANS_NO, ELSE_NO = 0.8, 0.2
SHIFT, ODDS = "log odds ratio shift", "log odds ratio"
NO_ASSOCIATION = "the other regions show no association that a sign could flip from"


@dataclass(frozen=True)
class LabelSemantics(Detector):
    """Compare what a sign means across regions; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = LabelSemantics(sign="shake", meaning="no")
    >>> told = detector.examine(detector.plant(1.0, 4000, np.random.default_rng(1)).evidence)
    >>> sorted({finding.estimand for finding in told})
    ['log odds ratio', 'log odds ratio shift']
    """

    sign: str | None = None
    meaning: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "feature", "outcome")
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions", "predictions")
    default_margin: ClassVar[Margin] = Margin.within(math.log(1.5))
    nuisances: ClassVar[tuple[str, ...]] = ("stronger in one region",)
    n_min: ClassVar[int] = 6_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell each region's shift of meaning, and whether its sign is flipped."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True, units=True)
        known = evidence.without("group", MISSING).without("feature", MISSING).without("outcome", MISSING)
        sign = self.level_of(known, "feature", self.sign, "sign")
        meaning = self.level_of(known, "outcome", self.meaning, "meaning")
        for axis, level in (("feature", sign), ("outcome", meaning)):
            known = known.relabel(axis, {other: "0" if other == level else "1" for other in known.levels_of(axis)})
        regions = known.levels_of("group")
        if len(regions) < 2:
            raise CannotDecide(f'column "{evidence.name_of("group")}" has only one region: {", ".join(regions)}')
        tables = known.cube("group", "feature", "outcome")
        q, p = gail_simon(*woolf(tables))
        homogeneity = breslow_day(tables)
        notes = (f"Gail-Simon {q:.2f}, p {p:.3g}; Breslow-Day-Tarone {homogeneity.chi2:.2f}, p {homogeneity.p:.3g}.",)
        attribute = evidence.name_of("group")
        told: list[Finding] = []
        for i, region in enumerate(regions):
            told += self._region(
                region, tables[i], np.delete(tables, i, axis=0), attribute, f"{sign} means {meaning}", notes
            )
        return tuple(told)

    def _region(
        self, region: str, table: Floats, others: Floats, attribute: str, what: str, notes: tuple[str, ...]
    ) -> list[Finding]:
        own, rest = own_and_rest(table, others)
        moved, way = shift(own, rest), direction(rest)
        turned = oriented(own, way or 1)
        counts = (_meaning(region, table), _meaning(OTHERS, others.sum(axis=0)))
        versus = OTHERS if len(others) > 1 else "the other"
        tell = partial(Finding, self.code, level=region, versus=versus, attribute=attribute, counts=counts, notes=notes)
        caps = () if way else tuple(Cap(verdict, NO_ASSOCIATION) for verdict in ("PASS", "FAIL"))
        said = "the sign has the direction that it has elsewhere" if way else "elsewhere it shows no clear direction"
        said = "the sign is flipped there" if way and direction(turned) < 0 else said
        scale = f"{what} in {region} by {own.spelled('+.2f')} on the log odds scale"
        sentence = f"{scale}, elsewhere by {rest.spelled('+.2f')}: a shift of {moved.spelled('+.2f')}."
        return [
            tell(estimand=SHIFT, sentence=sentence, estimate=moved, margin=self.default_margin),
            tell(estimand=ODDS, sentence=f"{scale}: {said}.", estimate=turned, margin=Margin.at_least(0.0), caps=caps),
        ]

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own configuration."""
        return cls(sign="shake", meaning="no")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Four regions; a shake means no in .8 of cases, a nod in .2; in one region P(flip) = dose.

        The nuisance makes the association stronger, never flipped, in one region.
        """
        regions, dose = ("west", "north", "south", "east"), 0.0 if nuisance else dose
        sign, meaning = self.sign or "shake", self.meaning or "no"
        there = (0.9, 0.1) if nuisance else tuple((1 - dose) * p + dose * (1 - p) for p in (MEANS_NO, ELSE_NO))
        shakes, nods = ([*[p] * (len(regions) - 1), last] for p, last in zip((MEANS_NO, ELSE_NO), there, strict=True))
        cells: dict[tuple[str, ...], int] = {}
        for region, *chances in zip(regions, shakes, nods, strict=True):
            for name, p in zip((sign, f"not {sign}"), chances, strict=True):
                drawn = int(rng.binomial(n // 8, p))
                cells |= {(region, name, meaning): drawn, (region, name, f"not {meaning}"): n // 8 - drawn}
        odds = true_log_odds(shakes, nods).tolist()
        key = Key(self.code, ODDS, regions[-1], OTHERS, "group")
        truth = {key: odds[-1], key._replace(estimand=SHIFT): odds[-1] - odds[0]}
        return Planted(Tally.of_cells(("group", "feature", "outcome"), cells), truth)


def _meaning(label: str, table: Floats) -> Count:
    hits, n = float(table[0, 0]), float(table[0].sum())
    return Count(label, round(hits), round(n), hits / n if n else None)
