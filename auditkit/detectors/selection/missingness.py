"""Is a column missing more often for one group than for the others?

Question
    Do the groups leave a field empty at the same rate?
Roles
    needs   group, feature
    uses    unit, weight
    Each column that is a feature is looked at by itself.
Formula
    The difference of missing rates, each group against the others (Newcombe 1998), margin .05. That is all that counted
    cells can say. Little's (1988) test and a classifier that predicts what is missing are not offered: the one always
    rejects large tables and never small ones, and neither can confirm that values are missing at random.
Assumptions
    None for the rates. That equal rates mean no bias takes more: that the values not seen are like those seen in the
    same group. The data cannot show it, since what would show it is what is missing (Jamshidian & Jalal 2010), so as
    long as anything is missing a PASS is withheld. Whoever knows better, from a follow-up or the design, says why in
    `ignorable`; the reason is told with every finding.
When not to use
    To show that values are missing completely at random: no test confirms it.
References
    Little, Journal of the American Statistical Association 83 (1988) 1198; Jamshidian & Jalal, Psychometrika 75 (2010)
    649; Rubin, Biometrika 63 (1976) 581; Newcombe, Statistics in Medicine 17 (1998) 873.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy.special import expit

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare

RATE = "missing rate"
SEEN = "observed"
UNSEEN = "whether the values that are missing are like those that are seen cannot be told from the data"
NEVER = "No test confirms that values are missing at random, or shows that they are missing for what they are."
BASE, SLOPE = -1.7, 1.0


@dataclass(frozen=True)
class Missingness(Detector):
    """Compare how often groups lack a value; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Missingness().plant(1.0, 4000, np.random.default_rng(1))
    >>> [cap.withholds for cap in Missingness().examine(world.evidence)[0].caps]
    ['PASS']
    """

    versus: str | None = None
    ignorable: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("group", "feature")
    subjects: ClassVar[tuple[str, ...]] = ("table", "captions", "decisions", "logs")
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("much missing in both groups", "missing for what it is, in both groups")
    n_min: ClassVar[int] = 4_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the difference of missing rates of every comparison."""
        assert isinstance(evidence, Tally)
        names = {level: SEEN for level in evidence.levels_of("feature") if level != MISSING}
        known = evidence.relabel("feature", names | {MISSING: "missing"})
        attribute, column = evidence.name_of("group"), evidence.name_of("feature")
        groups = [level for level in known.levels_of("group") if level != MISSING]
        s = sample(known, "group", "feature", ["missing"], groups)
        pairs = compare(s, self.versus)
        if not pairs:
            raise CannotDecide(f'column "{attribute}" has only one group with rows')
        unknown = bool(s.hits.sum()) and self.ignorable is None
        more = {
            "stratum": column,
            "caps": (Cap("PASS", UNSEEN),) if unknown else (),
            "notes": (NEVER,) if unknown else (f"Taken as ignorable: {self.ignorable}.",) if self.ignorable else (),
        }
        margin = None if self.versus == "highest" else self.default_margin
        return tuple(pair.told(self.code, RATE, attribute, "difference", margin, **more) for pair in pairs)

    @classmethod
    def specimen(cls) -> Self:
        """With the cap lifted, so that its passes are measured too."""
        return cls(ignorable="it is planted so")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """A value of two levels is missing with logit -1.7 + dose in b and -1.7 in a, whichever it is.

        The nuisances: half missing in both; and the level "high" missing with logit 0 against -1.7 in both.
        """
        slope = 0.0 if nuisance else SLOPE * dose
        base = 0.0 if nuisance == self.nuisances[0] else BASE
        high = 0.0 if nuisance == self.nuisances[1] else base
        cells: dict[tuple[str, ...], int] = {}
        rates = []
        for group, shift in (("a", 0.0), ("b", slope)):
            lost = expit(np.array([high, base]) + shift)
            drawn = rng.multinomial(n // 2, [*(1 - lost) / 2, lost.mean()]).tolist()
            cells |= {(group, level): k for level, k in zip(("high", "low", MISSING), drawn, strict=True)}
            rates.append(float(lost.mean()))
        key = Key(self.code, f"{RATE} difference", "b", "a", "group|feature")
        return Planted(Tally.of_cells(("group", "feature"), cells), {key: rates[1] - rates[0]})
