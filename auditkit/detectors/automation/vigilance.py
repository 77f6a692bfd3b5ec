"""Do users still catch the machine's planted errors, and as well later as at first?

Question
    When advice is known to be wrong because it was seeded, how often is it rejected, and does that wear off?
Roles
    needs   unit, catch, advice, final
    uses    position, arm
    The unit is the user. `catch` marks the trials whose advice was made wrong on purpose (yes, 1 or true, or the level
    that the field `catch` names). A seeded silence is advice too, spelled as the level that means "nothing there".
    `position` is the number of the decision in its user's own sequence. With `arm` only the aided rows count, the level
    that the field `aided` names: nobody overlooks advice that was withheld.
Formula
    Detection = P(final≠advice | catch trial), told less the `least` that was agreed on, .80, and judged as such: below
    0 is too little. Wilson on n/deff with t on users - 1; one user alone is Clopper & Pearson's, and a finding about
    that user. Decline: the slope of detection within users per 100 decisions, least squares with an intercept for each
    user, jackknife by users, descriptive. Rejection of the other advice is told beside it: who rejects everything
    catches everything.
Assumptions
    Users cannot tell a catch trial by anything but its being wrong. Trials of a user share the user, and nothing else.
When not to use
    Where catch trials are more blatant than real errors: detection is then an upper limit. With fewer than 15 users,
    unless it is about those users.
References
    Parasuraman & Manzey, Human Factors 52 (2010) 381; Clopper & Pearson, Biometrika 26 (1934) 404; MacKinnon, Nielsen &
    Webb, Journal of Applied Econometrics 38 (2023) 671.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import AFFIRMATIVE, Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Members
from auditkit.stats.logs import Condition, Log, counted, in_percent, less, rate
from auditkit.stats.simulated_users import draw_watch, worn_rate

CAUGHT, LOST, WORN, SEEDED, DOUBTED = 0.90, 0.55, 0.40, 0.10, 0.10
ONE_USER = "One user: this is about that user alone."


@dataclass(frozen=True)
class Vigilance(Detector):
    """Tell how often seeded errors are caught; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Vigilance().plant(1.0, 3000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Vigilance().examine(world.evidence)]
    ['detection beyond the least', 'detection slope per 100 decisions', 'rejection of other advice']
    """

    least: float = 0.80
    catch: str | None = None
    aided: str = "aided"

    needs: ClassVar[tuple[str, ...]] = ("unit", "catch", "advice", "final")
    uses: ClassVar[tuple[str, ...]] = ("position", "arm")
    subjects: ClassVar[tuple[str, ...]] = ("logs",)
    default_margin: ClassVar[Margin] = Margin.at_least(0.0)
    nuisances: ClassVar[tuple[str, ...]] = ("users unlike one another", "other advice doubted too")
    n_min: ClassVar[int] = 2_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell how far detection is from the least, how it changes with exposure, and what else is rejected."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        known = [level for level in evidence.levels_of("catch") if level != MISSING]
        only = len(known) == 1 and (known[0] == self.catch or known[0].casefold() in AFFIRMATIVE)
        level = known[0] if only else self.level_of(evidence, "catch", self.catch, "catch")
        log = Log(evidence)
        log.check_spelling("advice", "final")
        answered = log.known("advice", "final", "catch") & log.arm(self.aided, self.aided)
        rejected = log.differ("advice", "final")
        trials = answered & log.at("catch", level)
        if not trials.any():
            raise CannotDecide("no catch trial has both advice and a final decision")
        others = answered & ~log.at("catch", level)
        told = (self._detection(log, (trials, rejected)), self._slope(log, trials, rejected))
        return (*told, self._rejection(log, (others, rejected))) if others.any() else told

    def _detection(self, log: Log, condition: Condition) -> Finding:
        s = log.sample({"catch trials": condition})
        e = rate(s)
        text = f"Wrong advice is rejected in {in_percent(e)} of the catch trials; the least is {100 * self.least:g} %."
        told = self._finding(log, "detection beyond the least", text, less(e, self.least))
        notes = (ONE_USER,) if e.method == "Clopper-Pearson" else ()
        return replace(told, margin=self.default_margin, counts=counted(s), notes=notes)

    def _slope(self, log: Log, trials: Members, rejected: Members) -> Finding | NotAssessed:
        if not log.known("position")[trials].any():
            return self.not_assessed("no position says when a decision was made", estimand="detection slope")
        e = log.slope(trials, rejected, "position", per=100)
        text = f"Detection from one decision of a user to the hundredth after it: {said(e, 'difference')}."
        return self._finding(log, "detection slope per 100 decisions", text, e)

    def _rejection(self, log: Log, condition: Condition) -> Finding:
        s = log.sample({"other advice": condition})
        text = f"Other advice is rejected in {in_percent(rate(s))} of the decisions."
        return replace(self._finding(log, "rejection of other advice", text, rate(s)), counts=counted(s))

    def _finding(self, log: Log, estimand: str, text: str, estimate: Estimate) -> Finding:
        attribute = log.tally.name_of("catch")
        return Finding(self.code, estimand, "all users", "", text, estimate, attribute=attribute)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Sixty users catch .9 - .55 dose of the seeded errors at first, and .4 dose of that is worn off by the last.

        A tenth of the advice is seeded; users' own rates are Beta, ICC .05, or .2 where they are unlike one another.
        """
        unlike, doubting = (nuisance == name for name in self.nuisances)
        dose = 0.0 if nuisance else dose
        first, worn = CAUGHT - LOST * dose, WORN * dose
        other = 0.30 if doubting else DOUBTED
        drawn = draw_watch(60, max(n // 60, 2), (first, worn, other), SEEDED, rng, 0.2 if unlike else 0.05)
        mean, per_hundred = worn_rate(first, worn, max(n // 60, 2))
        key = Key(self.code, "detection beyond the least", "all users", "", "catch")
        truth = {
            key: mean - self.least,
            key._replace(estimand="detection slope per 100 decisions"): per_hundred,
            key._replace(estimand="rejection of other advice"): other,
        }
        return Planted(drawn, truth)
