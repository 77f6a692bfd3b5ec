"""A figure on the screen: the chart whose numbers are those of the printed page, and its SVG to take away."""

from __future__ import annotations

import re
from typing import Literal

import streamlit as st

from auditkit.rendering import Attention, Distribution, Figure, Sweep, Track, svg, vega_lite
from dashboards.parts.prose import label

Drawn = Figure | Distribution | Sweep | Attention


def is_dark() -> bool:
    """Whether the reader's theme is dark."""
    return bool(st.context.theme.type == "dark")


def chart(drawn: Drawn, key: str, name: str = "chart", titled: bool = True) -> None:
    """Draw a figure, and offer it as SVG; `key` is its own; under a heading it needs no title on screen."""
    width: Literal["content", "stretch"] = "content" if isinstance(drawn, Attention) else "stretch"  # of squares
    spec = vega_lite(drawn, dark=is_dark())
    spec |= {} if titled else {"title": ""}
    st.vega_lite_chart(spec, theme=None, key=f"chart {key}", width=width)
    picture(drawn, key, name)


def picture(drawn: Drawn | Track, key: str, name: str = "chart") -> None:
    """Offer a figure as SVG that is drawn already."""
    st.download_button(
        "Download SVG",
        lambda: svg(drawn),
        f"{filename(name)}.svg",
        "image/svg+xml",
        key=f"svg {key}",
        on_click="ignore",
        type="tertiary",
        help=f"Download {label(name)} as a picture",
    )


def filename(text: object) -> str:
    """A name for a file, of letters, digits and dashes.

    >>> filename("../A b:c"), filename("::")
    ('a-b-c', 'auditkit')
    """
    return re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-")[:60] or "auditkit"
