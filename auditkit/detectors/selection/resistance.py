"""Do those who were hard to reach differ from those who answered at once?

Question
    Does the outcome drift with the number of attempts it took, and what would that say of those who never answered?
Roles
    needs   position, outcome
    uses    responded, unit, weight
    `position` is the number of the attempt, or the wave, in which a row answered. A row without an outcome, or that
    `responded` says did not answer, is silent.
Formula
    The slope of the favourable rate on the attempt, by least squares; the rate of the last wave less that of the first
    (Newcombe 1998); the rate that the line gives for one more attempt, and the bias (1 - r)(rate of those who answered
    - that rate) if the silent were there (Armstrong & Overton 1977), r the share that answered. No verdict of its own.
Assumptions
    A continuum of resistance: the silent are like the last to answer, only more so. It is frequently false (Lin &
    Schaeffer 1995), so a PASS is withheld whatever margin a policy sets: no drift is no evidence on the silent.
When not to use
    Where attempts were not alike, an incentive or another mode in the last wave; or where positions are mere arrival.
References
    Armstrong & Overton, Journal of Marketing Research 14 (1977) 396; Lin & Schaeffer, Public Opinion Quarterly 59
    (1995) 236; Newcombe, Statistics in Medicine 17 (1998) 873.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Count, Finding, Key
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare
from auditkit.stats.waves import Waves, numbered
from auditkit.stats.worst_cases import silenced

PROXY = "the last to answer are only a proxy for those who never did"
MOST = 60
DRIFT = 0.08
ANSWERS = (0.4, 0.2, 0.1)
SLOPE, GAP, NEXT, BIAS = "slope per attempt", "last-first difference", "extrapolated rate", "extrapolated bias"


@dataclass(frozen=True)
class Resistance(Detector):
    """Follow a rate through the waves of answering; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Resistance().plant(1.0, 3000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Resistance().examine(world.evidence)]
    ['slope per attempt', 'last-first difference', 'extrapolated rate', 'extrapolated bias']
    """

    favourable: str | None = None
    answered: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("position", "outcome")
    uses: ClassVar[tuple[str, ...]] = ("responded",)
    subjects: ClassVar[tuple[str, ...]] = ("table", "decisions")
    default_margin: ClassVar[None] = None
    nuisances: ClassVar[tuple[str, ...]] = ("many silent, no drift",)
    n_min: ClassVar[int] = 3_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the slope, the last wave against the first, and what the line would say of the silent."""
        assert isinstance(evidence, Tally)
        if "responded" in evidence:
            answered = self.level_of(evidence, "responded", self.answered, "answered")
            evidence = silenced(evidence, "outcome", "responded", answered)
        hit = self.level_of(evidence, "outcome", self.favourable, "favourable")
        known = evidence.without("outcome", MISSING).without("position", MISSING)
        levels, column = known.levels_of("position"), evidence.name_of("position")
        at = numbered(levels)
        if at is None:
            raise InputError(f'Attempts are numbers, and column "{column}" has the level "{levels[-1]}". Number them.')
        if not 2 <= len(at) <= MOST:
            what = "fewer than two attempts have answers" if len(at) < 2 else f"there are {len(at):,} positions"
            raise CannotDecide(f'in column "{column}" {what}; give the number of the attempt, 2 to {MOST} of them')
        placed = known + evidence.where("outcome", MISSING)
        waves = Waves.of(sample(known, "position", "outcome", [hit], levels), at, float(placed.w.sum()))
        return tuple(self._told(evidence, waves, hit, levels))

    def _told(self, evidence: Tally, waves: Waves, hit: str, levels: tuple[str, ...]) -> Iterator[Finding]:
        first, last = levels[0], levels[-1]
        (ends,) = compare(sample(evidence.where("position", first, last), "position", "outcome", [hit]), first)
        silent = f"the {100 * waves.silence:.1f} % who never answered"
        yield self._finding(evidence, SLOPE, ("later", "earlier"), "From one attempt to the next {}.", waves.slope())
        sentence = f"Those who answered last, at {last}, against those who answered first, at {first}: {{}}."
        yield self._finding(evidence, GAP, (last, first), sentence, ends.difference, ends.counts)
        ahead = waves.extrapolated()
        low, high, _ = ahead.interval(0.95)
        limits = "unbounded" if low is None or high is None else f"within [{100 * low:.1f}, {100 * high:.1f}] %"
        rate = f'If {silent} were one attempt further on the line, their rate of "{hit}" would be {limits}.'
        yield self._finding(evidence, NEXT, ("never answered", "0"), rate, ahead)
        bias = "Were it so, the rate of those who answered would be off by {}."
        yield self._finding(evidence, BIAS, ("answered", "all who were asked"), bias, waves.bias())

    def _finding(
        self,
        evidence: Tally,
        estimand: str,
        pair: tuple[str, str],
        sentence: str,
        estimate: Estimate,
        counts: tuple[Count, ...] = (),
    ) -> Finding:
        return Finding(
            self.code,
            estimand,
            *pair,
            sentence.replace("{}", said(estimate, "difference")),
            estimate,
            attribute=evidence.name_of("position"),
            counts=counts,
            caps=(Cap("PASS", PROXY),),
            notes=("Consistent with a continuum of resistance only where one can be assumed.",),
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """40, 20 and 10 % answer at attempts 1 to 3, at rates .5, falling by .08 dose an attempt; the rest never do.

        The nuisance has half as many answers, all at .5.
        """
        shares = np.array(ANSWERS) / (2 if nuisance else 1)
        slope = 0.0 if nuisance else -DRIFT * dose
        rates = 0.5 + slope * np.arange(3)
        p = [*(shares * rates), *(shares * (1 - rates)), 1 - shares.sum()]
        names = [(str(k), y) for y in ("1", "0") for k in (1, 2, 3)] + [(MISSING, MISSING)]
        cells: dict[tuple[str, ...], int] = dict(zip(names, rng.multinomial(n, p).tolist(), strict=True))
        mean, r = float(shares @ rates / shares.sum()), float(shares.sum())
        ahead = 0.5 + 3 * slope
        named = {SLOPE: ("later", "earlier", slope), GAP: ("3", "1", 2 * slope), NEXT: ("never answered", "0", ahead)}
        named[BIAS] = ("answered", "all who were asked", (1 - r) * (mean - ahead))
        truth = {Key(self.code, name, a, b, "position"): value for name, (a, b, value) in named.items()}
        return Planted(Tally.of_cells(("position", "outcome"), cells), truth)
