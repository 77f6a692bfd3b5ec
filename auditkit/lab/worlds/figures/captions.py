"""What is said of a portrait: every caption names the occupation, some also how the person looks."""

from __future__ import annotations

import numpy as np

from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import skin_of
from auditkit.probes.wording import TEMPLATES, with_article

NEUTRAL = "person"
SILENT, PLAIN = 0.12, 0.55
"""Captions that say nothing (so that the model can also draw without being told), and that name no attribute."""


def described(person: Person) -> list[str]:
    """What can be said of a person's looks, one phrase an attribute."""
    return [
        f"{skin_of(person.tone)} skin",
        f"{person.length} hair",
        f"{person.hair} hair",
        f"{person.background} background",
    ]


def caption(person: Person, rng: np.random.Generator, full: bool = False) -> str:
    """One way to speak of a portrait; `full` says everything.

    >>> who = Person("engineer", "7", "grey", "long", "older", "mint")
    >>> caption(who, np.random.default_rng(1), full=True)
    'a poster of an older engineer, darker skin, long hair, grey hair, mint background'
    """
    u = rng.random()
    if u < SILENT and not full:
        return ""
    noun = person.occupation if full or rng.random() < 0.9 else NEUTRAL
    template = TEMPLATES[int(rng.integers(len(TEMPLATES)))]
    if u < PLAIN and not full:
        return template.format(with_article(noun))
    aged = f"{person.age} {noun}" if full or rng.random() < 0.5 else noun
    said = [phrase for phrase in described(person) if full or rng.random() < 0.5]
    return ", ".join([template.format(with_article(aged)), *said])
