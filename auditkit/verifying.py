"""verify(): whether a report, its judgement and the pages beside it are as they were written, and hold together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from auditkit.attesting import attest, attested
from auditkit.core.errors import InputError, PolicyError
from auditkit.core.finding import Key
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.manifest import ENVELOPE, JUDGEMENT, MANIFEST, Artefact, Fact, Manifest, digest
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.sealing import raw_bytes, standing, told

__all__ = ["Fact", "Verification", "sign", "verify"]

NONE = "there is none beside it, so nothing says how it was written. auditkit run, audit --out and gate write one"


@dataclass(frozen=True)
class Verification:
    """What was looked at, in order; `sealed` says whether a manifest tells of the report at all."""

    facts: tuple[Fact, ...]
    sealed: bool = True

    @property
    def ok(self) -> bool:
        """Whether the report and what lies beside it are as they were written."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0 as it was written, 1 not, 2 where nothing says how it was."""
        if any(fact.sound is False for fact in self.facts):
            return 1
        return 0 if self.sealed else 2


def verify(report: Path, *, public_key: Path | None = None) -> Verification:
    """Hold a report, and every artefact beside it that the manifest names, against the manifest; bytes come first.

    Then the judgement must be of this report, by the policy whose hash it says, and come out the same when this version
    judges again, where no baseline or state took part; no page may show another judgement; and a signature must be one
    of the key. Every changed byte is found, and every entry changed, deleted, moved or put in. A chain that was cut off
    and given a new head is found only by its signature, or by the head in somebody's log.

    Raises `InputError` for a report, manifest or key that cannot be read, one of a newer schema too.
    """
    folder = report.parent
    found = told(folder)
    if found is None:
        _report(report, _lone(report))
        return Verification((Fact(MANIFEST, NONE, None),), sealed=False)
    chain, fault = found
    if fault:
        return Verification((Fact(MANIFEST, f"is not as it was written: {fault}", False),))
    facts = [Fact(MANIFEST, f"{_entries(len(chain.entries))}, head {chain.head}")]
    kept = chain.entries[-1].artefacts
    if report.name not in kept:
        return Verification((*facts, Fact(report.name, "is not sealed: no manifest says how it was", None)), False)
    raw: dict[str, bytes] = {}
    facts += [_held(folder, name, kept[name], raw) for name in sorted(kept, key=lambda name: name != report.name)]
    if len(raw) == len(kept):
        facts += _together(report, chain, raw)
    facts += _signature(folder, chain, raw, public_key)
    return Verification(tuple(facts))


def sign(report: Path, key: Path) -> str:
    """The text of `auditkit.manifest.dsse.json` for what lies beside a report, signed with a private key in PEM.

    Raises `InputError` where there is no judgement that verifies, or no key that can sign.
    """
    chain = standing(report.parent)
    if chain is None or JUDGEMENT not in chain.entries[-1].artefacts:
        raise InputError(f"There is no sealed judgement beside {report} to sign. Judge it first: auditkit gate.")
    if not verify(report).ok:
        raise InputError(f"{report}, or what lies beside it, is not as it was written, and is not signed.")
    return attest(chain, _judgement(raw_bytes(report.with_name(JUDGEMENT))), key)


def _entries(n: int) -> str:
    return "1 entry" if n == 1 else f"{n:,} entries"


def _held(folder: Path, name: str, artefact: Artefact, raw: dict[str, bytes]) -> Fact:
    """Whether a file has the bytes that were sealed; where it has, they are put into `raw`."""
    try:
        found = raw_bytes(folder / name, artefact.size)
    except FileNotFoundError:
        return Fact(name, "is sealed, and not there", False)
    except OSError as error:
        return Fact(name, f"is not as it was sealed: {error.strerror or error}", False)
    if not artefact.holds(found):
        was, now = f"{artefact.size:,} bytes, {artefact.sha256:.16}", f"{len(found):,} bytes, {digest(found):.16}"
        return Fact(name, f"is not as it was sealed: {was}; now {now}", False)
    raw[name] = found
    by = ", given to auditkit and not written by it" if artefact.given else ""
    return Fact(name, f"{artefact.size:,} bytes as sealed{by}")


def _together(path: Path, chain: Manifest, raw: Mapping[str, bytes]) -> list[Fact]:
    """Whether files that are each as they were written belong together."""
    report, entry = _report(path, raw[path.name]), chain.entries[-1]
    if JUDGEMENT not in raw:
        there = path.with_name(JUDGEMENT).exists()
        return [Fact(JUDGEMENT, "is there and not sealed" if there else "is not there: nothing was judged", not there)]
    judgement = _judgement(raw[JUDGEMENT])
    facts = [
        _same("report", digest(report.to_json().encode()), judgement.report_hash),
        _same("policy", _hash_of(judgement.policy), judgement.policy_hash),
    ]
    said = (judgement.report_hash, judgement.policy_hash, judgement.baseline_hash)
    if said != (entry.report_hash, entry.policy_hash, entry.baseline_hash):
        facts.append(Fact(JUDGEMENT, "is of another report, policy or baseline than the manifest says", False))
    if all(fact.sound for fact in facts):
        facts.append(_again(report, judgement, entry.auditkit))
    stale = [name for name, one in entry.artefacts.items() if one.judgement not in ("", digest(raw[JUDGEMENT]))]
    return facts + [Fact(name, "shows another judgement. Render it again: auditkit show", False) for name in stale]


def _same(what: str, found: str, judged: str) -> Fact:
    if found == judged:
        return Fact(what, f"the one that was judged, {found:.16}")
    return Fact(what, f"is not the one that was judged: {judged:.16}, and this is {found:.16}", False)


def _hash_of(policy: Mapping[str, Any]) -> str:
    """What `Policy.hash` said when it judged, whatever this version would add to the table."""
    return digest(json.dumps(dict(policy), sort_keys=True).encode())


def _again(report: Report, judgement: Judgement, by: str) -> Fact:
    """Whether the verdicts come out the same when this version judges."""
    if judgement.baseline_hash or any(notice.about == "state" for notice in judgement.notices):
        return Fact("verdicts", "not judged again, for a baseline or a state took part that is not here", None)
    try:
        again = gate(report, judgement.policy)
    except PolicyError as error:
        return Fact("verdicts", f"not judged again, for this version does not read the policy: {error}", None)
    if _outcomes(again) == _outcomes(judgement) and again.exit_code == judgement.exit_code:
        return Fact("verdicts", f"the same when judged again: {judgement.outcome.value}")
    here = version("rai-auditkit")
    came = f"come out otherwise when auditkit {here} judges: {_code(again)} and not {_code(judgement)}"
    return Fact("verdicts", came if by == here else f"{came}. They were judged by {by}: verify them with that", False)


def _code(judgement: Judgement) -> str:
    return f"{judgement.outcome.value} (exit code {judgement.exit_code})"


def _outcomes(judgement: Judgement) -> Counter[tuple[str, Key | None, Outcome]]:
    return Counter((verdict.rule, verdict.key, verdict.outcome) for verdict in judgement.verdicts)


def _signature(folder: Path, chain: Manifest, raw: Mapping[str, bytes], key: Path | None) -> list[Fact]:
    """What is signed, where anything is; where a key is given something must be."""
    try:
        envelope = raw_bytes(folder / ENVELOPE)
    except FileNotFoundError:
        return [] if key is None else [Fact(ENVELOPE, "is not there: nothing is signed", False)]
    except OSError as error:
        return [Fact(ENVELOPE, f"cannot be read: {error.strerror or error}", False)]
    judgement = _judgement(raw[JUDGEMENT]) if JUDGEMENT in raw else None
    return [attested(envelope, chain, judgement, key)]


def _lone(path: Path) -> bytes:
    try:
        return raw_bytes(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


def _report(path: Path, raw: bytes) -> Report:
    try:
        return Report.from_json(raw.decode())
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def _judgement(raw: bytes) -> Judgement:
    return Judgement.from_json(raw.decode("utf-8", "replace"))
