"""What does a bias look like whose truth is known, and does an audit see it?"""

from __future__ import annotations

import streamlit as st

from dashboards.parts.lab import calibrated, miniatures, planted

LOOK = "look"
SHELVES = {"worlds": planted.show, "models": miniatures.show, "detectors": calibrated.show}
TOLD = {"worlds": "Worlds", "models": "Models", "detectors": "Detectors"}


def show() -> None:
    """The page."""
    st.title("Lab")
    asked = st.query_params.get(LOOK)
    at = list(SHELVES).index(asked) if asked in SHELVES else 0
    chosen = st.radio("What to look at", list(SHELVES), at, format_func=lambda name: TOLD[name], horizontal=True)
    if asked in SHELVES and chosen != asked:
        st.query_params.clear()  # what was chosen on the other shelf
    st.query_params[LOOK] = chosen
    SHELVES[chosen]()


if __name__ == "__main__":
    show()
