"""gate"""

from __future__ import annotations

import streamlit as st


def show() -> None:
    """The page."""
    st.title("Gate")


if __name__ == "__main__":
    show()
