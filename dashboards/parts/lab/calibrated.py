"""A detector on the screen: how often it cries wolf, and how often it sleeps, by its published calibration card."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from auditkit import catalog
from auditkit.rendering import card_doses, card_sweeps, card_text, card_worlds
from dashboards.parts.asked import choose
from dashboards.parts.charts import chart
from dashboards.parts.prose import html, label, said
from dashboards.parts.tables import table

INTRO = (
    "<p>Every detector was held against worlds that it did not know, drawn thousands of times: fair ones, biased ones, "
    "ones on the very edge of what is tolerated, and ones with a difference that is not this bias. The card says how "
    "often it was wrong.</p>"
)
UNJUDGED = (
    "<p>It describes and judges nothing, so there is no verdict to be wrong: only its intervals were measured.</p>"
)


def show() -> None:
    """Choose a detector, and look at its card."""
    said(INTRO)
    codes = [code for code in catalog.detectors() if catalog.card(code) is not None]
    code = choose("Detector", codes, "detector")
    card = catalog.card(code)
    if card is None:
        said("<p>There is no calibration card in this installation. Install auditkit again.</p>", role="alert")
        return
    st.header(label(code, 200), anchor=False)
    lines = [line.strip() for line in card_text(card).splitlines()[1:]]
    said(
        '<p class="ak-lab-tale">{}</p><ul class="ak-lab-card">{}</ul>',
        catalog.explain(code).partition("\n")[0],
        Markup("").join(html("<li>{}</li>", line) for line in lines),
    )
    sweeps = card_sweeps(card)
    for column, sweep in zip(st.columns(3), sweeps, strict=False):
        with column:
            chart(sweep, sweep.figure.title, f"{code} {sweep.figure.title}")
    if not sweeps:
        said(UNJUDGED)
    st.subheader("By dose", anchor=False)
    table(card_doses(card), "card doses", f"{code} by dose")
    st.subheader("In every world", anchor=False)
    said("<p>Of all its comparisons the one that was wrong most often.</p>")
    table(card_worlds(card), "card worlds", f"{code} by world")
    with st.expander("The manual"):
        st.text(catalog.explain(code))
