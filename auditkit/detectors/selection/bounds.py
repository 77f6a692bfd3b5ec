"""What would be left of a gap in rates whatever those who did not answer had?

Question
    How far could the rate of every group, and the gap between two, be from what is seen in those who answered?
Roles
    needs   group
    uses    prediction, outcome, responded, context, unit, weight
    With a prediction its rate is taken, else the outcome's. An outcome is unknown where it is missing, and where
    `responded` says that the row did not answer.
Formula
    With a share r of known outcomes, p of them favourable, the rate lies between r p and r p + 1 - r (Manski 2003). The
    difference and the ratio are smallest where every unknown outcome of the group is unfavourable and every one of
    those it is compared with favourable, and largest the other way round. Each end has the interval that
    `disparity.selection_rate` would have if the outcomes were so, its arms shortened to Imbens & Manski's (2004)
    critical value. The value is what those who answered show. No verdict of its own: it is told under the keys of
    `disparity.selection_rate`, and a gate withholds from that finding any verdict that these intervals do not share.
    `within=True` does the same in each level of `context`.
Assumptions
    Every row was asked. None about why some did not answer: that is what the width is for.
When not to use
    As an estimate: nothing says that the truth is near the ends.
References
    Manski, Partial Identification of Probability Distributions (2003); Imbens & Manski, Econometrica 72 (2004) 1845;
    Horowitz & Manski, Journal of the American Statistical Association 95 (2000) 77.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, RoleMissing
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, NotAssessed, Scale
from auditkit.core.roles import MISSING
from auditkit.stats.contrasts import compare
from auditkit.stats.worst_cases import Incomplete, offset_needed, silenced

RATE = "selection rate"
ASKED = "all who were asked"
SILENT = 0.3
SCALES: tuple[Scale, Scale] = ("difference", "ratio")
NEEDED = "The gap of those who answered would be gone if the others of {} were selected {} points more often than they."


@dataclass(frozen=True)
class Bounds(Detector):
    """Bound the rates and gaps of groups in the worst case; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Bounds().plant(1.0, 1000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Bounds().examine(world.evidence)]
    ['selection rate difference', 'selection rate ratio', 'selection rate', 'selection rate']
    """

    favourable: str | None = None
    versus: str | None = None
    within: bool = False
    answered: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group",)
    uses: ClassVar[tuple[str, ...]] = ("prediction", "outcome", "responded", "context")
    subjects: ClassVar[tuple[str, ...]] = ("table", "predictions", "decisions")
    default_margin: ClassVar[None] = None
    nuisances: ClassVar[tuple[str, ...]] = ("silence at random",)
    n_min: ClassVar[int] = 1_000
    conservative: ClassVar[dict[str, str]] = dict.fromkeys(
        (f"{RATE} difference", f"{RATE} ratio", RATE), "a truth well between the worst cases is always in the interval"
    )

    def examine(self, evidence: Evidence) -> Told:
        """Tell the worst-case interval of every comparison of rates, and of every rate."""
        assert isinstance(evidence, Tally)
        event = next((axis for axis in ("prediction", "outcome") if axis in evidence), None)
        if event is None:
            raise RoleMissing("prediction", "outcome")
        if "responded" in evidence:
            answered = self.level_of(evidence, "responded", self.answered, "answered")
            evidence = silenced(evidence, event, "responded", answered)
        hit = self.level_of(evidence, event, self.favourable, "favourable")
        miss = next(level for level in evidence.levels_of(event) if level not in (hit, MISSING))
        rows = Incomplete(evidence, "group", event, hit, miss)
        groups = [level for level in evidence.levels_of("group") if level != MISSING]
        told: list[Finding | NotAssessed] = list(self._compared(rows, groups))
        if not told:
            raise CannotDecide(f'column "{evidence.name_of("group")}" has only one group with rows')
        told += [self._rate(rows, level) for level in groups]
        return (*told, *(self._within(rows) if self.within else ()))

    def _within(self, rows: Incomplete) -> Iterator[Finding | NotAssessed]:
        if "context" not in rows.tally:
            raise RoleMissing("context", said="to compare within the context it needs a column for {}")
        context, attribute = rows.tally.name_of("context"), rows.tally.name_of("group")
        for stratum in [level for level in rows.tally.levels_of("context") if level != MISSING]:
            part = replace(rows, tally=rows.tally.where("context", stratum))
            groups = [level for level in part.tally.levels_of("group") if level != MISSING]
            if len(groups) < 2 or self.versus not in (None, "highest", *groups):
                yield self.not_assessed(f"{context} {stratum} has not both groups", attribute, "stratum")
            else:
                yield from self._compared(part, groups, f"{context} {stratum}")

    def _compared(self, rows: Incomplete, groups: Sequence[str], stratum: str = "") -> Iterator[Finding]:
        for pair in compare(rows.sample(groups), self.versus):
            difference, ratio, shares = rows.comparison(pair, groups)
            told = f"the {_percent(shares[0])} of {pair.level} and the {_percent(shares[1])} of {pair.versus}"
            start = f"In {stratum}, w" if stratum else "W"
            needed = offset_needed(pair.difference.value, shares[0])
            notes = () if needed is None else (NEEDED.format(pair.level, f"{100 * needed:+.1f}".replace("-", "−")),)
            for scale, estimate in zip(SCALES, (difference, ratio), strict=True):
                yield Finding(
                    self.code,
                    f"{RATE} {scale}",
                    pair.level,
                    pair.versus,
                    f"{start}hatever {told} without a known outcome had, {RATE}: {said(estimate, scale)}.",
                    estimate,
                    scale,
                    1.0 if scale == "ratio" else 0.0,
                    attribute=rows.tally.name_of("group"),
                    stratum=stratum,
                    counts=pair.counts,
                    notes=notes,
                )

    def _rate(self, rows: Incomplete, level: str) -> Finding:
        estimate, silent = rows.rate(level)
        low, high, _ = estimate.interval(0.95)
        limits = "between 0 and 100 %" if low is None or high is None else f"[{100 * low:.1f}, {100 * high:.1f}] %"
        sentence = f"Whatever the {_percent(silent)} of {level} without a known outcome had, {RATE} {limits}."
        return Finding(self.code, RATE, level, ASKED, sentence, estimate, attribute=rows.tally.name_of("group"))

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Of .3 dose silent all of a would be selected and none of b, of others half; in the nuisance of all half."""
        s = SILENT if nuisance else SILENT * dose
        drawn = rng.multinomial(n // 2, [0.5 * (1 - s), 0.5 * (1 - s), s], 2).ravel().tolist()
        names = [(group, level) for group in ("a", "b") for level in ("1", "0", MISSING)]
        a, b = (0.5, 0.5) if nuisance else (0.5 * (1 - s) + s, 0.5 * (1 - s))
        key = Key(self.code, f"{RATE} difference", "b", "a", "group")
        truth = {key: b - a, key._replace(estimand=f"{RATE} ratio"): b / a}
        truth |= {Key(self.code, RATE, level, ASKED, "group"): p for level, p in (("a", a), ("b", b))}
        return Planted(Tally.of_cells(("group", "outcome"), dict(zip(names, drawn, strict=True))), truth)


def _percent(share: float | None) -> str:
    return "0 %" if share is None else f"{100 * share:.1f} %"
