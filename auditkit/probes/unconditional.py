"""Whom does a model draw when it is asked for nothing?

One prompt without words, so many times. There are no factors: all that an answer has is what is read in it, and the
question is how often each level comes, against how often it should.
References
    Karras, Laine & Aila, CVPR (2019) 4401; Maluleke et al., ECCV (2022), on whom GANs draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt


@dataclass(frozen=True)
class Unconditional(Probe):
    """Ask for pictures and say nothing.

    >>> [prompt.text for prompt in Unconditional(repeats=200)]
    ['']
    """

    repeats: int = 1000

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise InputError(f"repeats is {self.repeats}. Give at least 1.")

    def __iter__(self) -> Iterator[Prompt]:
        yield Prompt()
