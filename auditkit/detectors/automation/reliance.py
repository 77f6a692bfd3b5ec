"""Do people follow advice where it is wrong, and more than they change their minds without it?

Question
    When the machine is wrong, do users give up what they had right, or act on it; when it is right, do they take it?
Roles
    needs   unit, advice, final, truth
    uses    initial, arm
    The unit is the user; of one model that is asked many questions, the question or its template. `initial` is the
    decision before the advice; without it only errors are told. `arm` holds "aided", "control" (a second look without
    advice: "are you sure?") and "unaided" (one look), or the levels that these fields name; without it every row is
    aided. In the other arms `advice` is what was withheld. `quiet`: the level "nothing there".
Formula
    RSR = P(final=truth | initial=truth, advice≠truth), RAIR = P(final=truth | initial≠truth, advice=truth) (Schemmer et
    al. 2023); over-reliance 1 - RSR, under-reliance 1 - RAIR, their difference the asymmetry. Judged are over-reliance
    less what control gives up on decisions alike, margin at most .10, and errors on wrong advice less those of the
    unaided, at most .05. Commission: the final decision is the wrong advice; omission: it is quiet, as the advice was,
    and the truth is not. Rates by Wilson on n/deff, contrasts by square-and-add (Newcombe 1998), t on users - 1.
    Without control, FAIL and PASS on over-reliance are withheld unless `tolerated` sets a limit.
Assumptions
    Users fall to arms at random. Where another arm does not say what advice it was spared, its items are not those
    where advice is wrong, and FAIL is withheld. Missing decisions take no part. Where questions are units, they stand
    for others like them, and the findings are about this one model.
When not to use
    To blame trust in machines without a control arm: people change their minds unasked. With fewer than 15 users.
    To say whether a machine's advice is taken sooner than a person's: see automation.source_swap.
References
    Schemmer et al., IUI (2023) 410; Skitka, Mosier & Burdick, International Journal of Human-Computer Studies 51 (1999)
    991; Newcombe, Statistics in Medicine 17 (1998) 873.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from auditkit.core.comparison import said
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Cap, Count, Finding, Key, Margin, NotAssessed
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import Members
from auditkit.stats.contrasts import compare
from auditkit.stats.logs import Condition, Log, counted, in_percent, rate
from auditkit.stats.reliance import WHAT, against, errors, expected, situations
from auditkit.stats.simulated_users import Habits, draw_log, three_arms

ADVISED, RIGHT, TAKEN, MORE, MENDED = 0.6, 0.7, 0.6, 0.50, 0.25
NO_CONTROL = "no control arm says how often people change their minds without advice"
UNNAMED = "advice is silent in some rows, and nobody says which level means that nothing is there: name it with quiet"
UNMATCHED = "the {} arm does not say which advice was withheld, so its items are not those where advice is wrong"
NO_UNAIDED = "no unaided arm says how often people err without advice"
NO_INITIAL = "no decision before the advice was recorded: fill the role initial"


@dataclass(frozen=True)
class Reliance(Detector):
    """Tell how people use advice, right and wrong; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = Reliance().plant(1.0, 4000, np.random.default_rng(1))
    >>> [finding.estimand for finding in Reliance().examine(world.evidence)][:3]
    ['over-reliance difference', 'over-reliance', 'RSR']
    """

    aided: str = "aided"
    control: str = "control"
    unaided: str = "unaided"
    quiet: str | None = None
    tolerated: float | None = None

    needs: ClassVar[tuple[str, ...]] = ("unit", "advice", "final", "truth")
    uses: ClassVar[tuple[str, ...]] = ("initial", "arm")
    subjects: ClassVar[tuple[str, ...]] = ("logs", "causal_lm", "seq2seq")
    default_margin: ClassVar[Margin] = Margin.at_most(0.10)
    error_margin: ClassVar[Margin] = Margin.at_most(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("spontaneous re-thinking", "items where advice is wrong are harder")
    n_min: ClassVar[int] = 4_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell reliance where initial decisions are known, and the errors that go with advice."""
        assert isinstance(evidence, Tally)
        self.refuse(evidence, weights=True)
        log = Log(evidence.without("final", MISSING).without("truth", MISSING))
        log.check_spelling("truth", "advice", "final", "initial")
        aided, control, unaided = (log.arm(name, self.aided) for name in (self.aided, self.control, self.unaided))
        if not aided.any():
            raise CannotDecide("no aided decision has both a final level and a truth")
        return (*self._reliance(log, aided, control), *self._errors(log, aided, unaided))

    def _reliance(self, log: Log, aided: Members, control: Members) -> Iterator[Finding | NotAssessed]:
        if not log.known("initial")[aided].any():
            yield self.not_assessed(NO_INITIAL, estimand="over-reliance")
            return
        rates, theirs = situations(log, aided), (control & log.right("initial"), log.wrong("final"))
        margin, caps = None if self.tolerated is None else Margin.at_most(self.tolerated), tuple[Cap, ...]()
        if control.any():
            yield self._excess(log, "over-reliance", rates["over-reliance"], self.control, theirs, self.default_margin)
        elif margin is None:
            margin, caps = Margin.at_most(0.20), tuple(Cap(verdict, NO_CONTROL) for verdict in ("PASS", "FAIL"))
        yield replace(self._rate(log, "over-reliance", rates["over-reliance"]), margin=margin, caps=caps)
        yield from (self._rate(log, estimand, rates[estimand]) for estimand in ("RSR", "under-reliance", "RAIR"))
        [pair] = compare(log.sample({side: rates[side] for side in ("under-reliance", "over-reliance")}))
        yield pair.told(self.code, "reliance asymmetry", log.tally.name_of("advice"), "difference", None)
        e = log.change(aided & log.known("initial"), log.right("initial"), log.right("final"))
        yield self._finding(log, "accuracy change", f"Right after the advice less before: {said(e, 'difference')}.", e)

    def _errors(self, log: Log, aided: Members, unaided: Members) -> Iterator[Finding | NotAssessed]:
        """Errors of commission and of omission, and errors on wrong advice against those who had none."""
        read, wrong = errors(log, aided, self.quiet), log.wrong("final")
        ours, theirs = (read["commission error"][0], wrong), (unaided & ~log.at("advice", self.quiet or ""), wrong)
        if unaided.any():
            yield self._excess(log, "error on wrong advice", ours, self.unaided, theirs, self.error_margin)
        else:
            yield self.not_assessed(NO_UNAIDED, estimand="error on wrong advice")
        yield from (self._rate(log, *each) for each in read.items())
        if self.quiet is None and (aided & log.at("advice", MISSING)).any():
            yield self.not_assessed(UNNAMED, estimand="omission error")

    def _excess(self, log: Log, estimand: str, ours: Condition, arm: str, theirs: Condition, edge: Margin) -> Finding:
        pair, matched = against(log, self.aided, ours, arm, theirs)
        caps = () if matched else (Cap("FAIL", UNMATCHED.format(arm)),)
        return pair.told(self.code, estimand, log.tally.name_of("advice"), "difference", edge, caps=caps)

    def _rate(self, log: Log, estimand: str, condition: Condition) -> Finding:
        s = log.sample({WHAT[estimand]: condition})
        return self._finding(log, estimand, f"{WHAT[estimand]}: {in_percent(rate(s))}.", rate(s), counted(s))

    def _finding(self, log: Log, name: str, text: str, e: Estimate, counts: tuple[Count, ...] = ()) -> Finding:
        return Finding(self.code, name, self.aided, "", text, e, attribute=log.tally.name_of("advice"), counts=counts)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Thirty aided users give up right decisions for wrong advice in .1 + .5 dose; 20 in control in .1; 10 unaided.

        The nuisances: right decisions are given up in .25 everywhere; items where advice is wrong are harder.
        """
        asked = 0.25 if nuisance == self.nuisances[0] else 0.10
        before, harder = ((0.5, 0.85), 0.15) if nuisance == self.nuisances[1] else ((RIGHT, RIGHT), 0.0)
        second = ((MENDED, asked + harder), (MENDED, asked))
        change = ((MENDED, asked + harder + (0.0 if nuisance else MORE * dose)), (TAKEN, 0.0))
        true, base = (expected(Habits.alike(before, c, ADVISED).shares()[0]) for c in (change, second))
        habits = three_arms(before, change, second, base["commission error"], ADVISED, rng)
        log = draw_log(dict(zip((self.aided, self.control, self.unaided), habits, strict=True)), n // 60, rng)
        key = Key(self.code, "over-reliance difference", self.aided, self.control, "advice")
        error = key._replace(estimand="error on wrong advice difference", versus=self.unaided)
        sides = Key(self.code, "reliance asymmetry difference", "over-reliance", "under-reliance", "advice")
        told = {sides: true.pop("reliance asymmetry"), error: true["commission error"] - base["commission error"]}
        told |= {key._replace(estimand=name, versus=""): value for name, value in true.items()}
        return Planted(log, {key: true["over-reliance"] - base["over-reliance"], **told})
