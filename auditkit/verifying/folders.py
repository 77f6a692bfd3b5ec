"""A folder held against its manifest, byte by byte; then its report, its step, the folders in it, and who signed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from auditkit.attesting import attest
from auditkit.core.errors import InputError
from auditkit.core.manifest import JUDGEMENT, MANIFEST, Fact
from auditkit.core.step import FILE
from auditkit.sealing import raw_bytes, standing, told
from auditkit.verifying.reports import report_of, together
from auditkit.verifying.sealed import Verification, entries, held, lone, signable, signature
from auditkit.verifying.steps import audits, stepped
from auditkit.verifying.things import lies

NONE = (
    "there is none beside it, so nothing says how it was written. auditkit run, audit --out, gate and every step of a "
    "lifecycle write one"
)
REPORT = "report.json"
DEEPER = "lies too deep to be looked into: verify it by itself"
MANY = "holds more folders than are looked into: verify the others by themselves"
UNUSED = "{} is not used, for this is a step and no report: verify the report that was judged with it"
DEEP, MOST = 3, 200
"""How deep folders within a step's are looked for, and how many."""


def verify(path: Path, *, public_key: Path | None = None, baseline: Path | None = None) -> Verification:
    """Hold a report, or the `step.json` of a lifecycle, and every artefact beside it against the folder's manifest.

    Bytes come first. Then a judgement must be of its report, by the policy whose hash it says, and come out the same
    when this version judges again; no page may show another judgement; what a step gave must be there as it gave it,
    models by their fingerprints; a turn must tell of the reports in its folders, which are verified too; and a
    signature must be one of the key. Every changed byte is found, and every entry changed, deleted, moved or put in. A
    chain that was cut off and given a new head is found only by its signature, or by the head in somebody's log.

    A baseline that took part is the one in the file `baseline`, else one with its hash beside the report or one folder
    up. Where it is not found, and where a state took part, verdicts are told not to be judged again, and the exit code
    stays 0: it answers whether what was sealed is as it was written, and a baseline lies outside the seal, so that a
    folder taken elsewhere by itself is no sign of tampering. A file given as the baseline that is another is one.

    Raises `InputError` for a report, manifest, baseline or key that cannot be read, one of a newer schema too.
    """
    return _verified(path, public_key, 0, baseline=baseline)


def _verified(
    path: Path, public_key: Path | None, depth: int, own: bool = False, baseline: Path | None = None
) -> Verification:
    """The same, so many folders within the one that was asked for; `own` where the run of it must lie in it."""
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
    sealed = path.name in kept
    if not sealed:
        facts.append(Fact(path.name, "is not sealed: no manifest says how it was", None))
    if not sealed and FILE not in kept:  # where a step is, a file that was put beside it hides nothing of it
        return Verification(tuple(facts), False)
    raw: dict[str, bytes] = {}
    facts += [held(folder, name, kept[name], raw) for name in sorted(kept, key=lambda name: name != path.name)]
    whole = len(raw) == len(kept)
    if whole and sealed and path.name != FILE:
        facts += together(path, chain, raw, baseline)
    elif path.name == FILE and baseline is not None:
        facts.append(Fact("baseline", UNUSED.format(baseline.name), None))
    if whole and FILE in raw:
        facts += stepped(folder, raw, own)
    if FILE in kept:
        facts += _within(folder, depth, raw.get(FILE))
    facts += signature(folder, chain, raw, public_key)
    return Verification(tuple(facts), sealed)


def sign(report: Path, key: Path) -> str:
    """The text of `auditkit.manifest.dsse.json` for what lies beside a report or a step, signed with a key in PEM.

    Signed is the judgement, and of a step that has none the step. Raises `InputError` where there is neither that
    verifies, or no key that can sign.
    """
    chain = standing(report.parent)
    names = () if chain is None else chain.entries[-1].artefacts
    about = next((name for name in (JUDGEMENT, FILE) if name in names), None)
    if chain is None or about is None or (about == FILE and report.name != FILE):
        raise InputError(f"There is no sealed judgement beside {report} to sign. Judge it first: auditkit gate.")
    if not verify(report).ok:
        raise InputError(f"{report}, or what lies beside it, is not as it was written, and is not signed.")
    told = signable({about: raw_bytes(report.with_name(about))})
    assert told is not None  # about is one of both
    return attest(chain, told, key)


def _within(folder: Path, depth: int, step: bytes | None) -> list[Fact]:
    """Of every folder within that has a report or a step of its own: what it comes to, or what is amiss in it.

    Those in which the step gave a report come first, and must be sealed.
    """
    facts, gave = [], audits(step)
    for path in _folders(folder, gave):
        if path == folder:
            facts.append(Fact("./", MANY, None))
            continue
        name = path.parent.relative_to(folder).as_posix()
        if depth >= DEEP:
            facts.append(Fact(f"{name}/", DEEPER, None))
        else:
            facts += _inner(path, name, depth, name in gave)
    return facts


def _inner(path: Path, name: str, depth: int, given: bool) -> list[Fact]:
    """What a folder within comes to; of one that the step gave, that it is not sealed is amiss."""
    try:
        # what a turn was before may have been asked elsewhere, and its run lie there
        found = _verified(path, None, depth + 1, given and PurePosixPath(name).name != "before")
    except InputError as error:
        return [Fact(f"{name}/", f"cannot be verified: {error}", False)]
    facts = [Fact(f"{name}/{fact.what}", fact.found, fact.sound) for fact in found.facts if fact.sound is not True]
    if not found.sealed:
        said = "was given, and is not sealed: no manifest says how it was" if given else NONE
        bare = Fact(f"{name}/", f"{path.name} {said}", False if given else None)
        return [bare, *(fact for fact in facts if fact.what != f"{name}/{MANIFEST}")]
    if any(fact.sound is False for fact in facts):
        return facts
    last = next((fact.found for fact in reversed(found.facts) if fact.what == "verdicts"), "as it was written")
    return [*facts, Fact(f"{name}/", f"{path.name}, {last}")]


def _folders(folder: Path, first: Collection[str]) -> Iterator[Path]:
    """The reports and steps in folders within, those named first, then the nearest; the folder itself at the limit.

    A folder that has one is asked for those in it.
    """
    named = [path for name in first if (path := lies(folder, name)) is not None and path.is_dir()]
    yield from (own for path in named if (own := _own(path)) is not None)
    waiting, seen = [(folder, 0)], 0
    while waiting:
        place, depth = waiting.pop(0)
        for child in _children(place):
            if child in named:
                continue
            seen += 1
            if seen > MOST:
                yield folder
                return
            if (own := _own(child)) is not None:
                yield own
            elif depth + 1 < DEEP:
                waiting.append((child, depth + 1))


def _own(folder: Path) -> Path | None:
    return next((folder / name for name in (REPORT, FILE) if (folder / name).is_file()), None)


def _children(folder: Path) -> list[Path]:
    try:
        found = [Path(one.path) for one in os.scandir(folder) if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(path for path in found if not path.name.startswith("."))
