"""Who answers for what was judged, or for a step: a signed in-toto statement of the artefacts and how they came about.

The statement (in-toto Statement v1) names every artefact of the manifest's last entry, and the manifest itself, with
their SHA-256; the chain's head is an annotation of the latter. Its predicate is test-result v0.1 where there is a
judgement, and where there is a step alone link v0.3, with what the step took as its materials.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from auditkit.core.judgement import Judgement, Outcome, Verdict
from auditkit.core.manifest import ENVELOPE, JUDGEMENT, MANIFEST, Fact, Manifest, canonical, digest
from auditkit.core.step import Step
from auditkit.signing import Envelope

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
RESULT = "https://in-toto.io/attestation/test-result/v0.1"
LINK = "https://in-toto.io/attestation/link/v0.3"
SUM = re.compile(r"[0-9a-f]{64}")
MEANING = {"PASSED": "was passed", "WARNED": "was passed, with warnings", "FAILED": "was not passed"}


def attest(manifest: Manifest, told: Judgement | Step, key: Path) -> str:
    """The text of `auditkit.manifest.dsse.json`, signed with the private key in a PEM file.

    Raises `InputError` for a file that holds no Ed25519 key, and where `cryptography` is not installed.
    """
    return Envelope.sealed(PAYLOAD, canonical(statement(manifest, told)), key).to_json()


def statement(manifest: Manifest, told: Judgement | Step) -> dict[str, Any]:
    """What is stated: these artefacts were judged by this policy, and so they came out; or this step gave them."""
    kind, predicate = (LINK, _link(told)) if isinstance(told, Step) else (RESULT, _judged(told))
    return {"_type": STATEMENT, "subject": _subjects(manifest), "predicateType": kind, "predicate": predicate}


def _link(step: Step) -> dict[str, Any]:
    """A step and what it took, by kind and number: names from the data have no place in a signature."""
    materials = [
        {"name": f"{one.kind} {k}", "digest": {"sha256" if SUM.fullmatch(one.hash) else "fingerprint": one.hash}}
        for k, one in enumerate(step.took, 1)
    ]
    return {"name": step.phase, "command": [], "materials": materials, "byproducts": {}, "environment": {}}


def _judged(judgement: Judgement) -> dict[str, Any]:
    """What a judgement comes to.

    A verdict that turns a pipeline is a failed test; one that somebody accepted, or that the policy only warns of, a
    warned one. Tests are named by rule and fingerprint: names from the data have no place in a signature.
    """
    tests: dict[str, list[str]] = {"passedTests": [], "warnedTests": [], "failedTests": []}
    for verdict in judgement.verdicts:
        tests[_told(verdict, judgement.warn)].append(f"{verdict.rule} {verdict.fingerprint}")
    hashes = {"policy": judgement.policy_hash, "report": judgement.report_hash, "baseline": judgement.baseline_hash}
    configuration = [{"name": name, "digest": {"sha256": value}} for name, value in hashes.items() if value]
    return {"result": _result(judgement, tests), "configuration": configuration, **tests}


def _told(verdict: Verdict, warn: bool) -> str:
    if verdict.outcome is Outcome.PASS:
        return "passedTests"
    tolerated = verdict.accepted is not None or (warn and verdict.outcome is Outcome.INCONCLUSIVE)
    return "warnedTests" if tolerated else "failedTests"


def _result(judgement: Judgement, tests: dict[str, list[str]]) -> str:
    if not judgement.passed:
        return "FAILED"
    return "WARNED" if tests["warnedTests"] else "PASSED"


def _subjects(manifest: Manifest) -> list[dict[str, Any]]:
    artefacts = sorted(manifest.entries[-1].artefacts.items())
    told: list[dict[str, Any]] = [{"name": name, "digest": {"sha256": one.sha256}} for name, one in artefacts]
    whole = {"name": MANIFEST, "digest": {"sha256": digest(manifest.to_json().encode())}}
    return [*told, {**whole, "annotations": {"head": manifest.head}}]


def attested(raw: bytes, manifest: Manifest, own: Judgement | Step | None, public: Path | None = None) -> Fact:
    """What an envelope is worth for a manifest: nobody's word without the public key of whom it should be from.

    Raises `InputError` for a file that holds no public key, and where `cryptography` is not installed.
    """
    try:
        envelope = Envelope.from_json(raw)
        told = json.loads(envelope.body)
        head = next(one for one in told["subject"] if one["name"] == MANIFEST)["annotations"]["head"]
        predicate, link = told["predicate"], told["predicateType"] == LINK
        result = str(predicate["name" if link else "result"])
        kinds = (envelope.kind, told["_type"], told["predicateType"])
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
        return Fact(ENVELOPE, f"is none that auditkit wrote: {type(error).__name__}: {error!s:.200}", False)
    signed = next((k for k, entry in enumerate(manifest.entries, 1) if entry.hash == head), 0)
    if not signed:
        return Fact(ENVELOPE, f"signs a chain that ends in {head!s:.64}: entries were taken away or rewritten", False)
    kind = RESULT if JUDGEMENT in manifest.entries[signed - 1].artefacts else LINK
    if kinds != (PAYLOAD, STATEMENT, kind) or told["subject"] != _subjects(manifest.until(signed)):
        return Fact(ENVELOPE, "signs other files than the manifest tells of", False)
    last = signed == len(manifest.entries)
    if last and (otherwise := _otherwise(predicate, own, result)):
        return Fact(ENVELOPE, otherwise, False)
    gate = MEANING.get(result, f"said {result:.20}")
    said = f"these files are of the step {result:.20}" if link else f"the gate {gate}"
    return _worth(envelope, f"entry {signed} of {len(manifest.entries)}", said, last, public)


def _otherwise(predicate: Any, own: Judgement | Step | None, result: str) -> str:
    """In what a predicate is not that of the judgement, or the step, that lies there; nothing where it is."""
    if isinstance(own, Step):
        return "" if predicate == _link(own) else f"says {result:.20}, and tells of another step than lies here"
    if own is not None and result != _judged(own)["result"]:
        return f"says {result:.20}, and the judgement says {own.outcome.value}"
    return ""


def _worth(envelope: Envelope, what: str, attests: str, last: bool, public: Path | None) -> Fact:
    if public is None:
        return Fact(ENVELOPE, f"{what} is signed; by whom was not checked: pass --key PUBLIC.pem", None)
    if otherwise := envelope.not_by(public):
        return Fact(ENVELOPE, otherwise, False)
    said = f"{what} is signed by the key {envelope.keyid[:16]}; it attests that {attests}"
    return Fact(ENVELOPE, said if last else f"{said}. What was sealed since is not: sign again", last)
