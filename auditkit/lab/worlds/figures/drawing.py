"""How a person of the portrait world is drawn: Pillow at four times the size, reduced by averaging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.brush import FINE, INK, WHITE, Brush
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, HAIR, TONES
from auditkit.lab.worlds.figures.wardrobe import GARMENTS, HATS

if TYPE_CHECKING:
    from PIL.Image import Image

SIZE = 64
"""Pixels of a side."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a portrait shows; `pose` is how it differs from another of the same person: shift, size, smile, gaze."""

    occupation: str
    tone: str
    hair: str
    length: str
    age: str
    background: str
    pose: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)


def draw(person: Person) -> Image:
    """The portrait of a person, 64 by 64 pixels, RGB."""
    from PIL import Image, ImageDraw

    wide = Image.new("RGB", (SIZE * FINE, SIZE * FINE), BACKGROUNDS[person.background])
    brush = Brush(ImageDraw.Draw(wide), person.pose)
    skin, hair = TONES[person.tone], HAIR[person.hair]
    if person.length == "long":
        brush.block((12, 15, 52, 57), hair, 15)
    _body(brush, person.occupation, skin)
    _head(brush, person, skin, hair)
    hat = HATS.get(person.occupation)
    if hat is not None:
        hat(brush)
    return wide.resize((SIZE, SIZE), Image.Resampling.BOX)


def drawn(person: Person, side: int = SIZE) -> Picture:
    """The portrait's pixels, (side, side, 3); a side of 32 takes the mean of four pixels for each."""
    from PIL import Image

    whole = draw(person)
    return np.asarray(whole if side == SIZE else whole.resize((side, side), Image.Resampling.BOX), np.uint8)


def _body(brush: Brush, occupation: str, skin: str) -> None:
    base, details = GARMENTS[occupation]
    brush.block((9, 49, 55, 82), base, 13, head=False)
    brush.block((26, 40, 38, 54), skin, 5, head=False)
    details(brush)


def _head(brush: Brush, person: Person, skin: str, hair: str) -> None:
    _, _, _, mood, gaze = person.pose
    brush.oval((15.5, 9, 48.5, 42), hair)  # the hair behind the face
    brush.oval((15, 27, 20, 35), skin)
    brush.oval((44, 27, 49, 35), skin)
    brush.oval((18.5, 13, 45.5, 48), skin)
    brush.shape(
        [(17, 30), (16, 20), (24, 12), (40, 12), (48, 20), (47, 30), (44.5, 23), (38, 18.5), (26, 18.5), (19.5, 23)],
        hair,
    )
    for eye in (26.0, 38.0):
        brush.oval((eye - 3, 26, eye + 3, 31.5), WHITE)
        brush.oval((eye - 1.6 + 0.7 * gaze, 26.7, eye + 1.6 + 0.7 * gaze, 30.9), INK)
    if person.age == "older":
        brush.line([(22, 33.6), (25, 34.8), (28, 34)], _shade(skin), 1.0)
        brush.line([(36, 34), (39, 34.8), (42, 33.6)], _shade(skin), 1.0)
    drop = 1.2 * mood
    brush.smile((26, 34.5 - drop, 38, 43.5 + drop), "#b3373f", 1.9, 25, 155)


def _shade(colour: str) -> str:
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{min(round(p * 0.62 + 12), 255):02x}" for p in parts)
