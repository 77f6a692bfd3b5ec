"""Are unusual events documented more often than usual ones?

Question
    Of all events that happened, which were written down: does being unusual decide it?
Roles
    needs   group, selected
    uses    context, unit, weight
    Every row is an event of a complete register (a sensor's log, a trial registry). The group says whether it was
    unusual, `selected` whether it was documented; `context` is the site or the period.
Formula
    The documentation ratio P(documented | unusual) / P(documented | not), MOVER-R (Donner & Zou 2012), margin .80 to
    1.25. With a `context` the ratio of Mantel & Haenszel (1959) over its levels is judged, and the pooled ratio is told
    beside it. The difference in points is told, not judged.
Assumptions
    The register holds every event, documented or not, and marks as unusual what was unusual before anybody wrote.
    Then, and only then, the finding is about reporting itself and not about the world or about who was asked.
When not to use
    Where the register is made from the documents: what was never written down is then missing from both sides.
References
    Gordon & Van Durme, AKBC (2013) 25; Mantel & Haenszel, Journal of the National Cancer Institute 22 (1959) 719;
    Donner & Zou, Statistical Methods in Medical Research 21 (2012) 347.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from auditkit.core.comparison import Comparison, said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import OTHERS, compare
from auditkit.stats.mantel_haenszel import mantel_haenszel_ratio
from auditkit.stats.standardisation import stratified

SITES = {"north": (0.12, 0.5, 0.25), "east": (0.15, 0.3, 0.35), "south": (0.18, 0.2, 0.45)}
"""Each planted site's documentation of usual events, share of all events, and share of unusual ones among them."""
BUSY = {"north": (0.05, 0.5, 0.1), "east": (0.20, 0.3, 0.4), "south": (0.40, 0.2, 0.7)}
MORE = 4.0
RATE = "documentation rate"


@dataclass(frozen=True)
class DocumentationOdds(Detector):
    """Compare how often unusual and usual events are documented; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = DocumentationOdds(unusual="yes")
    >>> world = detector.plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in detector.examine(world.evidence)][0]
    'documentation rate ratio within context'
    """

    unusual: str | None = None
    documented: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "selected")
    uses: ClassVar[tuple[str, ...]] = ("context",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "text", "captions", "logs")
    default_margin: ClassVar[Margin] = Margin.ratio(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("sites that document more and see more", "rare but equally documented")
    n_min: ClassVar[int] = 8_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the ratio within contexts where there are any, the pooled ratio, and the difference."""
        assert isinstance(evidence, Tally)
        unusual = self.level_of(evidence, "group", self.unusual, "unusual")
        documented = self.level_of(evidence, "selected", self.documented, "documented")
        groups = [level for level in evidence.levels_of("group") if level != MISSING]
        others = [level for level in groups if level != unusual]
        s = sample(evidence, "group", "selected", [documented], groups)
        pairs = compare(s, others[0] if len(others) == 1 else None)
        (pooled,) = [pair for pair in pairs if pair.level == unusual]
        attribute, within = evidence.name_of("group"), "context" in evidence
        margin = None if within else self.default_margin
        told = [pooled.told(self.code, RATE, attribute, "ratio", margin)]
        told.append(pooled.told(self.code, RATE, attribute, "difference", None))
        return (*([self._within(evidence, documented, groups, pooled)] if within else []), *told)

    def _within(self, evidence: Tally, documented: str, groups: list[str], pooled: Comparison) -> Finding:
        """The ratio with the context held fixed."""
        strata = [level for level in evidence.levels_of("context") if level != MISSING]
        if not strata:
            raise CannotDecide(f'every row of column "{evidence.name_of("context")}" is missing')
        cells = stratified(evidence, "group", "context", "selected", [documented], groups, strata)
        estimate = mantel_haenszel_ratio(cells, pooled.level, pooled.versus)
        context, versus = evidence.name_of("context"), pooled.versus
        others = "all other events" if versus == OTHERS else versus
        sentence = f"Within {context}, {pooled.level} is documented against {others} with {said(estimate, 'ratio')}."
        return Finding(
            self.code,
            f"{RATE} ratio within {context}",
            pooled.level,
            versus,
            sentence,
            estimate,
            "ratio",
            1.0,
            margin=self.default_margin,
            attribute=evidence.name_of("group"),
            counts=pooled.counts,
            notes=("Strata weigh by Mantel and Haenszel; those with only one side take no part.",),
        )

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own level."""
        return cls(unusual="yes")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Three sites; usual events are documented at m, .12 to .18, unusual ones at m (1 + 4 dose).

        "sites that document more and see more" plants dose 0 with sites so unlike that the pooled ratio is 2.1, "rare"
        a tenth as many unusual events.
        """
        ratio = 1 + MORE * (0.0 if nuisance else dose)
        rare = 0.1 if nuisance == self.nuisances[1] else 1.0
        cells: dict[tuple[str, ...], float] = {}
        for site, (m, size, share) in (BUSY if nuisance == self.nuisances[0] else SITES).items():
            for group, part, p in (("no", 1 - rare * share, m), ("yes", rare * share, m * ratio)):
                cells |= {(site, group, "yes"): size * part * p, (site, group, "no"): size * part * (1 - p)}
        drawn = dict(zip(cells, rng.multinomial(n, list(cells.values())).tolist(), strict=True))
        known = Tally.of_cells(("context", "group", "selected"), cells={k: v for k, v in drawn.items() if v})
        key = Key(self.code, f"{RATE} ratio within context", "yes", "no", "group")
        rates = [self._pooled(cells, group) for group in ("yes", "no")]
        truth = {key: ratio, key._replace(estimand=f"{RATE} ratio"): rates[0] / rates[1]}
        return Planted(known, truth | {key._replace(estimand=f"{RATE} difference"): rates[0] - rates[1]})

    @staticmethod
    def _pooled(cells: dict[tuple[str, ...], float], group: str) -> float:
        hits, rows = (
            sum(p for (_, g, s), p in cells.items() if g == group and s in of) for of in (["yes"], ["yes", "no"])
        )
        return hits / rows
