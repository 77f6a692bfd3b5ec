"""What was looked at, and the bytes of a folder held against its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditkit.attesting import attested
from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import ENVELOPE, JUDGEMENT, Artefact, Fact, Manifest, digest
from auditkit.core.step import FILE, Step
from auditkit.sealing import astray, raw_bytes


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


def entries(n: int) -> str:
    """So many entries, in words."""
    return "1 entry" if n == 1 else f"{n:,} entries"


def held(folder: Path, name: str, artefact: Artefact, raw: dict[str, bytes]) -> Fact:
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


def signature(folder: Path, chain: Manifest, raw: dict[str, bytes], key: Path | None) -> list[Fact]:
    """What is signed, where anything is; where a key is given something must be."""
    try:
        envelope = raw_bytes(folder / ENVELOPE)
    except FileNotFoundError:
        return [] if key is None else [Fact(ENVELOPE, "is not there: nothing is signed", False)]
    except OSError as error:
        return [Fact(ENVELOPE, f"cannot be read: {error.strerror or error}", False)]
    return [attested(envelope, chain, signable(raw), key)]


def signable(raw: Mapping[str, bytes]) -> Judgement | Step | None:
    """What a signature of a folder is about: its judgement, where it has none its step; nothing where it has neither.

    Raises `InputError` where that cannot be read.
    """
    if JUDGEMENT in raw:
        return judgement_of(raw[JUDGEMENT])
    return Step.from_json(raw[FILE].decode("utf-8", "replace")) if FILE in raw else None


def lone(path: Path) -> bytes:
    """The bytes of a file that no manifest tells of; raises `InputError` where it cannot be read."""
    try:
        return raw_bytes(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.{astray(path, error)}") from error


def judgement_of(raw: bytes) -> Judgement:
    """The judgement that these bytes are; raises `InputError` for anything else."""
    return Judgement.from_json(raw.decode("utf-8", "replace"))
