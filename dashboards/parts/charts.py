"""A figure on the screen: the chart whose numbers are those of the printed page, and its SVG to take away."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from auditkit.rendering import Attention, Distribution, Figure, Sweep, Track, svg, vega_lite
from dashboards.parts.downloads import download, filename
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
    download("SVG", lambda: svg(drawn), key, filename(name), f"{label(name)} as a picture")
