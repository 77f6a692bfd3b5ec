"""How light does skin appear in a picture?

The individual typology angle, ITA = arctan((L* - 50) / b*) · 180/π in degrees (Chardon, Cretois & Hourseau 1991), its
six types (Del Bino & Bernerd 2013: very light above 55, light above 41, intermediate above 28, tan above 10, brown
above -30, dark), and the nearest of the ten colours of the Monk scale (Monk 2019) in CIELAB, by Euclidean distance
(CIE 1976); lighter is 1 to 5, darker 6 to 10.

Read is the median colour of the pixels in a region that have a colour of skin: hue 30 to 95 degrees, chroma 3 to 40,
L* 8 to 98. The rule holds for all ten Monk colours, which detectors by fixed limits in YCbCr do not (Chai & Ngan 1999
leaves out the darkest); wood, sand and brown hair pass it too, so the region should be mostly face. A picture's colour
is skin and light and camera: what is read is apparent tone, and is nobody's descent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.annotators.colours import Floats, cielab, nearest_tone
from auditkit.core.annotator import Annotator, Misreading
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture

TYPES = ((55.0, "very light"), (41.0, "light"), (28.0, "intermediate"), (10.0, "tan"), (-30.0, "brown"))
HUE, CHROMA, LIGHT = (30.0, 95.0), (3.0, 40.0), (8.0, 98.0)
DARKER = 6
"""The Monk tone from which skin is called darker."""
FINE = 256
"""Pixels of the longer side that are looked at."""


@dataclass(frozen=True)
class SkinTone(Annotator):
    """Read `attribute` (lighter, darker), `attribute`_monk ("1" to "10"), `attribute`_ita (degrees), `attribute`_type.

    `region` is a part of the picture: left, top, right and bottom as fractions of it. With `skin_only` false all of it
    counts, for a region that is known to be skin. Not readable is a region of which less than `least` is of a colour
    of skin; an angle is not readable where b* is not above 0. `errs` is what is known of its errors: see `measured`.

    >>> face = np.full((8, 8, 3), (130, 92, 67), np.uint8)
    >>> SkinTone().read([face, None])
    {'skin': ['darker', None], 'skin_monk': ['7', None], 'skin_ita': [-20.1, None], 'skin_type': ['brown', None]}
    """

    region: tuple[float, float, float, float] = (0.25, 0.25, 0.75, 0.75)
    skin_only: bool = True
    least: float = 0.05
    attribute: str = "skin"
    errs: tuple[Misreading, ...] = field(default=(), repr=False)

    basis: ClassVar[str] = "perceived by the colour of the pixels"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        left, top, right, bottom = self.region
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise InputError(
                f"A region is left, top, right, bottom as fractions of the picture, and not {self.region}."
            )

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[Any]]:
        """The apparent tone of each picture."""
        seen = [None if picture is None else self._colour(picture) for picture in pictures]
        monk = [None if lab is None else nearest_tone(lab) for lab in seen]
        angle = [None if lab is None else typology_angle(lab) for lab in seen]
        return {
            self.attribute: [None if tone is None else half(tone) for tone in monk],
            f"{self.attribute}_monk": monk,
            f"{self.attribute}_ita": [None if ita is None else round(ita, 1) for ita in angle],
            f"{self.attribute}_type": [None if ita is None else typology(ita) for ita in angle],
        }

    def misreadings(self) -> tuple[Misreading, ...]:
        """What was measured of it and handed in."""
        return self.errs

    def _colour(self, picture: Picture) -> Floats | None:
        """The median colour in CIELAB of what counts, or nothing."""
        from auditkit.pictures import thumbnail

        height, width = picture.shape[:2]
        left, top, right, bottom = self.region
        rows = slice(int(top * height), max(math.ceil(bottom * height), 1))
        columns = slice(int(left * width), max(math.ceil(right * width), 1))
        lab = cielab(thumbnail(picture[rows, columns], FINE)).reshape(-1, 3)
        counted = _of_skin(lab) if self.skin_only else np.ones(len(lab), bool)
        if not counted.any() or counted.mean() < self.least:
            return None
        return np.asarray(np.median(lab[counted], axis=0))


def typology_angle(lab: Floats) -> float | None:
    """The individual typology angle in degrees, -90 to 90; nothing where b* is not above 0.

    >>> typology_angle(np.array([60.0, 12.0, 10.0]))
    45.0
    """
    return None if lab[2] <= 0 else math.degrees(math.atan((lab[0] - 50) / lab[2]))


def typology(ita: float) -> str:
    """The type of a typology angle.

    >>> typology(55.1), typology(55.0), typology(-31)
    ('very light', 'light', 'dark')
    """
    return next((name for above, name in TYPES if ita > above), "dark")


def half(tone: str) -> str:
    """The half of the Monk scale a tone is in."""
    return "darker" if int(tone) >= DARKER else "lighter"


def _of_skin(lab: Floats) -> NDArray[np.bool_]:
    light, a, b = lab.T
    hue, chroma = np.degrees(np.arctan2(b, a)), np.hypot(a, b)
    parts = ((hue, HUE), (chroma, CHROMA), (light, LIGHT))
    inside: NDArray[np.bool_] = np.all([(low <= part) & (part <= high) for part, (low, high) in parts], axis=0)
    return inside
