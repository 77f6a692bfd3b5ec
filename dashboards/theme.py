"""How the dashboard looks: the paper, ink and verdicts of the printed report, by day and by night.

Every font is one of Streamlit's own files: none is fetched from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BY_DAY = {
    "primaryColor": "#14598f",
    "backgroundColor": "#fbfaf7",
    "secondaryBackgroundColor": "#f4f2ec",
    "textColor": "#1a1b1d",
    "linkColor": "#14598f",
    "borderColor": "#d8d4ca",
    "codeTextColor": "#1a1b1d",
    "codeBackgroundColor": "#f4f2ec",
    "dataframeBorderColor": "#e8e5dc",
    "dataframeHeaderBackgroundColor": "#f4f2ec",
    "redColor": "#b3261e",
    "orangeColor": "#8a5a00",
    "yellowColor": "#8a5a00",
    "blueColor": "#14598f",
    "greenColor": "#14598f",
    "violetColor": "#5a5478",
    "grayColor": "#5b5d60",
}
BY_NIGHT = {
    "primaryColor": "#86bef2",
    "backgroundColor": "#131416",
    "secondaryBackgroundColor": "#1b1c1f",
    "textColor": "#ebe8e1",
    "linkColor": "#86bef2",
    "borderColor": "#3a3b40",
    "codeTextColor": "#ebe8e1",
    "codeBackgroundColor": "#1b1c1f",
    "dataframeBorderColor": "#292a2e",
    "dataframeHeaderBackgroundColor": "#1b1c1f",
    "redColor": "#ff8d7a",
    "orangeColor": "#e6b557",
    "yellowColor": "#e6b557",
    "blueColor": "#86bef2",
    "greenColor": "#86bef2",
    "violetColor": "#bdb5dd",
    "grayColor": "#a6a39c",
}
SHAPE = {
    "font": "sans-serif",
    "headingFont": "serif",
    "codeFont": "monospace",
    "headingFontSizes": ["2.1rem", "1.6rem", "1.2rem", "1.05rem", "1rem", "1rem"],
    "headingFontWeights": [600, 600, 600, 600, 600, 600],
    "linkUnderline": True,
    "baseRadius": "0.25rem",
    "showWidgetBorder": True,
}
"""Serif headings over sans-serif text: Source Serif and Source Sans, which Streamlit brings along."""


def theme() -> Mapping[str, Any]:
    """Streamlit's options; whether it is day or night is the reader's system's to say."""
    return {
        **{f"theme.{name}": value for name, value in SHAPE.items()},
        **{f"theme.light.{name}": value for name, value in BY_DAY.items()},
        **{f"theme.dark.{name}": value for name, value in BY_NIGHT.items()},
    }
