"""What a build server is told of, a case each: a verdict, what a change cost, a candidate, a treatment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditkit.core.judgement import Judgement, Notice, Outcome
from auditkit.core.report import Report
from auditkit.formats.summary import summarise
from auditkit.formats.verdicts import POLICY, Told, Weight, told


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was judged: of which suite, by which rule, what it did to the pipeline, and why, in plain text.

    `name` is the same in every run; `about` says it in a sentence, where there is more than the name of a policy.
    `answered` says who answers for it.
    """

    suite: str
    rule: str
    name: str
    outcome: Outcome
    weight: Weight
    why: tuple[str, ...]
    answered: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Cased:
    """All cases of one judgement, with what is told of the whole: `facts` by their names, `hashes` in a sentence."""

    outcome: Outcome
    headline: str
    exit_code: int
    cases: tuple[Case, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    hashes: str = ""
    notices: tuple[Notice, ...] = ()


def case_of(one: Told) -> Case:
    """A verdict as a case."""
    v = one.verdict
    about = f"{one.name}. " if v.key else ""
    return Case(one.code, v.rule, one.name, v.outcome, one.weight, one.why, one.answered, about)


def cased(report: Report, judgement: Judgement) -> Cased:
    """A judged report: a case a verdict, what turns the pipeline first."""
    facts = {"policy_hash": judgement.policy_hash, "report_hash": judgement.report_hash}
    facts |= {"baseline_hash": judgement.baseline_hash, "policy_from": judgement.policy_from}
    facts |= {"unjudged": str(len(judgement.unjudged))}
    hashes = f"Policy {judgement.policy_hash}, report {judgement.report_hash}."
    cases = tuple(map(case_of, told(report, judgement)))
    whole = judgement.outcome, summarise(report, judgement).headline, judgement.exit_code
    return Cased(*whole, cases, facts, hashes, judgement.notices)


__all__ = ["POLICY", "Case", "Cased", "Weight", "case_of", "cased"]
