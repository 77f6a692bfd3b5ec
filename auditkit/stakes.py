"""Questions that a run settles as it goes: a detector that can bet on one answer, and a policy's margin for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate, Wager
from auditkit.core.finding import Cap, Finding, Margin
from auditkit.core.probe import Prompt
from auditkit.core.roles import ROLES
from auditkit.rules.policy import Policy
from auditkit.rules.within import Within
from auditkit.stats.sequences import ConfidenceSequence
from auditkit.stats.stopping import Gate

OTHERS = (
    "the run was stopped as soon as another question was settled, and this interval takes the number of answers as "
    "chosen beforehand: draw without `until`, or ask this question too"
)


SILENT = 0.05
"""Above this share of answers that cannot be read, a run that was stopped gives no verdict."""


@runtime_checkable
class Bettor(Protocol):
    """A detector whose headline is a mean that one answer can bet on."""

    code: str
    default_margin: Margin

    def stake(self, row: Mapping[str, str]) -> float | None:
        """What one answer says; its mean over answers to prompts drawn at random is the headline's value."""

    def support(self, concepts: Sequence[str] = ...) -> tuple[float, float]:
        """What a stake cannot leave."""


@dataclass(frozen=True)
class Question:
    """A detector with the columns it reads, its e-process at the policy's margin, and a confidence sequence for all
    other margins. Answers that cannot be read stake nothing, and are counted (`silent`)."""

    detector: Bettor
    group: str
    context: str
    gate: Gate
    sequence: ConfidenceSequence
    silent: int = 0

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.detector.code} of {self.group}"

    @property
    def settled(self) -> bool:
        """Whether a verdict stands."""
        return self.gate.decided_at is not None

    def seen(self, rows: Sequence[Mapping[str, Any]]) -> Question:
        """The question after further answers, in their order."""
        x = [stake for row in rows if (stake := self._stake(row)) is not None]
        silent = self.silent + len(rows) - len(x)
        return replace(self, gate=self.gate.update(x), sequence=self.sequence.update(x), silent=silent)

    def _stake(self, row: Mapping[str, Any]) -> float | None:
        shown = row.get(self.group)
        if shown is None:
            return None
        roles = {"group": str(shown)}
        if self.context:
            roles["context"] = str(row.get(self.context))
        return self.detector.stake(roles)

    def to_dict(self) -> dict[str, Any]:
        """What an audit needs to tell this question."""
        wager = Wager(self.gate.low, self.gate.high, self._e_pass(), self.gate.e_fail_peak)
        return {
            "code": self.detector.code,
            "attribute": self.group,
            "versus": getattr(self.detector, "against", "reference"),
            "asked": asked_by(self.detector, self.context),
            "wager": list(wager),
            "sequence": self.sequence.to_dict(),
            "silent": self.silent,
            "outcome": self.gate.outcome.value,
            "decided_at": self.gate.decided_at,
        }

    def _e_pass(self) -> float:
        """The least of the e-values against being at or beyond an edge: a pass needs them all."""
        return min(capital.peak for capital in self.gate.inward)


def questions_of(asked: Any, policy: Policy, prompts: Sequence[Prompt]) -> tuple[Question, ...]:
    """The questions of a run: detectors with the columns they read, `(detector, {"group": ..., "context": ...})`."""
    listed = asked if isinstance(asked, (list, tuple)) and not _is_pair(asked) else (asked,)
    return tuple(_question(item, policy, prompts) for item in listed)


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Mapping)


def _question(item: Any, policy: Policy, prompts: Sequence[Prompt]) -> Question:
    if not _is_pair(item) or not isinstance(item[0], Bettor):
        raise InputError(
            "A question is a detector that can bet and its columns: "
            '(reporting.GeneratorFrequency(...), {"group": "skin", "context": "occupation"}). '
            f"This is {item!r}."
        )
    detector, roles = item
    margin = _margin(detector, policy)
    context = roles.get("context", "")
    concepts = list(dict.fromkeys(prompt.factors[context] for prompt in prompts if context in prompt.factors))
    if not isinstance(roles.get("group"), str) or not set(roles) <= {*ROLES} or (context and prompts and not concepts):
        factors = ", ".join(dict.fromkeys(name for prompt in prompts for name in prompt.factors)) or "none"
        raise InputError(
            "A question names a group, a column that is read of an answer, and as context a factor of the prompts. "
            f"{detector.code} was asked of {dict(roles)!r}. The factors are: {factors}."
        )
    low, high = detector.support(concepts) if concepts else detector.support()
    gate = Gate.on(margin.low, margin.high, support=(low, high), variance=_variance(low, high))
    return Question(detector, roles["group"], context, gate, ConfidenceSequence(low, high))


def _margin(detector: Bettor, policy: Policy) -> Margin:
    """The margin that the policy holds the detector's headline to."""
    for rule in policy.rules:
        if isinstance(rule, Within) and rule.judges(detector.code):
            return detector.default_margin if rule.margin is None else Margin.within(rule.margin)
    raise InputError(f"The policy judges no difference of {detector.code}: give it a rule, for example within.")


def _variance(low: float, high: float) -> float:
    """The variance a bet is tuned to: that of a fair coin, or less where the stake cannot spread so far."""
    return min(0.25, float(np.square(high - low)) / 4)


def asked_by(detector: Any, context: str) -> str:
    """A digest of how a detector is set and of the column of its concepts: of another setting the bets say nothing.

    >>> from auditkit.detectors import selection
    >>> one = selection.Refusal()
    >>> asked_by(one, "job") == asked_by(selection.Refusal(), "job"), asked_by(one, "job") == asked_by(one, "")
    (True, False)
    """
    told = json.dumps([asdict(detector), context], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def stopped(finding: Finding, asked: str, rows: int, settled: Sequence[Mapping[str, Any]]) -> Finding:
    """A finding of a run that its questions stopped: by the interval that holds at every stopping time where it was a
    question, else without a verdict, whoever sets a margin for it.

    A detector's question is its headline, the finding with a margin of its own. `asked` is by whom it is told
    (`asked_by`), `rows` how many rows were audited: of fewer than were bet on, the bets say nothing.
    """
    if not settled:
        return finding
    for question in settled if finding.margin is not None else ():
        known = question["code"], question["attribute"], question.get("versus", "reference"), question.get("asked")
        if known == (finding.code, finding.attribute, finding.versus, asked):
            sequence = ConfidenceSequence.from_dict(question["sequence"])
            if rows >= sequence.n + question["silent"]:
                estimate = _anytime(finding.estimate, sequence, Wager(*question["wager"]))
                return _unread(replace(finding, estimate=estimate, recount=False), question["silent"], sequence.n)
    return replace(finding, caps=(*finding.caps, Cap("PASS", OTHERS), Cap("FAIL", OTHERS)))


def _unread(finding: Finding, silent: int, read: int) -> Finding:
    """Where answers could not be read, concepts count as often as theirs could: a little is a note, much a cap."""
    if not silent:
        return finding
    note = f"{silent} of {silent + read} answers could not be read: concepts count as often as theirs could."
    if silent > SILENT * (silent + read):
        return replace(finding, caps=(*finding.caps, Cap("PASS", note), Cap("FAIL", note)))
    return replace(finding, notes=(*finding.notes, note))


def _anytime(fixed: Estimate, sequence: ConfidenceSequence, wager: Wager) -> Estimate:
    told = sequence.estimate()
    return replace(told, n=fixed.n, n_eff=float(sequence.n), clusters=fixed.clusters, wagers=(wager,))
