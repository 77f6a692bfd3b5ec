"""The colours of the portrait world: every attribute has its own, so that it can be read back."""

from __future__ import annotations

TONES = {
    "1": "#f6ede4",
    "2": "#f3e7db",
    "3": "#f7ead0",
    "4": "#eadaba",
    "5": "#d7bd96",
    "6": "#a07e56",
    "7": "#825c43",
    "8": "#604134",
    "9": "#3a312a",
    "10": "#292420",
}
"""The Monk Skin Tone scale (Monk 2019), from the lightest to the darkest."""

HAIR = {"black": "#17131a", "brown": "#7a4a26", "blond": "#efbe3f", "red": "#c9481c", "grey": "#c9ccd2"}
BACKGROUNDS = {"sky": "#7cc4ee", "mint": "#7fd6a0", "lilac": "#b99af0", "lemon": "#f6e27a"}
