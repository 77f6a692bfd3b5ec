"""The dashboard: what the pages are, and the way between them."""

from __future__ import annotations

import linecache
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboards.parts.prose import said

HERE = Path(__file__).parent
ORDER = ("overview", "report", "evidence", "compare", "gate", "lineage", "label", "lab")
"""The pages in the order in which they are offered; another file of `views/` comes after them."""

ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#14598f" d="M8 0l8 8-8 8-8-8z"/></svg>'
"""Of the browser's tab. A picture of ours: a sign would be fetched as if it were a file."""
DEBUG = "AUDITKIT_DEBUG"
"""The variable that has an error nobody foresaw raised, so that a test fails and its traceback is written."""
UNSHOWN = (
    "<h2>Something here cannot be shown</h2><p>This page cannot show what is in this folder: <code>{}</code>.</p>"
    '<p>Nothing in the folder was changed. <a href="./">The overview</a> says which files can be read. '
    "If they all can, please report this, with what <code>AUDITKIT_DEBUG=1 auditkit dashboard</code> writes to the "
    "terminal.</p>"
)


def pages() -> list[str]:
    """The names of the pages, each a file."""
    found = sorted(file.stem for file in (HERE / "views").glob("*.py") if not file.stem.startswith("_"))
    return sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


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


def titled(error: Exception) -> bool:
    """Whether the page's `show` had got beyond its title when it failed."""
    shows = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.name == "show"]
    before = (line for frame in shows for line in linecache.getlines(frame.filename)[: (frame.lineno or 1) - 1])
    return any("st.title(" in line for line in before)


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="auditkit", page_icon=ICON, layout="wide")
    st.html(HERE / "style.css")
    offered = [
        st.Page(HERE / "views" / f"{name}.py", title=name.capitalize(), url_path=name, default=name == ORDER[0])
        for name in pages()
    ]
    kindly(st.navigation(offered, position="top").run)


if __name__ == "__main__":
    main()
