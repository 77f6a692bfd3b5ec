"""Candidates side by side: ranked by judgement, never by an estimate; and what choosing one of several is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from auditkit.core.judgement import GRAVITY, Judgement, Outcome
from auditkit.core.report import Report
from auditkit.lifecycle.discovering.candidate import Aside, Candidate
from auditkit.lifecycle.discovering.claims import ALPHA, Asked, Claim, claims
from auditkit.lifecycle.discovering.pacing import Speed
from auditkit.stats.multiplicity import holm

__all__ = ["Audited", "Comparison", "Speed"]


@dataclass(frozen=True, eq=False)
class Audited:
    """A candidate with its audit under the common plan, and how fast it was; `folder` holds its report."""

    candidate: Candidate
    folder: str
    report: Report
    judgement: Judgement
    speed: Speed | None = None

    @property
    def outcome(self) -> Outcome:
        """What was judged of it."""
        return self.judgement.outcome

    @property
    def p_pass(self) -> float:
        """The one-sided p of its PASS: the largest over its findings of "biased by the margin or more"; else 1.

        A pass needs every finding to be within its margin, so the least sure of them decides (Berger 1982).
        """
        findings = {finding.key: finding.estimate for finding in self.report.findings}
        told = [0.0 if self.outcome is Outcome.PASS else 1.0]
        for verdict in self.judgement.verdicts:
            if verdict.key is None or verdict.margin is None or verdict.outcome is not Outcome.PASS:
                continue
            e, (low, high) = findings[verdict.key], verdict.margin
            wager = e.wager(low, high)
            if wager is not None:
                told.append(min(1.0, 1 / max(wager.e_pass, 1.0)))
                continue
            told += [] if high is None else [e.p_below(high) / 2]
            told += [] if low is None else [e.p_above(low) / 2]
        return max(told) if len(told) > 1 else 1.0


@dataclass(frozen=True)
class Comparison:
    """The candidates under one plan. `failed` could not be asked and cost themselves alone; `aside` were not tried;
    `others` are of another task, licence or size, by what they are, and `unseen` were not looked at."""

    source: str
    audited: tuple[Audited, ...]
    failed: tuple[Aside, ...] = ()
    aside: tuple[Aside, ...] = ()
    wanted: str = ""
    others: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unseen: int | None = 0

    @cached_property
    def ranked(self) -> tuple[tuple[int, Audited], ...]:
        """Each with its rank, PASS before INCONCLUSIVE, NOT_ASSESSED and FAIL; within a rank in the order given.

        The rank is 1 more than the number of those with a better judgement: equal judgements have equal ranks.
        """
        graver = {outcome: place for place, outcome in enumerate(reversed(GRAVITY))}
        places = [graver[one.outcome] for one in self.audited]
        told = [
            (1 + sum(other < place for other in places), one) for place, one in zip(places, self.audited, strict=True)
        ]
        return tuple(sorted(told, key=lambda pair: pair[0]))

    @cached_property
    def chosen(self) -> tuple[Audited, ...]:
        """Those whose PASS still stands when one of all is chosen for it: Holm over the candidates, at 5 % together.

        Of K candidates that all lie on their margin one passes by chance with a probability of up to K times 5 %.
        """
        if not self.audited:
            return ()
        stands = holm([one.p_pass for one in self.audited], ALPHA)[0]
        return tuple(
            one for one, kept in zip(self.audited, stands, strict=True) if kept and one.outcome is Outcome.PASS
        )

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Who is less biased than whom, over all pairs and judged findings; the better ranked one is the first."""
        return claims([Asked(one.candidate.called, one.report, one.judgement) for _, one in self.ranked])

    @property
    def exit_code(self) -> int:
        """0 where a PASS stands after the choice, 1 where all FAIL, else 3; 0 too for what a policy only warns of."""
        if self.chosen:
            return 0
        if all(one.outcome is Outcome.FAIL for one in self.audited) and not self.failed:
            return 1
        warned = [one for one in self.audited if one.outcome is Outcome.INCONCLUSIVE and one.judgement.passed]
        return 0 if warned else 3
