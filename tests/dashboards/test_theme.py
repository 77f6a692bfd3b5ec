"""Are words read on their ground, by day and by night, in fonts that nobody fetches?"""

from __future__ import annotations

import pytest

from dashboards import theme


def test_no_font_is_fetched_and_no_theme() -> None:
    told = theme.theme()
    assert not [value for value in told.values() if "//" in str(value) or ":" in str(value)]
    assert {"theme.light.backgroundColor", "theme.dark.backgroundColor"} <= set(told)
    assert "theme.base" not in told


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lin = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("told", [theme.BY_DAY, theme.BY_NIGHT], ids=["day", "night"])
def test_every_colour_of_words_is_read_on_its_ground(told: dict[str, str]) -> None:
    drawn = ("border", "dataframeBorder", "background", "Background")
    for name in [name for name in told if not name.removesuffix("Color").endswith(drawn)]:
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(told[name], told[ground]) >= 4.5, (name, ground)
