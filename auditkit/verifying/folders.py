"""A folder held against its manifest, byte by byte; then its report, its step, the folders in it, and who signed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from auditkit.attesting import attest
from auditkit.core.errors import InputError
from auditkit.core.manifest import JUDGEMENT, MANIFEST, Fact
from auditkit.core.step import FILE
from auditkit.sealing import raw_bytes, standing, told
from auditkit.verifying.reports import report_of, together
from auditkit.verifying.sealed import Verification, entries, held, judgement_of, lone, signature
from auditkit.verifying.steps import stepped

NONE = (
    "there is none beside it, so nothing says how it was written. auditkit run, audit --out, gate and every step of a "
    "lifecycle write one"
)
REPORT = "report.json"
DEEPER = "lies too deep to be looked into: verify it by itself"
DEEP, MOST = 3, 200
"""How deep folders within a step's are looked for, and how many."""


def verify(path: Path, *, public_key: Path | None = None) -> Verification:
    """Hold a report, or the `step.json` of a lifecycle, and every artefact beside it against the folder's manifest.

    Bytes come first. Then a judgement must be of its report, by the policy whose hash it says, and come out the same
    when this version judges again, where no baseline or state took part; no page may show another judgement; what a
    step gave must be there as it gave it, models by their fingerprints; a turn must tell of the reports in its folders,
    which are verified too; and a signature must be one of the key. Every changed byte is found, and every entry
    changed, deleted, moved or put in. A chain that was cut off and given a new head is found only by its signature, or
    by the head in somebody's log.

    Raises `InputError` for a report, manifest or key that cannot be read, one of a newer schema too.
    """
    return _verified(path, public_key, 0)


def _verified(path: Path, public_key: Path | None, depth: int) -> Verification:
    """The same, so many folders within the one that was asked for."""
    folder = path.parent
    found = told(folder)
    if found is None:
        raw_one = lone(path)
        if path.name != FILE:
            report_of(path, raw_one)
        return Verification((Fact(MANIFEST, NONE, None),), sealed=False)
    chain, fault = found
    if fault:
        return Verification((Fact(MANIFEST, f"is not as it was written: {fault}", False),))
    facts = [Fact(MANIFEST, f"{entries(len(chain.entries))}, head {chain.head}")]
    kept = chain.entries[-1].artefacts
    if path.name not in kept:
        return Verification((*facts, Fact(path.name, "is not sealed: no manifest says how it was", None)), False)
    raw: dict[str, bytes] = {}
    facts += [held(folder, name, kept[name], raw) for name in sorted(kept, key=lambda name: name != path.name)]
    whole = len(raw) == len(kept)
    if whole and path.name != FILE:
        facts += together(path, chain, raw)
    if whole and FILE in raw:
        facts += stepped(folder, raw)
    if FILE in kept:
        facts += _within(folder, depth)
    facts += signature(folder, chain, raw, public_key)
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
    return attest(chain, judgement_of(raw_bytes(report.with_name(JUDGEMENT))), key)


def _within(folder: Path, depth: int) -> list[Fact]:
    """Of every folder within that has a report or a step of its own: what it comes to, or what is amiss in it."""
    facts = []
    for path in _folders(folder):
        name = path.parent.relative_to(folder).as_posix()
        if depth >= DEEP:
            facts.append(Fact(f"{name}/", DEEPER, None))
            continue
        try:
            found = _verified(path, None, depth + 1)
        except InputError as error:
            facts.append(Fact(f"{name}/", f"cannot be verified: {error}", False))
            continue
        told = [fact for fact in found.facts if fact.sound is False or fact.found == DEEPER]
        amiss = [Fact(f"{name}/{fact.what}", fact.found, fact.sound) for fact in told]
        last = next((fact.found for fact in reversed(found.facts) if fact.what == "verdicts"), "as it was written")
        whole = Fact(f"{name}/", f"{path.name}, {last}", True if found.sealed else None)
        facts += amiss or [whole if found.sealed else Fact(f"{name}/", f"{path.name} {NONE}", None)]
    return facts


def _folders(folder: Path) -> Iterator[Path]:
    """The reports and steps in folders within, the nearest first; a folder that has one is asked for those in it."""
    waiting, seen = [(folder, 0)], 0
    while waiting:
        place, depth = waiting.pop(0)
        for child in _children(place):
            own = next((child / name for name in (REPORT, FILE) if (child / name).is_file()), None)
            seen += 1
            if seen > MOST:
                return
            if own is not None:
                yield own
            elif depth + 1 < DEEP:
                waiting.append((child, depth + 1))


def _children(folder: Path) -> list[Path]:
    try:
        found = [Path(one.path) for one in os.scandir(folder) if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(path for path in found if not path.name.startswith("."))
