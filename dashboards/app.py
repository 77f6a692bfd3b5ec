"""The dashboard: what the pages are, and the way between them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards.parts.kindly import kindly as kindly

HERE = Path(__file__).parent
ORDER = ("overview", "report", "evidence", "compare", "gate", "watch", "lineage", "label", "lab")
"""The pages in the order in which they are offered; another file of `views/` comes after them."""

ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#14598f" d="M8 0l8 8-8 8-8-8z"/></svg>'
"""Of the browser's tab. A picture of ours: a sign would be fetched as if it were a file."""


def pages() -> list[str]:
    """The names of the pages, each a file."""
    found = sorted(file.stem for file in (HERE / "views").glob("*.py") if not file.stem.startswith("_"))
    return sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_icon=ICON, layout="wide")
    st.html(HERE / "style.css")
    offered = [
        st.Page(HERE / "views" / f"{name}.py", title=name.capitalize(), url_path=name, default=name == ORDER[0])
        for name in pages()
    ]
    page = st.navigation(offered, position="top")
    st.set_page_config(page_title=f"{page.title} · auditkit")
    kindly(page.run)


if __name__ == "__main__":
    main()
