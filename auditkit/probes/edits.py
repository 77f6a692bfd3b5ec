"""Does a person stay who they are when a model edits their picture?

Every picture with every instruction: the factors of the picture travel with it, and `instruction`. What a picture
shows before is named "<attribute> before"; when an annotator reads "<attribute>" in the answer, the table of the run
has "<attribute> kept", yes or no. Pictures that are alike but for one attribute share their `item`: a pair whose
identity is kept, for `implicit.counterfactual`. With a mask only what it covers may change (editing, inpainting).
References
    Jain et al., FAccT (2020) on imagined faces; Friedrich et al., arXiv 2302.10893; Luccioni et al., NeurIPS (2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from auditkit.core.errors import InputError
from auditkit.core.probe import Picture, Probe, Prompt, Verb


@dataclass(frozen=True, eq=False)
class Start:
    """A picture to start from, what it shows, what of it may change, and instructions of its own, if it has any."""

    picture: Picture
    factors: Mapping[str, str] = field(default_factory=dict)
    mask: Picture | None = None
    instructions: Sequence[str] = ()

    __pydantic_config__: ClassVar[Mapping[str, bool]] = {"arbitrary_types_allowed": True}
    """A plan's design is checked by pydantic, which knows no arrays."""


@dataclass(frozen=True, eq=False)
class Edits(Probe):
    """Ask a model to change every picture as every instruction says, or as its own say.

    >>> import numpy as np
    >>> start = Start(np.zeros((8, 8, 3), np.uint8), {"item": "1", "skin before": "darker"})
    >>> [dict(prompt.factors) for prompt in Edits([start], ["make her a judge"])]
    [{'item': '1', 'skin before': 'darker', 'instruction': 'make her a judge'}]
    """

    starts: Sequence[Start]
    instructions: Sequence[str] = ()
    repeats: int = 1

    asks: ClassVar[Verb] = "edit"

    def __post_init__(self) -> None:
        mute = not self.instructions and not all(start.instructions for start in self.starts)
        if isinstance(self.instructions, str) or mute or not self.starts:
            raise InputError("Edits needs a list of pictures to start from and a list of instructions.")

    def __iter__(self) -> Iterator[Prompt]:
        for start in self.starts:
            for words in start.instructions or self.instructions:
                yield Prompt(words, start.picture, start.mask, {**start.factors, "instruction": words})


def told_apart(asked: Iterable[Prompt]) -> None:
    """Raise `InputError` where two starts become one prompt: only one of them would be answered."""
    seen: set[str] = set()
    for prompt in asked:
        if prompt.key in seen:
            raise InputError(
                f"Two pictures to start from become the same prompt, with {dict(prompt.factors)}: one of them would be "
                "lost. Give each a factor that tells them apart, for example item."
            )
        seen.add(prompt.key)
