"""Whom a miniature draws that is asked for nobody in particular: a large pool of its answers, read exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.roles import MISSING
from auditkit.lab.miniature import CARD
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.people import LEVELS, World

SEPARATOR = " × "
LOOKS = SEPARATOR.join(("skin", "hair", "background"))
LOST = 0.5
"""A mode is lost where it is drawn less than half as often, among people of its skin, as in the fair world."""


@dataclass(frozen=True)
class Population:
    """What a pool of one miniature's answers at one dose shows: the model's own truth, never the data's.

    `counts` has how many answers show each level of an attribute, and of skin, hair and background together,
    "(missing)" where one could not be read; `per_second` how many pictures one processor drew where it was measured.
    """

    model: str
    dose: float
    fingerprint: str
    settings: Mapping[str, Any]
    n: int
    per_second: float
    counts: Mapping[str, Mapping[str, int]]

    def share(self, attribute: str, level: str) -> float:
        """P(level) among answers that could be read."""
        cells = {name: n for name, n in self.counts[attribute].items() if MISSING not in name}
        return cells.get(level, 0) / sum(cells.values())

    def readable(self, attribute: str) -> float:
        """The share of answers in which an attribute could be read."""
        return 1 - self.counts[attribute].get(MISSING, 0) / self.n

    def amplification(self, attribute: str, dose: float = 0.0) -> float:
        """How much oftener than in the world at a dose an attribute's usual level is drawn: P(lighter), P(short)."""
        usual = LEVELS[attribute][0]
        return self.share(attribute, usual) - (1 - tabled_share(attribute, dose))

    def lost(self, skin: str) -> dict[str, float]:
        """The modes of people of a skin that are lost: "blond × lemon" -> how often drawn, for each time expected."""
        return {SEPARATOR.join(mode): ratio for mode, ratio in self.modes(skin).items() if ratio < LOST}

    def modes(self, skin: str) -> dict[tuple[str, str], float]:
        """Hair and background of people of a skin -> how often they are drawn, for each time expected of the world."""
        world = {key: share for key, share in World().looks().items() if key[0] == skin}
        drawn = {key: self.counts[LOOKS].get(SEPARATOR.join(key), 0) for key in world}
        whole, expected = sum(drawn.values()), sum(world.values())
        return {
            (hair, background): drawn[key] / max(whole, 1) / (share / expected)
            for key, share in world.items()
            for _, hair, background in (key,)
        }

    def save(self, folder: Path) -> Path:
        """Write it beside the weights."""
        file = folder / CARD.format(f"sample-{round(100 * self.dose)}")
        file.write_text(json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
        return file

    @classmethod
    def of(cls, name: str, dose: float) -> Population:
        """The measured truth of a bundled miniature; raises `InputError` where none was measured."""
        file = WEIGHTS / name / CARD.format(f"sample-{round(100 * dose)}")
        if not file.is_file():
            raise InputError(f"The truth of {name} at dose {dose:g} was not measured: there is no {file.name}.")
        return cls(**json.loads(file.read_text(encoding="utf-8")))


def tabled_share(attribute: str, dose: float) -> float:
    """P(darker), P(long) or P(older) in the world at a dose, whatever people do.

    >>> round(tabled_share("skin", 0.0), 3), round(tabled_share("skin", 0.9), 3)
    (0.5, 0.365)
    """
    from auditkit.lab.worlds.figures.people import CALLINGS

    world = World(dose)
    return sum(world.share(job, attribute) for job in CALLINGS) / len(CALLINGS)
