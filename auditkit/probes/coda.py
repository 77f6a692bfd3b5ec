"""Does a model know what colour bananas are, or only what is written of them?

The objects and templates of the user's own copy of CoDa, a slot for the colour: factors `object` and `template`, the
options are its eleven colours. `references` are the colours that people gave, for `reporting.typicality` (context =
object, outcome = answer). How much of the model's probability the colours have together is in the column "mass".
References
    Paik, Aroca-Ouellette, Roncone & Kann, EMNLP (2021) 823.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, Probe, Prompt
from auditkit.probes.asking import Asking, asks_by, question
from auditkit.probes.layouts.coda import COLOURS, colours, templates, things

PLACE = re.compile(r"\{[\w:]+\}")


@dataclass(frozen=True)
class Coda(Probe):
    """Ask for the colours of the objects in the folder `path`.

    `objects`, where given, are the only ones that are asked about; `wordings` take the place of the published
    templates, with the same places: {object_s}, {object_pl}, {a:object_s}, {object_areis_s}, {object_areis_pl}.
    """

    path: str
    objects: Sequence[str] = ()
    wordings: Sequence[str] = ()
    verb: Asking = "fill_mask"
    repeats: int = 1

    def __post_init__(self) -> None:
        asks_by(self, self.verb, COLOURS)
        there = {thing.name for thing in things(Path(self.path))}
        if absent := [name for name in self.objects if name not in there]:
            raise InputError(f'{self.path} has no object "{absent[0]}". It has {len(there)}, such as {min(there)}.')

    def __iter__(self) -> Iterator[Prompt]:
        said = self.wordings or templates(Path(self.path))
        for template in said:
            place = PLACE.search(template)
            if place is None or MASK not in template:
                raise InputError(f"A template has a place for the object and a slot {MASK}: {template!r} has not.")
            for thing in things(Path(self.path)):
                if (words := thing.words.get(place[0])) and (not self.objects or thing.name in self.objects):
                    factors = {"object": thing.name, "template": template}
                    yield question(template.replace(place[0], words), self.verb, COLOURS, factors)

    def references(self) -> dict[str, dict[str, float]]:
        """The share of each colour by object, as people see it."""
        seen = colours(Path(self.path))
        return {thing.name: seen[thing.key] for thing in things(Path(self.path)) if thing.key in seen}

    def describe(self) -> dict[str, Any]:
        """The design as plain values, for the record of a run."""
        return {**super().describe(), "asks": self.asks}
