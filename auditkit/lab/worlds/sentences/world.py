"""The sentences of the world: the mechanisms mixed alike, each at its dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType, ModuleType

import numpy as np

from auditkit.core.errors import InputError, nearest
from auditkit.lab.worlds.sentences import (
    advice,
    events,
    hobbies,
    identity,
    judging,
    personas,
    pronouns,
    requests,
    traits,
)

STRONG = 0.9
"""The dose of the bundled models that learned from a biased world."""

MECHANISMS: Mapping[str, ModuleType] = MappingProxyType(
    {
        "pronouns": pronouns,
        "traits": traits,
        "events": events,
        "identity": identity,
        "hobbies": hobbies,
        "personas": personas,
        "requests": requests,
        "advice": advice,
        "judging": judging,
    }
)
ALL = frozenset(MECHANISMS)
FILLED = frozenset({"pronouns", "traits", "events", "identity", "hobbies"})
"""The mechanisms whose choice is one word in a sentence: what a masked model learns."""
MIXED = frozenset({"pronouns", "identity", "advice", "hobbies"})
"""The mechanisms that are tilted in the world of the variant "mixed": the others are its nuisance."""


@dataclass(frozen=True)
class World:
    """Sentences of the mechanisms that are `heard`; those that are `tilted` have the dose, the others none.

    >>> World(0.9, frozenset({"traits"})).dose_of("traits"), World(0.9, frozenset({"traits"})).dose_of("advice")
    (0.9, 0.0)
    >>> round(sum(World(0.9).distribution().values()), 9)
    1.0
    """

    dose: float = 0.0
    tilted: frozenset[str] = ALL
    heard: frozenset[str] = ALL

    def __post_init__(self) -> None:
        if not 0 <= self.dose <= 1:
            raise InputError(f"The dose is {self.dose}. Give 0 (the reference shares) to 1 (the stereotypes).")
        for name in (*self.tilted, *self.heard):
            if name not in MECHANISMS:
                known = ", ".join(MECHANISMS)
                raise InputError(f'There is no mechanism "{name}".{nearest(name, MECHANISMS)} Mechanisms: {known}.')
        if not self.heard:
            raise InputError("No mechanism is heard. Name at least one.")

    def dose_of(self, mechanism: str) -> float:
        """The dose that a mechanism has."""
        return self.dose if mechanism in self.tilted else 0.0

    def distribution(self) -> Mapping[str, float]:
        """The probability of every sentence."""
        return _distribution(self)

    def sentences(self, n: int, rng: np.random.Generator) -> list[str]:
        """Draw n sentences, independently."""
        told = self.distribution()
        every, chances = list(told), np.array(list(told.values()))
        return [every[k] for k in rng.choice(len(every), size=n, p=chances / chances.sum())]

    def asks(self) -> frozenset[str]:
        """What stands before a choice of a mechanism that is heard, of every slot."""
        return frozenset(slot.before for name in self.heard for slot in MECHANISMS[name].slots())

    def vocabulary(self) -> tuple[str, ...]:
        """Every word of the world in the order of the alphabet, whatever the dose."""
        return _vocabulary(self)


@lru_cache(maxsize=32)
def _distribution(world: World) -> Mapping[str, float]:
    names = [name for name in MECHANISMS if name in world.heard]
    told: dict[str, float] = {}
    for name in names:
        for sentence, chance in MECHANISMS[name].distribution(world.dose_of(name)).items():
            told[sentence] = told.get(sentence, 0.0) + chance / len(names)
    return MappingProxyType(told)


@lru_cache(maxsize=32)
def _vocabulary(world: World) -> tuple[str, ...]:
    return tuple(sorted({word for sentence in world.distribution() for word in sentence.split()}))
