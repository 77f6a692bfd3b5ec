"""What lies behind a finding, and what did a model answer? Rates, rows and cells of a report; a run, cell by cell."""

from __future__ import annotations

import streamlit as st

from auditkit import Finding, Outcome
from auditkit.rendering import gravest, ranked
from dashboards.parts.cells import headers
from dashboards.parts.evidence.behind import sentence, show_cells, show_counts, show_rows
from dashboards.parts.evidence.browsed import browsed, reports_beside, runs_of
from dashboards.parts.evidence.through import show_cell, show_crosstab
from dashboards.parts.opened import Opened, friendly, shelf
from dashboards.parts.picking import FINDING, REPORT, id_of, pick_report
from dashboards.parts.prose import badge, label, said
from dashboards.parts.runs import RUN, pick_run

KINDS = ("A finding", "A run")
MOST = 6
"""Runs that a report is said to have looked at."""
GONE = "<p>This report has no such finding any more; here is the gravest.</p>"


def show() -> None:
    """The page."""
    st.title("Evidence")
    st.query_params.from_dict(
        st.query_params.to_dict()
    )  # a link from this page to itself leaves the browser's as it was
    if _kind() == KINDS[1]:
        _run()
    else:
        _finding()


def _kind() -> str:
    """What the address asks for; a finding where there is any report."""
    lying = shelf()
    asks = RUN in st.query_params or (not lying.reports and REPORT not in st.query_params)
    kind = KINDS[1] if asks and (lying.runs or RUN in st.query_params) else KINDS[0]
    if lying.runs and lying.reports:
        st.session_state["evidence of"] = kind
        st.sidebar.segmented_control("Evidence of", KINDS, key="evidence of", required=True, on_change=_turn)
    return kind


def _turn() -> None:
    """The address follows the switch."""
    lying = shelf()
    entry = (lying.runs if st.session_state["evidence of"] == KINDS[1] else lying.reports)[0]
    st.query_params.from_dict({RUN if entry.kind == "run" else REPORT: entry.id})


def _finding() -> None:
    found = pick_report()
    if not found.report.findings:
        said("<p>This report tells no finding, so there is nothing behind one.</p>")
        return
    finding, outcome = _pick(found)
    said("<p class='ak-ev-lead'>{} {}</p>", badge(outcome), finding.sentence)
    said("<p class='ak-ev-note'>{} · {}</p>", finding.code, finding.basis)
    here = {REPORT: found.entry.id, FINDING: id_of(finding)}
    with st.container(horizontal=True):
        st.page_link("views/report.py", label="This finding in its report", query_params=here)
        runs = runs_of(found)
        for run in runs[:MOST]:
            name = "The run that it looked at" if len(runs) == 1 else f"The run {label(run.id)}"
            st.page_link("views/evidence.py", label=name, query_params={RUN: run.id})
    show_counts(finding)
    show_rows(finding)
    for note in finding.notes:
        said("<p class='ak-ev-note'>{}</p>", note)
    show_cells(found, finding)


def _pick(found: Opened) -> tuple[Finding, Outcome | None]:
    """The finding that the address names, else the gravest."""
    told = {id_of(finding): (finding, gravest(said)) for finding, said in ranked(found.report, found.judgement)}
    ids, asked = list(told), st.query_params.get(FINDING)
    if asked is not None and asked not in told:
        said(GONE, role="alert")
    names = dict(zip(ids, headers(sentence(finding) for finding, _ in told.values()), strict=True))
    at = ids.index(asked) if asked in told else 0
    chosen = st.selectbox("Finding", ids, at, format_func=names.__getitem__)
    if chosen != asked:
        st.query_params.from_dict({REPORT: found.entry.id, FINDING: chosen})
    return told[chosen]


def _run() -> None:
    entry = pick_run()
    with friendly(entry.id):
        found = browsed(entry)
        counts = found.counts
        said("<p class='ak-ev-lead'>{}</p>", found.title)
        said(
            "<p class='ak-ev-note'>{} answers: {} answered, {} refused, {} failed.</p>",
            *(f"{n:,}" for n in (counts.every, counts.answered, counts.refused, counts.failed)),
        )
        with st.container(horizontal=True):
            for report in reports_beside(entry):
                there = {REPORT: report.id}
                st.page_link("views/report.py", label="The report that it answers", query_params=there)
                st.page_link("views/evidence.py", label="Evidence of its findings", query_params=there)
            st.page_link("views/label.py", label="Label its answers", query_params={RUN: entry.id})
        if not len(found):
            said("<p>Nothing is answered yet. Load this page again when the run has begun.</p>")
            return
        show_cell(found, show_crosstab(found))


if __name__ == "__main__":
    show()
