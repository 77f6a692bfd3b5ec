"""Findings on the screen: intervals against their margins, and below each picture every finding, a click away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import streamlit as st
from markupsafe import Markup

from auditkit.rendering import (
    Distribution,
    Figure,
    Line,
    Summary,
    Sweep,
    distributions,
    figures,
    summarise,
    sweeps,
    words,
)
from dashboards.parts.charts import chart
from dashboards.parts.opened import Opened
from dashboards.parts.picking import FINDING, REPORT, id_of
from dashboards.parts.prose import badge, html, said
from dashboards.parts.report.finding_card import body, card, verdict
from dashboards.parts.report.manual import manual, show_manual
from dashboards.parts.report.narrowing import Part

HOW = (
    "<p class='ak-soft'>Each row is one comparison: a point for the estimate, a thick line for its 90 % interval, a "
    "thin one for its 95 % interval, a band for what is tolerated, a dashed line for no bias. It passes when the thick "
    "line lies inside the band. Open a line below a picture for all that is known of it.</p>"
)


@dataclass(frozen=True)
class Told:
    """A report as it is told: its summary, its figures, and the shapes that some of them have."""

    summary: Summary
    figures: tuple[Figure, ...]
    distributions: tuple[Distribution, ...]
    sweeps: tuple[Sweep, ...]

    @cached_property
    def lines(self) -> Mapping[str, Line]:
        """The findings by what a link calls them."""
        return {id_of(line.finding): line for line in self.summary.lines}

    def shapes(self, figure: Figure) -> list[Distribution | Sweep]:
        """What else is drawn of the findings of a figure."""
        kind = _kind(figure)
        every: list[Distribution | Sweep] = [*self.distributions, *self.sweeps]
        return [one for one in every if _kind(one.figure) == kind]

    def alone(self, line: Line) -> Figure:
        """A finding on the axis of those like it."""
        both = ((figure, row) for figure in self.figures for row in figure.rows if row.place == line.place)
        figure, row = next(both)
        return replace(figure, rows=(row,))


def told_of(found: Opened) -> Told:
    """A report as it is told, once."""
    return _told(found.digest, found)


def show_leading(told: Told, report: str) -> None:
    """The sentence of the finding that leads, if any was judged."""
    judged = told.summary.judged
    if not judged:
        return
    line = judged[0]
    said(
        '<div class="ak-lead {}"><p class="ak-kicker">The finding that leads</p><p class="saying">{}</p></div>',
        _css(line),
        line.finding.sentence,
    )
    here = {REPORT: report, FINDING: id_of(line.finding)}
    st.page_link("views/report.py", label="Look closer at this finding", query_params=here)


def show_asked(told: Told, line: Line, report: str) -> None:
    """The finding that the address names, on top and unfolded, with its detector's manual and card."""
    f = line.finding
    with st.container(border=True):
        said(
            '<div class="ak-lead {}"><p class="ak-kicker">The finding that the link names</p><h2>{}{}</h2>'
            "<p>{} {}</p></div>",
            _css(line),
            f.estimand,
            html(" by {}", f.attribute) if f.attribute else "",
            verdict(line),
            words.comparison(f),
        )
        chart(told.alone(line), "asked", f.estimand, titled=False)
        said("{}", body(line, report, linked=False))
        with st.expander("The detector: its manual, and how often it is wrong"):
            manual(f.code)
        with st.container(horizontal=True):
            here = {REPORT: report, FINDING: id_of(f)}
            st.page_link("views/evidence.py", label="What lies behind it", query_params=here)
            st.page_link("views/report.py", label="The report from its beginning", query_params={REPORT: report})


def show_part(told: Told, part: Part, report: str, key: str) -> None:
    """Some findings that share a figure: their picture, and each of them in a line that opens."""
    with st.container(gap="xsmall"):
        _show_part(told, part, report, key)


def _show_part(told: Told, part: Part, report: str, key: str) -> None:
    figure = part.figure
    said(
        '<div class="ak-figure"><h3>{}{}</h3><p class="ak-soft"><code>{}</code> &nbsp; {}{}</p></div>',
        figure.title,
        html(" <span>by {}</span>", words.short(figure.attribute, 60)) if figure.attribute else "",
        figure.code,
        Markup(" &nbsp; ").join(html("{} {}", badge(outcome), words.count(n)) for outcome, n in figure.counts()),
        _which(part),
    )
    for place, shape in enumerate(told.shapes(figure) if part.start == 0 else ()):
        chart(shape, f"{key} shape {place}", figure.title)
    chart(figure, key, figure.title, titled=False)
    cards = (card(told.summary.lines[row.place], report) for row in figure.rows)
    said('<div class="ak-findings">{}</div>', Markup("").join(cards))
    if st.button("How this detector works, and how often it is wrong", key=f"manual {key}", type="tertiary"):
        show_manual(figure.code)


def show_parts(told: Told, parts: Sequence[Part], report: str) -> None:
    """A page of findings."""
    said(HOW)
    for place, part in enumerate(parts):
        show_part(told, part, report, f"{place}")


def _which(part: Part) -> str:
    """Which rows of a long figure these are."""
    if len(part.figure.rows) == part.whole:
        return ""
    return f" · {part.start + 1:,} to {part.start + len(part.figure.rows):,} of {part.whole:,}"


def _css(line: Line) -> str:
    return line.outcome.value.lower() if line.outcome else "not_judged"


def _kind(figure: Figure) -> tuple[str, str, str]:
    return figure.code, figure.attribute, figure.title


@st.cache_resource(max_entries=4, show_spinner="Putting the findings in order …")
def _told(digest: str, _found: Opened) -> Told:
    both = _found.report, _found.judgement
    return Told(summarise(*both), figures(*both), distributions(*both), sweeps(*both))
