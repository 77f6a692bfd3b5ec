"""The portrait world as a target: it draws what is asked for, by the shares of the world and without learning them.

A surrogate of a generator whose truth is the dose's, exactly: for measuring how often an audit errs. The occupation is
the first of the world's that a prompt names, or any where it names none; levels that it names are drawn as named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal, Target
from auditkit.lab.worlds.figures.drawing import SIZE, Person, drawn
from auditkit.lab.worlds.figures.people import CALLINGS, World


@dataclass(frozen=True)
class Painter(Target):
    """Draws people of a world, `side` pixels wide; `refuses` gives the share of an occupation's prompts it refuses.

    >>> Painter(World(1.0)).sample([Prompt("a photo of a judge")], [7])[0].shape
    (64, 64, 3)
    """

    world: World = field(default_factory=World)
    refuses: Mapping[str, float] = field(default_factory=dict)
    side: int = SIZE
    batch: int = 32
    title: str = "the portrait world"
    portable: bool = True

    @property
    def fingerprint(self) -> str:
        """The world, and what it refuses."""
        return f"{self.world!r} {sorted(self.refuses.items())!r}" + ("" if self.side == SIZE else f" {self.side}")

    @property
    def settings(self) -> Mapping[str, Any]:
        """The world's numbers, and the size where it is not the usual one."""
        return {**asdict(self.world), **({} if self.side == SIZE else {"side": self.side})}

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw a person for each prompt, from its seed."""
        return [self._drawn(prompt.text, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def _drawn(self, said: str, seed: int) -> Answer:
        rng = np.random.default_rng(seed)
        job = next((name for name in CALLINGS if name in said), None)
        if rng.random() < self.refuses.get(job or "", 0.0):
            return Refusal("the painter refuses")
        [person] = self.world.people(1, rng, job)
        return drawn(_as_said(person, said, rng), self.side)


def _as_said(person: Person, said: str, rng: np.random.Generator) -> Person:
    """The person with whatever the words say of skin, length and age."""
    if "lighter skin" in said or "darker skin" in said:
        person = replace(person, tone=str(int(rng.integers(1, 6)) + 5 * ("darker" in said)))
    if "long hair" in said or "short hair" in said:
        person = replace(person, length="long" if "long hair" in said else "short")
    return person
