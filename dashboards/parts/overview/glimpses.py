"""What is in each report of the folder, at a glance: read once, kept by the digest of its bytes; the rest is let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import streamlit as st

from auditkit import AuditkitError, Judgement, Outcome, Report
from auditkit.opening import sealed_at
from auditkit.rendering import summarise
from dashboards.parts.opened import STRANGE, digest, read
from dashboards.parts.overview.map import Column, Mark, marks
from dashboards.parts.shelf import Entry

PATIENCE = 0.4
"""Seconds after which it is shown how far reading is."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A report in a few words: what was audited, what came of it, and the mark of each family that was asked; `sealed`
    is when auditkit wrote it, where a manifest says so."""

    digest: str
    subject: str
    sources: tuple[str, ...]
    rows: int
    findings: int
    outcome: Outcome
    headline: str
    marks: Mapping[str, Mark]
    unused: str
    sealed: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that should be a report: what it is, or why it cannot be shown."""

    entry: Entry
    told: Glimpse | None
    why: str = ""

    @property
    def moment(self) -> float:
        """When auditkit wrote it, where a manifest says so, else when its file was last written."""
        return self.entry.changed if self.told is None or self.told.sealed is None else self.told.sealed

    @property
    def when(self) -> str:
        """That moment by this machine's clock."""
        return datetime.fromtimestamp(self.moment).strftime("%Y-%m-%d %H:%M")


def glimpse_of(
    report: Report, judgement: Judgement, unused: str, digest: str, sealed: datetime | None = None
) -> Glimpse:
    """A report in a few words."""
    told, recipe = summarise(report, judgement), report.recipe
    titles = tuple(sorted({str(source["title"]) for source in recipe.sources if source.get("title")}))
    found, outcome = len(report.findings), judgement.outcome
    marked = marks(report, told)
    said = None if sealed is None else sealed.timestamp()
    return Glimpse(digest, recipe.subject, titles, recipe.rows, found, outcome, told.headline, marked, unused, said)


def look(entry: Entry) -> Seen:
    """A report at a glance; what cannot be read is said and raises nothing."""
    try:
        return Seen(entry, *_glimpsed(digest(entry), entry))
    except (AuditkitError, OSError) as error:
        return Seen(entry, None, str(error))
    except Exception as error:  # one file that nobody foresaw does not take the list down
        return Seen(entry, None, _strange(entry, error))


def look_at(entries: Sequence[Entry]) -> list[Seen]:
    """Every report at a glance, the newest first, with how far that is where it takes long."""
    seen, began, bar = list[Seen](), monotonic(), None
    for entry in entries:
        seen.append(look(entry))
        if bar is None and monotonic() - began > PATIENCE:
            bar = st.progress(0.0)
        if bar is not None:
            bar.progress(len(seen) / len(entries), f"Reading reports: {len(seen):,} of {len(entries):,}")
    if bar is not None:
        bar.empty()
    return sorted(seen, key=lambda one: (-one.moment, one.entry.id))


def columns_of(latest: Sequence[Seen]) -> list[Column]:
    """Subjects as the map shows them."""
    return [Column(one.entry.id, one.told.subject, one.when[:10], one.told.marks) for one in latest if one.told]


@st.cache_resource(max_entries=5_000, show_spinner=False)
def _glimpsed(digest: str, _entry: Entry) -> tuple[Glimpse | None, str]:
    try:
        return glimpse_of(*read(_entry), digest, sealed_at(_entry.path)), ""
    except AuditkitError as error:
        return None, str(error)
    except Exception as error:
        return None, _strange(_entry, error)


def _strange(entry: Entry, error: Exception) -> str:
    return STRANGE.format(entry.path.name, type(error).__name__, error)
