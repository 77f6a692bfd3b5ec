"""What does a report find, how sure is it, and what would change its mind?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
from markupsafe import Markup

from auditkit import Outcome
from auditkit.rendering import Line, Summary, render, words
from dashboards.parts.cells import headers
from dashboards.parts.downloads import filename
from dashboards.parts.opened import Opened
from dashboards.parts.picking import FINDING, pick_report
from dashboards.parts.prose import badge, html, said
from dashboards.parts.report.findings import Told, show_asked, show_leading, show_parts, told_of
from dashboards.parts.report.narrowing import VERDICTS, Asked, families, narrowed, pages
from dashboards.parts.verdicts import lead, listed, tally

FIRST, ABOUT = 12, 40
"""Notices that are told at once, and things that one silence names."""
GONE = (
    "<p>This report has no finding <code>{}</code>. It was told by another report, or before something was changed; "
    "here is all of this one.</p>"
)
NONE = "<p>No finding is like that. What was not assessed stands below; clear a choice to see more.</p>"
QUIET = "<p>This report tells no finding. What was not assessed, and why, stands below.</p>"
FORMATS = {
    "Findings, CSV": ("csv", "csv", "text/csv"),
    "Page, HTML": ("page", "html", "text/html"),
    "Summary, Markdown": ("summary", "md", "text/markdown"),
}


def show() -> None:
    """The page."""
    st.title("Report")
    found = pick_report()
    told, report = told_of(found), found.entry.id
    _head(found, told.summary)
    line = _asked(told)
    if line is None:
        show_leading(told, report)
    else:
        show_asked(told, line, report)
    _findings(told, report)
    _notices(found, told.summary)
    _silences(told.summary)
    _downloads(found)


def _head(found: Opened, told: Summary) -> None:
    """What was audited, the verdict, and how many there are of each."""
    recipe = found.report.recipe
    sizes = ((recipe.rows, "row"), (len(recipe.detectors), "detector"), (len(told.lines), "finding"))
    said(
        '<p class="ak-kicker">{}, {}, {}</p><p class="ak-subject">{}</p>{}{}{}',
        *(f"{words.count(n)} {what}{'' if n == 1 else 's'}" for n, what in sizes),
        recipe.subject or "(no name)",
        lead(found.judgement.outcome, told.headline),
        _gate(found),
        tally(told.tally()),
    )
    if silent := len(told.lines) - len(told.judged):
        line = "<p class='ak-soft'>{} more {} described, and not judged: no rule speaks of {}.</p>"
        said(line, words.count(silent), *(("is", "it") if silent == 1 else ("are", "them")))
    if found.unused:
        said("<p>{}</p>", found.unused, role="alert")


def _gate(found: Opened) -> Markup:
    """What a pipeline makes of it, where that is not what the verdict says."""
    judged, said = found.judgement, []
    if judged.warn and judged.outcome is Outcome.INCONCLUSIVE:
        said.append("The policy only warns of what is inconclusive: a pipeline may go on.")
    if n := len(judged.accepted):
        said.append(f"Somebody answers for {words.count(n)} of the verdicts; each is counted below as what it is.")
    return html('<p class="ak-soft">{}</p>', " ".join(said)) if said else Markup("")


def _asked(told: Told) -> Line | None:
    """The finding that the address names."""
    id = st.query_params.get(FINDING)
    if id is None:
        return None
    if id not in told.lines:
        said(GONE, id, role="alert")
    return told.lines.get(id)


def _findings(told: Told, report: str) -> None:
    said("<h2>Findings</h2>")
    lines = told.summary.lines
    if not lines:
        said(QUIET)
        return
    asked = _filters(lines)
    drawn = narrowed(told.figures, lines, asked)
    n = sum(len(figure.rows) for figure in drawn)
    if not asked.every:
        said("<p class='ak-soft'>{} of {} findings.</p>", words.count(n), words.count(len(lines)), role="status")
    if not drawn:
        said(NONE)
        return
    parts = pages(drawn)
    at = st.pagination(len(parts), key=f"page of {asked}") - 1 if len(parts) > 1 else 0
    show_parts(told, parts[at], report)


def _filters(lines: Sequence[Line]) -> Asked:
    """Which findings to show; the address keeps it, so that a link shares the view."""
    groups = list(dict.fromkeys(line.finding.attribute for line in lines))
    names = dict(zip(groups, headers(groups), strict=True))
    there = {line.outcome for line in lines}
    one, two, three = st.columns([1, 1, 1])
    with one:
        family = st.selectbox(
            "Family", families(lines), None, key="family", bind="query-params", placeholder="Every family"
        )
    with two:
        group = st.selectbox(
            "Groups by", groups, None, names.__getitem__, key="group", bind="query-params", placeholder="Every column"
        )
    with three:
        text = st.text_input("Words", key="words", bind="query-params", placeholder="A group, a rate, a detector …")
    offered = [word for word, outcome in VERDICTS.items() if outcome in there]
    verdicts = st.pills("Verdict", offered, selection_mode="multi", key="verdict", bind="query-params")
    return Asked(family, tuple(verdicts), group, text)


def _notices(found: Opened, told: Summary) -> None:
    """What changed since the baseline, and what else to know."""
    every = found.judgement.notices
    open_ = [v for v in told.standing if v.outcome is not Outcome.PASS]
    standing = [html("<p>{} {}{} {}</p>", badge(v.outcome), v.about, v.sentence, words.answered(v)) for v in open_]
    if standing:
        said("<h2>Verdicts about no finding</h2>{}", listed(standing))
    if every:
        items = [html('<p class="about">{}</p><p>{}</p>', one.about, one.sentence) for one in every]
        rest = html("<details><summary>{} more</summary>{}</details>", len(items) - FIRST, listed(items[FIRST:]))
        said("<h2>{}</h2>{}{}", told.heading, listed(items[:FIRST]), rest if len(items) > FIRST else "")


def _silences(told: Summary) -> None:
    """What was not assessed, and why; never folded."""
    items = [
        html(
            '<p class="about">{} {}</p><p>{}</p><p class="ak-soft">{}</p>',
            badge(Outcome.NOT_ASSESSED),
            one.source,
            one.because,
            "; ".join(one.about[:ABOUT]) + (f"; and {len(one.about) - ABOUT:,} more" if len(one.about) > ABOUT else ""),
        )
        for one in told.silences
    ] or [html("<p>{}</p>", told.assured)]
    items += [html("<p>{}</p>", one) for one in told.missing]
    said("<h2>What was not assessed, and why</h2>{}", listed(items))


def _downloads(found: Opened) -> None:
    said("<h2>Take it away</h2>")
    name = filename(found.report.recipe.subject)
    with st.container(horizontal=True):
        for label, (format, ending, kind) in FORMATS.items():
            st.download_button(
                label,
                partial(render, found.report, found.judgement, format),
                f"{name}.{ending}",
                kind,
                key=f"take {format}",
                on_click="ignore",
            )


if __name__ == "__main__":
    show()
