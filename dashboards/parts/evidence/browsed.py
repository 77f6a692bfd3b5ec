"""A run, opened once: kept by what names its state, as are the pictures that were made small for a page."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st

from auditkit import AuditkitError
from auditkit.browsing import Browsed, browse, digest, small
from dashboards.parts.opened import shelf
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


def run_beside(report: Entry) -> Entry | None:
    """The run that answers to a report, where it lies beside it as `auditkit run` puts it."""
    return next((run for run in shelf().runs if run.path == report.path.parent / "run"), None)


def reports_beside(run: Entry) -> list[Entry]:
    """The reports that lie beside a run."""
    return [one for one in shelf().reports if run.path.name == "run" and one.path.parent == run.path.parent]


@st.cache_resource(max_entries=4, show_spinner="Opening the run …")
def _browse(digest: str, _run: Path) -> Browsed:
    return browse(_run)


@st.cache_data(max_entries=500, show_spinner=False)
def _small(run: str, address: str, side: int) -> str:
    return base64.b64encode(small(Path(run), address, side)).decode("ascii")
