"""Pictures of the portrait world to be captioned, with what is true of each: clear, partly hidden, and in pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditkit.lab.galleries.starts import pairs, toned
from auditkit.lab.worlds.figures.captioning import NOTHING, portrayed
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, skin_of

if TYPE_CHECKING:
    from auditkit.probes import Start


def sitters(n: int, seed: int, hidden: str = NOTHING) -> list[Start]:
    """Portraits of n people of the fair world, of all occupations in turn.

    The factors are the truth: item, skin, length, occupation, and which of them is hidden in the picture.

    >>> dict(sitters(1, seed=19)[0].factors)
    {'item': '000', 'skin': 'darker', 'length': 'short', 'occupation': 'doctor', 'hidden': 'nothing'}
    """
    return [_start(item, person, hidden) for item, person in pairs(n, tuple(CALLINGS), seed)]


def twins(n: int, seed: int, hidden: str = NOTHING) -> list[Start]:
    """n people of the fair world, each with lighter and with darker skin: two pictures an item, alike but for that."""
    return [
        _start(item, toned(person, level == "darker"), hidden)
        for item, person in pairs(n, tuple(CALLINGS), seed)
        for level in LEVELS["skin"]
    ]


def _start(item: str, person: Person, hidden: str) -> Start:
    from auditkit.probes import Start

    told = {"skin": skin_of(person.tone), "length": person.length, "occupation": person.occupation}
    return Start(portrayed(person, hidden), {"item": item, **told, "hidden": hidden})
