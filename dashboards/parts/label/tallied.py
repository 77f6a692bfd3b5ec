"""What the labels come to: how many, by whom, whether raters agree, and what to do with them."""

from __future__ import annotations

import streamlit as st

from auditkit.rendering import csv_text
from dashboards.parts.downloads import filename
from dashboards.parts.label.standing import (
    Standing,
    agreed,
    disputed_rows,
    enough,
    label_rows,
    next_command,
    strata_rows,
    truth_rows,
    untold,
)
from dashboards.parts.prose import said
from dashboards.parts.shelf import Entry
from dashboards.parts.tables import table

APART = "How many of each reading are labelled is told when nobody looks: it would say what the annotator had read."


def tallied(entry: Entry, attribute: str, found: Standing, apart: bool) -> None:
    """The panel below what is labelled; while somebody looks, `apart`, it says nothing of readings."""
    st.header("How many are labelled")
    if apart:
        said("<p>{}</p>", APART)
        return
    st.button("Count again", key="count again")
    if not found.progress.raters and not any(one.untold for one in found.progress.strata):
        said("<p>Nobody has labelled this attribute yet.</p>")
        return
    read, people = st.columns([5, 2], gap="large")
    with read:
        table(strata_rows(found.progress), "strata", f"{attribute} read")
    with people:
        table(truth_rows(found.progress), "truths", f"{attribute} said")
    said("<p>{}</p><p>{}</p>", enough(found.progress), untold(found.progress))
    said("<p>The next audit uses them:</p>")
    st.code(next_command(entry.path, attribute), language=None, wrap_lines=True)
    st.header("Do raters agree?")
    _raters(attribute, found)
    st.download_button(
        "All labels of this run as CSV",
        lambda: csv_text(label_rows(entry.path)),
        f"{filename(entry.id)}-labels.csv",
        "text/csv",
        key="csv labels",
        on_click="ignore",
    )


def _raters(attribute: str, found: Standing) -> None:
    """Who looked at how many, and how far they agree."""
    rows = [{"rater": rater, "outputs looked at": n} for rater, n in found.progress.raters.items()]
    table(rows, "raters", f"{attribute} raters")
    said("<p>{}</p>", agreed(found.agreement))
    if found.disputed:
        table(disputed_rows(found), "disputed", f"{attribute} disputed")
