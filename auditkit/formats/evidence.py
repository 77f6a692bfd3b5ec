"""What an auditor may claim on the strength of a report: each finding and verdict, numbered, with what it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.core.finding import Finding
from auditkit.core.judgement import GRAVITY, Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.intervals import gravest, ranked
from auditkit.formats.summary import summarise
from auditkit.formats.words import outcome_word, unobeyed

EVIDENCE = "Evidence, not legal advice."
JUDGED_BY = (
    "Every verdict was computed by the rules of the policy named here; where a person answers for one, it says who."
)
SCHEMA = 1
NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding with its verdicts, F1, F2, ... in the order in which they are told, or a verdict about none, V1, ..."""

    id: str
    finding: Finding | None
    verdicts: tuple[Verdict, ...]

    @property
    def outcome(self) -> Outcome | None:
        """The gravest verdict, `None` where no rule judged."""
        return gravest(self.verdicts)

    @property
    def code(self) -> str:
        """The detector whose finding it is; nothing for a verdict about none."""
        return "" if self.finding is None else self.finding.code

    @property
    def family(self) -> str:
        """The family of that detector."""
        return self.code.split(".")[0]

    def to_dict(self, judgement: Judgement) -> dict[str, Any]:
        """The claim with the hashes of the report and the policy it rests on."""
        f = self.finding
        told: dict[str, Any] = {"id": self.id, "outcome": None if self.outcome is None else self.outcome.value}
        told |= {"key": None if f is None else f.key._asdict(), "sentence": None if f is None else f.sentence}
        if f is not None:
            low, high, _ = f.interval(0.95)
            told |= {"estimate": f.estimate.value, "low_95": low, "high_95": high, "scale": f.scale}
            told |= {"n": f.estimate.n, "n_eff": f.estimate.n_eff, "method": f.estimate.method, "basis": f.basis}
        told["verdicts"] = [_said(verdict) for verdict in self.verdicts]
        return told | {"report_hash": judgement.report_hash, "policy_hash": judgement.policy_hash}


def claims(report: Report, judgement: Judgement) -> tuple[Claim, ...]:
    """Every finding with what was said of it, gravest first, then every verdict that is about no finding.

    A verdict that something was not assessed is no claim: `unassessed` tells it.
    """
    known = {finding.key for finding in report.findings}
    told = [Claim(f"F{i}", *pair) for i, pair in enumerate(ranked(report, judgement), start=1)]
    unbound = [verdict for verdict in judgement.verdicts if verdict.key not in known]
    standing = [verdict for verdict in unbound if verdict.outcome is not Outcome.NOT_ASSESSED]
    return (*told, *(Claim(f"V{i}", None, (verdict,)) for i, verdict in enumerate(standing, start=1)))


def cited(some: Sequence[Claim]) -> str:
    """Which claims, in a line: runs of numbers are drawn together, and outcomes counted.

    >>> cited([Claim("F1", None, ()), Claim("F2", None, ()), Claim("F3", None, ()), Claim("F7", None, ())])
    'F1 to F3, F7: 4 not judged'
    """
    runs: list[list[Claim]] = []
    for claim in some:
        last = runs[-1][-1].id if runs else ""
        follows = last[:1] == claim.id[:1] and int(last[1:]) + 1 == int(claim.id[1:])
        runs[-1].append(claim) if follows else runs.append([claim])
    spans = [(run[0].id, run[-1].id, len(run)) for run in runs]
    named = ", ".join(a if n == 1 else f"{a} to {b}" if n > 2 else f"{a}, {b}" for a, b, n in spans)
    said = [(outcome, sum(claim.outcome is outcome for claim in some)) for outcome in (*GRAVITY, None)]
    return f"{named}: " + ", ".join(f"{n} {outcome_word(outcome).lower()}" for outcome, n in said if n)


def origin(report: Report, judgement: Judgement) -> dict[str, str]:
    """Who and what stands behind an artefact: the report, the policy, the versions, by name."""
    return {
        "evidence": EVIDENCE,
        "subject": report.recipe.subject,
        "outcome": judgement.outcome.value,
        "report_hash": judgement.report_hash,
        "policy_hash": judgement.policy_hash,
        "policy_from": judgement.policy_from,
        "baseline_hash": judgement.baseline_hash,
        "auditkit": report.recipe.versions.get("auditkit", NOT_RECORDED),
        "judged_by": JUDGED_BY,
    }


def unassessed(report: Report, judgement: Judgement) -> list[dict[str, Any]]:
    """What was not assessed, why, and what it was about; then what is missing from the rows."""
    told = summarise(report, judgement)
    silent = [{"source": s.source, "because": s.because, "about": list(s.about)} for s in told.silences]
    return silent + [{"source": "rows", "because": because, "about": []} for because in told.missing]


def document(artefact: str, report: Report, judgement: Judgement, rest: Mapping[str, Any]) -> str:
    """An artefact as JSON, in ASCII: its schema's number, its origin, what is its own, the claims, the silences."""
    told: dict[str, Any] = {"schema": SCHEMA, "artefact": artefact, **origin(report, judgement), **rest}
    told["claims"] = [claim.to_dict(judgement) for claim in claims(report, judgement)]
    told["not_assessed"] = unassessed(report, judgement)
    told["notices"] = [notice._asdict() for notice in judgement.notices]
    return unobeyed(json.dumps(told, indent=1, allow_nan=False)) + "\n"


def _said(v: Verdict) -> dict[str, Any]:
    told: dict[str, Any] = {"rule": v.rule, "outcome": v.outcome.value, "sentence": v.sentence}
    return told | ({} if v.accepted is None else {"accepted": v.accepted.to_dict()})
