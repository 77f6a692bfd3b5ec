"""A report as the responsible-AI part of a Croissant document: the biases found in a data set, and its limits.

JSON-LD by the Croissant Format Specification 1.0 (MLCommons 2024) and its vocabulary for responsible AI (1.0, 2024). It
describes the data by what was measured of them; files, licence and collection are the owner's to add.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from auditkit.core.judgement import Judgement, Verdict
from auditkit.core.report import Report
from auditkit.formats.evidence import EVIDENCE, JUDGED_BY, Claim, claims, origin, unassessed
from auditkit.formats.words import count, interval, is_signed, number, outcome_word, quiet, short

TERMS = (
    "citeAs",
    "column",
    "equivalentProperty",
    "extract",
    "field",
    "fileProperty",
    "fileObject",
    "fileSet",
    "format",
    "includes",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
)
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in TERMS},
}
"""The standard context of Croissant 1.0, so that an owner can add files and fields to the document."""
CONFORMS = ("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0")
OWNER = "To be filled in by the owner of the data: {}"


def croissant(report: Report, judgement: Judgement) -> str:
    """The document; sentences with intervals and verdicts in `rai:dataBiases`, silences in `rai:dataLimitations`."""
    told: dict[str, Any] = {"@context": CONTEXT, "@type": "sc:Dataset", "conformsTo": list(CONFORMS)}
    told |= {"name": short(quiet(report.recipe.subject), 120) or "unnamed", "description": _about(report, judgement)}
    told["rai:dataBiases"] = [_bias(claim, judgement) for claim in claims(report, judgement)]
    told["rai:dataLimitations"] = list(_limits(report, judgement))
    told["rai:personalSensitiveInformation"] = _personal(report)
    told["rai:dataCollection"] = OWNER.format("how, when and by whom the data were collected.")
    told["rai:dataUseCases"] = OWNER.format("what the data are meant for, and what they are not.")
    told["rai:dataSocialImpact"] = OWNER.format("whom their use may help or harm.")
    return json.dumps({name: value for name, value in told.items() if value != []}, indent=1, allow_nan=False) + "\n"


def _about(report: Report, judgement: Judgement) -> str:
    made = origin(report, judgement)
    return quiet(
        f"{EVIDENCE} {count(report.recipe.rows)} rows were audited by auditkit {made['auditkit']}; judged as a whole: "
        f"{made['outcome']}. {JUDGED_BY} Report SHA-256 {made['report_hash']}, policy {made['policy_hash']}. Licence, "
        "files and address of the data are to be filled in by their owner."
    )


def _bias(claim: Claim, judgement: Judgement) -> str:
    said = " ".join(f"{v.sentence}{_answered(v)}" for v in claim.verdicts)
    f = claim.finding
    word = outcome_word(claim.outcome)
    told = f"{word}: {said}" if f is None else f"{f.sentence} {_estimate(claim)} {word}. {said}"
    return quiet(f"{told} ({claim.id}, report {judgement.report_hash[:12]}, policy {judgement.policy_hash[:12]})")


def _answered(v: Verdict) -> str:
    return "" if (a := v.accepted) is None else f" {a.owner} answers for it until {a.expires}: {a.reason}"


def _estimate(claim: Claim) -> str:
    f = claim.finding
    assert f is not None  # told of findings alone
    signed = is_signed(f)
    bounds = interval(f.interval(0.95), f.scale, signed)
    return f"Estimate {number(f.estimate.value, f.scale, signed)}, 95 % interval {bounds}, n = {count(f.estimate.n)}."


def _limits(report: Report, judgement: Judgement) -> Iterator[str]:
    for silence in unassessed(report, judgement):
        about = f" ({'; '.join(silence['about'])})" if silence["about"] else ""
        yield quiet(f"Not assessed, {silence['source']}{about}: {silence['because']}")
    yield from (quiet(note) for note in report.recipe.notes)


def _personal(report: Report) -> list[str]:
    columns = report.recipe.roles.get("group", ())
    return [quiet(f"Groups were compared by the column {column}.") for column in columns]
