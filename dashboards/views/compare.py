"""What is otherwise in another release, model, dose or decoder, how sure is that, and were they made alike?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from auditkit.rendering import Beside, Changes, Figure, Shared, Sweep, beside, sweeps
from dashboards.parts import comparison as rows
from dashboards.parts.charts import chart
from dashboards.parts.compare.choosing import choose
from dashboards.parts.opened import Opened, shelf
from dashboards.parts.picking import empty, open_entry
from dashboards.parts.prose import html, said
from dashboards.parts.tables import table

COMPARING = "Comparing: how both reports vary with their units shows how surely they differ …"
SHOWN, SWEPT = 8, 6
"""Comparisons, and sweeps, that are drawn at a time."""
ONE = (
    "<h2>Two reports can be compared</h2><p>{} Choose two to five above; the others are held to the first. A second "
    "report comes from another release, another model, another dose or another way of decoding.</p>"
)
PAIRED = (
    "<p class='ak-soft'>A change is paired where both reports keep cells of the same units (where each row is a unit, "
    "audit with <code>--keep-units</code>): how both vary with these shows how surely they differ. Else they are taken "
    "as independent, which is wider where they are not. Intervals "
    "hold for one comparison at a time: of twenty that did not move up to one is told as surely further from no bias, "
    "and one as surely nearer; up to two as further where there is no bias and the first report is far larger.</p>"
)
NOTHING = "<p>These reports have no comparison in common. What each tells by itself stands below.</p>"


def show() -> None:
    """The page."""
    st.title("Compare")
    lying = shelf()
    if not lying.reports:
        empty(lying)
    entries = choose(lying)
    if len(entries) < 2:
        there = len(lying.reports)
        said(ONE, "There is one report in this folder." if there == 1 else f"There are {there:,} in this folder.")
        st.stop()
    found = [open_entry(entry) for entry in entries]
    names = rows.names_of(found)
    told = _beside(tuple(one.digest for one in found), names, found)
    said("{}", rows.told_rows(names, found))
    _differences(told)
    _verdicts(told)
    _changes(told)
    _intervals(told)
    _sweeps(told, names, found)
    _lone(told)


@st.cache_resource(max_entries=8, show_spinner=COMPARING)
def _beside(digests: tuple[str, ...], names: tuple[str, ...], _found: Sequence[Opened]) -> Beside:
    return beside([(name, one.report, one.judgement) for name, one in zip(names, _found, strict=True)])


def _differences(told: Beside) -> None:
    """How the reports were made otherwise: whatever differs here may be why the findings do."""
    every = [
        {"report": one.name, "about": notice.about, "difference": notice.sentence}
        for one in told.changes
        for notice in one.differences
    ]
    but = html(", but for {}, along which they are drawn below", told.dial.name) if told.dial else ""
    st.header("How they were made")
    if not every:
        said("<p>Alike: same columns, detectors and groups, and as many rows{}.</p>{}", but, rows.whose(told))
        return
    kinds = ", ".join(dict.fromkeys(row["about"] for row in every))
    items = [html("<li><b>{}</b> {}</li>", row["report"], row["difference"]) for row in every[: rows.MOST]]
    line = "<p>Not alike in {}{}. What differs may be why the findings do; the first report is the baseline.</p>"
    said(line + "{}", kinds, but, rows.whose(told))
    with st.expander(f"What differs, {len(every):,} in all"):
        said("<ul>{}</ul>", Markup("").join(items))
        table(every, "differences", "how the reports were made otherwise")


def _verdicts(told: Beside) -> None:
    st.header("Verdicts side by side")
    turned = rows.turned(told)
    said("<p>{} of {} comparisons have another verdict in another report.</p>", f"{turned:,}", f"{len(told.shared):,}")
    table(rows.verdict_rows(told), "verdicts", "verdicts side by side")


def _changes(told: Beside) -> None:
    st.header("What changed")
    if not told.several:
        said(NOTHING)
        return
    said(PAIRED)
    for at, one in enumerate(told.changes):
        said("<h2>From {} to {}</h2><p>{}</p>", told.names[0], one.name, rows.counted(one))
        _moved(one)
        for place, figure in enumerate(one.figures):
            _rows_of(figure, f"change {at} {place}", one.name)
        with st.expander("The numbers, and why what is not paired is not"):
            why = Markup("").join(
                html("<li>{} of them: {}.</li>", f"{n:,}", because) for because, n in rows.unpaired(one)
            )
            said("<ul>{}</ul>", why)
            table(rows.change_rows(one), f"changes {at}", f"changes to {one.name}")


def _moved(one: Changes) -> None:
    """What surely moved, by name."""
    for way in ("worse", "better"):
        some = rows.surely(one, way)
        listed = Markup("").join(html("<li>{}</li>", title) for title in some[: rows.MOST])
        more = html("<li>and {} more</li>", f"{len(some) - rows.MOST:,}") if len(some) > rows.MOST else ""
        if some:
            said("<h4>{}</h4><ul class='ak-moved'>{}{}</ul>", rows.WAYS[way].capitalize(), listed, more)


def _intervals(told: Beside) -> None:
    if not told.several:
        return
    st.header("Intervals side by side")
    said("<p class='ak-soft'>A row a report, on one axis, what differs most first.</p>")
    _some(told.several, SHOWN, "figures")


def _sweeps(told: Beside, names: Sequence[str], found: Sequence[Opened]) -> None:
    """Along the number that the reports differ in, and along those that one of them has in itself."""
    own = [(name, sweeps(one.report, one.judgement)) for name, one in zip(names, found, strict=True)]
    if told.sweeps and told.dial:
        st.header("Along the dial")
        said("<p class='ak-soft'>The reports differ in {}, and each comparison is drawn along it.</p>", told.dial.name)
        _some(told.sweeps, SWEPT, "sweeps")
    if any(some for _, some in own):
        st.header("Along a dial within one report")
    for at, (name, some) in enumerate(own):
        if some:
            said("<h2>{}</h2>", name)
            _some(some, SWEPT, f"own {at}")


def _lone(told: Beside) -> None:
    if not told.lone:
        return
    st.header("What only some tell")
    said("<p>{} comparisons are lacking in a report. Silence is no pass.</p>", f"{len(told.lone):,}")
    table(rows.lone_rows(told), "lone", "what only some reports tell")


def _some(drawn: Sequence[Shared | Sweep], most: int, key: str) -> None:
    """Figures, so many at a time."""
    at = _page(len(rows.pages(drawn, most)), key)
    for place, one in enumerate(drawn[at * most : (at + 1) * most]):
        chart(one if isinstance(one, Sweep) else one.figure, f"{key} {place}", one.figure.title)


def _rows_of(figure: Figure, key: str, name: str) -> None:
    """A figure's rows, so many at a time."""
    at = _page(len(rows.pages(figure.rows, rows.ROWS)), key)
    chart(rows.paged(figure, at), key, f"changes to {name}")


def _page(pages: int, key: str) -> int:
    if pages < 2:
        return 0
    return int(st.number_input(f"Page, 1 to {pages:,}", 1, pages, key=f"page {key}", width=160)) - 1


if __name__ == "__main__":
    show()
