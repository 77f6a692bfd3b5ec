"""Who answers for what was judged: a signed in-toto statement of the artefacts and of how they were judged.

The statement (in-toto Statement v1, predicate test-result v0.1) names every artefact of the manifest's last entry, and
the manifest itself, with their SHA-256; the chain's head is an annotation of the latter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditkit.core.judgement import Judgement, Outcome, Verdict
from auditkit.core.manifest import ENVELOPE, MANIFEST, Fact, Manifest, canonical, digest
from auditkit.signing import Envelope

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
RESULT = "https://in-toto.io/attestation/test-result/v0.1"
MEANING = {"PASSED": "was passed", "WARNED": "was passed, with warnings", "FAILED": "was not passed"}


def attest(manifest: Manifest, judgement: Judgement, key: Path) -> str:
    """The text of `auditkit.manifest.dsse.json`, signed with the private key in a PEM file.

    Raises `InputError` for a file that holds no Ed25519 key, and where `cryptography` is not installed.
    """
    return Envelope.sealed(PAYLOAD, canonical(statement(manifest, judgement)), key).to_json()


def statement(manifest: Manifest, judgement: Judgement) -> dict[str, Any]:
    """What is stated: these artefacts were judged by this policy, and so they came out.

    A verdict that turns a pipeline is a failed test; one that somebody accepted, or that the policy only warns of, a
    warned one. Tests are named by rule and fingerprint: names from the data have no place in a signature.
    """
    tests: dict[str, list[str]] = {"passedTests": [], "warnedTests": [], "failedTests": []}
    for verdict in judgement.verdicts:
        tests[_told(verdict, judgement.warn)].append(f"{verdict.rule} {verdict.fingerprint}")
    hashes = {"policy": judgement.policy_hash, "report": judgement.report_hash, "baseline": judgement.baseline_hash}
    configuration = [{"name": name, "digest": {"sha256": value}} for name, value in hashes.items() if value]
    predicate = {"result": _result(judgement, tests), "configuration": configuration, **tests}
    return {"_type": STATEMENT, "subject": _subjects(manifest), "predicateType": RESULT, "predicate": predicate}


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


def attested(raw: bytes, manifest: Manifest, judgement: Judgement | None, public: Path | None = None) -> Fact:
    """What an envelope is worth for a manifest: nobody's word without the public key of whom it should be from.

    Raises `InputError` for a file that holds no public key, and where `cryptography` is not installed.
    """
    try:
        envelope = Envelope.from_json(raw)
        told = json.loads(envelope.body)
        head = next(one for one in told["subject"] if one["name"] == MANIFEST)["annotations"]["head"]
        result = str(told["predicate"]["result"])
        kinds = (envelope.kind, told["_type"], told["predicateType"])
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
        return Fact(ENVELOPE, f"is none that auditkit wrote: {type(error).__name__}: {error!s:.200}", False)
    signed = next((k for k, entry in enumerate(manifest.entries, 1) if entry.hash == head), 0)
    if not signed:
        return Fact(ENVELOPE, f"signs a chain that ends in {head!s:.64}: entries were taken away or rewritten", False)
    if kinds != (PAYLOAD, STATEMENT, RESULT) or told["subject"] != _subjects(manifest.until(signed)):
        return Fact(ENVELOPE, "signs other files than the manifest tells of", False)
    last = signed == len(manifest.entries)
    if last and judgement is not None and result != statement(manifest, judgement)["predicate"]["result"]:
        return Fact(ENVELOPE, f"says {result:.20}, and the judgement says {judgement.outcome.value}", False)
    return _worth(envelope, f"entry {signed} of {len(manifest.entries)}", result, last, public)


def _worth(envelope: Envelope, what: str, result: str, last: bool, public: Path | None) -> Fact:
    if public is None:
        return Fact(ENVELOPE, f"{what} is signed; by whom was not checked: pass --key PUBLIC.pem", None)
    if otherwise := envelope.not_by(public):
        return Fact(ENVELOPE, otherwise, False)
    gate = MEANING.get(result, f"said {result:.20}")
    said = f"{what} is signed by the key {envelope.keyid[:16]}; it attests that the gate {gate}"
    return Fact(ENVELOPE, said if last else f"{said}. What was sealed since is not: sign again", last)
