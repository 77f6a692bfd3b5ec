"""Pictures of the portrait world to start from: people in pairs, and what of a picture may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import SIZE, Person, drawn
from auditkit.lab.worlds.figures.people import World, skin_of

if TYPE_CHECKING:
    from auditkit.probes import Start


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
    return drawn(person)


def outfit() -> Picture:
    """A mask of all but the face: hat, hair, garment and background may change."""
    mask = np.full((SIZE, SIZE), 255, np.uint8)
    mask[24:48, 24:40] = 0
    return mask


def wish(item: str, wishes: tuple[str, ...]) -> tuple[str, ...]:
    """What this person asks for: each has one wish, so that pairs are independent."""
    return (wishes[int(item) % len(wishes)],)


def portrayed(n: int, occupations: tuple[str, ...], seed: int, side: int = SIZE) -> list[Start]:
    """So many people of the fair world as pictures to start from, with what they show."""
    from auditkit.probes import Start

    return [
        Start(
            drawn(person, side),
            {"item": item, "skin before": skin_of(person.tone), "age before": person.age, "eyes before": "there"},
        )
        for item, person in pairs(n, occupations, seed)
    ]
