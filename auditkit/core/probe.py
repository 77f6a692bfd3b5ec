"""A probe asks: an experimental design whose factors are known and travel with every answer."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""A picture: (height, width, 3), RGB, 0 to 255. A mask is (height, width): 255 where a picture may be changed."""

Verb = Literal["sample", "edit"]
"""What is asked of a target: draw from words or from nothing, or change a picture."""


@dataclass(frozen=True, eq=False)
class Prompt:
    """One question: words, a picture to start from, a mask of what may change, and the factors of the design.

    `key` is a digest of all of it: the same question has the same key in every run.

    >>> Prompt("a portrait of a doctor", factors={"occupation": "doctor"}).key[:8]
    'f7006bfa'
    """

    text: str = ""
    image: Picture | None = None
    mask: Picture | None = None
    factors: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Sixty-four hexadecimal digits that depend on nothing but the question."""
        digest = hashlib.sha256(json.dumps([self.text, sorted(self.factors.items())], ensure_ascii=False).encode())
        for picture in (self.image, self.mask):
            digest.update(b"-" if picture is None else repr(picture.shape).encode() + picture.tobytes())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prompt) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class Probe(ABC):
    """An experimental design. Subclasses are frozen dataclasses whose fields are the design.

    The naming law: `probes/occupations.py` holds `Occupations`, name `occupations`, derived from where it stands.
    Iterating yields every prompt once; `repeats` says how many answers each is to get. The same design yields the same
    prompts in the same order, whenever it is asked.

    asks
        the verb it needs of a target: `sample` draws, `edit` changes a picture.
    factors
        the names of the columns that it adds to every answer.
    """

    name: ClassVar[str]
    asks: ClassVar[Verb] = "sample"
    repeats: int

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.rsplit(".", 1)[-1]

    @abstractmethod
    def __iter__(self) -> Iterator[Prompt]:
        """The prompts, each once, always in this order."""

    def describe(self) -> dict[str, Any]:
        """The design as plain values, for the record of a run."""
        return {"name": self.name, "repeats": self.repeats, "prompts": sum(1 for _ in self)}
