"""What was made of what: which data, models and runs stand behind a report, and is that chain still whole?"""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from auditkit.lifecycle.lineage import BROKEN, Lineage
from auditkit.rendering import Turned, drawing, lineage_formats, vega_lineage, words
from dashboards.parts.charts import chart, is_dark
from dashboards.parts.downloads import download
from dashboards.parts.lineage.telling import SHOWN, STATES, flaw_item, report_item, step_rows, thing_rows
from dashboards.parts.lineage.tracing import traced, turns_in
from dashboards.parts.opened import shelf
from dashboards.parts.prose import MARKS, badge, html, said
from dashboards.parts.shelf import Shelf
from dashboards.parts.tables import table

NOTHING = (
    "<h2>Nothing to follow yet</h2><p>No step, report or run of auditkit lies in <code>{}</code>.</p><p><code>auditkit "
    "run plan.toml --out FOLDER</code> writes a report with the step that made it; <code>auditkit curate</code>, "
    "<code>tune</code>, <code>mitigate</code> and <code>prompt</code> write what they changed, with the audit before "
    "and after. Then load this page again.</p>"
)
READ = (
    "<p class='ak-soft'>From left to right: a box is a thing, known by its content; a pill is the step that made it. "
    "The same hash is the same thing, wherever it lies. Files were hashed again just now; models are known by what "
    "the steps say, and <code>auditkit verify FOLDER</code> fingerprints them again. A whole chain says nothing of "
    "whether its audits pass.</p>"
)
LEFT = "<p class='ak-soft'>{} more things, plans, policies and pages among them, stand in the table.</p>"
TURNS, FINDINGS = 8, 4
"""Turns, and comparisons of each, that are drawn."""


def show() -> None:
    """The page."""
    st.title("Lineage")
    lying = shelf()
    lineage = traced(lying.folder)
    if lineage is None:
        said(NOTHING, lying.folder)
        st.stop()
    _head(lineage)
    _graph(lineage)
    _turns(turns_in(lineage, lying.folder))
    _reports(lineage, lying)
    st.header("Every thing")
    table(thing_rows(lineage), "things", "every thing with its hash")
    st.header("Every step")
    table(step_rows(lineage), "steps", "every step with what it took and gave")


def _head(lineage: Lineage) -> None:
    """Whether the chain is whole, and where it is not."""
    outcome, word, sentence = STATES[lineage.exit_code]
    name = outcome.value.lower()
    counts = (f"{len(lineage.things):,}", f"{len(lineage.deeds):,}")
    said("<p class='ak-kicker'>{} things, {} steps</p>", *counts)
    said("<p class='ak-headline'><span class='{}'>{} {}</span>. {}</p>", name, MARKS[outcome], word, sentence)
    items = Markup("").join(flaw_item(flaw, flaw.kind in BROKEN) for flaw in lineage.flaws[:SHOWN])
    more = len(lineage.flaws) - SHOWN
    rest = html("<li>and {} more</li>", f"{more:,}") if more > 0 else ""
    if lineage.flaws:
        said("<ul>{}{}</ul>", items, rest, role="alert")


def _graph(lineage: Lineage) -> None:
    st.header("From what to what")
    said(READ)
    drawn = drawing(lineage)
    with st.container(key="lineage-graph"):
        st.vega_lite_chart(vega_lineage(drawn, dark=is_dark()), theme=None, key="lineage", width="content")
    download("SVG", lambda: lineage_formats(lineage)["svg"], "lineage", "lineage", "the graph as a picture")
    if drawn.left_out:
        said(LEFT, words.count(drawn.left_out))


def _turns(turns: list[tuple[str, Turned | str]]) -> None:
    """The audit before and after each change, with what it cost."""
    if not turns:
        return
    st.header("Before and after")
    for at, (where, told) in enumerate(turns[:TURNS]):
        if isinstance(told, str):
            said("<h2>{}</h2><p>{}</p>", where, told, role="alert")
            continue
        said("<h2>{}</h2>", words.short(told.what, 160))
        cost = badge(told.cost) if told.prices else html("<b>not measured</b>")
        said(
            "<p>{} before, {} after; what it cost: {}</p><p>{}</p>",
            badge(told.was),
            badge(told.now),
            cost,
            told.headline,
        )
        for k, shift in enumerate(told.shifts[:FINDINGS]):
            chart(shift.figure, f"turn {at} {k}", shift.title)
            said("<p class='ak-soft'>{} {}</p>", shift.moved, " ".join(shift.said))
        for k, price in enumerate(told.prices[:FINDINGS]):
            chart(price.figure, f"cost {at} {k}", price.name)
            said("<p class='ak-soft'>{} before, {} after: lost {}, {}. {}</p>", *_priced(price))
        if len(told.shifts) > FINDINGS:
            said("<p class='ak-soft'>{} more comparisons are in its turn.html.</p>", f"{len(told.shifts) - FINDINGS:,}")
    if len(turns) > TURNS:
        said("<p>{} more turns are in this folder.</p>", f"{len(turns) - TURNS:,}")


def _priced(price: object) -> tuple[str, ...]:
    return tuple(str(getattr(price, name)) for name in ("before", "after", "lost", "margin", "sentence"))


def _reports(lineage: Lineage, lying: Shelf) -> None:
    ids = [entry.id for entry in lying.reports]
    items = [item for one in lineage.things if one.kind == "report" and (item := report_item(one, ids))]
    if items:
        st.header("Reports in the chain")
        more = html("<li>and {} more, in the table below</li>", f"{len(items) - 4 * SHOWN:,}")
        said("<ul>{}{}</ul>", Markup("").join(items[: 4 * SHOWN]), more if len(items) > 4 * SHOWN else "")


if __name__ == "__main__":
    show()
