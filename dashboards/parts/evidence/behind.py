"""What lies behind a finding: the rates it compares, the rows that were kept of it, and the cells of its report."""

from __future__ import annotations

from typing import Any

import streamlit as st

from auditkit import Finding
from auditkit.rendering import counted, counted_rows, quoted, sheet, words
from dashboards.parts.cells import MOST_LEVELS, MOST_ROWS, axes_of, behind, cell_rows, headers
from dashboards.parts.charts import chart
from dashboards.parts.evidence.gallery import show_sheet
from dashboards.parts.evidence.passages import show_quoted
from dashboards.parts.opened import Opened
from dashboards.parts.prose import label, said
from dashboards.parts.tables import table

WILSON = (
    "Thin: the 95 % interval, thick: the 90 % one, by Wilson's score, which takes rows for independent. Dashed: {}."
)
HOW = (
    "No rows are kept with this finding. <code>exemplars = 5</code> in the plan, or <code>auditkit.audit(…, "
    "exemplars=5)</code>, keeps five of each of its cells; a report that was saved for sharing never has any."
)
UNCOUNTED = "This finding has no counts of its own: it is not a comparison of rates, or it was withheld for sharing."


def show_counts(finding: Finding) -> None:
    """How many of how many rows each group has."""
    st.header("Rates by group")
    rows = counted_rows(finding)
    if not rows:
        said("<p>{}</p>", UNCOUNTED)
        return
    figure = counted(finding)
    if figure is None:
        said("<p>Rows are weighted here, so counts alone do not tell how sure a rate is: it has no interval.</p>")
    else:
        against = any(count.label == finding.versus for count in finding.counts)
        chart(figure, "rates", "rates")
        said(
            f"<p class='ak-ev-note'>{WILSON}</p>",
            f"the rate of {words.short(finding.versus, 60)}" if against else "that of all together",
        )
    table(rows, "rates", "rates")


def show_rows(finding: Finding) -> None:
    """The rows that were kept: pictures as a gallery, answers in words as passages, others as a table."""
    st.header("Rows behind it")
    if not finding.exemplars:
        said(f"<p>{HOW}</p>")
        return
    pictures, answers = sheet(finding), quoted(finding)
    if pictures is not None:
        show_sheet(pictures)
    if answers is not None:
        show_quoted(answers)
    rows = [{"cell": one.label, **dict(one.values)} for one in finding.exemplars]
    if pictures is None and answers is None:
        table(rows, "kept", "rows")
    else:
        with st.expander("Every value of these rows"):
            table(rows, "kept", "rows")


def show_cells(found: Opened, finding: Finding) -> None:
    """Everything that the report counted, to be filtered."""
    st.header("Cells of the report")
    axes = axes_of(found.report)
    if not axes:
        said("<p>This report holds no cells: nothing was counted, or they were left out when it was saved.</p>")
        return
    shown = st.multiselect("Columns", list(axes), list(axes), format_func=axes.__getitem__)
    chosen = behind(found.report, finding)
    if not (chosen and st.toggle("Only what this finding compares", value=True)):
        chosen = {}
    chosen |= _filtered(found, axes)
    rows = cell_rows(found.report, shown, chosen)
    cut = f" The first {MOST_ROWS:,} are shown: choose fewer columns." if len(rows) > MOST_ROWS else ""
    said("<p class='ak-ev-note'>{} cells.{}</p>", f"{len(rows):,}", cut)
    table(rows[:MOST_ROWS], "cells", "cells")


def _filtered(found: Opened, axes: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The levels that were chosen, by axis, of those that have few enough to choose from."""
    cells: Any = found.report.cells
    few = [axis for axis in axes if len(cells.levels_of(axis)) <= MOST_LEVELS]
    chosen = {}
    with st.expander("Filter by level"):
        for axis in few:
            levels = list(cells.levels_of(axis))
            told = dict(zip(levels, headers(levels), strict=True))
            if picked := st.multiselect(label(axes[axis]), levels, format_func=told.__getitem__, key=f"levels {axis}"):
                chosen[axis] = tuple(picked)
    return chosen


def _by(finding: Finding) -> str:
    return f" by {words.short(finding.attribute, 40)}" if finding.attribute else ""


def sentence(finding: Finding) -> str:
    """A finding in the words of a list."""
    return words.short(f"{finding.estimand}{_by(finding)}: {words.comparison(finding, 60)} · {finding.code}", 160)
