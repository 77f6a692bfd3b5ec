"""Read the portrait world back: what a picture shows, by the colours of places where they can only mean one thing.

On a drawing the reader is exact. On a generated picture it is steady: a place is a patch, its colour the median, the
level the nearest colour. A patch whose colour is far from every level, and a picture without contrast, is not readable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.lab.worlds.figures.drawing import SIZE, Person, draw
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, HAIR, TONES
from auditkit.lab.worlds.figures.people import skin_of
from auditkit.lab.worlds.figures.wardrobe import GARMENTS

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

FAR = 90.0
"""Beyond this distance in RGB a patch shows none of the levels."""
FLAT = 12.0
"""A picture whose pixels vary less (standard deviation of the grey values) shows nobody."""
CORNERS = (slice(0, 5), slice(0, 5)), (slice(0, 5), slice(59, 64))
NOSE = (slice(31, 35), slice(29, 36))
TEMPLES = tuple((slice(21, 27), slice(column, column + 2)) for column in (16, 17, 18, 44, 45, 46))
BESIDE = (slice(40, 46), slice(15, 18)), (slice(40, 46), slice(46, 49))
EYES = (slice(24, 34), slice(22, 32)), (slice(24, 34), slice(32, 42))
LOOKING = 45.0
"""An eye is there where its lightest and its darkest pixel are so far apart; in drawings it is 65 at least."""
CHEST = (slice(50, 64), slice(14, 50))

Patch = tuple[slice, slice]


def read(pictures: Pixels) -> list[Mapping[str, str | None]]:
    """The attributes of pictures (n, 64, 64, 3): occupation, tone, skin, hair, length, age, background, eyes; `None`
    where nothing readable is there."""
    x = np.asarray(pictures, float).reshape(-1, SIZE, SIZE, 3)
    sides = [_colour(x, CORNERS[0]), _colour(x, CORNERS[1])]
    background = _nearest((sides[0] + sides[1]) / 2, BACKGROUNDS)
    hair = _nearest(_purest([_colour(x, patch) for patch in TEMPLES], HAIR), HAIR)
    tone, job = _nearest(_colour(x, NOSE), TONES), _occupations(x)
    length, eyes = _lengths(x, hair, background), _eyes(x)
    seen = x.mean(axis=3).std(axis=(1, 2)) >= FLAT
    return [
        _told(*parts) if clear else dict.fromkeys(NOTHING)
        for clear, *parts in zip(seen, job, tone, hair, length, background, eyes, strict=True)
    ]


NOTHING = ("occupation", "tone", "skin", "hair", "length", "age", "background", "eyes")


def _told(
    job: str | None, tone: str | None, hair: str | None, length: str | None, background: str | None, eyes: str
) -> Mapping[str, str | None]:
    skin = None if tone is None else skin_of(tone)
    age = None if hair is None else "older" if hair == "grey" else "younger"
    return dict(zip(NOTHING, (job, tone, skin, hair, length, age, background, eyes), strict=True))


def _colour(x: Floats, patch: Patch) -> Floats:
    """The median colour of a patch of every picture (n, 3)."""
    rows, columns = patch
    median: Floats = np.median(x[:, rows, columns].reshape(len(x), -1, 3), axis=1)
    return median


def _rgb(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


def _distances(colours: Floats, palette: Sequence[str]) -> Floats:
    shades = np.array([_rgb(colour) for colour in palette], float)
    apart: Floats = np.sqrt(((colours[:, None] - shades) ** 2).sum(axis=2))
    return apart


def _nearest(colours: Floats, palette: Mapping[str, str]) -> list[str | None]:
    apart = _distances(colours, list(palette.values()))
    names = list(palette)
    return [names[k] if apart[row, k] <= FAR else None for row, k in enumerate(apart.argmin(axis=1))]


def _purest(colours: Sequence[Floats], palette: Mapping[str, str]) -> Floats:
    """Of several places that show the same thing the one whose colour is nearest to any level: heads move a little."""
    apart = np.stack([_distances(each, list(palette.values())).min(axis=1) for each in colours])
    purest: Floats = np.stack(colours)[apart.argmin(axis=0), np.arange(len(colours[0]))]
    return purest


def _lengths(x: Floats, hair: Sequence[str | None], background: Sequence[str | None]) -> list[str | None]:
    """Whether the places beside the chin are nearer to the hair or to what is behind it."""
    beside = np.mean([_colour(x, patch) for patch in BESIDE], axis=0)
    out: list[str | None] = []
    for row, (strands, behind) in enumerate(zip(hair, background, strict=True)):
        if strands is None or behind is None:
            out.append(None)
            continue
        apart = _distances(beside[row : row + 1], [HAIR[strands], BACKGROUNDS[behind]])[0]
        out.append(("long", "short")[int(apart.argmin())])
    return out


def _eyes(x: Floats) -> list[str]:
    """Whether both eyes stand out from themselves: white beside dark, or the one trace of it that is left."""
    grey = x @ np.array([0.299, 0.587, 0.114])
    apart = np.min([np.ptp(grey[:, rows, columns], axis=(1, 2)) for rows, columns in EYES], axis=0)
    return ["there" if contrast >= LOOKING else "gone" for contrast in apart]


def _occupations(x: Floats) -> list[str | None]:
    """The garment whose drawing is nearest, by the pixels of the chest."""
    rows, columns = CHEST
    chest = x[:, rows, columns].reshape(len(x), -1)
    known = _garments()
    squares: Floats = (chest**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * chest @ known.T
    apart = np.sqrt(np.maximum(squares, 0) / chest.shape[1])
    names = list(GARMENTS)
    return [names[k] if apart[row, k] <= FAR else None for row, k in enumerate(apart.argmin(axis=1))]


@cache
def _garments() -> Floats:
    rows, columns = CHEST
    people = [Person(job, "6", "brown", "short", "younger", "mint") for job in GARMENTS]
    drawn: list[Any] = [np.asarray(draw(person), float)[rows, columns].ravel() for person in people]
    return np.stack(drawn)
