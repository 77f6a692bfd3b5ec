"""What does a report find, how sure is it, and what would change its mind?"""

from __future__ import annotations

import streamlit as st

from auditkit.rendering import figures, summarise
from dashboards.parts.charts import chart
from dashboards.parts.picking import pick_report
from dashboards.parts.prose import badge, said


def show() -> None:
    """The page."""
    found = pick_report()
    told = summarise(found.report, found.judgement)
    st.title("Report")
    said("<p>{}</p><p>{} {}</p>", found.report.recipe.subject, badge(found.judgement.outcome), told.headline)
    for place, figure in enumerate(figures(found.report, found.judgement)[:5]):
        chart(figure, f"{place}", figure.title)


if __name__ == "__main__":
    show()
