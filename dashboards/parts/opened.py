"""What is in a report, opened once: kept by a digest of its bytes, never by a table."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from auditkit import AuditkitError, Judgement, Report
from auditkit.opening import LONGEST, judged, read_report
from dashboards.parts.prose import said
from dashboards.parts.shelf import Entry, Shelf, chosen_folder, shelf_of

TOO_LARGE = "{} has {:,} bytes, and {:,} are the most that is opened here. Audit with fewer detectors or levels."
LINK = "{} is a link, and links are not followed here. Put what it points to in its place."
TOO_MUCH = "{} takes more memory than there is. Audit with fewer detectors or levels."
STRANGE = "{} is not as auditkit writes it ({}: {}). Audit again."
BESIDE = "judgement.json"


@dataclass(frozen=True)
class Opened:
    """A report and what was judged of it; `unused` says why the judgement beside it was not used, where it was not."""

    entry: Entry
    report: Report
    judgement: Judgement
    unused: str
    digest: str


def shelf() -> Shelf:
    """What is in the folder now."""
    return shelf_of(chosen_folder())


def opened(entry: Entry) -> Opened:
    """A report with its judgement; raises `AuditkitError` for what cannot be read."""
    named = digest(entry)
    return Opened(entry, *_kept(named, entry), named)


def read(entry: Entry) -> tuple[Report, Judgement, str]:
    """A report, its judgement, and why the one beside it was not used; read anew, and not kept."""
    try:
        report = read_report(entry.path)
        return report, *judged(report, entry.path.with_name(BESIDE))
    except MemoryError as error:
        raise AuditkitError(TOO_MUCH.format(entry.path.name)) from error
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise AuditkitError(STRANGE.format(entry.path.name, type(error).__name__, error)) from error


@contextmanager
def friendly(what: str, then: str = "") -> Iterator[None]:
    """Say in a sentence why something cannot be shown, then what to do, and go no further."""
    try:
        yield
    except (AuditkitError, OSError) as error:
        said("<h2>{} cannot be shown</h2><p>{}</p><p>{}</p>", what, str(error), then, role="alert")
        st.stop()


def digest(entry: Entry) -> str:
    """Of the report's bytes, and of all that could change how it is judged: what lies beside it."""
    told = hashlib.sha256(os.fsencode(entry.path))
    for name in (entry.path.name, BESIDE, "auditkit.manifest.json"):
        told.update(name.encode() + _digest_of(entry.path.with_name(name)))
    return told.hexdigest()


def _digest_of(path: Path) -> bytes:
    """Of a file's bytes, none where it is not there; raises `AuditkitError` for what is not opened here."""
    if path.is_symlink():
        raise AuditkitError(LINK.format(path.name))
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > LONGEST:
            raise AuditkitError(TOO_LARGE.format(path.name, size, LONGEST))
        return hashlib.file_digest(file, "sha256").digest()


@st.cache_resource(max_entries=12, show_spinner="Opening the report …")
def _kept(digest: str, _entry: Entry) -> tuple[Report, Judgement, str]:
    return read(_entry)
