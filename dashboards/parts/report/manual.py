"""How does a detector work, and how often is it wrong? Its manual and its calibration card."""

from __future__ import annotations

import streamlit as st

from auditkit import catalog
from auditkit.rendering import card_line, card_text
from dashboards.parts.prose import said

UNKNOWN = (
    "<p>This installation has no detector <code>{}</code>, so neither its manual nor its calibration card can be "
    "shown. It came with another version, or from a package that is not installed here.</p>"
)


@st.dialog("The detector", width="large")
def show_manual(code: str) -> None:
    """The manual and the card of a detector, over the page."""
    manual(code)


def manual(code: str) -> None:
    """The manual and the card of a detector."""
    if code not in catalog.detectors():  # a code that a report makes up names no file
        said(UNKNOWN, code)
        return
    card = catalog.card(code)
    text = catalog.explain(code)
    said("<h3>{}</h3><p class='ak-headline'>{}</p>", code, text.partition("\n")[0])
    said("<p>{}</p>", card_line(card) if card else "")
    st.text(card_text(card))
    st.text(text.partition("\n")[2].strip("\n"))
