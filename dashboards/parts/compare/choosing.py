"""Which reports stand side by side? The address says so, and a link shares them; else the two newest of one subject."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from auditkit import AuditkitError
from auditkit.rendering import words
from dashboards.parts.opened import Opened, opened
from dashboards.parts.picking import REPORT
from dashboards.parts.prose import said
from dashboards.parts.shelf import Entry, Shelf

WITH = "with"
KEY = "compare with"
MOST, LOOKED = 5, 8
"""Reports that stand side by side, and how many of the newest are opened to find two of one subject."""


def choose(lying: Shelf) -> list[Entry]:
    """The reports that the address names or the reader picks, in that order: the first is what others are held to."""
    ids = [entry.id for entry in lying.reports]
    asked = [*st.query_params.get_all(REPORT), *st.query_params.get_all(WITH)]
    if KEY not in st.session_state:
        there = [id for id in dict.fromkeys(asked) if id in ids]
        st.session_state[KEY] = (there if len(there) >= 2 else there or first_two(lying.reports))[:MOST]
    _tell_gone([id for id in asked if id not in ids])
    st.session_state[KEY] = [id for id in st.session_state[KEY] if id in ids]
    chosen = st.multiselect(
        "Reports, the one that the others are held to first",
        ids,
        key=KEY,
        max_selections=MOST,
        format_func=words.plain,
        placeholder="Choose two to five reports",
    )
    if chosen != st.query_params.get_all(WITH) or REPORT in st.query_params:
        st.query_params.from_dict({WITH: chosen})
    return [lying.reports[ids.index(id)] for id in chosen]


def first_two(entries: Sequence[Entry]) -> list[str]:
    """The two newest reports of one subject, the older first; the two newest where no two share theirs."""
    newest = [found for entry in entries[:LOOKED] if (found := _readable(entry)) is not None]
    subjects = [one.report.recipe.subject for one in newest]
    twice = next((subject for subject in subjects if subjects.count(subject) > 1), None)
    two = [one.entry.id for one in newest if twice in (None, one.report.recipe.subject)][:2]
    return two[::-1]


def _readable(entry: Entry) -> Opened | None:
    try:
        return opened(entry)
    except (AuditkitError, OSError):
        return None


def _tell_gone(gone: Sequence[str]) -> None:
    if gone:
        said("<p>Not in this folder any more: <code>{}</code>.</p>", ", ".join(gone), role="alert")
