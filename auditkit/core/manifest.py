"""What an audit's files were when they were written: a chain of entries, each of which holds the hash of the last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from auditkit.core.errors import InputError
from auditkit.core.wire import affordable

SCHEMA = 1
MANIFEST, ENVELOPE, JUDGEMENT = "auditkit.manifest.json", "auditkit.manifest.dsse.json", "judgement.json"
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
LONGEST = 200


class Fact(NamedTuple):
    """One thing that was looked at, what was found, and whether it is sound; `None` where it could not be told."""

    what: str
    found: str
    sound: bool | None = True


@dataclass(frozen=True, slots=True)
class Artefact:
    """The raw bytes of a file: how many, and their SHA-256.

    A `given` one was read, and not written, by auditkit; `judgement` is the SHA-256 of the judgement that a page shows.
    """

    size: int
    sha256: str
    given: bool = False
    judgement: str = ""

    @classmethod
    def of(cls, raw: bytes, given: bool = False, judgement: str = "") -> Artefact:
        """What is kept of these bytes."""
        return cls(len(raw), digest(raw), given, judgement)

    def holds(self, raw: bytes) -> bool:
        """Whether these are the bytes."""
        return (self.size, self.sha256) == (len(raw), digest(raw))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Artefact:
        """Read the wire format; raises `TypeError` for anything else."""
        found = cls(**data)
        if [type(part) for part in asdict(found).values()] != [int, str, bool, str]:
            raise TypeError("an artefact is a number of bytes and a SHA-256")
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """Every artefact as it was when a command had written, what was judged by what, and the hash of the entry before.

    `auditkit` is the version that wrote; `time` (UTC) and `host` stand nowhere but here; `commit` is the one that a
    pipeline says it runs on.
    """

    artefacts: Mapping[str, Artefact]
    report_hash: str = ""
    policy_hash: str = ""
    baseline_hash: str = ""
    auditkit: str = ""
    time: str = ""
    host: str = ""
    commit: str = ""
    previous: str = ""

    @property
    def hash(self) -> str:
        """SHA-256 of its canonical JSON: what `jq -cjS` prints of it, hashed."""
        return digest(canonical(asdict(self)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Entry:
        """Read the wire format; raises `TypeError`, `ValueError` or `AttributeError` for anything else."""
        parts = dict(data)
        artefacts = {name: Artefact.from_dict(one) for name, one in parts.pop("artefacts").items()}
        for name in artefacts:
            if not is_plain(name):
                raise ValueError(f"{name[:LONGEST]!r} is no name of a file beside the manifest")
        found = cls(artefacts, **parts)
        if len(parts) != len(asdict(found)) - 1 or not all(isinstance(part, str) for part in parts.values()):
            raise TypeError("an entry has other parts")
        return found


@dataclass(frozen=True)
class Manifest:
    """The entries in order; `head`, the hash of the last, stands for them all.

    >>> one = Manifest().appended(Entry({"report.json": Artefact.of(b"{}")}))
    >>> two = one.appended(Entry(one.entries[0].artefacts))
    >>> two.entries[1].previous == one.head, two.fault(two.to_json().encode()), two.fault(two.to_json().encode() + b" ")
    (True, '', 'it is not in canonical form')
    """

    entries: tuple[Entry, ...] = ()
    head: str = ""

    def appended(self, entry: Entry) -> Manifest:
        """The chain with one entry more."""
        linked = replace(entry, previous=self.head)
        return Manifest((*self.entries, linked), linked.hash)

    def until(self, k: int) -> Manifest:
        """The chain as it was when it had k entries."""
        return Manifest(self.entries[:k], self.entries[k - 1].hash)

    def fault(self, raw: bytes) -> str:
        """What shows that these bytes are not as they were written; nothing where all is well.

        Every changed byte does, and every entry that was changed, deleted, moved, repeated or put in. The end of the
        chain cut off and the head computed anew do not: only a signature, or a head that was kept elsewhere, shows it.
        """
        if raw != self.to_json().encode("utf-8", "surrogatepass"):
            return "it is not in canonical form"
        before = ""
        for k, entry in enumerate(self.entries, 1):
            if entry.previous != before:
                return f"entry {k} of {len(self.entries)} does not follow the one before it"
            before = entry.hash
        return "" if before == self.head else "its head is not the hash of its last entry"

    def to_json(self) -> str:
        """The wire format, in the one form that is accepted: sorted keys, one space a level, a new line at the end."""
        told = {"schema": SCHEMA, "entries": [asdict(entry) for entry in self.entries], "head": self.head}
        return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, raw: bytes) -> Manifest:
        """Read the wire format; raises `InputError` for what is no manifest, or a newer one."""
        try:
            affordable(raw.decode("latin-1"))  # which changes no sign that is weighed
            data = json.loads(raw)
            if data["schema"] != SCHEMA:
                raise InputError(
                    f"This manifest has schema {data['schema']!r:.40} and this auditkit reads schema {SCHEMA}. "
                    "Read it with the version that wrote it."
                )
            entries = tuple(Entry.from_dict(entry) for entry in data["entries"])
            if not entries or not isinstance(data["head"], str):
                raise ValueError("it has no entries")
            return cls(entries, data["head"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(
                f"This manifest is damaged: {type(error).__name__}: {error!s:.300}. Restore it; without it nothing "
                "tells whether the files beside it are as they were written."
            ) from error


def is_plain(name: str) -> bool:
    """Whether a name can only be that of a file in the manifest's own folder, on any system.

    >>> [is_plain(name) for name in ("report.json", "../../etc/passwd", "a\\nb", "..", "C:x", "nul.json", "größe.json")]
    [True, False, False, False, False, False, True]
    """
    if not name.isprintable() or not 0 < len(name) <= LONGEST or set(name) & set("/\\:"):
        return False
    return name not in (".", "..", MANIFEST, ENVELOPE) and not RESERVED.fullmatch(name)


def digest(raw: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON in one form, as by RFC 8785 for what has no numbers but whole ones: sorted keys, no white space, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")
