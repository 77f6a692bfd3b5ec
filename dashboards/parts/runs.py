"""Which run is looked at? The address says so, and a link shares it."""

from __future__ import annotations

import streamlit as st

from dashboards.parts.opened import shelf
from dashboards.parts.prose import said
from dashboards.parts.shelf import Entry

RUN = "run"
NONE = (
    "<h2>There is no run in this folder</h2><p><code>{}</code></p><p>A run is what a model was asked and answered. "
    "<code>auditkit run plan.toml --out FOLDER</code> makes one where the plan has a probe and a target, and keeps it "
    "in <code>FOLDER/run</code>. Then load this page again.</p>"
)
GONE = "<p>There is no run <code>{}</code> in this folder any more; here is another.</p>"


def pick_run(place: str = "Run") -> Entry:
    """The run that the address names, else the one looked at last, else the newest; says so where there is none."""
    lying = shelf()
    if not lying.runs:
        said(NONE, lying.folder)
        st.stop()
    ids = [entry.id for entry in lying.runs]
    asked = st.query_params.get(RUN)
    if asked is not None and asked not in ids:
        said(GONE, asked, role="alert")
    at = next((id for id in (asked, st.session_state.get("looked through")) if id in ids), ids[0])
    chosen = st.sidebar.selectbox(place, ids, ids.index(at))
    st.session_state["looked through"] = chosen
    if chosen != asked:
        st.query_params.from_dict({RUN: chosen})
    return lying.runs[ids.index(chosen)]
