"""Colours as people see them apart: sRGB to CIELAB, and the Monk scale."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MONK = MappingProxyType(
    {
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
)
"""The Monk Skin Tone scale (Monk 2019; skintone.google), from the lightest to the darkest."""

_WHITE = np.array([0.95047, 1.0, 1.08883])
"""Daylight D65, seen by the observer of 2 degrees."""
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_DARK, _SLOPE = 216 / 24389, 24389 / 27


def cielab(rgb: ArrayLike) -> Floats:
    """L* (0 black to 100 white), a* (green to red) and b* (blue to yellow) of colours (..., 3), 0 to 255 in sRGB.

    IEC 61966-2-1 (1999) for sRGB, with D65 as the white; CIE 15 (2004) for CIELAB.

    >>> cielab([[255, 255, 255], [255, 0, 0]]).round(2).tolist()
    [[100.0, -0.0, 0.0], [53.24, 80.09, 67.2]]
    """
    share = np.asarray(rgb, float) / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = light @ _TO_XYZ.T / _WHITE
    x, y, z = np.moveaxis(np.where(xyz > _DARK, np.cbrt(xyz), (_SLOPE * xyz + 16) / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def rgb_of(colours: Sequence[str]) -> Floats:
    """Red, green and blue (n, 3) of colours that are written "#f6ede4"."""
    return np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in colours], float)


def nearest_tone(lab: ArrayLike) -> str:
    """The Monk tone whose colour is nearest to a colour in CIELAB (3,), by Euclidean distance (CIE 1976).

    >>> nearest_tone(cielab([130, 92, 67]))
    '7'
    """
    apart = np.linalg.norm(cielab(rgb_of(list(MONK.values()))) - np.asarray(lab, float), axis=1)
    return list(MONK)[int(apart.argmin())]
