"""A report as the metadata of a model card: YAML that the Hugging Face Hub reads, with a result for each finding."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats.evidence import Claim, claims
from auditkit.formats.words import comparison, quiet, short

MOST = 100
"""Results in the metadata; what fails is never left out."""


def metadata(report: Report, judgement: Judgement) -> str:
    """The metadata of a judged report; the template `model_card.md` writes the text under it."""
    known = [c for c in claims(report, judgement) if c.finding is not None and c.finding.estimate.value is not None]
    chosen = [claim for i, claim in enumerate(known) if i < MOST or claim.outcome is Outcome.FAIL]
    return "\n".join(_yaml(_metadata(report, judgement, chosen)))


def _metadata(report: Report, judgement: Judgement, chosen: Sequence[Claim]) -> dict[str, Any]:
    subject = short(report.recipe.subject, 120) or "unnamed"
    told: dict[str, Any] = {"tags": ["auditkit", "bias-evaluation"]}
    if not chosen:
        return told
    args = {"rows": report.recipe.rows, "report": judgement.report_hash, "policy": judgement.policy_hash}
    result = {
        "task": {"type": "other", "name": "audit for bias"},
        "dataset": {"type": "other", "name": subject, "args": args},
        "metrics": [_metric(claim) for claim in chosen],
    }
    return told | {"model-index": [{"name": subject, "results": [result]}]}


def _metric(claim: Claim) -> dict[str, Any]:
    f = claim.finding
    assert f is not None  # a verdict about no finding has no number
    low, high, _ = f.interval(0.95)
    name = f"{f.estimand}, {comparison(f)}" + (f", by {f.attribute}" if f.attribute else "")
    verdict = "NOT_JUDGED" if claim.outcome is None else claim.outcome.value
    args: dict[str, Any] = {"verdict": verdict, "n": f.estimate.n}
    args |= {"low_95": low} if low is not None else {}
    args |= {"high_95": high} if high is not None else {}
    return {"type": f.code or "unnamed", "value": f.estimate.value, "name": name, "args": args}


def _yaml(value: Any, indent: str = "") -> Iterator[str]:
    """Block YAML whose keys are ours and whose scalars are in JSON, which YAML reads: no text becomes markup."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if isinstance(part, (Mapping, list)):
                yield f"{indent}{name}:"
                yield from _yaml(part, f"{indent}  ")
            else:
                yield f"{indent}{name}: {_scalar(part)}"
        return
    for part in value:
        if isinstance(part, Mapping):
            first, *rest = _yaml(part, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(part)}"


def _scalar(value: Any) -> str:
    """A number with a point, so that YAML 1.1 takes it for one; a text without controls, in quotes.

    >>> _scalar(1e-09), _scalar(3), _scalar('a: "b" # c')
    ('1.0e-09', '3', '"a: \\\\"b\\\\" # c"')
    """
    if isinstance(value, str):
        return json.dumps(quiet(value), ensure_ascii=False)
    text = json.dumps(value, allow_nan=False)
    mantissa, e, power = text.partition("e")
    return f"{mantissa}.0e{power}" if e and "." not in mantissa else text
