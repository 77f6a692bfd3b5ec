"""An error that nobody foresaw becomes a sentence, on a page and in a part of one that is redrawn by itself."""

from __future__ import annotations

import linecache
import os
import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from dashboards.parts.prose import said

P = ParamSpec("P")

DEBUG = "AUDITKIT_DEBUG"
"""The variable that has an error nobody foresaw raised, so that a test fails and its traceback is written."""
UNSHOWN = (
    "<h2>Something here cannot be shown</h2><p>This page cannot show what is in this folder: <code>{}</code>.</p>"
    '<p>Nothing in the folder was changed. <a href="./">The overview</a> says which files can be read. '
    "If they all can, please report this, with what <code>AUDITKIT_DEBUG=1 auditkit dashboard</code> writes to the "
    "terminal.</p>"
)


def kindly(run: Callable[[], None]) -> None:
    """Run a page; an error that nobody foresaw becomes a sentence. Streamlit's own ways to stop are no `Exception`."""
    try:
        run()
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        if not titled(error):
            st.title("auditkit")
        said(UNSHOWN, type(error).__name__, role="alert")


def fragment(draw: Callable[P, None]) -> Callable[P, None]:
    """A part of a page that is redrawn by itself, below the page's title: Streamlit keeps its errors from the page."""

    @st.fragment
    @wraps(draw)
    def drawn(*args: P.args, **named: P.kwargs) -> None:
        try:
            draw(*args, **named)
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            said(UNSHOWN, type(error).__name__, role="alert")

    return drawn


def titled(error: Exception) -> bool:
    """Whether the page's `show` had got beyond its title when it failed."""
    shows = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == "show"]
    before = (line for frame in shows for line in linecache.getlines(frame.filename)[: (frame.lineno or 1) - 1])
    return any("st.title(" in line for line in before)
