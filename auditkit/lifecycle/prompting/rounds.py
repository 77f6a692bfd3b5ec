"""Round after round: every treatment that is open is asked, and closed as soon as its questions are settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from auditkit.core.estimate import Estimate
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.prompting.bench import Bench
from auditkit.lifecycle.prompting.headline import Headline
from auditkit.lifecycle.prompting.treatments import CONTROL
from auditkit.stats.several_gaps import changed, growth, largest, shared, weighed_together
from auditkit.stats.treatments import Answers, Change, Evidence, change, closed, joined, mean_of, own, weighed

ALPHA = 0.05
SILENT = 0.05
"""Above this share of pairs in which an answer is missing nothing is claimed of a bias. Below it "inside" is bet on
with the missing at their worst end, and all else is of the answered, and said to be."""
PATIENCE = 3
"""A treatment may be dropped as hopeless once a third of the rounds were asked."""
STRIDE = 8
SETTLED, HOPELESS, ROUNDS, BUDGET, MUTE = "settled", "dropped", "rounds", "budget", "no control"
CLAIMS = {
    "less": "less biased than the control",
    "more": "more biased than the control",
    "inside": "its own bias inside the margin",
    "outside": "its own bias at or beyond the margin",
    "affordable": "costs less than it may",
    "costly": "costs as much as it may not",
}


@dataclass
class Arm:
    """A treatment while it is compared: its answers so far, what can be claimed of it, and why it is asked no more."""

    name: str
    answers: Answers
    evidence: Evidence | None = None
    claims: tuple[str, ...] = ()
    closed: str = ""
    missing: float = 0.0

    @property
    def rounds(self) -> int:
        """How many rounds it was asked."""
        return int(self.answers.usable.shape[0])

    @property
    def outcome(self) -> Outcome:
        """PASS where its bias is inside the margin and its cost is not too large, FAIL where either is not so."""
        if not np.isfinite(self.answers.stakes).any():
            return Outcome.FAIL if "costly" in self.claims else Outcome.NOT_ASSESSED
        if {"outside", "costly"} & set(self.claims):
            return Outcome.FAIL
        return Outcome.PASS if {"inside", "affordable"} <= set(self.claims) else Outcome.INCONCLUSIVE


@dataclass
class Comparison:
    """The control and the treatments, round by round."""

    bench: Bench
    headline: Headline
    most: int
    budget: int | None
    tell: Callable[[str], None] | None = None
    arms: dict[str, Arm] = field(default_factory=dict)

    def work(self) -> None:
        """Ask until nothing is open, the rounds are over, or the budget does not reach for another round.

        A control that no first answer of can be used has nothing to be compared with: one round was enough.
        """
        done = 0
        while done < self.most:
            names = [CONTROL, *(name for name in self.bench.arms if name != CONTROL and self._open(name))]
            if len(names) == 1:
                return
            more = min(self._next(done), self._affordable(len(names)))
            if not more:
                return self._end(BUDGET)
            done += more
            for name in names:
                self._hear(name, self.headline.answers(self.bench.ask(name, done, self.headline.read)))
            self._judge(done)
            if done == 1 and not self.arms[CONTROL].answers.usable.any():
                self._end(MUTE)
            if self.tell is not None and (said := self._told(done, names)):
                self.tell(said)
        return self._end(ROUNDS)

    def _hear(self, name: str, answers: Answers) -> None:
        """Put new answers behind those that were heard under a treatment."""
        if (arm := self.arms.get(name)) is None:
            self.arms[name] = Arm(name, answers)
        else:
            arm.answers = joined(arm.answers, answers)

    def _next(self, done: int) -> int:
        """How many rounds are asked before the next look: an eighth more, for looking at all again takes its time."""
        return min(max(1, done // STRIDE), self.most - done)

    def _affordable(self, names: int) -> int:
        """How many rounds the budget reaches for."""
        if self.budget is None:
            return self.most
        return max(self.budget - self._spent(), 0) // (names * len(self.bench.prompts))

    @property
    def level(self) -> float:
        """The log e-value at which a claim is made."""
        return shared(len(self.bench.arms) - 1, self.headline.number, ALPHA)

    def _open(self, name: str) -> bool:
        return name not in self.arms or not self.arms[name].closed

    def _spent(self) -> int:
        return sum(rounds * len(self.bench.prompts) for rounds in self.bench.asked.values())

    def _judge(self, done: int) -> None:
        """Weigh every open treatment against the control of the same rounds."""
        control = self.arms[CONTROL]
        for name, arm in self.arms.items():
            if name == CONTROL:
                arm.claims, arm.missing = self._of_control(arm)
            elif not arm.closed:
                weigh = weighed_together if self.headline.several else weighed
                arm.evidence = weigh(control.answers, arm.answers, self.headline.bounds)
                arm.missing = missing(arm.answers, control.answers)
                arm.claims = made(arm.evidence, self.level, arm.missing)
                spoken = quieted(arm.evidence, arm.missing)
                hopeless = PATIENCE * done >= self.most and self._is_hopeless(arm, control)
                if closed(spoken, self.level)[-1]:
                    arm.closed = SETTLED
                elif hopeless:
                    arm.closed = HOPELESS

    def _of_control(self, arm: Arm) -> tuple[tuple[str, ...], float]:
        inside, outside = (np.atleast_2d(path)[:, -1] for path in own(arm.answers, self.headline.bounds))
        lost = missing(arm.answers)
        if lost > SILENT:
            return (), lost
        sides = {"inside": inside.min(), "outside": outside.max()}
        return tuple(name for name, e in sides.items() if e >= self.level), lost

    def _is_hopeless(self, arm: Arm, control: Arm) -> bool:
        """Whether it shows no less bias than the control, and a bias beyond the margin: more rounds rarely help."""
        if arm.missing > SILENT:  # nothing is known of its bias, and its cost is worth settling
            return False
        shown = bias_of(self.headline, arm.answers).value
        if self.headline.several:
            grown = growth(control.answers.stakes, arm.answers.stakes)
        else:
            grown = change_of(self.headline, control, arm, 1 - ALPHA).value
        margin = self.headline.bounds.margin
        return shown is not None and grown is not None and grown >= 0 and abs(shown) >= margin

    def _end(self, why: str) -> None:
        for name, arm in self.arms.items():
            if name != CONTROL and not arm.closed:
                arm.closed = why

    def _told(self, done: int, names: list[str]) -> str:
        """Which treatments were closed by this round; empty where none was."""
        shut = [f"{name} {self.arms[name].closed}" for name in names if self.arms[name].closed]
        return f"Round {done} of {self.most}, {self._spent():,} answers: {', '.join(shut)}." if shut else ""


def bias_of(headline: Headline, answers: Answers) -> Estimate:
    """The bias of an arm: of several gaps the largest, with intervals that hold for all of them together."""
    of = largest if headline.several else mean_of
    return of(answers.stakes, headline.bounds.support)


def change_of(headline: Headline, control: Arm, arm: Arm, level: float) -> Change:
    """How much further from no bias an arm is than the control was in the same rounds."""
    of, was = changed if headline.several else change, control.answers.stakes[..., : arm.rounds, :]
    return of(was, arm.answers.stakes, headline.bounds.support, level)


def missing(answers: Answers, beside: Answers | None = None) -> float:
    """The share of prompts, or of pairs with the control, of which an outcome is not known."""
    known = answers.known if beside is None else answers.known * beside.known
    return float(1 - known.mean())


def quieted(e: Evidence, lost: float) -> Evidence:
    """The evidence that may be heard: of a bias nothing, where too many answers are missing."""
    if lost <= SILENT:
        return e
    none = np.full_like(e.less, -np.inf)
    return Evidence(none, none, none, none, e.affordable, e.costly)


def made(e: Evidence, level: float, lost: float) -> tuple[str, ...]:
    """The claims that the evidence carries."""
    return tuple(name for name, path in quieted(e, lost)._asdict().items() if path[-1] >= level)
