"""Does a score mean the same for every group?

Question
    Where a score says 30 %, do 30 % of each group turn out positive? Does it rank one group better than another?
Roles
    needs   group, outcome, score
    The score is a number, read row by row.
Formula
    For each group the calibration in the large, mean score minus rate of positives (Newcombe's interval on over- and
    under-shoot), margin .05; beside it, not judged, the calibration slope (1 if calibrated, below 1 if too extreme; Cox
    1958) and the expected calibration error over ten bins with what noise alone would make it. The difference of areas
    under the ROC curve, a group less the pooled others, is told and not judged: DeLong's variance on scores in fine
    bins, with the interval widened to hold that of the unbinned scores.
Assumptions
    The outcome is true, and measured alike in all groups. Rows are independent. For calibration the score is a
    probability; other scores are ranked only.
When not to use
    To claim equal error rates: calibrated groups with different base rates cannot have them (Kleinberg, Mullainathan &
    Raghavan 2017). A score may be calibrated in the large and wrong at every value: look at slope and bins.
References
    Cox, Biometrika 45 (1958) 562; DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837; Naeini, Cooper &
    Hauskrecht, AAAI (2015) 2901; Kleinberg, Mullainathan & Raghavan, ITCS (2017) 43; Van Calster et al., BMC Medicine
    17 (2019) 230.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Evidence, Rows
from auditkit.core.finding import Count, Finding, Key, Margin, NotAssessed
from auditkit.stats.calibration import calibration_in_the_large, calibration_slope
from auditkit.stats.calibration_error import edges_for, expected_calibration_error
from auditkit.stats.contrasts import OTHERS
from auditkit.stats.discrimination import auc_difference
from auditkit.stats.quadrature import chance
from auditkit.stats.score_bins import ScoreBins, binned_auc
from auditkit.stats.simulated_scores import normal_grid, scored_rows, true_auc

STEPS = np.linspace(-3, 3, 25)
SHIFT = 1.0
LARGE, SLOPE, ERROR, AREA = "calibration in the large", "calibration slope", "expected calibration error", "AUC"
OUTCOMES = "its outcomes"


@dataclass(frozen=True)
class Calibration(Detector):
    """Compare what scores say with what happens in each group; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Calibration().plant(1.0, 2000, np.random.default_rng(1))
    >>> [finding.level for finding in Calibration().examine(world.evidence) if finding.margin]
    ['a', 'b']
    """

    positive: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "outcome", "score")
    numbers: ClassVar[tuple[str, ...] | None] = ("score",)
    subjects: ClassVar[tuple[str, ...]] = ("predictions",)
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("different scores, equally calibrated",)
    n_min: ClassVar[int] = 2_400

    def examine(self, evidence: Evidence) -> Told:
        """Tell the calibration of each group, and the differences in how well groups are ranked."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True, units=True)
        known = evidence.complete(*self.needs)
        if not len(known):
            raise CannotDecide("no row has a group, an outcome and a score")
        positive = self.level_of(known, "outcome", self.positive, "positive")
        hits, scores, groups = known.column("outcome") == positive, known.number("score"), known.levels_of("group")
        edges = edges_for(scores)
        sides = {group: known.column("group") == group for group in groups}
        bins = {group: ScoreBins.of(scores[at], hits[at], edges) for group, at in sides.items()}
        lost, told = len(evidence) - len(known), list[Finding | NotAssessed]()
        notes = (f"{lost:,} rows lack a group, an outcome or a score and take no part.",) if lost else ()
        for group, at in sides.items():
            told += self._group(group, bins[group], scores[at], hits[at], known.name_of("group"), notes)
        if len(groups) < 2:
            because = f"only one group has rows: {groups[0]}"
            return (*told, self.not_assessed(because, known.name_of("group"), f"{AREA} difference"))
        return (*told, *self._ranks(bins, known.name_of("group")))

    def _group(
        self, group: str, bins: ScoreBins, s: Floats, y: NDArray[np.bool_], attribute: str, notes: tuple[str, ...]
    ) -> Iterator[Finding]:
        rate = float(y.mean())
        large, slope = calibration_in_the_large(bins), calibration_slope(bins)
        error, expected = expected_calibration_error(s, y)
        where = f"Where {attribute} is {group}, "
        misses, usual = (f"{100 * x:.1f}" if x is not None else "unknown" for x in (error.value, expected))
        slopes = said(slope, "ratio").removeprefix("a ratio of ")
        counts = (Count(group, int(y.sum()), len(y), rate),)
        tell = partial(
            Finding, self.code, level=group, versus=OUTCOMES, attribute=attribute, counts=counts, notes=notes
        )
        sentence = f"{where}mean score less the rate of positives, {100 * rate:.1f} %: {said(large, 'difference')}."
        yield tell(estimand=LARGE, sentence=sentence, estimate=large, margin=self.default_margin)
        sentence = f"{where}the calibration slope, 1 if calibrated: {slopes}."
        yield tell(estimand=SLOPE, sentence=sentence, estimate=slope, scale="ratio", null=1.0)
        sentence = f"{where}expected calibration error {misses} points; {usual} are expected of noise alone."
        yield tell(estimand=ERROR, sentence=sentence, estimate=error, null_expectation=expected)

    def _ranks(self, bins: Mapping[str, ScoreBins], attribute: str) -> Iterator[Finding]:
        """Each group against the pooled others; of two, the second against the first."""
        groups = list(bins)
        for group in groups[1:] if len(groups) == 2 else groups:
            others = [other for other in groups if other != group]
            versus = others[0] if len(others) == 1 else OTHERS
            areas = binned_auc(bins[group])[0], binned_auc(reduce(add, (bins[other] for other in others)))[0]
            values = ["undefined" if e.value is None else f"{e.value:.3f}" for e in areas]
            e = auc_difference(*areas)
            yield Finding(
                *(self.code, f"{AREA} difference", group, versus),
                f"AUC {values[0]} for {group} against {values[1]} for {versus}: {said(e, 'difference')}.",
                e,
                attribute=attribute,
            )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Scores on 25 steps of the logit; the second group's outcomes follow the logit less 1.0 dose.

        The nuisance gives the second group lower scores, closer together, that are true chances all the same.
        """
        scores = chance(STEPS)
        mass = {"a": normal_grid(STEPS), "b": normal_grid(STEPS, *((-1.0, 0.6) if nuisance else (0.0, 1.0)))}
        p = {"a": scores, "b": chance(STEPS - (0.0 if nuisance else SHIFT * dose))}
        rows = scored_rows(n // 2, scores, {group: (mass[group], p[group]) for group in mass}, rng)
        key = Key(self.code, LARGE, "b", OUTCOMES, "group")
        truth = {key._replace(level=group): float(mass[group] @ (scores - p[group])) for group in ("b", "a")}
        truth |= {key._replace(estimand=SLOPE, level=group): 1.0 for group in mass}
        areas = {group: true_auc(mass[group], p[group]) for group in mass}
        truth[Key(self.code, f"{AREA} difference", "b", "a", "group")] = areas["b"] - areas["a"]
        return Planted(rows, truth)
