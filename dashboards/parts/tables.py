"""A table on the screen, and as CSV that no spreadsheet runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from auditkit.rendering import csv_text, words
from dashboards.parts.downloads import download, filename
from dashboards.parts.prose import label

Rows = Sequence[Mapping[str, Any]]


def table(
    rows: Rows,
    key: str,
    name: str,
    columns: Mapping[str, Any] | None = None,
    file: Callable[[], Rows] | None = None,
) -> None:
    """Show rows, and offer all of them as CSV; `key` is the table's own on the page, `columns` is Streamlit's
    `column_config`, `file` makes the rows of the CSV where these are others."""
    import pandas as pd

    shown = pd.DataFrame([{words.plain(k): _seen(v) for k, v in row.items()} for row in rows])
    st.dataframe(shown, hide_index=True, key=f"table {key}", column_config=columns, placeholder="–")
    offer(file or rows, key, name)


def offer(rows: Rows | Callable[[], Rows], key: str, name: str) -> None:
    """Offer rows as CSV that are shown in another way."""
    download("CSV", lambda: csv_text(rows() if callable(rows) else rows), key, filename(name), label(name))


def _seen(value: Any) -> Any:
    return words.plain(value) if isinstance(value, str) else value
