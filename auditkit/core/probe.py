"""A probe asks: an experimental design whose factors are known and travel with every answer."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""A picture: (height, width, 3), RGB, 0 to 255. A mask is (height, width): 255 where a picture may be changed."""

Verb = Literal["sample", "edit", "generate", "score", "fill_mask", "embed", "caption", "decide"]
"""What is asked of a target: draw from words or from nothing, or change a picture; go on with words, say how likely
they are, fill a slot, embed, say what a picture shows, choose among answers."""

MASK = "[MASK]"
"""How words mark the slot to be filled, whatever the mask token of a model is."""
OTHER = "(other)"
"""What a slot is filled with where the word drawn is none of those that were asked about."""


@dataclass(frozen=True, eq=False)
class Prompt:
    """One question: words, a picture to start from, a mask of what may change, and the factors of the design.

    `options` are what a slot or a decision is chosen from. `given` stands before the words: it is not scored, and a
    conversation takes it as its system message. `beside` is the other version of a minimal pair. `turns` are earlier
    questions of the same conversation, with their answers.

    `key` is a digest of all of it: the same question has the same key in every run.

    >>> Prompt("a portrait of a doctor", factors={"occupation": "doctor"}).key[:8]
    'f7006bfa'
    """

    text: str = ""
    image: Picture | None = None
    mask: Picture | None = None
    factors: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    options: tuple[str, ...] = ()
    given: str = ""
    beside: str = ""
    turns: tuple[tuple[str, str], ...] = ()

    @cached_property
    def key(self) -> str:
        """Sixty-four hexadecimal digits that depend on nothing but the question."""
        asked: list[Any] = [self.text, sorted(self.factors.items())]
        if self._worded:
            asked += [self.options, self.given, self.beside, self.turns]
        digest = hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        for picture in (self.image, self.mask):
            digest.update(b"-" if picture is None else repr(picture.shape).encode() + picture.tobytes())
        return digest.hexdigest()

    @property
    def _worded(self) -> bool:
        """Whether there is more to it than words, pictures and factors."""
        return bool(self.options or self.given or self.beside or self.turns)

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
        the verb it needs of a target: `sample` draws, `edit` changes a picture, `generate` goes on with words, ...
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

    def converse(self, prompt: Prompt) -> Generator[Prompt, str, None]:
        """The questions of a conversation that begins with a prompt: it yields each, and is sent the answer.

        By default the prompt is all that is asked. The last answer is what is recorded, the earlier ones beside it.
        """
        yield prompt

    @property
    def turns(self) -> bool:
        """Whether it asks more than once."""
        return type(self).converse is not Probe.converse

    def describe(self) -> dict[str, Any]:
        """The design as plain values, for the record of a run."""
        return {"name": self.name, "repeats": self.repeats, "prompts": sum(1 for _ in self)}
