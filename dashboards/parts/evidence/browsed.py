"""A run, opened once: kept by what names its state, as are the pictures that were made small for a page."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st

from auditkit import AuditkitError
from auditkit.browsing import Browsed, browse, digest, small, source
from dashboards.parts.opened import Opened, opened, shelf
from dashboards.parts.shelf import Entry

SIDE = 160
"""Pixels of the longer side of a picture among others."""


def browsed(entry: Entry) -> Browsed:
    """A run as it is now; raises `AuditkitError` for what cannot be read."""
    return _browse(digest(entry.path), entry.path)


def shot(run: Path, address: str, side: int = SIDE) -> tuple[str, str]:
    """A picture of a run as an address that holds it, and why there is none."""
    try:
        return f"data:image/png;base64,{_small(str(run), address, side)}", ""
    except AuditkitError as error:
        return "", str(error)


def runs_of(found: Opened) -> list[Entry]:
    """The runs that a report looked at: beside it, as `auditkit run` puts one, and those that it names."""
    beside = found.entry.path.parent / "run"
    told = {tuple(sorted(source.items())) for source in found.report.recipe.sources} - {()}
    return [run for run in shelf().runs if run.path == beside or (told and _source(run.path, run.changed) in told)]


def reports_beside(run: Entry) -> list[Entry]:
    """The reports that lie beside a run, and those of its name that say that they looked at it."""
    named = [one for one in shelf().reports if _beside(one, run) or one.path.stem == run.path.name]
    return [one for one in named if _beside(one, run) or _names(one, run)]


def _beside(report: Entry, run: Entry) -> bool:
    return run.path.name == "run" and report.path.parent == run.path.parent


def _names(report: Entry, run: Entry) -> bool:
    try:
        return run in runs_of(opened(report))
    except (AuditkitError, OSError):
        return False


@st.cache_data(max_entries=2_000, show_spinner=False)
def _source(run: Path, changed: float) -> tuple[tuple[str, str], ...]:
    """What a report that looks at a run says of it; nothing where the run cannot be read. `changed` is for the key."""
    try:
        return tuple(sorted(source(run).items()))
    except (AuditkitError, OSError):
        return ()


@st.cache_resource(max_entries=4, show_spinner="Opening the run …")
def _browse(digest: str, _run: Path) -> Browsed:
    return browse(_run)


@st.cache_data(max_entries=500, show_spinner=False)
def _small(run: str, address: str, side: int) -> str:
    return base64.b64encode(small(Path(run), address, side)).decode("ascii")
