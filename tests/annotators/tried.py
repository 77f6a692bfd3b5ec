"""What readers are tried on: drawings, an encoder of a few pixels, a judge that decides, labels of people in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.annotators.human_labels import text_key
from auditkit.core.probe import Picture, Prompt
from auditkit.core.target import Said, Target
from auditkit.lab.worlds.figures.drawing import Person, draw


def drawn(people: Sequence[Person]) -> list[Picture]:
    return [np.asarray(draw(person)) for person in people]


class Corner:
    """An encoder of a few pixels: enough for the laws."""

    title = "corner"
    fingerprint = "corner 1"

    def embed(self, things: Sequence[Any]) -> list[list[float]]:
        def vector(thing: Any) -> list[float]:
            numbers = np.frombuffer(thing[-3:].encode(), np.uint8) if isinstance(thing, str) else thing[0, 0]
            return [float(v) + 1 for v in numbers]

        return [vector(thing) for thing in things]


def labels_file(folder: Path, lines: Sequence[str], header: str = "picture,skin,who") -> str:
    file = folder / "labels.csv"
    file.write_text("\n".join([header, *lines]) + "\n")
    return str(file)


class Deciding(Target):
    """A judge that chooses among what it is offered."""

    title, fingerprint = "deciding", "deciding 1"

    def decide(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        return [Said(prompt.options[seed % len(prompt.options)]) for prompt, seed in zip(prompts, seeds, strict=True)]


LEVELS = ("friendly", "hostile")


def labelled(folder: Path) -> str:
    rows = [
        "text,who,tone",
        '"She came, late.",a,kind',
        '"She  came, late. ",b,kind',
        "He left.,a,cruel",
        "He left.,b,kind",
    ]
    (folder / "labels.csv").write_text("\n".join([*rows, f"{text_key('They sang.')},a,kind", "Nobody.,a,"]) + "\n")
    return str(folder / "labels.csv")
