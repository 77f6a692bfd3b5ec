"""What is in a report, opened once: kept by a digest of its bytes, never by a table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from auditkit import AuditkitError, Judgement, Report
from auditkit.opening import judged, read_report
from dashboards.parts.prose import said
from dashboards.parts.shelf import Entry, Shelf, chosen_folder, shelf_of

LARGEST = 256 << 20
"""Bytes of a report; a larger file is not opened."""
TOO_LARGE = "It has {:,} bytes, and {:,} are the most that is opened here. Audit with fewer detectors or levels."


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
    size = entry.path.stat().st_size
    if size > LARGEST:
        raise AuditkitError(TOO_LARGE.format(size, LARGEST))
    digest = _digest(entry)
    report, judgement, unused = _read(digest, entry)
    return Opened(entry, report, judgement, unused, digest)


@contextmanager
def friendly(what: str) -> Iterator[None]:
    """Say in a sentence why something cannot be shown, and go no further."""
    try:
        yield
    except (AuditkitError, OSError) as error:
        said("<h3>{} cannot be shown</h3><p>{}</p>", what, str(error), role="alert")
        st.stop()


def _digest(entry: Entry) -> str:
    """Of the report's bytes, and of all that could change how it is judged: what lies beside it."""
    told = hashlib.sha256(str(entry.path).encode("utf-8", "replace"))
    for name in (entry.path.name, "judgement.json", "auditkit.manifest.json"):
        beside = entry.path.with_name(name)
        told.update(beside.read_bytes() if beside.is_file() else b"-")
        told.update(b"|")
    return told.hexdigest()


@st.cache_resource(max_entries=12, show_spinner="Opening the report …")
def _read(digest: str, _entry: Entry) -> tuple[Report, Judgement, str]:
    report = read_report(_entry.path)
    return report, *judged(report, _entry.path.with_name("judgement.json"))
