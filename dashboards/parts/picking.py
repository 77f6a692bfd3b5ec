"""Which report is looked at, and which of its findings? The address says so, and a link shares it."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

import streamlit as st

from auditkit import Finding
from dashboards.parts.opened import Opened, friendly, opened, shelf
from dashboards.parts.prose import said
from dashboards.parts.shelf import Entry, Shelf

REPORT, FINDING = "report", "finding"
EMPTY = "There is no report in this folder"
HOW = (
    "<p><code>auditkit audit TABLE --group COLUMN --outcome COLUMN --out FOLDER</code> makes a first one, "
    "<code>auditkit run plan.toml --out FOLDER</code> one by a plan, <code>auditkit demo</code> many. Then load this "
    "page again.</p>"
)
THEN = (
    "Nothing was changed. Restore the file, or audit again, and load this page again; or choose another report at the "
    "side."
)


def pick_report(place: str = "Report") -> Opened:
    """The report that the address names, else the one looked at last, else the newest; says so where there is none."""
    lying = shelf()
    if not lying.reports:
        empty(lying)
    ids = [entry.id for entry in lying.reports]
    asked = st.query_params.get(REPORT)
    if asked is not None and asked not in ids:
        said("<p>There is no report <code>{}</code> in this folder any more; here is another.</p>", asked, role="alert")
    at = next((id for id in (asked, st.session_state.get("looked at")) if id in ids), ids[0])
    chosen = st.sidebar.selectbox(place, ids, ids.index(at))
    if chosen != asked:
        st.query_params.pop(FINDING, None)  # of the report that was; what else a page asks stays in the address
        st.query_params[REPORT] = chosen
    st.session_state["looked at"] = chosen
    return open_entry(lying.reports[ids.index(chosen)])


def open_entry(entry: Entry) -> Opened:
    """A report, or the sentence why it cannot be shown, and no further."""
    with friendly(entry.id, THEN):
        return opened(entry)


def link(page: str, **query: str) -> str:
    """The address of a page from any other, for a link in a sentence of ours.

    >>> link("report", report="a b/report.json", family="selection")
    'report?report=a+b%2Freport.json&family=selection'
    """
    return f"{page}?{urlencode(query)}"


def empty(lying: Shelf) -> None:
    """The page of a folder without reports."""
    said("<h2>{}</h2><p><code>{}</code></p>" + HOW, EMPTY, lying.folder)
    st.stop()


def id_of(finding: Finding) -> str:
    """What a link calls a finding: it is the same in every report that tells it."""
    return hashlib.sha256(json.dumps(list(finding.key)).encode()).hexdigest()[:16]
