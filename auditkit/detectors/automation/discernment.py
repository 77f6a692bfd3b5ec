"""Do users tell right advice from wrong?

Question
    Does following the machine go with the machine being right?
Roles
    needs   unit, initial, advice, final, truth
    uses    arm
    The unit is the user; `initial` is the decision before the advice. `arm` holds "aided" and "unaided", or the levels
    named by the fields of these names; without it every row is aided. In the unaided arm `advice` is what was withheld.
Formula
    D = P(final=advice | advice right, initial≠advice) - P(final=advice | advice wrong, initial≠advice), Youden's J of
    trust (Green & Swets 1966), in [-1, 1]: 1 is perfect, 0 follows blindly or never. It is told less `least`, .10, and
    judged as such: below 0 is too little. Beside it the rate at which wrong advice is followed, less the error of those
    who had none, margin at most .05. Both must hold for blind trust: a low D alone is also had by ignoring all advice,
    much following alone by easy items, so read a FAIL of the first with the second. Rates by Wilson on n/deff, the
    difference by square-and-add with the correlation of rates that share users (Newcombe 1998), t on users - 1.
Assumptions
    Items on which advice is right are not told from others by anything but the user's judgement; users fall to arms at
    random. Where unaided rows do not say what was withheld, their items may be easier, and a FAIL is withheld.
When not to use
    Where the machine shows its confidence and that alone is followed: D then measures the display. With few users. For
    advice that is a number and taken in part (weight of advice): what counts here is whether it was followed.
References
    Green & Swets, Signal Detection Theory and Psychophysics (1966); Schemmer et al., Intelligent User Interfaces (2023)
    410; Guo et al., FAccT (2024) 221; Newcombe, Statistics in Medicine 17 (1998) 873.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Members
from auditkit.stats.contrasts import compare
from auditkit.stats.logs import Condition, Log, counted, less
from auditkit.stats.reliance import against
from auditkit.stats.simulated_users import Habits, draw_log

RIGHT, WRONG = "right advice", "wrong advice"
ADVISED, KNEW, TRUST, DISCERNED = 0.6, 0.7, 0.60, 0.45
NO_UNAIDED = "no unaided arm says how often users err without advice"
UNMATCHED = "the unaided arm does not say which advice was withheld, so its items may be others"


@dataclass(frozen=True)
class Discernment(Detector):
    """Tell whether following goes with being right; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Discernment().plant(0.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Discernment().examine(world.evidence)]
    ['discernment beyond the least', 'following wrong advice difference']
    """

    least: float = 0.10
    aided: str = "aided"
    unaided: str = "unaided"

    needs: ClassVar[tuple[str, ...]] = ("unit", "initial", "advice", "final", "truth")
    uses: ClassVar[tuple[str, ...]] = ("arm",)
    subjects: ClassVar[tuple[str, ...]] = ("logs",)
    default_margin: ClassVar[Margin] = Margin.at_least(0.0)
    error_margin: ClassVar[Margin] = Margin.at_most(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("spontaneous re-thinking", "items where advice is wrong are harder")
    n_min: ClassVar[int] = 5_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell how much more right advice is followed than wrong, and wrong advice more than people err without."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        log = Log(evidence.without("final", MISSING).without("truth", MISSING))
        log.check_spelling("truth", "advice", "final", "initial")
        aided, unaided = (log.arm(name, self.aided) for name in (self.aided, self.unaided))
        contradicted = aided & log.differ("initial", "advice")
        if not contradicted.any():
            raise CannotDecide("no advice contradicts an initial decision, so nobody could follow it")
        followed = log.same("final", "advice")
        right, wrong = ((contradicted & kind, followed) for kind in (log.right("advice"), log.wrong("advice")))
        return (self._discernment(log, right, wrong), self._against_error(log, wrong, unaided))

    def _discernment(self, log: Log, right: Condition, wrong: Condition) -> Finding:
        s = log.sample({WRONG: wrong, RIGHT: right})
        [pair] = compare(s, WRONG)
        beyond, by = less(pair.difference, self.least), said(pair.difference, "difference")
        text = f"Right advice against the first decision is followed more than wrong: {by}; least {100 * self.least:g}."
        attribute = log.tally.name_of("advice")
        told = Finding(self.code, "discernment beyond the least", RIGHT, WRONG, text, beyond, attribute=attribute)
        return replace(told, margin=self.default_margin, counts=counted(s))

    def _against_error(self, log: Log, wrong: Condition, unaided: Members) -> Finding | NotAssessed:
        """The rate at which wrong advice is followed, against how often the unaided err on the like."""
        if not unaided.any():
            return self.not_assessed(NO_UNAIDED, estimand="following wrong advice difference")
        pair, matched = against(log, self.aided, wrong, self.unaided, (unaided, log.wrong("final")))
        caps = () if matched else (Cap("FAIL", UNMATCHED),)
        attribute = log.tally.name_of("advice")
        return pair.told(self.code, "following wrong advice", attribute, "difference", self.error_margin, caps=caps)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Fifty aided users and ten unaided: right advice is followed in .6, wrong advice in .15 + .45 dose.

        The nuisances: everybody changes his mind in a tenth of the decisions that advice confirms; where advice is
        wrong users and the unaided err in half of the items.
        """
        asked = 0.10 if nuisance == self.nuisances[0] else 0.0
        knew = 0.5 if nuisance == self.nuisances[1] else KNEW
        discerned = DISCERNED * (1 - (0.0 if nuisance else dose))
        wrong = TRUST - discerned
        arms = {
            self.aided: Habits.drawn(50, (knew, KNEW), ((asked, wrong), (TRUST, asked)), ADVISED, rng),
            self.unaided: replace(Habits.drawn(10, (knew, KNEW), np.zeros((2, 2)), ADVISED, rng), asked_twice=False),
        }
        key = Key(self.code, "discernment beyond the least", RIGHT, WRONG, "advice")
        followed = Key(self.code, "following wrong advice difference", self.aided, self.unaided, "advice")
        truth = {key: discerned - self.least, followed: wrong - (1 - knew)}
        return Planted(draw_log(arms, n // 60, rng), truth)
