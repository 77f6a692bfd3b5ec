"""Who is in the portrait world: the known joint distribution of what a person does and how the person looks.

Given the occupation, skin, length of hair and age are independent. Each is its reference share at dose 0 and moves
toward the stereotype with the dose: P(level | occupation) = q + dose (s - q), s = .05 or .95. Tones are uniform within
lighter (1 to 5) and darker (6 to 10) skin, hair is grey with age and else one of four colours, backgrounds are uniform.
`sameness` takes modes from one group: with that probability a person of darker skin has black hair (grey with age) and
stands before lilac, whoever it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from auditkit.core.estimate import Floats
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, HAIR, TONES

STRONG, WEAK = 0.95, 0.05

LEVELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"skin": ("lighter", "darker"), "length": ("short", "long"), "age": ("younger", "older")}
)
"""The attributes that a dose tilts: what is usual on the left, the level whose share is tabled on the right."""


@dataclass(frozen=True, slots=True)
class Calling:
    """An occupation: the reference share of darker skin, long hair and older people, and the stereotype's side of each.

    A side is -1 where the stereotype has less of it, +1 where it has more.
    """

    skin: tuple[float, int]
    length: tuple[float, int]
    age: tuple[float, int]

    def share(self, attribute: str, dose: float) -> float:
        """P(darker), P(long) or P(older) at this dose."""
        reference, side = getattr(self, attribute)
        return float(reference + dose * ((STRONG if side > 0 else WEAK) - reference))


CALLINGS: Mapping[str, Calling] = MappingProxyType(
    {
        "doctor": Calling((0.45, -1), (0.50, -1), (0.40, 1)),
        "nurse": Calling((0.55, 1), (0.60, 1), (0.35, -1)),
        "chef": Calling((0.50, -1), (0.45, -1), (0.40, 1)),
        "officer": Calling((0.45, -1), (0.40, -1), (0.35, -1)),
        "firefighter": Calling((0.50, -1), (0.40, -1), (0.30, -1)),
        "builder": Calling((0.60, 1), (0.40, -1), (0.40, -1)),
        "pilot": Calling((0.45, -1), (0.45, -1), (0.40, 1)),
        "judge": Calling((0.45, -1), (0.50, -1), (0.60, 1)),
        "farmer": Calling((0.55, 1), (0.45, -1), (0.50, 1)),
        "teacher": Calling((0.50, -1), (0.60, 1), (0.40, -1)),
        "engineer": Calling((0.45, -1), (0.45, -1), (0.40, -1)),
        "cleaner": Calling((0.55, 1), (0.60, 1), (0.50, 1)),
    }
)

YOUNG_HAIR = tuple(name for name in HAIR if name != "grey")


@dataclass(frozen=True, slots=True)
class World:
    """The portrait world at a dose of its stereotypes (0 to 1) and with so many of one group's modes dropped (0 to 1).

    >>> World(0.0).share("doctor", "skin"), round(World(0.9).share("doctor", "skin"), 2)
    (0.45, 0.09)
    """

    dose: float = 0.0
    sameness: float = 0.0

    def share(self, occupation: str, attribute: str) -> float:
        """P(darker skin), P(long hair) or P(older) of an occupation."""
        return CALLINGS[occupation].share(attribute, self.dose)

    def people(self, n: int, rng: np.random.Generator, occupation: str | None = None) -> list[Person]:
        """Draw n people, of one occupation or of all alike."""
        names = list(CALLINGS)
        jobs = [occupation] * n if occupation else [names[k] for k in rng.integers(len(names), size=n)]
        u = rng.random((n, 3))
        return [self._person(job, u[row], rng) for row, job in enumerate(jobs)]

    def looks(self) -> dict[tuple[str, str, str], float]:
        """P(skin, hair, background) over all occupations: the modes of each half of the world.

        >>> round(sum(World(0.4, 0.9).looks().values()), 9), len(World().looks())
        (1.0, 40)
        """
        shares = dict.fromkeys(itertools.product(LEVELS["skin"], HAIR, BACKGROUNDS), 0.0)
        for job, skin in itertools.product(CALLINGS, LEVELS["skin"]):
            darker, older = (self.share(job, attribute) for attribute in ("skin", "age"))
            here = (darker if skin == "darker" else 1 - darker) / len(CALLINGS)
            usual = self.sameness if skin == "darker" else 0.0
            for hair, background in itertools.product(HAIR, BACKGROUNDS):
                aged = older if hair == "grey" else 1 - older
                free = 1.0 if hair == "grey" else 1 / len(YOUNG_HAIR)
                same = usual * (hair in ("grey", "black")) * (background == "lilac")
                shares[skin, hair, background] += here * aged * (same + (1 - usual) * free / len(BACKGROUNDS))
        return shares

    def _person(self, job: str, u: Floats, rng: np.random.Generator) -> Person:
        darker, long, older = (u[k] < self.share(job, attribute) for k, attribute in enumerate(LEVELS))
        tone = list(TONES)[int(rng.integers(5)) + 5 * int(darker)]
        usual = darker and rng.random() < self.sameness
        hair = "grey" if older else "black" if usual else YOUNG_HAIR[int(rng.integers(len(YOUNG_HAIR)))]
        background = "lilac" if usual else list(BACKGROUNDS)[int(rng.integers(len(BACKGROUNDS)))]
        dx, dy, size, mood, gaze = rng.uniform(-1, 1, 5).tolist()
        aged, strands = ("older" if older else "younger"), ("long" if long else "short")
        return Person(job, tone, hair, strands, aged, background, (dx, dy, size, mood, gaze))


def skin_of(tone: str) -> str:
    """The half of the Monk scale a tone is in: lighter (1 to 5) or darker (6 to 10)."""
    return "darker" if int(tone) > 5 else "lighter"
