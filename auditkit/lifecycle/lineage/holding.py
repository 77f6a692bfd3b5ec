"""What steps and manifests say of files, held against the files: what changed since, what is lost, what is twofold."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from auditkit.core.errors import InputError
from auditkit.core.manifest import MANIFEST
from auditkit.lifecycle.lineage.ledger import Ledger
from auditkit.lifecycle.lineage.walking import Walked
from auditkit.sealing import told

MUST = ("data", "run")
"""Kinds without which a chain has no beginning."""


def hold(ledger: Ledger, found: Walked) -> None:
    """Hold everything against the files that lie there."""
    for path, claims in sorted(ledger.claims.items()):
        _claimed(ledger, path, claims)
    for path in found.manifests:
        _sealed(ledger, path)
    users = {hash: deed.at for deed in reversed(ledger.deeds) for hash in deed.took}
    for known in list(ledger.things.values()):
        if not known.lies and known.hash not in ledger.streams:
            _sought(ledger, found, known.hash, known.name)
        here = known.hash in ledger.given | ledger.told_of | ledger.streams
        if known.kind in MUST and not (here or ledger.things[known.hash].lies):
            said = f"{known.kind} {known.name} ({known.hash:.16}) is nowhere here, and no step gave it."
            ledger.flaw("lost", users.get(known.hash, ""), said)


def _claimed(ledger: Ledger, path: Path, claims: dict[str, str]) -> None:
    """A file of which one step or several say what it was."""
    own = ledger.sum(path)
    if own is None:
        ledger.flaw("unread", path, "It was not hashed: it cannot be read, or there is too much here.")
        return
    if own in claims:
        known = ledger.things[own]
        ledger.know(known.kind, known.name, own, lies=path)
    ledger.told_of |= set(claims)
    if len(claims) > 1:
        told_by = ", ".join(f"{hash:.16} in {step}" for hash, step in sorted(claims.items(), key=lambda one: one[1]))
        ledger.flaw("twofold", path, f"Steps tell of it as of different things: {told_by}. It is {own:.16} now.")
    elif own not in claims:
        [(was, step)] = claims.items()
        ledger.flaw("changed", path, f"It has changed since {step}: it was {was:.16}, and is {own:.16}.")


def _sealed(ledger: Ledger, path: Path) -> None:
    """A manifest, and every file that it names."""
    try:
        found = told(path.parent)
    except InputError as error:
        ledger.flaw("damaged", path, f"{error!s:.200}")
        return
    if found is None:
        return
    chain, fault = found
    if fault:
        ledger.flaw("changed", path, f"{MANIFEST} is not as it was written: {fault}.")
        return
    for name, one in sorted(chain.entries[-1].artefacts.items()):
        file = path.with_name(name)
        own = None if file.is_symlink() else ledger.sum(file)
        if own is None:
            ledger.flaw("lost", file, "It is sealed, and not there.")
        elif own != one.sha256:
            ledger.flaw("changed", file, f"It is not as it was sealed: it was {one.sha256:.16}, and is {own:.16}.")


def _sought(ledger: Ledger, found: Walked, hash: str, name: str) -> None:
    """A thing that does not lie where it was may lie elsewhere by the same name."""
    for path in found.named.get(PurePosixPath(name).name, [])[:20]:
        if ledger.sum(path) == hash:
            known = ledger.things[hash]
            ledger.know(known.kind, known.name, hash, lies=path)
