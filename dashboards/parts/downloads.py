"""What is shown, as a file to take away."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import streamlit as st

KINDS = {"SVG": "image/svg+xml", "CSV": "text/csv"}


def download(kind: Literal["SVG", "CSV"], made: Callable[[], str], key: str, name: str, about: str) -> None:
    """Offer a file that is made once somebody asks for it; `key` is its own on the page, `about` says what it holds."""
    ending = kind.lower()
    st.download_button(
        f"Download {kind}",
        made,
        f"{name}.{ending}",
        KINDS[kind],
        key=f"{ending} {key}",
        on_click="ignore",
        type="tertiary",
        help=f"Download {about}",
    )


def filename(text: object) -> str:
    """A name for a file, of letters, digits and dashes.

    >>> filename("../A b:c"), filename("::")
    ('a-b-c', 'auditkit')
    """
    return re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-")[:60] or "auditkit"
