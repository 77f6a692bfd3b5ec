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
    Told and not judged: d' = z(P(follow | right)) - z(P(follow | wrong)) and the criterion c = -half their sum, z the
    normal quantile: D hangs on how readily advice is followed, d' less so. Where decisions are numbers the weight of
    advice (final - initial)/(advice - initial), cut at 0 and 1 (Harvey & Fischer 1997), and its difference between
    advice that is nearer to the truth than the first decision and advice that is not: a D of what is taken in part.
Assumptions
    Items on which advice is right are not told from others by anything but the user's judgement; users fall to arms at
    random. Where unaided rows do not say what was withheld, their items may be easier, and a FAIL is withheld.
When not to use
    Where the machine shows its confidence and that alone is followed: D then measures the display. With few users. Of
    numbers D asks whether they were followed exactly; weights need `numeric = true` where up to 20 are all whole. The
    weight of advice mixes those who take all of it and none with those who take half (Soll & Larrick 2009).
References
    Green & Swets, Signal Detection Theory and Psychophysics (1966); Schemmer et al., Intelligent User Interfaces (2023)
    410; Guo et al., FAccT (2024) 221; Newcombe, Statistics in Medicine 17 (1998) 873; Hautus, Behavior Research Methods
    27 (1995) 46; Harvey & Fischer, Organizational Behavior and Human Decision Processes 70 (1997) 117; Soll & Larrick,
    Journal of Experimental Psychology: Learning, Memory, and Cognition 35 (2009) 780.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import ndtri

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.advice_taking import mean_weight, nearer, weight_difference, weight_of_advice
from auditkit.stats.amounts import UNSURE, are_amounts, in_units, values_of
from auditkit.stats.clusters import Members
from auditkit.stats.contrasts import compare
from auditkit.stats.logs import Condition, Log, counted, less
from auditkit.stats.reliance import against
from auditkit.stats.signal_detection import sensitivity
from auditkit.stats.simulated_users import Habits, draw_log, halfway

RIGHT, WRONG = "right advice", "wrong advice"
NEARER, FARTHER = "nearer advice", "farther advice"
DECISIONS = "initial", "advice", "final"
ADVISED, KNEW, TRUST, DISCERNED, HALFWAY = 0.6, 0.7, 0.60, 0.45, 0.2
NO_UNAIDED = "no unaided arm says how often users err without advice"
INEXACT = "decisions are numbers, and no advice is the truth exactly: see the weight of advice"
UNMATCHED = "the unaided arm does not say which advice was withheld, so its items may be others"


@dataclass(frozen=True)
class Discernment(Detector):
    """Tell whether following goes with being right; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Discernment().plant(0.0, 4000, np.random.default_rng(1))
    >>> told = [finding.estimand for finding in Discernment().examine(world.evidence)]
    >>> told[:4]
    ['discernment beyond the least', 'following wrong advice difference', 'd-prime', 'criterion c']
    >>> told[4:]
    ['weight of advice', 'weight of advice difference']
    """

    least: float = 0.10
    aided: str = "aided"
    unaided: str = "unaided"
    numeric: bool | None = None

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
        numeric = are_amounts(log.tally, *DECISIONS, "truth") if self.numeric is None else self.numeric
        if not numeric:
            log.check_spelling("truth", "advice", "final", "initial")
        aided, unaided = (log.arm(name, self.aided) for name in (self.aided, self.unaided))
        contradicted = aided & log.differ("initial", "advice")
        if not contradicted.any():
            raise CannotDecide("no advice contradicts an initial decision, so nobody could follow it")
        if numeric is None:
            taken: Told = (self.not_assessed(UNSURE, log.tally.name_of("advice"), "weight of advice"),)
        else:
            taken = self._taken(log, contradicted) if numeric else ()
        followed = log.same("final", "advice")
        right, wrong = ((contradicted & kind, followed) for kind in (log.right("advice"), log.wrong("advice")))
        if numeric and not right[0].any():
            return (self.not_assessed(INEXACT, estimand="discernment beyond the least"), *taken)
        told = (self._discernment(log, right, wrong), self._against_error(log, wrong, unaided))
        return (*told, *self._signal(log, right, wrong), *taken)

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

    def _signal(self, log: Log, right: Condition, wrong: Condition) -> Told:
        """d' and c of following: how far right advice is told from wrong, and how readily any is followed."""
        s = log.sample({WRONG: wrong, RIGHT: right})
        apart, leaning = sensitivity(s)
        texts = (
            f"Right advice is told from wrong by d' = {in_units(apart)}; 0 tells nothing apart.",
            f"Advice is followed by a criterion of c = {in_units(leaning)}; above 0 it is followed reluctantly.",
        )
        names, attribute = ("d-prime", "criterion c"), log.tally.name_of("advice")
        return tuple(
            Finding(self.code, name, RIGHT, WRONG, text, e, attribute=attribute, counts=counted(s))
            for name, text, e in zip(names, texts, (apart, leaning), strict=True)
        )

    def _taken(self, log: Log, contradicted: Members) -> Told:
        """How far decisions that are numbers move towards advice, and how much farther to that nearer the truth."""
        initial, advice, final, truth = (values_of(log.tally, axis) for axis in (*DECISIONS, "truth"))
        weights = np.where(contradicted, weight_of_advice(initial, advice, final), np.nan)
        better = nearer(initial, advice, truth)
        mean, apart = mean_weight(log, weights, contradicted), weight_difference(log, weights, better, ~better)
        attribute, name = log.tally.name_of("advice"), "weight of advice"
        text = f"Decisions that advice contradicts move towards it by a weight of {in_units(mean)}; 1 takes all of it."
        more = f"Advice nearer to the truth than the first decision weighs more than other: {in_units(apart)}."
        return (
            Finding(self.code, name, self.aided, "", text, mean, attribute=attribute),
            Finding(self.code, f"{name} difference", NEARER, FARTHER, more, apart, attribute=attribute),
        )

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Fifty aided users and ten unaided: right advice is followed in .6, wrong advice in .15 + .45 dose.

        A fifth of those who do not follow go half of the way. The nuisances: everybody changes his mind in a tenth of
        the decisions that advice confirms; where advice is wrong users and the unaided err in half of the items.
        """
        asked = 0.10 if nuisance == self.nuisances[0] else 0.0
        knew = 0.5 if nuisance == self.nuisances[1] else KNEW
        discerned = DISCERNED * (1 - (0.0 if nuisance else dose))
        wrong = TRUST - discerned
        arms = {
            self.aided: Habits.drawn(50, (knew, KNEW), ((asked, wrong), (TRUST, asked)), ADVISED, rng),
            self.unaided: replace(Habits.drawn(10, (knew, KNEW), np.zeros((2, 2)), ADVISED, rng), asked_twice=False),
        }
        drawn = halfway(draw_log(arms, n // 60, rng), HALFWAY, rng)
        key = Key(self.code, "discernment beyond the least", RIGHT, WRONG, "advice")
        followed = Key(self.code, "following wrong advice difference", self.aided, self.unaided, "advice")
        z, part = ndtri([wrong, TRUST]), HALFWAY / 2
        weights = np.array([wrong, TRUST]) * (1 - part) + part
        shares = np.array([(1 - ADVISED) * knew, ADVISED * (1 - KNEW)])
        mean = Key(self.code, "weight of advice", self.aided, "", "advice")
        truth = {
            key: discerned - self.least,
            followed: wrong - (1 - knew),
            key._replace(estimand="d-prime"): float(z[1] - z[0]),
            key._replace(estimand="criterion c"): float(-z.sum() / 2),
            mean: float(shares @ weights / shares.sum()),
            Key(self.code, "weight of advice difference", NEARER, FARTHER, "advice"): float(weights[1] - weights[0]),
        }
        return Planted(drawn, truth)
