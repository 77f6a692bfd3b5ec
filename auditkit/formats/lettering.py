"""How much of a text fits into so many pixels? A printed picture cannot ask the font, so letters are taken as wide."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

from auditkit.formats.words import plain, short

NARROW, BROAD = frozenset("fijlrtI.,:;'!|()[]/- …"), frozenset("mwMW@%&")
SLIM, USUAL, CAPITAL, FULL = 0.44, 0.62, 0.8, 1.06
"""Of a letter's height: about the widest of the bold faces that the pictures ask for."""


def fitted(text: object, pixels: float, size: float) -> str:
    """Plain text, cut in the middle as `words.short` does, so that it is no wider than `pixels` in bold of a `size`.

    >>> fitted("curated/rows.csv", 176, 14), fitted("WWWWWWWWWWWWWWWW", 80, 14)
    ('curated/rows.csv', 'WW…WW')
    """
    whole = plain(text)
    if width(whole, size) <= pixels:
        return whole
    cut = range(4, len(whole))  # by halves: a name of thousands of letters, cut one by one, takes seconds
    return short(whole, 3 + bisect_right(cut, pixels, key=lambda most: width(short(whole, most), size)))


def width(text: str, size: float) -> float:
    """About how wide a text is in bold, in pixels, rather too wide than too narrow."""
    return size * sum(map(_broad, text))


def _broad(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in NARROW:
        return SLIM
    if letter in BROAD or unicodedata.east_asian_width(letter) in "WF":
        return FULL
    return USUAL if letter.isascii() and not letter.isupper() else CAPITAL
