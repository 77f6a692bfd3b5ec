"""The bundled miniature diffusion model as a target, and starting pictures of the portrait world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from auditkit.core.probe import Picture
from auditkit.core.target import Target
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.drawing import SIZE, Person, draw
from auditkit.lab.worlds.figures.people import World

STRONG = 0.9
STEPS, GUIDANCE = 16, 1.0
"""Steps of the way back, and the guidance at which nothing is exaggerated: what the model learned, as it learned it."""


def miniature(dose: float, strength: float | None = None, guidance: float = GUIDANCE) -> Target:
    """The text-to-image miniature at a dose; with a strength for changing pictures."""
    from auditkit.targets import Diffusion

    name = f"dose{round(100 * dose)}" if dose else None
    folder = WEIGHTS / "text_to_image"
    return Diffusion(folder, variant=name, steps=STEPS, guidance=guidance, strength=strength, batch=32)


def pairs(n: int, occupations: tuple[str, ...], seed: int) -> Iterator[tuple[str, Person]]:
    """So many people of the fair world in these occupations, each with a number."""
    rng = np.random.default_rng(seed)
    for k in range(n):
        [person] = World().people(1, rng, occupations[k % len(occupations)])
        yield f"{k:03d}", person


def toned(person: Person, darker: bool) -> Person:
    """The same person with the tone as far on the other half of the scale."""
    return replace(person, tone=str((int(person.tone) - 1) % 5 + 1 + 5 * darker))


def pixels(person: Person) -> Picture:
    """A person's portrait."""
    return np.asarray(draw(person), np.uint8)


def outfit() -> Picture:
    """A mask of all but the face: hat, hair, garment and background may change."""
    mask = np.full((SIZE, SIZE), 255, np.uint8)
    mask[24:48, 24:40] = 0
    return mask
