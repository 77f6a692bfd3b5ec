"""A table on the screen, and as CSV that no spreadsheet runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from auditkit.rendering import csv_text, words
from dashboards.parts.charts import filename
from dashboards.parts.prose import label


def table(rows: Sequence[Mapping[str, Any]], key: str, name: str, columns: Mapping[str, Any] | None = None) -> None:
    """Show rows, and offer all of them as CSV; `key` is the table's own on the page, `columns` is Streamlit's
    `column_config`."""
    import pandas as pd

    shown = pd.DataFrame([{words.plain(k): _seen(v) for k, v in row.items()} for row in rows])
    st.dataframe(shown, hide_index=True, key=f"table {key}", column_config=columns, placeholder="–")
    offer(rows, key, name)


def offer(rows: Sequence[Mapping[str, Any]], key: str, name: str) -> None:
    """Offer rows as CSV that are shown in another way."""
    st.download_button(
        "Download CSV",
        lambda: csv_text(rows),
        f"{filename(name)}.csv",
        "text/csv",
        key=f"csv {key}",
        on_click="ignore",
        type="tertiary",
        help=f"Download {label(name)}",
    )


def _seen(value: Any) -> Any:
    return words.plain(value) if isinstance(value, str) else value
