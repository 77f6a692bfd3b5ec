"""Verdicts as SARIF 2.1.0: what a code scanner's page keeps open until a pass closes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats.summary import summarise
from auditkit.formats.verdicts import POLICY, Told, Weight, told
from auditkit.formats.words import comparison, count, quiet

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST = 5_000
"""GitHub keeps this many results of a run."""
FILE = "report.json"
FINGERPRINT = "auditkit/v1"


def sarif(report: Report, judgement: Judgement) -> str:
    """One result a verdict that is no pass, gravest first, at most 5,000; what is left off is counted in it.

    A pass is no result, so that it closes the alert that a fail had opened: `Verdict.fingerprint` says which. A result
    is an error where it turns the pipeline, a warning where the policy only warns of it, and a note with a suppression
    where somebody answers for it. The format is that of OASIS (2023), Static Analysis Results Interchange Format.
    """
    each = [one for one in told(report, judgement) if one.weight is not Weight.NONE]
    shown, left_off = each[:MOST], len(each[MOST:])
    first: dict[str, Told] = {}
    for one in shown:
        first.setdefault(_id(one), one)
    places = {name: place for place, name in enumerate(first)}
    rules = [_rule(name, one) for name, one in first.items()]
    run = {
        "tool": {"driver": {"name": "auditkit", "version": version("rai-auditkit"), "rules": rules}},
        "invocations": [_invocation(report, judgement, left_off)],
        "artifacts": [{"location": {"uri": FILE}, "hashes": {"sha-256": _inert(judgement.report_hash)}}],
        "results": [_result(one, places[_id(one)]) for one in shown],
        "properties": _facts(judgement, left_off),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, allow_nan=False) + "\n"


def _id(one: Told) -> str:
    return _inert(f"{one.code}/{one.verdict.rule}")


def _inert(words: str) -> str:
    """Plain text of which no viewer makes a link."""
    return quiet(words).replace("](", "] (")


def _text(words: str) -> dict[str, str]:
    """A message, in which a brace is doubled, as the standard asks."""
    return {"text": _inert(words).replace("{", "{{").replace("}", "}}")}


def _rule(name: str, one: Told) -> dict[str, Any]:
    rule = _inert(one.verdict.rule)
    if one.code == POLICY:
        short, help = f"What the rule {rule} asks of the whole report.", "See the [policy] that judged it."
    else:
        short = f"What the rule {rule} says of the findings of {one.code}."
        help = f"auditkit explain {one.code} says what it asks, what it assumes, and how often it errs."
    whole = f"{short} A verdict rests on an interval and a margin: no alert is no proof that there is no bias."
    return {"id": name, "shortDescription": _text(short), "fullDescription": _text(whole), "help": _text(help)}


def _result(one: Told, rule: int) -> dict[str, Any]:
    """`kind` is left at fail, since of any other kind the standard allows no level; `outcome` says what it is."""
    v, f = one.verdict, one.finding
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    told: dict[str, Any] = {
        "ruleId": _id(one),
        "ruleIndex": rule,
        "level": one.weight.value,
        "message": _text(" ".join(one.why)),
        "partialFingerprints": {FINGERPRINT: v.fingerprint},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": FILE, "index": 0}, "region": region},
                "logicalLocations": [
                    {"name": _inert(comparison(f) if f else one.name), "fullyQualifiedName": _inert(one.name)}
                ],
            }
        ],
        "properties": {"outcome": v.outcome.value, "rule": _inert(v.rule), "detector": _inert(one.code)},
    }
    if v.accepted is not None:
        told["suppressions"] = [{"kind": "external", "status": "accepted", "justification": _inert(one.answered)}]
    return told


def _invocation(report: Report, judgement: Judgement, left_off: int) -> dict[str, Any]:
    """What the run came to; every notice, and how many results found no room."""
    said = [f"{notice.about}: {notice.sentence}" for notice in judgement.notices]
    if left_off:
        said.append(f"{count(left_off)} results are left off: {count(MOST)} are kept, the gravest. See {FILE}.")
    return {
        "executionSuccessful": True,
        "exitCode": judgement.exit_code,
        "exitCodeDescription": _inert(summarise(report, judgement).headline),
        "toolExecutionNotifications": [{"level": "note", "message": _text(text)} for text in said],
    }


def _facts(judgement: Judgement, left_off: int) -> Mapping[str, Any]:
    """Which policy judged which report, against which baseline, and what is no result."""
    facts = {"outcome": judgement.outcome.value, "policyHash": _inert(judgement.policy_hash)}
    facts |= {"reportHash": _inert(judgement.report_hash), "baselineHash": _inert(judgement.baseline_hash)}
    facts["policyFrom"] = _inert(judgement.policy_from)
    passes = sum(v.outcome is Outcome.PASS for v in judgement.verdicts)
    counts = {"passes": passes, "unjudged": len(judgement.unjudged), "leftOff": left_off}
    return {name: value for name, value in facts.items() if value} | counts
